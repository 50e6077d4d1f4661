"""What the items of a flight break without a look at the map, and what of them cannot be judged."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from missions import AltitudeReference
from missions.formats import mav_commands as mav
from missions.formats.stored_item import FLOWN_TO, StoredItem
from planner.path_case import PathCase
from planner.path_track import COMES_DOWN, LANDS, STAYS, TAKES_OFF, jump_target
from planner.violation import Violation

_FAR_M: Final = 100_000.0
"""Nothing that is checked here flies so far from home; it is a mistake in a coordinate."""
_STANDS_STILL: Final = frozenset({mav.MAV_CMD_NAV_ROI, mav.MAV_CMD_NAV_DELAY})
_GROUND_SPEEDS: Final = (0.0, 1.0)  # DO_CHANGE_SPEED, param 1: airspeed, ground speed; others climb and sink


def not_finite(case: PathCase) -> Iterator[Violation]:
    """Infinities anywhere, and NaN where it does not mean "leave it as it is"."""
    for item in case.path.items:
        if any(math.isinf(value) for value in item.params):
            yield case.broken("finite", "a parameter is infinite", item=item)
        elif item.command in FLOWN_TO - LANDS and math.isnan(item.params[6]):
            yield case.broken("finite", "has no height", item=item)
    for number, circle in enumerate(case.path.circles, start=1):
        if not math.isfinite(circle.radius_m):
            yield case.broken("finite", f"the radius of circle {number} is {circle.radius_m}", place=circle.centre)


def broken_items(case: PathCase) -> Iterator[Violation]:
    """Every item against the rules for places, order, jumps, heights, speeds and the gimbal."""
    for rule in (_places, _order, _jumps, _heights, _speeds, _gimbal):
        yield from rule(case)


def _places(case: PathCase) -> Iterator[Violation]:
    """Commands that need a place have one, near enough to be meant."""
    for item in case.path.items:
        if item.command not in FLOWN_TO:
            continue
        if item.position is None:
            if item.command not in STAYS:
                yield case.broken("place", f"command {item.command} has no place to fly to", item=item)
            continue
        away_m = float(np.linalg.norm(case.track.frame.geodetic_to_enu(item.position.lat_deg, item.position.lon_deg)))
        if away_m > _FAR_M:
            text = f"is {away_m / 1000:.0f} km from {'home' if case.path.home else 'the first place'}"
            yield case.broken("place", text, item=item, size=away_m, unit="m")


def _order(case: PathCase) -> Iterator[Violation]:
    """A flight takes off first, comes down last, and has nothing after its return."""
    flown = [item for item in case.path.items if item.command in FLOWN_TO | COMES_DOWN]
    if not case.path.items:
        return
    if not flown or flown[0].command not in TAKES_OFF:
        text = f"the flight begins with command {flown[0].command}, not a take-off" if flown else "nothing takes off"
        yield case.broken("takeoff", text, item=flown[0] if flown else None)
    if not flown or flown[-1].command not in COMES_DOWN:
        text = "the flight ends here, without return or landing" if flown else "nothing returns or lands"
        yield case.broken("landing", text, item=flown[-1] if flown else None)
    for number, item in enumerate(flown[:-1]):
        following = flown[number + 1]
        if item.command in COMES_DOWN and following.command not in TAKES_OFF:
            text = f"comes down, but item {following.seq} follows without a take-off"
            yield case.broken("landing", text, item=item)


def _jumps(case: PathCase) -> Iterator[Violation]:
    """A jump leads to another item, and not for ever."""
    for item in case.path.items:
        if item.command != mav.MAV_CMD_DO_JUMP:
            continue
        target, repeat = jump_target(case.path, item), item.params[1]
        if target is None:
            text = f"jumps to item {item.params[0]:g}, there are 1 to {len(case.path.items)}"
            yield case.broken("jump", text, item=item)
        elif target == item.seq:
            yield case.broken("jump", "jumps to itself", item=item)
        if not repeat >= 0:
            yield case.broken("jump", f"repeats {repeat:g} times: the flight never ends", item=item)


def _heights(case: PathCase) -> Iterator[Violation]:
    """Straight legs are never higher than their ends, so these are enough; over known terrain `path_ground` tests."""
    home_m = case.home_amsl_m
    cap_m, lowest_m = case.limits.altitude_cap_m, case.limits.lowest_m
    unknown: list[StoredItem] = []
    for item in case.path.items:
        if item.command not in FLOWN_TO - LANDS or item.altitude is None:
            continue
        metres, above = item.altitude.metres, "above home"
        if item.altitude.above is AltitudeReference.AMSL:
            if home_m is None:
                unknown.append(item)
                continue
            metres -= home_m
        elif item.altitude.above is AltitudeReference.TERRAIN:
            above = "above the ground"
        if case.ground is not None and item.position is not None:
            continue
        if metres > cap_m + 1e-6:
            text = f"{metres:g} m {above} is above the altitude cap of {cap_m:g} m"
            yield case.broken("altitude", text, item=item, size=metres - cap_m, unit="m")
        elif metres < lowest_m:
            yield case.broken(
                "altitude", f"{metres:g} m {above} is too low", item=item, size=lowest_m - metres, unit="m"
            )
    if unknown:
        text = f"{len(unknown)} heights are above sea level, and the file does not say how high home is"
        yield case.broken("datum", text, item=unknown[0])


def _speeds(case: PathCase) -> Iterator[Violation]:
    """A commanded speed is one, and one the airframe can fly."""
    most = case.limits.max_speed_m_s
    for item in case.path.items:
        kind, speed = item.params[:2]
        if item.command != mav.MAV_CMD_DO_CHANGE_SPEED or speed in {-1.0, -2.0} or math.isnan(speed):
            continue  # -1 leaves the speed as it is, -2 asks for the autopilot's own
        if speed <= 0:
            yield case.broken("speed", f"{speed:g} m/s is no speed", item=item)
        elif most is not None and kind in _GROUND_SPEEDS and speed > most + 1e-6:
            text = f"{speed:g} m/s, the airframe flies up to {most:g} m/s"
            yield case.broken("speed", text, item=item, size=speed - most, unit="m/s")


def _gimbal(case: PathCase) -> Iterator[Violation]:
    """The camera looks between straight down and a little above the horizon."""
    for item in case.path.items:
        pitch_deg = item.params[0]
        if item.command in {mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, mav.MAV_CMD_DO_MOUNT_CONTROL} and (
            pitch_deg < -90 or pitch_deg > 30
        ):
            yield case.broken("gimbal", f"gimbal pitch {pitch_deg:g} degrees is not -90 to 30", item=item)


def unknown(case: PathCase) -> Iterator[str]:
    """Say what could not be judged."""
    path = case.path
    for item in path.items:
        if item.command < mav.MAV_CMD_NAV_LAST and item.command not in FLOWN_TO | COMES_DOWN | _STANDS_STILL:
            yield f"item {item.seq}: where command {item.command} flies is not checked"
    if not path.items:
        yield "the file holds no items: there is nothing to fly"
    elif path.home is None:
        yield "home is unknown: the ways from and to it are not checked"
    terrain = [item.seq for item in path.items if item.altitude and item.altitude.above is AltitudeReference.TERRAIN]
    if terrain and case.ground is None:
        yield (
            f"{len(terrain)} heights are above the terrain (first: item {terrain[0]}): what they are above home is "
            "unknown without an elevation model"
        )
    splines = [item.seq for item in path.items if item.command == mav.MAV_CMD_NAV_SPLINE_WAYPOINT]
    if splines:
        yield f"{len(splines)} splines (first: item {splines[0]}) are checked as straight legs"
    away = next((item for item in path.items if item.command in TAKES_OFF and item.position), None)
    if away and away.position and path.home and path.home.distance_m(away.position) > 1.0:
        yield f"item {away.seq} takes off at another place than home: ArduPilot climbs over home instead"
