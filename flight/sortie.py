"""The start of a sortie: arm, and send the stored mission off from its beginning."""

from flight import copter_modes as modes
from flight.clock import VehicleDeadline
from flight.commands import ACCEPTED, MAV_CMD_MISSION_START, arm, ask_command, heard_texts, set_mode
from flight.context import Flight
from flight.errors import CommandRefused
from flight.events import EventKind
from missions import Message

_ARM_FLIGHT_S = 60.0
_START_FLIGHT_S = 10.0
_START_TRIES = 3
_REWIND_TRIES, _REWIND_WAIT_S = 5, 1.0
_HEARTBEAT_WAIT_S = 5.0
_FAILED = 4  # MAV_RESULT_FAILED


async def start_sortie(flight: Flight) -> None:
    """Arm and start the stored mission.

    Arming in GUIDED and MISSION_START need neither sticks nor AUTO_OPTIONS (Copter 4.0 and later).

    Raises:
        CommandRefused: with the vehicle's reasons.
        ModeRefused: likewise.

    """
    await _rewind(flight)
    for attempt in range(_START_TRIES):
        await set_mode(flight.link, modes.GUIDED)
        await arm(flight.link, timeout_s=_ARM_FLIGHT_S)
        flight.tell(EventKind.ARMED, "armed" if attempt == 0 else "armed again: it had disarmed before it was sent off")
        await _send_off(flight)
        if flight.state.armed and flight.state.mode == modes.AUTO:
            flight.tell(EventKind.STARTED, "mission started in AUTO")
            return
    raise CommandRefused("the mission's start: it disarmed each time", result=_FAILED)


async def _rewind(flight: Flight) -> None:
    """Have the mission begin at its beginning; a Copter keeps its place until it disarms, some longer.

    Raises:
        CommandRefused: it stays in the middle.

    """
    with flight.link.subscribe("MISSION_CURRENT") as news:
        for _ in range(_REWIND_TRIES):
            if (flight.state.mission_seq or 0) <= 1:
                return
            await flight.link.send(Message("MISSION_SET_CURRENT", {"seq": 0}))
            await news.next_or_none(_REWIND_WAIT_S)
    if (flight.state.mission_seq or 0) > 1:
        raise CommandRefused(f"the mission's beginning: it stays at item {flight.state.mission_seq}", result=_FAILED)


async def _send_off(flight: Flight) -> None:
    """Start the mission and wait until the vehicle's heartbeat tells how that went."""
    async with heard_texts(flight.link) as texts:
        result = await ask_command(flight.link, MAV_CMD_MISSION_START, what="the mission's start")
        if result != ACCEPTED:
            raise CommandRefused("the mission's start", result=result, reasons=texts)
    deadline = VehicleDeadline(flight.link.clock, _START_FLIGHT_S)
    with flight.link.subscribe("HEARTBEAT") as heartbeats:
        while await heartbeats.next_or_none(_HEARTBEAT_WAIT_S) is not None and not deadline.passed:
            if flight.state.mode == modes.AUTO:
                return
