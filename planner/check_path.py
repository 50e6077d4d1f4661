"""An independent look at a flight of any program: every segment and item against fence, heights, capacity and sense.

Of a plan of ours `check.py` knows more: its battery, wind, roads and promises. Imports nothing of the search.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from missions import AltitudeReference, GeoPoint, Zone, ZoneRule
from missions.flight_path import FlightPath
from missions.formats import mav_commands as mav
from missions.formats.stored_item import FLOWN_TO, StoredItem
from planner.check import LOWEST_M, Violation
from planner.crossings import ROUNDING_M, parts_inside, parts_outside
from planner.path_track import COMES_DOWN, LANDS, STAYS, TAKES_OFF, Track, jump_target, track_of

_FAR_M: Final = 100_000.0
"""Nothing that is checked here flies so far from home; it is a mistake in a coordinate."""
_GROUND_SPEEDS: Final = (0.0, 1.0)  # DO_CHANGE_SPEED, param 1: airspeed, ground speed; others climb and sink
_FINE: Final = 64  # segments of a quarter circle: 0.02 % of its radius off


@dataclass(frozen=True, slots=True, kw_only=True)
class PathLimits:
    """What a flight is held against beyond its own fence."""

    altitude_cap_m: float = 120.0
    """Above home, and above the ground where heights are."""
    max_speed_m_s: float | None = None
    """Of the airframe, where one is known."""
    keep_out: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFindings:
    """What a flight breaks, and what of it could not be judged."""

    violations: tuple[Violation, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Area:
    name: str
    rule: ZoneRule
    shape: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Case:
    """A flight being looked at."""

    path: FlightPath
    limits: PathLimits
    track: Track
    areas: tuple[_Area, ...] = field(default=())

    def broken(
        self,
        rule: str,
        text: str,
        *,
        item: StoredItem | None = None,
        place: GeoPoint | None = None,
        size: float = 0.0,
        unit: str = "",
    ) -> Violation:
        """Return a violation of this flight, at an item where there is one."""
        if item is not None:
            text, place = f"item {item.seq}: {text}", place or item.position
        return Violation(
            rule=rule,
            text=text,
            sortie_id=self.path.name,
            item_seq=item.seq if item else None,
            place=place,
            size=size,
            unit=unit,
        )


def check_path(path: FlightPath, limits: PathLimits | None = None) -> PathFindings:
    """Return everything a flight breaks, and what cannot be judged from its file.

    Heights above sea level are held against the cap by home's own; without it they break the rule `datum`. Heights
    above the terrain are held against it as heights above the ground, and what they are above home is said as unknown.
    """
    chosen = limits or PathLimits()
    case = _Case(path=path, limits=chosen, track=track_of(path))
    numbers = tuple(_not_finite(case))
    if numbers:
        return PathFindings(violations=numbers, notes=path.notes)
    areas = tuple(_areas(case))
    case = _Case(path=path, limits=chosen, track=case.track, areas=areas)
    rules = (_capacity, _shapes, _places, _segments, _home, _rally, _order, _jumps, _heights, _speeds, _gimbal)
    violations = tuple(violation for rule in rules for violation in rule(case))
    return PathFindings(violations=violations, notes=(*path.notes, *_unknown(path)))


def _not_finite(case: _Case) -> Iterator[Violation]:
    """Infinities anywhere, and NaN where it does not mean "leave it as it is"."""
    for item in case.path.items:
        if any(math.isinf(value) for value in item.params):
            yield case.broken("finite", "a parameter is infinite", item=item)
        elif item.command in FLOWN_TO - LANDS and math.isnan(item.params[6]):
            yield case.broken("finite", "has no height", item=item)
    for number, circle in enumerate(case.path.circles, start=1):
        if not math.isfinite(circle.radius_m):
            yield case.broken("finite", f"the radius of circle {number} is {circle.radius_m}", place=circle.centre)


def _areas(case: _Case) -> Iterator[_Area]:
    for zone in (*case.path.zones, *case.limits.keep_out):
        shape = shapely.make_valid(Polygon(case.track.enu_m(zone.corners)))
        yield _Area(name=f"zone {zone.zone_id}", rule=zone.rule, shape=shape)
    for number, circle in enumerate(case.path.circles, start=1):
        if circle.radius_m > 0:
            centre = Point(case.track.enu_m([circle.centre])[0])
            yield _Area(
                name=f"circle {number}", rule=circle.rule, shape=centre.buffer(circle.radius_m, quad_segs=_FINE)
            )


def _capacity(case: _Case) -> Iterator[Violation]:
    corners = sum(len(zone.corners) for zone in case.path.zones) + len(case.path.circles)
    for rule, count, most in (
        ("items", len(case.path.items) + 1, mav.COPTER_MAX_MISSION_ITEMS),
        ("fence_points", corners, mav.COPTER_MAX_FENCE_POINTS),
        ("rally_points", len(case.path.rally), mav.COPTER_MAX_RALLY_POINTS),
    ):
        if count > most:
            text = f"{count} {rule.replace('_', ' ')}, an autopilot keeps {most}"
            yield case.broken(rule, text, size=float(count - most), unit=rule.split("_")[-1])


def _shapes(case: _Case) -> Iterator[Violation]:
    for zone in case.path.zones:
        if not Polygon(case.track.enu_m(zone.corners)).is_valid:
            yield case.broken("zone", f"zone {zone.zone_id} crosses itself", place=zone.corners[0])
    for number, circle in enumerate(case.path.circles, start=1):
        if circle.radius_m <= 0:
            text = f"the radius of circle {number} is {circle.radius_m:g} m"
            yield case.broken("zone", text, place=circle.centre)


def _places(case: _Case) -> Iterator[Violation]:
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


def _segments(case: _Case) -> Iterator[Violation]:
    if not len(case.track.lines):
        return
    items = {item.seq: item for item in case.path.items}
    for area in case.areas:
        inside = area.rule is ZoneRule.STAY_IN
        crossings = (
            parts_outside(area.shape.buffer(ROUNDING_M), case.track.lines)
            if inside
            else parts_inside(area.shape, case.track.lines)
        )
        rule, verb = ("fence", "is outside fence") if inside else ("keep_out", "crosses keep-out")
        for found in crossings:
            yield case.broken(
                rule,
                f"the way there {verb} {area.name} for {found.size_m:.0f} m",
                item=items[case.track.seqs[found.index]],
                place=case.track.point(found.middle_m),
                size=found.size_m,
                unit="m",
            )


def _home(case: _Case) -> Iterator[Violation]:
    if case.path.home is not None:
        yield from _spot(case, "home", case.path.home, rules=("fence", "keep_out"))


def _rally(case: _Case) -> Iterator[Violation]:
    for number, point in enumerate(case.path.rally, start=1):
        yield from _spot(case, f"rally point {number}", point.position, rules=("rally", "rally"))


def _spot(case: _Case, name: str, place: GeoPoint, *, rules: tuple[str, str]) -> Iterator[Violation]:
    """Say where a single place is outside a fence or inside a keep-out area."""
    spot = Point(case.track.enu_m([place])[0])
    for area in case.areas:
        covered = bool(area.shape.buffer(ROUNDING_M).covers(spot))
        if area.rule is ZoneRule.STAY_IN and not covered:
            out_m = float(area.shape.distance(spot))
            text = f"{name} is {out_m:.0f} m outside fence {area.name}"
            yield case.broken(rules[0], text, place=place, size=out_m, unit="m")
        elif area.rule is ZoneRule.KEEP_OUT and covered:
            yield case.broken(rules[1], f"{name} is inside keep-out {area.name}", place=place)


def _order(case: _Case) -> Iterator[Violation]:
    """A flight takes off first, comes down last, and has nothing after its return."""
    flown = [item for item in case.path.items if item.command < mav.MAV_CMD_NAV_LAST]
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


def _jumps(case: _Case) -> Iterator[Violation]:
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


def _heights(case: _Case) -> Iterator[Violation]:
    """Straight legs are never higher than their ends, so the ends are enough."""
    cap_m = case.limits.altitude_cap_m
    unknown: list[StoredItem] = []
    for item in case.path.items:
        if item.command not in FLOWN_TO - LANDS or item.altitude is None:
            continue
        metres, above = item.altitude.metres, "above home"
        if item.altitude.above is AltitudeReference.AMSL:
            if case.path.home_amsl_m is None:
                unknown.append(item)
                continue
            metres -= case.path.home_amsl_m
        elif item.altitude.above is AltitudeReference.TERRAIN:
            above = "above the ground"
        if metres > cap_m + 1e-6:
            text = f"{metres:g} m {above} is above the altitude cap of {cap_m:g} m"
            yield case.broken("altitude", text, item=item, size=metres - cap_m, unit="m")
        elif metres < LOWEST_M:
            yield case.broken(
                "altitude", f"{metres:g} m {above} is too low", item=item, size=LOWEST_M - metres, unit="m"
            )
    if unknown:
        text = f"{len(unknown)} heights are above sea level, and the file does not say how high home is"
        yield case.broken("datum", text, item=unknown[0])


def _speeds(case: _Case) -> Iterator[Violation]:
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


def _gimbal(case: _Case) -> Iterator[Violation]:
    for item in case.path.items:
        pitch_deg = item.params[0]
        if item.command in {mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, mav.MAV_CMD_DO_MOUNT_CONTROL} and (
            pitch_deg < -90 or pitch_deg > 30
        ):
            yield case.broken("gimbal", f"gimbal pitch {pitch_deg:g} degrees is not -90 to 30", item=item)


def _unknown(path: FlightPath) -> Iterator[str]:
    """Say what could not be judged."""
    if not path.items:
        yield "the file holds no items: there is nothing to fly"
    elif path.home is None:
        yield "home is unknown: the ways from and to it are not checked"
    terrain = [item.seq for item in path.items if item.altitude and item.altitude.above is AltitudeReference.TERRAIN]
    if terrain:
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
