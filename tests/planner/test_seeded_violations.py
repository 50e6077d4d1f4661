"""One violation of each kind, put into a good plan of the example mission: that rule is named, there, and no other."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from shapely import box

from missions import Altitude, AltitudeReference, LegKind, Plan
from missions.hardware import load_airframe
from planner import check_plan
from tests.planner.seeding import (
    HOME,
    Seed,
    assert_named,
    bow_tie,
    geo,
    honest,
    longest,
    notched_fence,
    slot_across,
    square,
    with_sortie,
    with_waypoint,
)


def _fence(plan: Plan) -> Seed:
    middle, slot = slot_across(plan)
    return Seed(replace(plan, fence=notched_fence(plan, slot)), "fence", geo(plan, middle)[0])


def _dock_outside(plan: Plan) -> Seed:
    return Seed(replace(plan, fence=notched_fence(plan, box(-2, -5000, 2, 1))), "fence", plan.dock)


def _keep_out(plan: Plan) -> Seed:
    _, middle = longest(plan)
    return Seed(replace(plan, keep_out=(square(plan, middle, 5.0),)), "keep_out", geo(plan, middle)[0])


def _altitude(plan: Plan) -> Seed:
    index, _ = longest(plan)
    high = Altitude(metres=plan.altitude_cap_m + 1.0, above=HOME)
    place = plan.sorties[0].waypoints[index].position
    return Seed(honest(with_waypoint(plan, index, altitude=high)), "altitude", place)


def _takeoff_height(plan: Plan) -> Seed:
    return Seed(honest(with_sortie(plan, takeoff_height_m=plan.altitude_cap_m + 5.0)), "altitude", plan.dock)


def _datum(plan: Plan) -> Seed:
    first = plan.sorties[0].waypoints[2]
    other = Altitude(metres=first.altitude.metres, above=AltitudeReference.AMSL)
    return Seed(with_waypoint(plan, 2, altitude=other), "datum", first.position)


def _capacity(plan: Plan) -> Seed:
    """Waypoints again and again at their places, which takes no time."""
    waypoints = plan.sorties[0].waypoints
    often = 650 // len(waypoints) + 1
    return Seed(with_sortie(plan, waypoints=tuple(w for w in waypoints for _ in range(often))), "items")


def _rally(plan: Plan) -> Seed:
    away = geo(plan, (0.0, 9000.0))[0]
    return Seed(replace(plan, rally=(*plan.rally, away)), "rally", away)


def _speed(plan: Plan) -> Seed:
    index, _ = longest(plan)
    fast = load_airframe(plan.airframe).max_airspeed_m_s + 1.0
    place = plan.sorties[0].waypoints[index].position
    return Seed(honest(with_waypoint(plan, index, speed_m_s=fast)), "speed", place)


def _energy(plan: Plan) -> Seed:
    return Seed(replace(plan, reserve_pct=95.0), "energy", plan.dock)


def _wind(plan: Plan) -> Seed:
    return Seed(replace(plan, wind_m_s=load_airframe(plan.airframe).max_wind_m_s + 1.0), "wind", plan.dock)


def _coverage(plan: Plan) -> Seed:
    sortie = plan.sorties[0]
    left_out = next(stretch for stretch in plan.stretches if stretch.stretch_id in sortie.stretch_ids)
    waypoints = tuple(
        replace(w, leg=LegKind.DEADHEAD, stretch_id=None) if w.stretch_id == left_out.stretch_id else w
        for w in sortie.waypoints
    )
    return Seed(with_sortie(plan, waypoints=waypoints), "coverage", left_out.centreline[0])


def _estimate(plan: Plan) -> Seed:
    said = replace(plan.sorties[0].estimate, time_s=plan.sorties[0].estimate.time_s * 0.9)
    return Seed(with_sortie(plan, estimate=said), "estimate", plan.dock)


def _finite(plan: Plan) -> Seed:
    return Seed(with_waypoint(plan, 1, speed_m_s=float("nan")), "finite")


def _zone(plan: Plan) -> Seed:
    tie = bow_tie(plan)
    return Seed(replace(plan, keep_out=(tie,)), "zone", tie.corners[0])


OURS: tuple[Callable[[Plan], Seed], ...] = (
    _fence, _dock_outside, _keep_out, _altitude, _takeoff_height, _datum, _capacity, _rally, _speed, _energy, _wind,
    _coverage, _estimate, _finite, _zone,
)  # fmt: skip


@pytest.mark.parametrize("seed", OURS, ids=lambda seed: seed.__name__.strip("_"))
def test_a_seed_in_a_plan_of_ours_is_named_and_nothing_else(good: Plan, seed: Callable[[Plan], Seed]) -> None:
    case = seed(good)
    assert_named(check_plan(case.plan), case)
