"""What an order becomes for a Copter: modes and commands."""

from flight import copter_modes as modes
from flight.commands import (
    ACCEPTED,
    MAV_CMD_DO_CHANGE_SPEED,
    MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
    MAV_CMD_DO_PAUSE_CONTINUE,
    ask_command,
    set_mode,
)
from flight.configure import restore
from flight.context import Flight
from flight.control import ChangeSpeed, HandOver, Hold, Land, Look, Order, Resume, ReturnHome, SkipTo
from flight.events import EventKind
from flight.legs import Leg
from flight.parameter_names import FAILSAFE_OPTIONS, GCS_FAILSAFE
from missions import FlightError

_PAUSE, _CONTINUE = 0, 1
_GROUND_SPEED, _KEEP_THROTTLE = 1, -1


async def carry_out(flight: Flight, order: Order, leg: Leg | None) -> str:
    """Do what was asked and say what was done; `leg` is the one being flown.

    Raises:
        FlightError: the vehicle did not do it, or a flight cannot do it.

    """
    match order:
        case Hold():
            return await _hold(flight)
        case Resume():
            return await _resume(flight, leg)
        case ReturnHome(why=why):
            await set_mode(flight.link, modes.RTL)
            flight.tell(EventKind.RETURNING, f"returning home, {why}")
            return "returning home"
        case Land(why=why):
            await set_mode(flight.link, modes.LAND)
            flight.tell(EventKind.LANDING, f"landing where it is, {why}")
            return "landing"
        case HandOver():
            # Our heartbeat ends with the link; the vehicle must not take that for a loss.
            await restore(flight, GCS_FAILSAFE, FAILSAFE_OPTIONS)
            flight.tell(EventKind.HANDED_OVER, f"handed over in {modes.mode_name(flight.state.mode)}")
            return "handed over"
        case SkipTo() | ChangeSpeed() | Look():
            raise FlightError(f"cannot {order.words}: flights do not take this order yet")


async def _hold(flight: Flight) -> str:
    """Pause in AUTO, which keeps speed and gimbal; a vehicle that cannot is held in GUIDED."""
    result = await ask_command(flight.link, MAV_CMD_DO_PAUSE_CONTINUE, (_PAUSE,), what="pause")
    if result != ACCEPTED:
        await set_mode(flight.link, modes.GUIDED)
    flight.tell(EventKind.HELD, f"holding in {modes.mode_name(flight.state.mode)}")
    return "holding"


async def _resume(flight: Flight, leg: Leg | None) -> str:
    """Go on; after another mode the leg's speed and gimbal are asked for again, because leaving AUTO forgets them."""
    if flight.state.mode == modes.AUTO:
        await ask_command(flight.link, MAV_CMD_DO_PAUSE_CONTINUE, (_CONTINUE,), what="continue")
    else:
        await set_mode(flight.link, modes.AUTO)
        if leg is not None:
            await ask_command(
                flight.link,
                MAV_CMD_DO_CHANGE_SPEED,
                (_GROUND_SPEED, leg.speed_m_s, _KEEP_THROTTLE),
                what="the leg's speed",
            )
            await ask_command(
                flight.link, MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, (leg.gimbal_pitch_deg,), what="the gimbal's pitch"
            )
    flight.tell(EventKind.RESUMED, "going on with the mission")
    return "resumed"
