"""Everything a plan promises, said in the tests' own words, beside what the check finds."""

import itertools
import math
from typing import Any

import numpy as np
from shapely import LineString, Polygon

from geo import LocalFrame
from missions import FleetPlan, Plan
from missions.items import fence_items, mission_items
from planner import check_fleet, check_plan


def enu(plan: Plan, points: Any) -> np.ndarray:
    """The (N, 2) places of positions in the frame of a plan's dock."""
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    return frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]


def assert_sound(plan: Plan) -> None:
    fence = Polygon(enu(plan, plan.fence.corners))
    zones = [Polygon(enu(plan, zone.corners)) for zone in plan.keep_out]
    for sortie in plan.sorties:
        path = LineString(enu(plan, (plan.dock, *(waypoint.position for waypoint in sortie.waypoints), plan.dock)))
        assert fence.buffer(0.01).covers(path)
        assert not any(zone.intersects(path) for zone in zones)
    served = [stretch for sortie in plan.sorties for stretch in sortie.stretch_ids]
    assert sorted(served) == sorted(stretch.stretch_id for stretch in plan.stretches)
    for sortie in plan.sorties:
        assert sortie.estimate.energy_share_pct <= 100 - plan.reserve_pct + 1e-6
        assert len(mission_items(plan, sortie)) <= 650
        assert math.isfinite(sortie.estimate.time_s)
    assert len(fence_items(plan)) <= 70
    assert 1 <= len(plan.rally) <= 4
    assert check_plan(plan) == ()


def assert_sound_fleet(fleet: FleetPlan) -> None:
    assert check_fleet(fleet) == ()
    assert fleet.makespan_s == max(sortie.lands_s for plan in fleet.plans for sortie in plan.sorties)
    flown = {stretch_id for _, sortie in fleet.sorties for stretch_id in sortie.stretch_ids}
    assert flown == {stretch.stretch_id for stretch in fleet.stretches}
    for plan in fleet.plans:
        for before, after in itertools.pairwise(plan.sorties):
            assert after.starts_s >= before.lands_s + fleet.dock_of(plan).swap_s - 0.1
