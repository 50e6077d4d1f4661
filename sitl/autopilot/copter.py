"""The embedded copter: MAVLink bytes in, MAVLink bytes out, and a true state that only the simulator sees.

It behaves like ArduCopter 4.7 as a ground station sees it, with these limits, all of them answered and none faked:

- no pilot: no RC input, STABILIZE and LOITER cannot be flown by stick, and STABILIZE is refused in the air;
- modes flown: STABILIZE, AUTO, GUIDED, LOITER, RTL, LAND, BRAKE; others are refused ("No such mode");
- mission commands: WAYPOINT, LOITER_UNLIM, LOITER_TIME, RTL, LAND, TAKEOFF, DELAY, CONDITION_DELAY, CONDITION_YAW,
  DO_JUMP, DO_CHANGE_SPEED, DO_LAND_START (a marker), ROI, MOUNT_CONTROL, FENCE_ENABLE, GIMBAL_MANAGER_PITCHYAW;
  the others, splines and circles among them, get MISSION_ACK UNSUPPORTED; terrain frames get UNSUPPORTED_FRAME;
- commands not in `commands.py` get COMMAND_ACK UNSUPPORTED, and of any other message to it that it does not know it
  says once that it is not done here; no MAVFTP, no logs, no terrain protocol;
- SmartRTL failsafe actions become RTL or LAND, FS_EKF_ACTION "AltHold" becomes LAND;
- DO_PAUSE_CONTINUE in GUIDED is refused during the take-off;
- 86 parameters; WP_RADIUS_M, WP_ACC, WP_JERK shape corners by our own overlap rule, not ArduPilot's S-curves;
- the estimator is not simulated: position becomes available at `ready_after_s`, and its errors are those of
  `TelemetryError`; without GPS it is good for 7 s and gone after 8, when the vehicle lands blind: it coasts and goes
  with the wind; a GPS that is off (SIM_GPS1_GLTCH_X and _Y) is refused for 10 s and then believed, horizontally only;
- with a failed compass (SIM_MAG1_FAIL to 3) it flies on by its gyros, which do not drift; there is one estimator lane,
  and no EKF failsafe for a compass that differs; barometer, motors and serial lines do not fail: SIM_BARO_DISABLE,
  SIM_ENGINE_FAIL and SIM_UART_LOSS do not exist, and a fault that asks for them is refused;
- no Remote ID (no DID_ENABLE), and parameters have the names and units of 4.7 alone;
- a signature's stamp is remembered before the signature is checked, so a forged one far ahead locks its sender out;
- a reboot keeps what was set and stored, and puts the aircraft back on its dock with a fresh pack.
"""

from dataclasses import replace
from typing import Final

from sitl.autopilot.estimate import Delay
from sitl.autopilot.key_keeping import KeyKeeping
from sitl.autopilot.memory import Memory
from sitl.autopilot.settings import CopterSettings, VehicleState
from sitl.autopilot.station_link import StationLink
from sitl.autopilot.telemetry import Reporter
from sitl.autopilot.transfer import TransferServer
from sitl.autopilot.vehicle import INFO, Vehicle
from sitl.autopilot.wire import Wire, mav

STEP_S: Final = 0.02
_PREARM_EVERY_S: Final = 30.0


class Copter:
    """One aircraft without sockets or wall clock: `receive`, `step`, `outgoing`, `true_state`."""

    def __init__(self, settings: CopterSettings, memory: Memory | None = None) -> None:
        self._wires = tuple(Wire(settings.system_id, number) for number in range(settings.links))
        self._boot(settings, memory or Memory())

    def _boot(self, settings: CopterSettings, memory: Memory) -> None:
        self._settings = settings
        self._vehicle = vehicle = Vehicle(settings, self._say, memory)
        self._key = KeyKeeping(self._wires, vehicle, memory)
        self._delayed: Delay[VehicleState] = Delay(settings.telemetry_error.lag_s)
        self._delayed.put(0.0, self._believed_state())
        self._reporter = Reporter(vehicle, self._delayed.get)
        stores = (vehicle.missions, vehicle.fences, vehicle.rallies)
        transfers = {s.mission_type: TransferServer(s, lambda: vehicle.t_s, self._say) for s in stores}
        self._transfers = tuple(transfers.values())
        self._links = tuple(
            StationLink(
                wire,
                vehicle,
                self._reporter,
                transfers,
                self._ask_reboot,
                take_key=self._key.take,
                quiet=wire is not self._wires[0],
            )
            for wire in self._wires
        )
        vehicle.home_changed = self._tell_home
        vehicle.item_reached = self._item_reached
        self._left_over_s = 0.0
        self._reached: int | None = None
        self._prearm_due_s = settings.ready_after_s / 2
        self._reboot_due = False
        self._ready = False
        self._say(INFO, "skypatrol embedded autopilot 0.1.0 (not ArduPilot)")

    # -- the simulator's side --------------------------------------------------------------------------------------

    @property
    def settings(self) -> CopterSettings:
        """What it was made with."""
        return self._settings

    @property
    def speedup(self) -> float:
        """What SIM_SPEEDUP asks for; whoever owns the clock may follow it."""
        return self._vehicle.param("SIM_SPEEDUP")

    @property
    def memory(self) -> Memory:
        """What it would remember over a reboot now."""
        return replace(self._vehicle.memory(), signing_key=self._key.key, signing_stamp=self._key.stamp)

    @property
    def memory_version(self) -> int:
        """Changes whenever `memory` does."""
        return self._vehicle.memory_version + self._key.version

    def receive(self, data: bytes, link: int = 0) -> None:
        """Take bytes from a link; answers appear in `outgoing` of the same."""
        self._links[link].receive(data)

    def step(self, dt_s: float) -> None:
        """Advance simulated time by `dt_s`, in inner steps of 0.02 s; a remainder waits for the next call."""
        self._left_over_s += dt_s
        while self._left_over_s >= STEP_S - 1e-9:
            self._left_over_s -= STEP_S
            self._step()

    def outgoing(self, link: int = 0) -> bytes:
        """Return the bytes queued for a link since the last call."""
        return self._wires[link].take()

    def true_state(self) -> VehicleState:
        """Return where it really is now."""
        vehicle, body, gimbal = self._vehicle, self._vehicle.body, self._vehicle.gimbal
        return VehicleState(
            t_s=vehicle.t_s,
            utc_s=self._settings.start_utc_s + vehicle.t_s,
            enu_m=body.true_m,
            velocity_enu_m_s=body.velocity,
            roll_deg=body.roll_deg,
            pitch_deg=body.pitch_deg,
            heading_deg=body.heading_deg,
            gimbal_pitch_deg=gimbal.pitch_deg,
            gimbal_azimuth_deg=(body.heading_deg + gimbal.yaw_deg) % 360.0,
            armed=vehicle.armed,
            landed=vehicle.landed,
            flown=vehicle.flown,
            mode=int(vehicle.mode),
            battery_pct=vehicle.battery.left_pct,
            flight_s=vehicle.flight_s,
        )

    def reported_state(self) -> VehicleState:
        """Return the pose as telemetry tells it now: with its errors, `lag_s` old, under the time of that instant."""
        return self._delayed.get()

    # -- time ------------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        if self._reboot_due:
            self._boot(self._settings, self.memory)
            return
        vehicle = self._vehicle
        vehicle.step(STEP_S)
        self._delayed.put(vehicle.t_s, self._believed_state())
        for transfer in self._transfers:
            transfer.step()
        vehicle.count_mission()
        for link in self._links:
            link.send_parameters_due()
            if self._reached is not None:
                link.wire.send(mav.MAVLink_mission_item_reached_message(self._reached))
            link.streams.step(vehicle.t_s)
        self._reached = None
        self._prearm()

    def _prearm(self) -> None:
        vehicle = self._vehicle
        if not self._ready and vehicle.position_ok:
            self._ready = True
            vehicle.say(INFO, "EKF3 IMU0 is using GPS")
            if not vehicle.home_locked:
                vehicle.set_home(vehicle.body.believed_m, locked=False)
        if vehicle.t_s < self._prearm_due_s or vehicle.armed:
            return
        self._prearm_due_s = vehicle.t_s + _PREARM_EVERY_S
        vehicle.say_denials()

    def _believed_state(self) -> VehicleState:
        """The pose with the estimate's errors, not yet delayed."""
        vehicle, body, gimbal, error = (self._vehicle, self._vehicle.body, self._vehicle.gimbal, self._vehicle.error)
        t_s, flight_s = vehicle.t_s, vehicle.flight_s
        roll, pitch = error.tilt_deg(flight_s)
        gimbal_pitch, gimbal_yaw = error.gimbal_deg(flight_s)
        heading = (body.heading_deg + error.heading_deg(flight_s)) % 360.0
        return VehicleState(
            t_s=t_s,
            utc_s=self._settings.start_utc_s + t_s,
            enu_m=body.believed_m,
            velocity_enu_m_s=body.velocity,
            roll_deg=body.roll_deg + roll,
            pitch_deg=body.pitch_deg + pitch,
            heading_deg=heading,
            gimbal_pitch_deg=gimbal.pitch_deg + gimbal_pitch,
            gimbal_azimuth_deg=(heading + gimbal.yaw_deg + gimbal_yaw) % 360.0,
            armed=vehicle.armed,
            landed=vehicle.landed,
            flown=vehicle.flown,
            mode=int(vehicle.mode),
            battery_pct=vehicle.battery.left_pct,
            flight_s=flight_s,
            wind=error.wind(flight_s, vehicle.air.wind) if body.airborne else None,
        )

    def _tell_home(self) -> None:
        for link in self._links:
            link.streams.send(242)

    def _say(self, severity: int, text: str) -> None:
        for wire in self._wires:
            wire.text(severity, text)

    def _ask_reboot(self) -> None:
        self._reboot_due = True

    def _item_reached(self, seq: int) -> None:
        """Of several items finished in one step only the last is told, as on ArduPilot."""
        self._reached = seq
