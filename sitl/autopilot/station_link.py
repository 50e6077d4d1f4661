"""One link of the copter: parses what arrives there, answers there, and streams at the rates that were asked there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sitl.autopilot.commands import CommandServer
from sitl.autopilot.streams import Streams
from sitl.autopilot.telemetry import Reporter
from sitl.autopilot.transfer import TransferServer
from sitl.autopilot.vehicle import WARNING, Vehicle
from sitl.autopilot.wire import AUTOPILOT_COMPONENT, Wire, mav

_PARAMETERS_PER_STEP: Final = 5
_TRANSFERS: Final = (
    "MISSION_WRITE_PARTIAL_LIST",
    "MISSION_COUNT",
    "MISSION_ITEM_INT",
    "MISSION_ITEM",
    "MISSION_REQUEST_LIST",
    "MISSION_REQUEST_INT",
    "MISSION_REQUEST",
    "MISSION_CLEAR_ALL",
)
_HEARD_ONLY: Final = frozenset({"COMMAND_ACK", "MISSION_ACK", "PARAM_VALUE"})
"""Messages to a vehicle that want nothing of it."""
_UNSUPPORTED: Final = 3  # MAV_MISSION_RESULT


class StationLink:
    """A wire with a ground station at its other end, or nobody."""

    def __init__(
        self,
        wire: Wire,
        vehicle: Vehicle,
        reporter: Reporter,
        transfers: Mapping[int, TransferServer],
        ask_reboot: Callable[[], None],
        *,
        take_key: Callable[[Any], None],
        quiet: bool = False,
    ) -> None:
        self.wire, self._vehicle, self._transfers = wire, vehicle, transfers
        self.streams = Streams(wire, reporter, quiet=quiet)
        commands = CommandServer(wire, vehicle, self.streams, ask_reboot)
        self._parameters_due: list[int] = []
        self._refused: set[str] = set()
        self._handlers: dict[str, Callable[[Any], None]] = {
            "HEARTBEAT": self._on_heartbeat,
            "COMMAND_LONG": commands.handle,
            "COMMAND_INT": commands.handle,
            "SET_MODE": self._on_set_mode,
            "PARAM_REQUEST_LIST": self._on_param_list,
            "PARAM_REQUEST_READ": self._on_param_read,
            "PARAM_SET": self._on_param_set,
            "MISSION_SET_CURRENT": self._on_set_current,
            "REQUEST_DATA_STREAM": self._on_data_stream,
            "SET_POSITION_TARGET_GLOBAL_INT": self._on_position_target,
            "TIMESYNC": self._on_timesync,
            "PING": self._on_ping,
            "SETUP_SIGNING": take_key,
        } | dict.fromkeys(_TRANSFERS, self._on_transfer)

    def receive(self, data: bytes) -> None:
        """Take bytes; the answers are in the wire."""
        for message in self.wire.parse(data):
            self._handle(message)

    def send_parameters_due(self) -> None:
        """Go on with a list of parameters that was asked for, a few at a time."""
        due, self._parameters_due = (
            self._parameters_due[:_PARAMETERS_PER_STEP],
            self._parameters_due[_PARAMETERS_PER_STEP:],
        )
        for index in due:
            self._send_parameter(index, index)

    def _handle(self, message: Any) -> None:
        if getattr(message, "target_system", 0) not in (0, self._vehicle.settings.system_id):
            return
        if getattr(message, "target_component", 0) not in (0, AUTOPILOT_COMPONENT):
            return
        name = message.get_type()
        handler = self._handlers.get(name)
        if handler is not None:
            handler(message)
        elif hasattr(message, "target_system") and name not in _HEARD_ONLY | self._refused:
            self._refused.add(name)
            self._vehicle.say(WARNING, f"{name} is not done here")

    # -- messages --------------------------------------------------------------------------------------------------

    def _on_heartbeat(self, message: Any) -> None:
        vehicle = self._vehicle
        low, high = vehicle.param("MAV_GCS_SYSID"), vehicle.param("MAV_GCS_SYSID_HI")
        sender = message.get_srcSystem()
        if sender == low or low <= sender <= high:
            vehicle.failsafes.gcs_heard_s = vehicle.t_s

    def _on_set_mode(self, message: Any) -> None:
        accepted = bool(message.base_mode & 1) and self._vehicle.set_mode(message.custom_mode)
        self.wire.send(
            mav.MAVLink_command_ack_message(
                11, 0 if accepted else 4, 0, 0, message.get_srcSystem(), message.get_srcComponent()
            )
        )

    def _on_transfer(self, message: Any) -> None:
        transfer = self._transfers.get(message.mission_type)
        if transfer is not None:
            transfer.handle(message, self.wire)
            return
        sender = (message.get_srcSystem(), message.get_srcComponent())
        self.wire.send(mav.MAVLink_mission_ack_message(*sender, _UNSUPPORTED, message.mission_type))

    def _on_set_current(self, message: Any) -> None:
        if self._vehicle.mission_flight.set_current(message.seq):
            self.streams.send(42)

    def _on_data_stream(self, message: Any) -> None:
        rate = message.req_message_rate if message.start_stop else 0
        self.streams.set_group(message.req_stream_id, rate)

    def _on_position_target(self, message: Any) -> None:
        if message.type_mask & 7 or abs(message.lat_int) > 900_000_000 or abs(message.lon_int) > 1_800_000_000:
            return  # only whole positions are flown
        vehicle = self._vehicle
        if not -1e4 < message.alt < 1e5 or message.coordinate_frame not in (0, 3, 5, 6):
            return
        base = vehicle.home_m[2] if message.coordinate_frame in (3, 6) else -vehicle.settings.home_amsl_m
        vehicle.go_to((*vehicle.place_at(message.lat_int, message.lon_int), base + message.alt))

    def _on_timesync(self, message: Any) -> None:
        if message.tc1 == 0:
            self.wire.send(mav.MAVLink_timesync_message(round(self._vehicle.t_s * 1e9), message.ts1))

    def _on_ping(self, message: Any) -> None:
        if message.target_system == 0:
            sender = (message.get_srcSystem(), message.get_srcComponent())
            self.wire.send(mav.MAVLink_ping_message(message.time_usec, message.seq, *sender))

    # -- parameters ------------------------------------------------------------------------------------------------

    def _send_parameter(self, index: int, told_index: int) -> None:
        parameter, value = self._vehicle.parameters.at(index)
        self.wire.send(
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
