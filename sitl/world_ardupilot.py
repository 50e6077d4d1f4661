"""The world around a running arducopter: its true pose over a second link, pictures rendered along its own clock.

Nothing can make arducopter wait for a picture, so pictures are drawn afterwards from interpolated poses, none left out,
and SIM_SPEEDUP is lowered while they fall behind and raised again when they do not.
"""

import bisect
import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from geo import LocalFrame
from missions.mission import Wind
from missions.scenario import TelemetryError
from sitl.autopilot import VehicleState
from sitl.autopilot.estimate import EstimateError
from sitl.autopilot.wire import Wire, mav
from sitl.doors import open_door
from sitl.side_channel import true_place
from sitl.world_camera import Cameraman, camera_figures
from sitl.world_spec import WorldSpec
from sitl.world_truth import write_atomically

_OUR_SYSTEM: Final = 250
"""Not a ground station's number, so that we never keep arducopter from noticing that it lost its own."""
_POSE_HZ: Final = 20.0
_ASK_EVERY_S: Final = 2.0
_GOVERN_EVERY_S: Final = 0.4
_BEHIND_S: Final = 0.6
_ABREAST_S: Final = 0.25
_LATE_S: Final = 1.5
"""A picture drawn so long after its instant, on the vehicle's clock, counts as late."""
_KEPT_S: Final = 120.0
_SLOWEST: Final = 0.1
_STREAMS: Final = {
    mav.MAVLINK_MSG_ID_SIM_STATE: _POSE_HZ,
    mav.MAVLINK_MSG_ID_ATTITUDE: _POSE_HZ,
    mav.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: _POSE_HZ,
    mav.MAVLINK_MSG_ID_SYSTEM_TIME: 1.0,
}


class TruePoses:
    """The vehicle's true states by its time since boot, from SIM_STATE under the time of the ATTITUDE beside it."""

    def __init__(self, frame: LocalFrame) -> None:
        self._frame = frame
        self._times: list[float] = []
        self._states: list[VehicleState] = []
        self._mount_deg = (0.0, 0.0)
        self._armed = self._flown = False
        self.start_utc_s: float | None = None
        """Of the vehicle's clock at boot, once known."""
        self.speedup: float | None = None

    @property
    def newest_s(self) -> float:
        """Time of the last state; minus infinity before the first."""
        return self._times[-1] if self._times else -math.inf

    def take(self, messages: list[Any]) -> None:
        """Take in what arrived together."""
        truth = boot_s = None
        for message in messages:
            kind = message.get_type()
            if kind == "SIM_STATE":
                truth = message
            elif kind == "ATTITUDE":
                boot_s = message.time_boot_ms / 1000.0
            elif kind == "GIMBAL_DEVICE_ATTITUDE_STATUS":
                self._mount_deg = _pitch_yaw_deg(message.q)
            elif kind == "SYSTEM_TIME" and message.time_unix_usec > 0:
                self.start_utc_s = message.time_unix_usec / 1e6 - message.time_boot_ms / 1e3
            elif kind == "HEARTBEAT" and message.get_srcComponent() == 1:
                self._armed = bool(message.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED)
            elif kind == "PARAM_VALUE" and _name(message) == "SIM_SPEEDUP":
                self.speedup = float(message.param_value)
        if truth is not None and boot_s is not None and boot_s > self.newest_s:
            self._add(boot_s, truth)

    def at(self, t_s: float) -> VehicleState:
        """Return the state at a time between the first and the last that are kept."""
        after = min(max(1, bisect.bisect_left(self._times, t_s)), len(self._times) - 1)
        before, late = self._states[after - 1], self._states[after]
        span = self._times[after] - self._times[after - 1]
        part = min(max((t_s - self._times[after - 1]) / span, 0.0), 1.0)
        place = np.array(before.enu_m) * (1 - part) + np.array(late.enu_m) * part
        return replace(
            late if part >= 0.5 else before,
            t_s=t_s,
            enu_m=(float(place[0]), float(place[1]), float(place[2])),
            heading_deg=_between(before.heading_deg, late.heading_deg, part) % 360.0,
            pitch_deg=_between(before.pitch_deg, late.pitch_deg, part),
            roll_deg=_between(before.roll_deg, late.roll_deg, part),
            gimbal_pitch_deg=_between(before.gimbal_pitch_deg, late.gimbal_pitch_deg, part),
            gimbal_azimuth_deg=_between(before.gimbal_azimuth_deg, late.gimbal_azimuth_deg, part) % 360.0,
        )

    def _add(self, boot_s: float, truth: Any) -> None:  # noqa: ANN401 - pymavlink has no message type
        east, north, up = (float(v) for v in self._frame.geodetic_to_enu(*true_place(truth))[0])
        heading, pitch, roll = (math.degrees(angle) for angle in (truth.yaw, truth.pitch, truth.roll))
        mount_pitch, mount_yaw = self._mount_deg
        # A servo mount tells its own angles, which already make up for the body's lean turned to the mount's yaw.
        turn = math.radians(mount_yaw)
        lean = pitch * math.cos(turn) - roll * math.sin(turn)
        self._flown = self._flown or (self._armed and up > 0.5)
        self._times.append(boot_s)
        self._states.append(
            VehicleState(
                t_s=boot_s,
                utc_s=(self.start_utc_s or 0.0) + boot_s,
                enu_m=(east, north, up),
                velocity_enu_m_s=(truth.ve, truth.vn, -truth.vd),
                roll_deg=roll,
                pitch_deg=pitch,
                heading_deg=heading % 360.0,
                gimbal_pitch_deg=min(max(mount_pitch + lean, -90.0), 45.0),
                gimbal_azimuth_deg=(heading + mount_yaw) % 360.0,
                armed=self._armed,
                landed=up < 0.3,
                flown=self._flown,
                mode=0,
                battery_pct=math.nan,
            )
        )
        while self._times[0] < boot_s - _KEPT_S:
            del self._times[0], self._states[0]


class Reported:
    """What the aircraft says of itself: the true state of a little earlier, with the estimate's errors."""

    def __init__(self, poses: TruePoses, error: TelemetryError, seed: int, wind: Wind) -> None:
        self._poses, self._lag_s, self._wind = poses, error.lag_s, wind
        self._errors = EstimateError(error, seed)

    def at(self, t_s: float) -> VehicleState:
        """Return the state as it is told at this time."""
        state = self._poses.at(t_s - self._lag_s)
        east, north, up = (a + b for a, b in zip(state.enu_m, self._errors.position_m(t_s), strict=True))
        roll, pitch = self._errors.tilt_deg(t_s)
        turn = self._errors.heading_deg(t_s)
        gimbal_pitch, gimbal_yaw = self._errors.gimbal_deg(t_s)
        return replace(
            state,
            enu_m=(east, north, up),
            roll_deg=state.roll_deg + roll,
            pitch_deg=state.pitch_deg + pitch,
            heading_deg=(state.heading_deg + turn) % 360.0,
            gimbal_pitch_deg=max(state.gimbal_pitch_deg + gimbal_pitch, -90.0),
            gimbal_azimuth_deg=(state.gimbal_azimuth_deg + turn + gimbal_yaw) % 360.0,
            wind=None if state.landed else self._errors.wind(t_s, self._wind),
        )


class ArduPilotWorld:
    """A city around a running arducopter."""

    def __init__(self, spec: WorldSpec, check_alive: Callable[[], None]) -> None:
        self._spec = spec
        self._check_alive = check_alive
        self._camera = Cameraman(spec)
        self._door = open_door(spec.ardupilot_link)
        self._wire = Wire(_OUR_SYSTEM)
        self._poses = TruePoses(self._camera.frame)
        self._reported = Reported(self._poses, spec.scenario.telemetry_error, spec.scenario.seed, spec.wind)
        self._took_off = False
        self._late = 0
        self._asked_s = self._governed_s = self._stats_s = -math.inf
        self._began_s = time.monotonic()

    def run(self) -> None:
        """Live until told to stop."""
        try:
            while True:
                self._check_alive()
                data = self._door.read()
                if data:
                    self._poses.take(self._wire.parse(data))
                self._ask()
                self._camera.downlink.poll()
                if not self._look():
                    time.sleep(0.001)
                self._govern()
        finally:
            self._camera.close()
            self._door.close()
            self._write_stats()

    def _ask(self) -> None:
        """Say that we are there and, again and again, what we want to be told."""
        now = time.monotonic()
        if now - self._asked_s < _ASK_EVERY_S:
            return
        self._asked_s = now
        self._wire.send(mav.MAVLink_heartbeat_message(mav.MAV_TYPE_ONBOARD_CONTROLLER, 8, 0, 0, 4, 3))
        for number, rate_hz in _STREAMS.items():
            self._command(mav.MAV_CMD_SET_MESSAGE_INTERVAL, number, 1e6 / rate_hz)
        if self._poses.speedup is None:
            self._wire.send(mav.MAVLink_param_request_read_message(self._spec.system_id, 1, b"SIM_SPEEDUP", -1))
        self._door.write(self._wire.take())
        if now - self._stats_s > 5.0:
            self._write_stats()

    def _command(self, number: int, first: float, second: float) -> None:
        self._wire.send(
            mav.MAVLink_command_long_message(self._spec.system_id, 1, number, 0, first, second, 0, 0, 0, 0, 0)
        )

    def _look(self) -> bool:
        """Draw the next picture whose instant has passed; whether there was one and room for it."""
        camera, poses = self._camera, self._poses
        if poses.start_utc_s is None or not poses.newest_s > 1.0 + self._spec.scenario.telemetry_error.lag_s:
            return False
        now = poses.at(poses.newest_s)
        camera.boot_utc_s = camera.truth.start_utc_s = poses.start_utc_s  # the city's time is that since boot
        flying = now.armed
        if not self._took_off and now.flown:
            self._took_off = True
            camera.take_off(poses.newest_s)
        if not camera.due(poses.newest_s, flying=flying):
            return False
        instant_s = camera.next_s()
        if poses.newest_s - instant_s > _KEPT_S - 2.0 or not camera.downlink.listening:
            camera.truth.note(instant_s)
            camera.skip(flying=flying)
            return True
        if not camera.downlink.ready:
            return False
        camera.shoot(instant_s, instant_s, poses.at(instant_s), self._reported.at(instant_s), flying=flying)
        self._late += poses.newest_s - instant_s > _LATE_S
        return True

    def _govern(self) -> None:
        """Slow arducopter down while pictures are behind, and let it run when they are not."""
        now, poses = time.monotonic(), self._poses
        if now - self._governed_s < _GOVERN_EVERY_S or poses.speedup is None or not self._camera.downlink.listening:
            return
        self._governed_s = now
        behind_s = poses.newest_s - self._camera.next_s()
        wanted = poses.speedup
        if behind_s > _BEHIND_S:
            wanted = max(_SLOWEST, poses.speedup * (0.5 if behind_s > 2 * _BEHIND_S else 0.75))
        elif behind_s < _ABREAST_S:
            wanted = min(self._spec.max_speedup, poses.speedup * 1.1)
        if wanted != poses.speedup:
            poses.speedup = wanted
            self._wire.send(
                mav.MAVLink_param_set_message(
                    self._spec.system_id, 1, b"SIM_SPEEDUP", wanted, mav.MAV_PARAM_TYPE_REAL32
                )
            )
            self._door.write(self._wire.take())

    def _write_stats(self) -> None:
        self._stats_s = time.monotonic()
        if self._spec.truth_path is not None:
            newest_s = self._poses.newest_s
            figures = camera_figures(self._camera) | {
                "simulated_s": round(newest_s, 2) if math.isfinite(newest_s) else 0.0,
                "wall_s": round(self._stats_s - self._began_s, 2),
                "pictures_late": self._late,
                "speedup": self._poses.speedup or 0.0,
            }
            write_atomically(self._spec.truth_path.with_name("world-stats.json"), json.dumps(figures, indent=1))


def _between(a_deg: float, b_deg: float, part: float) -> float:
    """Return the angle between two, the short way round."""
    return a_deg + ((b_deg - a_deg + 180.0) % 360.0 - 180.0) * part


def _pitch_yaw_deg(q: Any) -> tuple[float, float]:  # noqa: ANN401 - a MAVLink array field
    """Return pitch and yaw of a quaternion (w, x, y, z); near straight down, where they blend, the roll counts as 0."""
    w, x, y, z = (float(v) for v in q)
    pitch = math.degrees(math.asin(min(1.0, max(-1.0, 2 * (w * y - z * x)))))
    level_yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    yaw = 2 * math.atan2(z, w) if abs(pitch) > 84.0 else level_yaw
    return pitch, (math.degrees(yaw) + 180.0) % 360.0 - 180.0


def _name(message: Any) -> str:  # noqa: ANN401
    raw = message.param_id
    return (raw.decode("ascii", "replace") if isinstance(raw, bytes) else str(raw)).split("\x00")[0]
