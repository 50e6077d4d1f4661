"""Back into the mission: to the exact point that was left, then AUTO with the leg's speed, gimbal and camera again."""

from dataclasses import replace

from flight import copter_modes as modes
from flight.clock import VehicleDeadline
from flight.commands import ACCEPTED, MAV_CMD_DO_SET_MISSION_CURRENT, ask_command, set_mode
from flight.context import Flight
from flight.course import Course
from flight.errors import CommandRefused
from flight.events import EventKind
from flight.guided import fly_to, look_at, set_speed
from flight.straight_way import in_the_way
from missions import FlightError, GeoPoint, PlanningError, Waypoint
from missions.formats.mav_commands import MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, MAV_CMD_DO_SET_ROI_NONE
from missions.place import joining_point, place_of

_INDEX_FLIGHT_S = 2.0
_LOOK_S = 0.5
_CLOSE_M = 3.0


async def go_on(flight: Flight, course: Course) -> None:
    """Enter AUTO at the item that was being flown and ask again for what leaving AUTO forgets.

    Raises:
        FlightError: the vehicle does not.

    """
    await set_mode(flight.link, modes.AUTO)
    await _at_item(flight, course)
    await ask_again(flight, course)


async def _at_item(flight: Flight, course: Course) -> None:
    """Make sure that the vehicle flies to the item it was flying to: MIS_RESTART, or a silence, may have moved it."""
    if course.seq < 1:
        return
    deadline = VehicleDeadline(flight.link.clock, _INDEX_FLIGHT_S)
    with flight.link.subscribe("MISSION_CURRENT") as news:
        while not deadline.passed and await news.next_or_none(_LOOK_S) is None:
            pass
    if flight.state.mission_seq != course.seq:
        await jump_to(flight, course.seq)


async def jump_to(flight: Flight, seq: int) -> None:
    """Have the mission go on at an item.

    Raises:
        CommandRefused: the vehicle does not.

    """
    what = f"mission item {seq}"
    result = await ask_command(flight.link, MAV_CMD_DO_SET_MISSION_CURRENT, (seq,), what=what)
    if result != ACCEPTED:
        raise CommandRefused(what, result=result)


async def ask_again(flight: Flight, course: Course) -> None:
    """Ask for speed, gimbal and camera of the leg that is flown."""
    ahead = course.ahead()
    if ahead is None:
        await release_camera(flight)
        return
    _, waypoint = ahead
    await set_speed(flight, course.ordered_speed_m_s or waypoint.speed_m_s)
    if waypoint.look_at is not None:
        await look_at(flight, waypoint.look_at)
    else:
        await release_camera(flight)
        await ask_command(
            flight.link,
            MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
            (float(round(waypoint.gimbal_pitch_deg)),),
            what="the gimbal's pitch",
        )
    if flight.camera is not None:
        await flight.camera.start()


async def release_camera(flight: Flight) -> None:
    """Take the camera off the place that it is kept on, if it is."""
    if flight.camera_on_place:
        await ask_command(flight.link, MAV_CMD_DO_SET_ROI_NONE, what="the camera ahead")
        flight.camera_on_place = False


def left_point(flight: Flight, course: Course) -> Waypoint | None:
    """Return the exact point of the route up to which it was flown; None before the first leg, and on the way home."""
    if course.at is None or course.reached_return:
        return None
    place = place_of(flight.plan, course.at)
    if place.waypoint >= len(course.sortie.waypoints):
        return None
    return joining_point(flight.plan, course.sortie, place)


def way_between(flight: Flight, course: Course, here: GeoPoint, height_m: float, there: Waypoint) -> list[Waypoint]:
    """Return the waypoints from a place to another, `there` last, round the plan's zones.

    Raises:
        FlightError: there is none, or nobody who knows a way round and the straight one is forbidden.

    """
    if flight.find_way is not None:
        try:
            return [*flight.find_way(course.sortie, here, height_m, there), there]
        except PlanningError as exc:
            raise FlightError(f"no way back to the route: {exc}") from exc
    if (why := in_the_way(flight.plan, here, there.position)) is not None:
        raise FlightError(why)
    return [there]


async def rejoin(flight: Flight, course: Course) -> str:
    """Bring an aircraft that left its mission back to where it left it, and on.

    Raises:
        FlightError: it cannot, or may not, be done.

    """
    point, now = left_point(flight, course), flight.state.telemetry
    if point is not None and now is not None:
        way = way_between(flight, course, now.position, now.height_above_home_m, point)
        if now.height_above_home_m < point.altitude.metres - _CLOSE_M:
            await fly_to(flight, replace(way[0], position=now.position))
        for target in way:
            await fly_to(flight, target)
    await go_on(flight, course)
    flight.tell(EventKind.RECOVERED, "back on its route, going on from the point where it left")
    return "going on"
