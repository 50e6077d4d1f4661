"""A recorded flight, played through the code that hears a live one: the same exchange, clock and vehicle state."""

from collections.abc import Iterable
from pathlib import Path

from flight.exchange import Exchange, is_autopilot
from flight.parameters import Parameters
from flight.tlog import read_tlog
from flight.vehicle_link import AUTOPILOT_COMPONENT_ID
from flight.vehicle_state import VehicleState
from missions import InputError, Message, Telemetry


class ReplayLink(Exchange):
    """One vehicle's messages as they were recorded; what it is told goes nowhere."""

    def __init__(self, file: Path, *, system_id: int) -> None:
        super().__init__()
        self.address = str(file)
        self.target_system, self.target_component = system_id, AUTOPILOT_COMPONENT_ID

    async def send(self, message: Message) -> None:
        """Say nothing: what happened has happened."""

    def play(self, recorded: Iterable[tuple[float, Message]]) -> None:
        """Hand over everything that was received, in the order it came; what a ground station sent is left out."""
        self.publish_all(message for _, message in recorded)


def recorded_telemetry(
    file: Path, *, system_id: int, patrol_id: str, vehicle_id: str, stream_id: str
) -> tuple[Telemetry, ...]:
    """Return every pose of one vehicle in a log, by capture time; what came before it knew UTC is left out.

    Raises:
        InputError: the log cannot be read, or the vehicle is not in it, or tells no pose.

    """
    recorded = list(read_tlog(file))
    vehicles = {message.sysid for _, message in recorded if message.name == "HEARTBEAT" and is_autopilot(message)}
    if system_id not in vehicles:
        heard = f"only of {', '.join(map(str, sorted(vehicles)))}" if vehicles else "of none at all"
        raise InputError(f"tells nothing of vehicle {system_id}, {heard}", file=file, remedy="the log of this flight")
    link = ReplayLink(file, system_id=system_id)
    state = VehicleState(link.clock, patrol_id=patrol_id, vehicle_id=vehicle_id, stream_id=stream_id)
    state.gimbal_rides_body = _parameters(recorded, system_id).gimbal_rides_body
    found: dict[float, Telemetry] = {}

    def keep(telemetry: Telemetry) -> None:
        found[telemetry.captured_utc_s] = telemetry

    state.listen(keep)
    link.listen(state.hear)
    link.play(recorded)
    if not found:
        raise InputError(
            "tells no place with a time", file=file, remedy="a log with GLOBAL_POSITION_INT and SYSTEM_TIME"
        )
    return tuple(found[captured_utc_s] for captured_utc_s in sorted(found))


def _parameters(recorded: Iterable[tuple[float, Message]], system_id: int) -> Parameters:
    """Return the parameters that the log happens to tell; a flight of ours begins by asking for all of them."""
    told = Parameters({})
    for _, message in recorded:
        if message.sysid == system_id:
            told.hear(message)
    return told
