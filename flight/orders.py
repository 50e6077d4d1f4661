"""What an order becomes for a Copter: modes and commands."""

from dataclasses import replace

from flight import copter_modes as modes
from flight.commands import ACCEPTED, MAV_CMD_DO_PAUSE_CONTINUE, ask_command, disarm, set_mode
from flight.configure import restore
from flight.context import Flight
from flight.control import ChangeSpeed, Climb, Disarm, HandOver, Hold, Land, Look, Order, Resume, ReturnHome, SkipTo
from flight.course import Course
from flight.errors import CommandRefused
from flight.events import EventKind
from flight.guided import fly_to, set_speed, turn_to
from flight.look import look
from flight.parameter_names import FAILSAFE_OPTIONS, GCS_FAILSAFE
from flight.rejoin import ask_again, go_on, jump_to, left_point, rejoin, release_camera
from flight.report import LookRecord
from flight.standing import against_disarming
from flight.straight_way import in_the_way
from missions import Altitude, AltitudeReference, FlightError
from missions.hardware import load_airframe

_PAUSE, _CONTINUE = 0, 1
_OFF_M = 3.0
"""So far from its height an aircraft is brought back to it before it flies on."""


async def carry_out(  # noqa: C901, PLR0911 - a table, one row each
    flight: Flight, order: Order, course: Course
) -> tuple[str, LookRecord | None]:
    """Do what was asked and say what was done.

    Raises:
        FlightError: the vehicle did not do it, or a flight cannot do it.

    """
    match order:
        case Hold(why=why):
            return await _hold(flight, course, why), None
        case Climb():
            return await _climb(flight, course, order), None
        case Resume():
            return await _resume(flight, course), None
        case ReturnHome(why=why):
            await release_camera(flight)
            await set_mode(flight.link, modes.RTL)
            flight.keeper.change(flying=False)
            flight.tell(EventKind.RETURNING, f"returning home, {why}", cause=f"ordered {why}")
            return "returning home", None
        case Land(why=why):
            await set_mode(flight.link, modes.LAND)
            flight.keeper.change(flying=False)
            flight.tell(EventKind.LANDING, f"landing where it is, {why}", cause=f"ordered {why}")
            return "landing", None
        case Disarm(force=force):
            return await _disarm(flight, force=force), None
        case HandOver():
            # Our heartbeat ends with the link; the vehicle must not take that for a loss.
            await restore(flight, GCS_FAILSAFE, FAILSAFE_OPTIONS)
            flight.tell(EventKind.HANDED_OVER, f"handed over in {modes.mode_name(flight.state.mode)}")
            return "handed over", None
        case SkipTo(waypoint=waypoint):
            return await _skip(flight, course, waypoint), None
        case ChangeSpeed(speed_m_s=speed_m_s):
            return await _change_speed(flight, course, speed_m_s), None
        case Look():
            _refuse_off_mission(flight, course, order)
            return await look(flight, order, course)


def ended_by(order: ReturnHome | Land, answer: str, *, over: bool) -> str:
    """Return what a report says of an order that ends a sortie; empty where it was `over` and only did not know."""
    if isinstance(order, Land) and order.stands and over:
        return ""
    if isinstance(order, Land) and (order.stands or order.where_it_must):
        return f"landed where it should not, {order.why}"
    return answer


async def _hold(flight: Flight, course: Course, why: str) -> str:
    """Pause in AUTO, which keeps speed and gimbal; a vehicle that cannot is held in GUIDED."""
    ahead, now = course.ahead(), flight.state.telemetry
    if flight.state.mode == modes.GUIDED and ahead is not None and now is not None:
        height = Altitude(metres=now.height_above_home_m, above=AltitudeReference.HOME)
        await turn_to(flight, replace(ahead[1], position=now.position, altitude=height))
    elif flight.state.mode != modes.AUTO or (
        await ask_command(flight.link, MAV_CMD_DO_PAUSE_CONTINUE, (_PAUSE,), what="pause") != ACCEPTED
    ):
        await set_mode(flight.link, modes.GUIDED)
    flight.keeper.change(held=True)
    flight.tell(EventKind.HELD, f"holding in {modes.mode_name(flight.state.mode)}", cause=why)
    return "holding"


async def _climb(flight: Flight, course: Course, order: Climb) -> str:
    """Stay at another height over the place, in GUIDED; `_resume` brings it down to the point it left."""
    ahead, now = course.ahead(), flight.state.telemetry
    if flight.state.mode not in {modes.AUTO, modes.GUIDED} or now is None:
        raise FlightError("cannot climb: the aircraft is not on its route")
    if order.height_m > flight.plan.ceiling_m:
        raise FlightError(f"cannot climb to {order.height_m:.0f} m: the fence ends at {flight.plan.ceiling_m:.0f} m")
    height = Altitude(metres=order.height_m, above=AltitudeReference.HOME)
    flight.keeper.change(held=True)
    flight.tell(EventKind.HELD, f"holding, on its way to {order.height_m:.0f} m above home", cause=order.why)
    like = ahead[1] if ahead is not None else course.sortie.waypoints[-1]
    await fly_to(flight, replace(like, position=now.position, altitude=height))
    return "holding"


async def _resume(flight: Flight, course: Course) -> str:
    """Go on; after another mode the leg's speed and gimbal are asked for again, because leaving AUTO forgets them."""
    if flight.state.mode == modes.AUTO:
        await ask_command(flight.link, MAV_CMD_DO_PAUSE_CONTINUE, (_CONTINUE,), what="continue")
    elif _is_off_height(flight, course):
        await rejoin(flight, course)
    else:
        await go_on(flight, course)
    flight.keeper.change(held=False)
    flight.tell(EventKind.RESUMED, "going on with the mission")
    return "resumed"


async def _disarm(flight: Flight, *, force: bool) -> str:
    """Stop the motors; looked at once more here: whoever asked may have looked a moment ago."""
    if (why := against_disarming(flight.state.mode, flight.state.throttle_pct)) is not None:
        raise FlightError(f"not disarmed: {why}")
    await disarm(flight.link, force=force)
    return "disarmed"


def _is_off_height(flight: Flight, course: Course) -> bool:
    point, now = left_point(flight, course), flight.state.telemetry
    return point is not None and now is not None and abs(now.height_above_home_m - point.altitude.metres) > _OFF_M


def _refuse_off_mission(flight: Flight, course: Course, order: Order) -> None:
    if course.reached_return or course.joining:
        raise FlightError(f"cannot {order.words}: the aircraft is not on a leg of its route")
    if flight.state.mode != modes.AUTO:
        where = modes.mode_name(flight.state.mode)
        raise FlightError(f"cannot {order.words}: the aircraft is in {where}, not on its mission")


async def _skip(flight: Flight, course: Course, waypoint: int | None) -> str:
    """Fly straight to a later waypoint, then on; None is the one after that being flown to."""
    _refuse_off_mission(flight, course, SkipTo())
    leg, now = course.leg(), flight.state.telemetry
    if leg is None or now is None:
        raise FlightError("cannot skip: no leg is left")
    to = leg.waypoint + 1 if waypoint is None else waypoint
    last = len(course.sortie.waypoints) - 1
    if not leg.waypoint < to <= last:
        left = f"{leg.waypoint + 2} to {last + 1}" if leg.waypoint < last else "none"
        raise FlightError(f"cannot skip to waypoint {to + 1}: those ahead are {left}")
    target = course.sortie.waypoints[to]
    if (why := in_the_way(flight.plan, now.position, target.position)) is not None:
        raise FlightError(f"cannot skip to waypoint {to + 1}: {why}")
    seq = course.seq_before(to)
    if seq is None:
        raise FlightError(f"cannot skip to waypoint {to + 1}: it is not stored")
    await jump_to(flight, seq)
    course.left_out.update(range(leg.waypoint, to))
    course.ordered_speed_m_s = None
    course.reach(next(item.seq for item in course.items if item.waypoint_index == to), flight.link.clock.boot_s)
    await ask_again(flight, course)
    flight.tell(
        EventKind.SKIPPED, f"flying straight to waypoint {to + 1}, {to - leg.waypoint} left out", cause="ordered"
    )
    return f"flying to waypoint {to + 1}"


async def _change_speed(flight: Flight, course: Course, speed_m_s: float) -> str:
    _refuse_off_mission(flight, course, ChangeSpeed(speed_m_s=speed_m_s))
    most_m_s = load_airframe(flight.plan.airframe).max_airspeed_m_s
    if not 0.5 <= speed_m_s <= most_m_s:
        raise FlightError(f"cannot change speed to {speed_m_s:g} m/s: from 0.5 to {most_m_s:g} m/s")
    result = await set_speed(flight, speed_m_s)
    if result != ACCEPTED:
        raise CommandRefused(f"{speed_m_s:g} m/s", result=result)
    course.ordered_speed_m_s = speed_m_s
    flight.tell(EventKind.SPEED, f"{speed_m_s:g} m/s for the rest of the leg", cause="ordered")
    return f"flying at {speed_m_s:g} m/s"
