"""GUIDED flight: to a place and no further, with a deadline by the vehicle's clock."""

import asyncio
import math

from flight import copter_modes as modes
from flight.clock import VehicleDeadline
from flight.commands import ACCEPTED, IN_PROGRESS, ask_command
from flight.context import Flight
from flight.errors import CommandRefused, LinkLost
from flight.exchange import Exchange
from missions import AltitudeReference, FlightError, GeoPoint, Message, Waypoint
from missions.formats.mav_commands import (
    MAV_CMD_DO_CHANGE_SPEED,
    MAV_CMD_DO_REPOSITION,
    MAV_CMD_DO_SET_ROI_LOCATION,
    MAV_FRAME_GLOBAL,
    MAV_FRAME_GLOBAL_RELATIVE_ALT,
)
from missions.waypoint import LookAt

_CHANGE_MODE = 1  # MAV_DO_REPOSITION_FLAGS_CHANGE_MODE
_GROUND_SPEED, _KEEP_THROTTLE = 1, -1
_ACK_S, _TRIES = 1.5, 6
_THERE_M, _AT_REST_M_S = 3.0, 0.7
"""Reported positions err by a metre or two; at rest it is where it was sent."""
_SLOW_FACTOR, _EXTRA_S = 2.5, 60.0
_CLIMB_M_S = 1.0
_LOOK_S = 0.5


async def ask_at_place(
    link: Exchange, command: int, place: LookAt | Waypoint, params: tuple[float, float, float, float], *, what: str
) -> int:
    """Send a command that names a place until it is answered and return the MAV_RESULT.

    Raises:
        LinkLost: no answer.

    """
    frame = MAV_FRAME_GLOBAL if place.altitude.above is AltitudeReference.AMSL else MAV_FRAME_GLOBAL_RELATIVE_ALT
    message = Message(
        "COMMAND_INT",
        {
            "command": command,
            "frame": frame,
            **{f"param{number}": value for number, value in enumerate(params, start=1)},
            "x": round(place.position.lat_deg * 1e7),
            "y": round(place.position.lon_deg * 1e7),
            "z": place.altitude.metres,
        },
    )
    with link.subscribe("COMMAND_ACK") as answers:
        for _ in range(_TRIES):
            await link.send(message)
            while (answer := await answers.next_or_none(_ACK_S)) is not None:
                if answer.integer("command") == command and answer.integer("result") != IN_PROGRESS:
                    return answer.integer("result")
    raise LinkLost(f"no answer to {what} within {_ACK_S * _TRIES:g} s")


async def look_at(flight: Flight, place: LookAt) -> None:
    """Keep the camera on a place; a vehicle without a gimbal says no, and flies all the same."""
    result = await ask_at_place(
        flight.link, MAV_CMD_DO_SET_ROI_LOCATION, place, (0.0, 0.0, 0.0, 0.0), what="the camera on a place"
    )
    flight.camera_on_place = flight.camera_on_place or result == ACCEPTED


async def set_speed(flight: Flight, speed_m_s: float) -> int:
    """Ask for a speed over the ground; it lasts until the mode changes. Returns the MAV_RESULT."""
    return await ask_command(
        flight.link, MAV_CMD_DO_CHANGE_SPEED, (_GROUND_SPEED, speed_m_s, _KEEP_THROTTLE), what=f"{speed_m_s:g} m/s"
    )


async def turn_to(flight: Flight, target: Waypoint) -> None:
    """Send the aircraft to a place in GUIDED, without waiting for it.

    Raises:
        CommandRefused: it does not go there.

    """
    what = f"a flight to {target.position.lat_deg:.6f}, {target.position.lon_deg:.6f}"
    params = (-1.0, float(_CHANGE_MODE), 0.0, math.nan)
    result = await ask_at_place(flight.link, MAV_CMD_DO_REPOSITION, target, params, what=what)
    if result != ACCEPTED:
        raise CommandRefused(what, result=result)


async def fly_to(flight: Flight, target: Waypoint) -> None:
    """Fly to a place, whose height is above home, at its speed and come to rest there.

    Raises:
        CommandRefused: it does not go there.
        FlightError: it left GUIDED meanwhile, or is not there in time.

    """
    await turn_to(flight, target)
    await set_speed(flight, target.speed_m_s)
    now = flight.state.telemetry
    away_m = now.position.distance_m(target.position) if now is not None else 0.0
    climb_m = abs(now.height_above_home_m - target.altitude.metres) if now is not None else 0.0
    limit_s = (away_m / target.speed_m_s + climb_m / _CLIMB_M_S) * _SLOW_FACTOR + _EXTRA_S
    deadline = VehicleDeadline(flight.link.clock, limit_s)
    with flight.link.subscribe("GLOBAL_POSITION_INT", "HEARTBEAT") as news:
        seen_guided = False
        while not (seen_guided and is_at(flight, target.position, target.altitude.metres)):
            await news.next_or_none(_LOOK_S)
            seen_guided = seen_guided or flight.state.mode == modes.GUIDED
            if seen_guided:
                refuse_other_mode(flight)
            if deadline.passed:
                raise FlightError(f"it is not at its place after {limit_s:.0f} s")


def refuse_other_mode(flight: Flight) -> None:
    """Give up where a failsafe or a pilot has taken the aircraft.

    Raises:
        FlightError: it is in another mode, or disarmed.

    """
    if not flight.state.armed or flight.state.mode != modes.GUIDED:
        raise FlightError(f"the vehicle went to {modes.mode_name(flight.state.mode)} on the way")


def is_at(flight: Flight, place: GeoPoint, height_m: float) -> bool:
    """Whether the aircraft rests at a place."""
    now = flight.state.telemetry
    if now is None:
        return False
    near = now.position.distance_m(place) <= _THERE_M and abs(now.height_above_home_m - height_m) <= _THERE_M
    return near and math.hypot(*now.velocity_enu_m_s) <= _AT_REST_M_S


async def stay(flight: Flight, seconds: float) -> None:
    """Stay in GUIDED for so long, by the vehicle's clock.

    Raises:
        FlightError: it left GUIDED meanwhile.

    """
    deadline = VehicleDeadline(flight.link.clock, seconds)
    with flight.link.subscribe("GLOBAL_POSITION_INT", "HEARTBEAT") as news:
        while not deadline.passed:
            refuse_other_mode(flight)
            await news.next_or_none(_LOOK_S)
            await asyncio.sleep(0)
