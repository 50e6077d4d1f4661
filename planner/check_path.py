"""An independent look at a flight of any program: every segment and item against fence, heights, capacity and sense.

Of a plan of ours `check.py` knows more: its battery, wind, roads and promises. Imports nothing of the search.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from missions import AltitudeReference, GeoPoint, PlanningError, Zone, ZoneRule
from missions.flight_path import FlightPath
from missions.formats.mav_commands import COPTER_MAX_FENCE_POINTS, COPTER_MAX_MISSION_ITEMS, COPTER_MAX_RALLY_POINTS
from missions.formats.stored_item import FLOWN_TO
from missions.terrain import Terrain
from planner.crossings import ROUNDING_M, parts_inside, parts_outside
from planner.path_case import PathCase, PathLimits
from planner.path_ground import ground_of, highest_of, over_ground
from planner.path_items import broken_items, not_finite, unknown
from planner.path_track import TAKES_OFF, track_of
from planner.violation import Violation
from planner.zone_heights import Highest, flown_under, greater_amsl_m

_FAR_DEG: Final = 5.0
"""Farther from where a flight starts, a zone is none of its matter, and the plane it is held against means nothing."""
_FINE: Final = 64  # segments of a quarter circle: 0.02 % of its radius off


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


def check_path(path: FlightPath, limits: PathLimits | None = None, terrain: Terrain | None = None) -> PathFindings:
    """Return everything a flight breaks, and what cannot be judged from its file.

    Heights above sea level are held against the cap by home's own; without it they break the rule `datum`. Heights
    above the terrain are held against it as heights above the ground, and what they are above home is said as unknown.
    With `terrain` whole ways are held against cap and clearance above the ground, where the file knows home.
    """
    try:
        ground = ground_of(path, terrain)
    except PlanningError as exc:
        violation = Violation(rule="terrain", text=str(exc), sortie_id=path.name, place=path.home)
        return PathFindings(violations=(violation,), notes=path.notes)
    case = PathCase(path=path, limits=limits or PathLimits(), track=track_of(path), ground=ground)
    numbers = tuple(not_finite(case))
    if numbers:
        return PathFindings(violations=numbers, notes=path.notes)
    areas = tuple(_areas(case))
    violations = (
        *_capacity(case),
        *_shapes(case),
        *_segments(case, areas),
        *_spots(case, areas),
        *broken_items(case),
        *over_ground(case),
    )
    return PathFindings(violations=violations, notes=(*path.notes, *unknown(case)))


def _areas(case: PathCase) -> Iterator[_Area]:
    for zone in (*case.path.zones, *_in_the_way(case)):
        shape = shapely.make_valid(Polygon(case.track.enu_m(zone.corners)))
        yield _Area(name=f"zone {zone.zone_id}", rule=zone.rule, shape=shape)
    for number, circle in enumerate(case.path.circles, start=1):
        if circle.radius_m > 0:
            centre = Point(case.track.enu_m([circle.centre])[0])
            yield _Area(
                name=f"circle {number}", rule=circle.rule, shape=centre.buffer(circle.radius_m, quad_segs=_FINE)
            )


def _in_the_way(case: PathCase) -> Iterator[Zone]:
    """Return the zones to keep out of near the flight, but those that are known to lie above all of it."""
    highest, dock_amsl_m = _highest(case), greater_amsl_m(case.limits.dock_amsl_m, case.ground)
    for zone in case.limits.keep_out:
        under = flown_under(zone, highest=highest, dock_amsl_m=dock_amsl_m)
        if not under and _is_near(zone, case):
            yield zone


def _highest(case: PathCase) -> Highest:
    """Return how high the flight gets; endless where its file does not tell."""
    if case.ground is not None:
        return highest_of(case, case.ground)
    climbs = FLOWN_TO | TAKES_OFF
    heights = [item.altitude for item in case.path.items if item.command in climbs and item.altitude is not None]
    above_home = all(height.above is AltitudeReference.HOME for height in heights)
    highest_m = max((height.metres for height in heights), default=math.inf) if above_home else math.inf
    return Highest.over_level_ground(highest_m)


def _is_near(zone: Zone, case: PathCase) -> bool:
    """Whether a zone comes within `_FAR_DEG` of where the flight starts."""
    frame = case.track.frame
    lat, lon = [corner.lat_deg for corner in zone.corners], [corner.lon_deg for corner in zone.corners]
    return (
        min(lat) - _FAR_DEG < frame.lat_deg < max(lat) + _FAR_DEG
        and min(lon) - _FAR_DEG < frame.lon_deg < max(lon) + _FAR_DEG
    )


def _capacity(case: PathCase) -> Iterator[Violation]:
    corners = sum(len(zone.corners) for zone in case.path.zones) + len(case.path.circles)
    for rule, count, most in (
        ("items", len(case.path.items) + 1, COPTER_MAX_MISSION_ITEMS),
        ("fence_points", corners, COPTER_MAX_FENCE_POINTS),
        ("rally_points", len(case.path.rally), COPTER_MAX_RALLY_POINTS),
    ):
        if count > most:
            text = f"{count} {rule.replace('_', ' ')}, an autopilot keeps {most}"
            yield case.broken(rule, text, size=float(count - most), unit=rule.split("_")[-1])


def _shapes(case: PathCase) -> Iterator[Violation]:
    for zone in case.path.zones:
        if not Polygon(case.track.enu_m(zone.corners)).is_valid:
            yield case.broken("zone", f"zone {zone.zone_id} crosses itself", place=zone.corners[0])
    for number, circle in enumerate(case.path.circles, start=1):
        if circle.radius_m <= 0:
            text = f"the radius of circle {number} is {circle.radius_m:g} m"
            yield case.broken("zone", text, place=circle.centre)


def _segments(case: PathCase, areas: Sequence[_Area]) -> Iterator[Violation]:
    if not len(case.track.lines):
        return
    items = {item.seq: item for item in case.path.items}
    for area in areas:
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


def _spots(case: PathCase, areas: Sequence[_Area]) -> Iterator[Violation]:
    """Home and the rally points are where the aircraft may be."""
    if case.path.home is not None:
        yield from _spot(case, areas, "home", case.path.home, rules=("fence", "keep_out"))
    for number, point in enumerate(case.path.rally, start=1):
        yield from _spot(case, areas, f"rally point {number}", point.position, rules=("rally", "rally"))


def _spot(
    case: PathCase, areas: Sequence[_Area], name: str, place: GeoPoint, *, rules: tuple[str, str]
) -> Iterator[Violation]:
    """Say where a place is outside a fence, or inside a keep-out area, by the rule for either."""
    spot = Point(case.track.enu_m([place])[0])
    for area in areas:
        away_m = float(area.shape.distance(spot))
        if area.rule is ZoneRule.STAY_IN and away_m > ROUNDING_M:
            text = f"{name} is {away_m:.0f} m outside fence {area.name}"
            yield case.broken(rules[0], text, place=place, size=away_m, unit="m")
        elif area.rule is ZoneRule.KEEP_OUT and away_m <= ROUNDING_M:
            yield case.broken(rules[1], f"{name} is inside keep-out {area.name}", place=place)
