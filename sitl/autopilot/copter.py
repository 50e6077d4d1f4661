"""The embedded copter: MAVLink bytes in, MAVLink bytes out, and a true state that only the simulator sees.

It behaves like ArduCopter 4.7 as a ground station sees it, with these limits, all of them answered and none faked:

- no pilot: no RC input, STABILIZE and LOITER cannot be flown by stick, and STABILIZE is refused in the air;
- modes flown: STABILIZE, AUTO, GUIDED, LOITER, RTL, LAND, BRAKE; others are refused ("No such mode");
- mission commands: WAYPOINT, LOITER_UNLIM, LOITER_TIME, RTL, LAND, TAKEOFF, DELAY, CONDITION_DELAY, CONDITION_YAW,
  DO_JUMP, DO_CHANGE_SPEED, DO_LAND_START (a marker), ROI, MOUNT_CONTROL, FENCE_ENABLE, GIMBAL_MANAGER_PITCHYAW;
  the others, splines and circles among them, get MISSION_ACK UNSUPPORTED; terrain frames get UNSUPPORTED_FRAME;
- commands not in `commands.py` get COMMAND_ACK UNSUPPORTED; no MAVFTP, no logs, no signing, no terrain protocol;
- MISSION_WRITE_PARTIAL_LIST is refused, SmartRTL failsafe actions become RTL or LAND;
- about 80 parameters; WP_RADIUS_M, WP_ACC, WP_JERK shape corners by our own overlap rule, not ArduPilot's S-curves;
- the estimator is not simulated: position becomes available at `ready_after_s`, and its errors are those of
  `TelemetryError`; losing GPS lands the vehicle where it is;
- memory is lost at reboot, and parameters and items with it.
"""

from collections.abc import Callable
from typing import Any, Final

from sitl.autopilot.commands import CommandServer
from sitl.autopilot.estimate import Delay
from sitl.autopilot.settings import CopterSettings, VehicleState
from sitl.autopilot.streams import Streams
from sitl.autopilot.telemetry import Reporter
from sitl.autopilot.transfer import TransferServer
from sitl.autopilot.vehicle import INFO, WARNING, Vehicle
from sitl.autopilot.wire import AUTOPILOT_COMPONENT, Wire, mav

STEP_S: Final = 0.02
_PREARM_EVERY_S: Final = 30.0
_PARAMETERS_PER_STEP: Final = 5
_TRANSFERS: Final = frozenset(
    {
        "MISSION_COUNT",
        "MISSION_ITEM_INT",
        "MISSION_ITEM",
        "MISSION_REQUEST_LIST",
        "MISSION_REQUEST_INT",
        "MISSION_REQUEST",
        "MISSION_CLEAR_ALL",
    }
)


class Copter:
    """One aircraft without sockets or wall clock: `receive`, `step`, `outgoing`, `true_state`."""

    def __init__(self, settings: CopterSettings) -> None:
        self._wire = Wire(settings.system_id)
        self._boot(settings)

    def _boot(self, settings: CopterSettings) -> None:
        self._settings = settings
        self._vehicle = vehicle = Vehicle(settings, self._wire.text)
        self._delayed: Delay[VehicleState] = Delay(settings.telemetry_error.lag_s)
        self._delayed.put(0.0, self._believed_state())
        self._reporter = Reporter(vehicle, self._delayed.get)
        self._streams = Streams(self._wire, self._reporter)
        self._commands = CommandServer(self._wire, vehicle, self._streams, self._ask_reboot)
        stores = (vehicle.missions, vehicle.fences, vehicle.rallies)
        self._transfers = {s.mission_type: TransferServer(self._wire, s, lambda: vehicle.t_s) for s in stores}
        vehicle.home_changed = self._tell_home
        vehicle.item_reached = self._item_reached
        self._parameters_due: list[int] = []
        self._left_over_s = 0.0
        self._reached: int | None = None
        self._prearm_due_s = settings.ready_after_s / 2
        self._reboot_due = False
        self._ready = False
        self._handlers: dict[str, Callable[[Any], None]] = {
            "HEARTBEAT": self._on_heartbeat,
            "COMMAND_LONG": self._commands.handle,
            "COMMAND_INT": self._commands.handle,
            "SET_MODE": self._on_set_mode,
            "PARAM_REQUEST_LIST": self._on_param_list,
            "PARAM_REQUEST_READ": self._on_param_read,
            "PARAM_SET": self._on_param_set,
            "MISSION_SET_CURRENT": self._on_set_current,
            "MISSION_WRITE_PARTIAL_LIST": self._on_partial,
            "REQUEST_DATA_STREAM": self._on_data_stream,
            "SET_POSITION_TARGET_GLOBAL_INT": self._on_position_target,
            "TIMESYNC": self._on_timesync,
            "PING": self._on_ping,
        } | dict.fromkeys(_TRANSFERS, self._on_transfer)
        self._wire.text(INFO, "skypatrol embedded autopilot 0.1.0 (not ArduPilot)")

    # -- the simulator's side --------------------------------------------------------------------------------------

    @property
    def settings(self) -> CopterSettings:
        """What it was made with."""
        return self._settings

    @property
    def speedup(self) -> float:
        """What SIM_SPEEDUP asks for; whoever owns the clock may follow it."""
        return self._vehicle.param("SIM_SPEEDUP")

    def receive(self, data: bytes) -> None:
        """Take bytes from the link; answers appear in `outgoing`."""
        for message in self._wire.parse(data):
            self._handle(message)

    def step(self, dt_s: float) -> None:
        """Advance simulated time by `dt_s`, in inner steps of 0.02 s; a remainder waits for the next call."""
        self._left_over_s += dt_s
        while self._left_over_s >= STEP_S - 1e-9:
            self._left_over_s -= STEP_S
            self._step()

    def outgoing(self) -> bytes:
        """Return the bytes queued for the link since the last call."""
        return self._wire.take()

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
            self._boot(self._settings)
            return
        vehicle = self._vehicle
        vehicle.step(STEP_S)
        self._delayed.put(vehicle.t_s, self._believed_state())
        for transfer in self._transfers.values():
            transfer.step()
        vehicle.count_mission()
        if self._parameters_due:
            due, self._parameters_due = (
                self._parameters_due[:_PARAMETERS_PER_STEP],
                self._parameters_due[_PARAMETERS_PER_STEP:],
            )
            for index in due:
                self._send_parameter(index, index)
        if self._reached is not None:
            self._wire.send(mav.MAVLink_mission_item_reached_message(self._reached))
            self._reached = None
        self._streams.step(vehicle.t_s)
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
        self._streams.send(242)

    def _ask_reboot(self) -> None:
        self._reboot_due = True

    def _item_reached(self, seq: int) -> None:
        """Of several items finished in one step only the last is told, as on ArduPilot."""
        self._reached = seq

    # -- messages --------------------------------------------------------------------------------------------------

    def _handle(self, message: Any) -> None:
        if getattr(message, "target_system", 0) not in (0, self._settings.system_id):
            return
        if getattr(message, "target_component", 0) not in (0, AUTOPILOT_COMPONENT):
            return
        handler = self._handlers.get(message.get_type())
        if handler is not None:
            handler(message)

    def _on_heartbeat(self, message: Any) -> None:
        vehicle = self._vehicle
        low, high = vehicle.param("MAV_GCS_SYSID"), vehicle.param("MAV_GCS_SYSID_HI")
        sender = message.get_srcSystem()
        if sender == low or low <= sender <= high:
            vehicle.failsafes.gcs_heard_s = vehicle.t_s

    def _on_set_mode(self, message: Any) -> None:
        accepted = bool(message.base_mode & 1) and self._vehicle.set_mode(message.custom_mode)
        self._wire.send(
            mav.MAVLink_command_ack_message(
                11, 0 if accepted else 4, 0, 0, message.get_srcSystem(), message.get_srcComponent()
            )
        )

    def _on_transfer(self, message: Any) -> None:
        transfer = self._transfers.get(message.mission_type)
        if transfer is not None:
            transfer.handle(message)
            return
        self._wire.send(
            mav.MAVLink_mission_ack_message(
                message.get_srcSystem(), message.get_srcComponent(), 3, message.mission_type
            )
        )

    def _on_partial(self, message: Any) -> None:
        self._wire.send(
            mav.MAVLink_mission_ack_message(
                message.get_srcSystem(), message.get_srcComponent(), 3, message.mission_type
            )
        )

    def _on_set_current(self, message: Any) -> None:
        if self._vehicle.mission_flight.set_current(message.seq):
            self._streams.send(42)

    def _on_data_stream(self, message: Any) -> None:
        rate = message.req_message_rate if message.start_stop else 0
        self._streams.set_group(message.req_stream_id, rate)

    def _on_position_target(self, message: Any) -> None:
        if message.type_mask & 7 or abs(message.lat_int) > 900_000_000 or abs(message.lon_int) > 1_800_000_000:
            return  # only whole positions are flown
        vehicle = self._vehicle
        if not -1e4 < message.alt < 1e5 or message.coordinate_frame not in (0, 3, 5, 6):
            return
        base = vehicle.home_m[2] if message.coordinate_frame in (3, 6) else -self._settings.home_amsl_m
        vehicle.go_to((*vehicle.place_at(message.lat_int, message.lon_int), base + message.alt))

    def _on_timesync(self, message: Any) -> None:
        if message.tc1 == 0:
            self._wire.send(mav.MAVLink_timesync_message(round(self._vehicle.t_s * 1e9), message.ts1))

    def _on_ping(self, message: Any) -> None:
        if message.target_system == 0:
            self._wire.send(
                mav.MAVLink_ping_message(
                    message.time_usec, message.seq, message.get_srcSystem(), message.get_srcComponent()
                )
            )

    # -- parameters ------------------------------------------------------------------------------------------------

    def _send_parameter(self, index: int, told_index: int) -> None:
        parameter, value = self._vehicle.parameters.at(index)
        self._wire.send(
            mav.MAVLink_param_value_message(
                parameter.name.encode(), value, parameter.kind, len(self._vehicle.parameters), told_index
            )
        )

    def _on_param_list(self, message: Any) -> None:  # noqa: ARG002 - every handler takes the message
        self._vehicle.count_mission()
        self._parameters_due = list(range(len(self._vehicle.parameters)))

    def _on_param_read(self, message: Any) -> None:
        store = self._vehicle.parameters
        self._vehicle.count_mission()
        if message.param_index >= 0:
            if message.param_index < len(store):
                self._send_parameter(message.param_index, message.param_index)
            return
        index = store.index(_name(message.param_id))
        if index is not None:  # an unknown name gets no answer, as on ArduPilot
            self._send_parameter(index, 65535)

    def _on_param_set(self, message: Any) -> None:
        store, name = self._vehicle.parameters, _name(message.param_id)
        index = store.index(name)
        if index is None:
            return
        if not store.set_from_outside(name, message.param_value):
            self._vehicle.say(WARNING, f"Param write denied ({name})")
        self._send_parameter(index, 65535)


def _name(param_id: str | bytes) -> str:
    text = param_id.decode("ascii", "replace") if isinstance(param_id, bytes) else param_id
    return text.split("\x00")[0]
