"""What a patrol that was broken off still has to see, and a new plan of it.

A breakpoint is a mission item and a share of the leg that ends there. Everything the sorties after it serve is left,
and of its own sortie what its later legs serve; of the stretch being served the rest, with a few metres flown again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from geo import LocalFrame, length_m, point_along, project_onto, resample, slice_along
from missions import Breakpoint, Carriageway, GeoPoint, LegKind, Plan, PlanningError, Sortie, Stretch
from missions.formats.plan_file import with_hash
from missions.mission import Mission, Wind
from missions.place import Place, place_of
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones
from planner.carriageways import Paired
from planner.check import check_plan
from planner.dead_flight import enu_m
from planner.energy import Floats
from planner.first_battery import on_first_battery
from planner.planning import plan_mission, swap_s_of
from planner.search import Effort
from planner.sorties import geo_points, one_after_another
from planner.stretches import Chain

OVERLAP_M: Final = 10.0
"""Of a stretch that was broken off, flown again: more than telemetry and the corner of a turn leave in doubt."""
_LEAST_M: Final = 0.5
"""A shorter rest is rounding."""
_SEARCHED_M: Final = 20.0
"""Round the station that a share of the flown line points to, the nearest place of the centreline is sought."""
_BESIDE_STEP_M: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is left of a plan's stretches."""

    stretches: tuple[Stretch, ...]
    """With the ids of the plan; the one that was broken off has a shorter centreline."""
    left_m: float
    """Along the centrelines, without what is flown again."""
    again_m: float
    """Seen already, and flown again."""
    flown_m: float


def remaining(plan: Plan, at: Breakpoint, *, overlap_m: float = OVERLAP_M) -> Remaining:
    """Return what is still to be seen from a breakpoint on.

    Raises:
        InputError: the plan has no such place.

    """
    place = place_of(plan, at)
    stretches = {stretch.stretch_id: stretch for stretch in plan.stretches}
    sortie, left, doubled = plan.sorties[place.sortie], [], 0.0
    for stretch_id in sortie.stretch_ids:
        stretch = stretches[stretch_id]
        rest = _rest_of(plan.dock, stretch, sortie, place, overlap_m)
        if rest is not None:
            left.append(rest[0])
            doubled += rest[1]
    for later in plan.sorties[place.sortie + 1 :]:
        left += [stretches[stretch_id] for stretch_id in later.stretch_ids]
    left_m = sum(stretch.length_m for stretch in left) - doubled
    whole_m = sum(stretch.length_m for stretch in plan.stretches)
    return Remaining(stretches=tuple(left), left_m=left_m, again_m=doubled, flown_m=whole_m - left_m)


def _rest_of(
    dock: GeoPoint, stretch: Stretch, sortie: Sortie, place: Place, overlap_m: float
) -> tuple[Stretch, float] | None:
    """Return what is left of a stretch and how much of it is flown again; None where all of it is flown."""
    serving = [
        index
        for index, waypoint in enumerate(sortie.waypoints)
        if waypoint.leg is LegKind.SERVICE and waypoint.stretch_id == stretch.stretch_id
    ]
    if not serving or place.waypoint < serving[0] or (place.waypoint == serving[0] and place.fraction == 0.0):
        return stretch, 0.0
    if place.waypoint > serving[-1]:
        return None
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    before = [sortie.waypoints[serving[0] - 1].position if serving[0] else sortie.begin(dock)[0]]
    flown = enu_m(frame, [*before, *(sortie.waypoints[index].position for index in serving)])
    legs_m = np.linalg.norm(np.diff(flown, axis=0), axis=1)
    leg = place.waypoint - serving[0]
    share = float(legs_m[:leg].sum() + place.fraction * legs_m[leg]) / max(float(legs_m.sum()), 1e-9)
    return _rest(dock, stretch, flown, share, overlap_m)


def _rest(
    dock: GeoPoint, stretch: Stretch, flown: Floats, share: float, overlap_m: float
) -> tuple[Stretch, float] | None:
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    line = enu_m(frame, stretch.centreline)
    whole_m = length_m(line)
    forward = _is_forward(line, flown)
    along = line if forward else line[::-1]
    done_m = _station(along, point_along(flown, share * length_m(flown)), share * whole_m)
    if whole_m - done_m < _LEAST_M:
        return None
    start_m = max(done_m - overlap_m, 0.0)
    rest = slice_along(along, start_m, whole_m)
    beside = tuple(
        replace(way, centreline=geo_points(dock, piece))
        for way in stretch.beside
        for piece in _beside_rest(enu_m(frame, way.centreline), along, done_m)
    )
    left = replace(stretch, centreline=geo_points(dock, rest), length_m=length_m(rest), beside=beside)
    return left, done_m - start_m


def _is_forward(line: Floats, flown: Floats) -> bool:
    """Whether a centreline was flown in its direction; its ends do not tell where it is a ring."""
    shares = np.linspace(0.0, 1.0, 9)
    at = np.array([point_along(flown, share * length_m(flown)) for share in shares])

    def gap(way: Floats) -> float:
        places = np.array([point_along(way, share * length_m(way)) for share in shares])
        return float(np.linalg.norm(places - at, axis=1).sum())

    return gap(line) <= gap(line[::-1])


def _station(line: Floats, place: Floats, expected_m: float) -> float:
    """Return how far along a line a place is, near where it is expected: roads come back past themselves."""
    room_m = max(_SEARCHED_M, 0.1 * length_m(line))
    start_m = max(expected_m - room_m, 0.0)
    part = slice_along(line, start_m, min(expected_m + room_m, length_m(line)))
    return start_m + project_onto(part, place)[0]


def _beside_rest(way: Floats, line: Floats, from_m: float) -> Iterator[Floats]:
    """Yield the pieces of a carriageway beside a line from a station of the line on."""
    places = resample(way, _BESIDE_STEP_M)
    stations = np.linspace(0.0, length_m(way), len(places))
    open_ = np.array([project_onto(line, place)[0] >= from_m for place in places])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], open_, [False]]).astype(int)))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        start, end = stations[max(first - 1, 0)], stations[after - 1]
        if end - start > _LEAST_M:
            yield slice_along(way, float(start), float(end))


def to_see(stretches: Sequence[Stretch], dock: GeoPoint) -> Paired:
    """Return stretches as chains in the planning frame, with the carriageways beside them."""
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    return Paired(
        flown=tuple(_chain(stretch, _own_roads(stretch), stretch, frame) for stretch in stretches),
        beside=tuple(_chain(stretch, way.road_ids, way, frame) for stretch in stretches for way in stretch.beside),
    )


def _own_roads(stretch: Stretch) -> tuple[str, ...]:
    beside = {road for way in stretch.beside for road in way.road_ids}
    return tuple(road for road in stretch.road_ids if road not in beside) or stretch.road_ids


def _chain(stretch: Stretch, roads: tuple[str, ...], line: Stretch | Carriageway, frame: LocalFrame) -> Chain:
    return Chain(
        line_m=enu_m(frame, line.centreline),
        road_ids=roads,
        name=stretch.name,
        road_class=stretch.road_class,
        width_m=line.width_m,
    )


def replan(
    mission: Mission,
    plan: Plan,
    at: Breakpoint,
    network: RoadNetwork,
    *,
    wind: Wind | None = None,
    battery_pct: float = 100.0,
    no_fly: NoFlyZones | None = None,
    terrain: Terrain | None = None,
    effort: Effort,
) -> Plan:
    """Return a checked plan of what is left of `plan` from a breakpoint on, from the dock, in the wind of now.

    `mission` is the one that the plan was made from, `network` its kept roads; the other arguments are those of
    `plan_mission`. Without `wind` that of the mission is planned for. `battery_pct` is the charge of the first sortie's
    battery; the others have full ones.

    Raises:
        InputError: the plan has no such place, or the battery is down to its reserve.
        PlanningError: nothing is left, no plan of it meets the mission, or the battery allows no sortie.

    """
    left = remaining(plan, at)
    if not left.stretches:
        raise PlanningError(f"nothing is left to fly after {_where(at)}: all {left.flown_m:.0f} m are flown")
    if wind is not None:
        mission = mission.with_flight(wind=wind)
    made = plan_mission(
        mission,
        plan.mission_hash,
        network,
        effort,
        no_fly=no_fly,
        terrain=terrain,
        roads_to_see=to_see(left.stretches, plan.dock),
    )
    if battery_pct < 100.0:
        made = on_first_battery(made, battery_pct, terrain)
        made = replace(made, sorties=one_after_another(made.sorties, swap_s=swap_s_of(mission)))
        if violations := check_plan(made, terrain):
            raise PlanningError(f"the plan for the battery that is left breaks a rule: {violations[0].text}")
    return with_hash(replace(made, notes=(continues(plan, at, left), *made.notes)))


def _where(at: Breakpoint) -> str:
    return f"{at.sortie_id} item {at.item_seq}" + (f" at {100 * at.fraction:.0f} %" if at.fraction else "")


def continues(plan: Plan, at: Breakpoint, left: Remaining) -> str:
    """Return what the notes say of where a plan goes on."""
    again = f", {left.again_m:.0f} m are flown again" if left.again_m >= _LEAST_M else ""
    whole_m = left.left_m + left.flown_m
    return (
        f"goes on from {_where(at)} of plan {plan.plan_hash[:12]}: "
        f"{left.left_m:.0f} m of {whole_m:.0f} m are left{again}"
    )
