"""A look aside: off the route, hover with the camera on a place, and back to the exact point that was left."""

from dataclasses import replace

from flight.context import Flight
from flight.control import Look
from flight.course import Course
from flight.errors import CommandRefused
from flight.events import EventKind
from flight.guided import fly_to, look_at, stay
from flight.rejoin import go_on
from flight.report import LookRecord
from missions import Altitude, AltitudeReference, FlightError, Waypoint


async def look(flight: Flight, order: Look, course: Course) -> tuple[str, LookRecord]:
    """Fly a look as it was planned and return to the route.

    Raises:
        FlightError: the aircraft is not on its route, or did not come to the place; then it goes on with the mission.

    """
    now, ahead = flight.state.telemetry, course.ahead()
    if now is None or ahead is None or course.joining:
        raise FlightError("cannot look: the aircraft is not on a leg of its route")
    height = Altitude(metres=now.height_above_home_m, above=AltitudeReference.HOME)
    left = replace(ahead[1], position=now.position, altitude=height, speed_m_s=order.view.speed_m_s, hold_s=0.0)
    began_utc_s = flight.link.clock.now_utc_s
    flight.tell(EventKind.LOOKING, f"looking aside for {order.incident_id}")
    done = False
    try:
        await _look_there(flight, order)
        done = True
    except CommandRefused as exc:
        flight.tell(EventKind.REFUSED, f"the look for {order.incident_id} was not flown: {exc}")
    record = LookRecord(
        incident_id=order.incident_id,
        began_utc_s=began_utc_s,
        ended_utc_s=flight.link.clock.now_utc_s,
        done=done,
        distance_m=_way_m(left, (*order.there, order.view)),
    )
    if done:
        flight.tell(EventKind.LOOKED, f"looked for {order.view.hold_s:g} s at the place of {order.incident_id}")
    if not order.back:
        return "looking", record
    for target in (*order.back_by, left):
        await fly_to(flight, target)
    await go_on(flight, course)
    flight.tell(EventKind.RESUMED, "back at the point it left, going on with the mission")
    if not done:
        raise FlightError(f"the look for {order.incident_id} was not flown")
    return "looked", record


async def _look_there(flight: Flight, order: Look) -> None:
    for target in order.there:
        await fly_to(flight, target)
    if order.view.look_at is not None:
        await look_at(flight, order.view.look_at)
    await fly_to(flight, order.view)
    await stay(flight, order.view.hold_s)


def _way_m(start: Waypoint, way: tuple[Waypoint, ...]) -> float:
    total_m, here = 0.0, start.position
    for waypoint in way:
        total_m += here.distance_m(waypoint.position)
        here = waypoint.position
    return total_m
