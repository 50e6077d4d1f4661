"""Dual carriageways flown once, wide roads in lanes, and footprints that prove both."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import Plan
from missions.roads import Road, RoadNetwork, load_network
from missions.roads_section import KeepRoads
from planner import Effort, check_plan, plan_mission
from planner.carriageways import SIDE_MARGIN_M, attached, in_lanes, paired
from planner.coverage import coverage_of
from planner.stretches import Chain, chains_of, width_m
from tests.planner.in_metres import FRAME, mission_amid, mission_of

HALF_WIDTH_M = 39.0


def _road(road_id: str, places: Sequence[tuple[float, float]], **changes: Any) -> Road:
    facts: dict[str, Any] = {"name": "Avenue", "road_class": "primary", "oneway": True, "lanes": 3} | changes
    return Road(
        road_id=road_id,
        node_ids=tuple(f"{east:.1f},{north:.1f}" for east, north in places),
        lat_lon_deg=FRAME.enu_to_geodetic(np.array(places, float))[:, :2],
        **facts,
    )


def _network(*roads: Road) -> RoadNetwork:
    return RoadNetwork(roads=roads, source="test.geojson")


def _dual(apart_m: float = 20.0, **changes: Any) -> RoadNetwork:
    """An avenue from west to east: three blocks on its south side, its north side in one piece."""
    east = [_road(f"e{k}", [(50.0 + 150 * k, 0.0), (200.0 + 150 * k, 0.0)]) for k in range(3)]
    crossings = [
        _road(f"c{k}", [(200.0 + 150 * k, 0.0), (200.0 + 150 * k, -120.0)], name="", oneway=False, lanes=2)
        for k in range(2)
    ]
    return _network(*east, *crossings, _road("w", [(500.0, apart_m), (50.0, apart_m)], **changes))


def _plan(network: RoadNetwork, **flight: Any) -> Plan:
    mission = mission_of(**{"height_m": 60.0} | flight)
    return plan_mission(mission, "h", network, Effort(iterations=60))


def test_a_dual_carriageway_is_flown_once_and_seen_on_both_sides() -> None:
    plan = _plan(_dual())
    assert check_plan(plan) == ()
    assert sum(stretch.length_m for stretch in plan.stretches) == pytest.approx(3 * 150 + 2 * 120, abs=1.0)
    assert {road for stretch in plan.stretches for road in stretch.road_ids} == {"e0", "e1", "e2", "c0", "c1", "w"}
    total = coverage_of(plan).total
    assert total.required_m == pytest.approx(2 * 450 + 2 * 120, abs=2.0)
    assert total.full_width_m == pytest.approx(total.required_m)
    assert plan.notes == ("450 m of Avenue are not flown: the other carriageway's flight shows them",)


def test_every_block_keeps_the_part_of_the_other_side_that_lies_beside_it() -> None:
    plan = _plan(_dual())
    parts = [way for stretch in plan.stretches for way in stretch.beside]
    assert len(parts) == 3
    assert all(way.road_ids == ("w",) and way.width_m == pytest.approx(10.5) for way in parts)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"apart_m": 35.0}, id="too far apart"),
        pytest.param({"name": "Other Avenue"}, id="another name"),
        pytest.param({"oneway": False}, id="traffic both ways"),
        pytest.param({"lanes": 16}, id="too wide"),
    ],
)
def test_what_is_no_dual_carriageway_is_flown_on_both_sides(changes: dict[str, Any]) -> None:
    assert paired(chains_of(_dual(**changes), FRAME), half_width_m=HALF_WIDTH_M).beside == ()


def test_two_lines_in_one_direction_are_not_a_pair() -> None:
    same = _network(_road("a", [(50.0, 0.0), (450.0, 0.0)]), _road("b", [(50.0, 20.0), (450.0, 20.0)]))
    assert paired(chains_of(same, FRAME), half_width_m=HALF_WIDTH_M).beside == ()


def test_the_part_that_leaves_the_avenue_is_flown() -> None:
    """The north side turns away after 250 m: that part alone stays a stretch of its own."""
    network = _network(
        _road("e", [(50.0, 0.0), (650.0, 0.0)]), _road("w", [(500.0, 200.0), (300.0, 20.0), (50.0, 20.0)])
    )
    pair = paired(chains_of(network, FRAME), half_width_m=HALF_WIDTH_M)
    (seen,) = pair.beside
    assert seen.length_m == pytest.approx(250.0, abs=20.0)
    assert sum(chain.length_m for chain in pair.flown) == pytest.approx(600 + 250 + 269 - seen.length_m, abs=1.0)
    assert check_plan(_plan(network)) == ()


def test_a_carriageway_moved_out_of_the_picture_is_a_violation() -> None:
    """Nobody's word counts: the check casts the footprints itself."""
    plan = _plan(_dual())

    def moved(stretch: Any) -> Any:
        ways = tuple(
            replace(
                way, centreline=tuple(replace(point, lat_deg=point.lat_deg + 150 / 111_000) for point in way.centreline)
            )
            for way in stretch.beside
        )
        return replace(stretch, beside=ways)

    violations = check_plan(replace(plan, stretches=tuple(map(moved, plan.stretches))))
    assert violations
    assert {violation.rule for violation in violations} == {"coverage"}
    assert "of the carriageway beside it are outside every picture" in violations[0].text
    assert violations[0].place is not None
    small = replace(plan, wanted=replace(plan.wanted, smallest_px=200.0)) if plan.wanted else plan
    assert "too small in the picture" in check_plan(small)[0].text


def test_a_plan_that_flies_nothing_shows_nothing() -> None:
    plan = _plan(_dual())
    still = replace(plan, sorties=(replace(plan.sorties[0], waypoints=()),))
    assert {"items", "coverage"} <= {violation.rule for violation in check_plan(still)}
    assert coverage_of(still).total.seen_m == 0.0
    assert coverage_of(replace(plan, sorties=())).total.seen_m == 0.0


def test_where_the_pictures_do_not_show_the_other_side_both_are_flown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pairing is only a proposal: here it believes in pictures three times as wide as they are."""
    monkeypatch.setattr("planner.task.half_width_of", lambda _mission: 3 * HALF_WIDTH_M)
    plan = _plan(_dual(apart_m=75.0))
    assert check_plan(plan) == ()
    assert all(stretch.beside == () for stretch in plan.stretches)
    assert sum(stretch.length_m for stretch in plan.stretches) == pytest.approx(2 * 450 + 2 * 120, abs=1.0)


def test_a_road_wider_than_the_picture_is_flown_in_lanes() -> None:
    """16 lanes are 56 m; from 20 m a picture shows 26 m, of which 20 m are used: three lanes of flight."""
    square = _network(_road("wide", [(50.0, 0.0), (450.0, 0.0)], lanes=16, oneway=False))
    plan = _plan(square, height_m=20.0)
    assert check_plan(plan) == ()
    assert len(plan.stretches) == 3
    assert sum(stretch.width_m for stretch in plan.stretches) == pytest.approx(56.0)
    north_m = sorted(
        FRAME.geodetic_to_enu(s.centreline[0].lat_deg, s.centreline[0].lon_deg)[0, 1] for s in plan.stretches
    )
    assert north_m == pytest.approx([-56 / 3, 0.0, 56 / 3], abs=0.05)
    total = coverage_of(plan).total
    assert total.full_width_m == pytest.approx(total.required_m)


def test_lanes_nobody_counted_are_those_of_the_class() -> None:
    assert width_m(_road("a", [(0, 0), (9, 9)], lanes=None, oneway=False)) == 7.0
    assert width_m(_road("a", [(0, 0), (9, 9)], lanes=None, oneway=True)) == 3.5
    assert width_m(_road("a", [(0, 0), (9, 9)], lanes=None, oneway=True, road_class="motorway")) == 7.0
    assert width_m(_road("a", [(0, 0), (9, 9)], lanes=None, oneway=False, road_class="footway")) == 3.5
    assert width_m(_road("a", [(0, 0), (9, 9)], lanes=5)) == 17.5


_WAVES = st.lists(st.floats(-6, 6), min_size=4, max_size=12)


@settings(deadline=None)
@given(_WAVES, st.floats(8.0, 60.0), st.floats(15.0, 80.0), st.booleans())
def test_no_metre_is_lost_and_what_is_beside_is_within_the_picture(
    waves: list[float], apart_m: float, half_width_m: float, turned: bool
) -> None:
    lines = [[(50.0 * k, y) for k, y in enumerate(waves)], [(50.0 * k, y + apart_m) for k, y in enumerate(waves)][::-1]]
    roads = [_road(f"r{k}", line[::-1] if turned else line) for k, line in enumerate(lines)]
    chains = chains_of(_network(*roads), FRAME)
    pair = paired(chains, half_width_m=half_width_m)
    kept, beside = (sum(c.length_m for c in part) for part in (pair.flown, pair.beside))
    assert kept + beside == pytest.approx(sum(chain.length_m for chain in chains))
    parts = attached(pair.beside, pair.flown)
    assert sum(part.length_m for ways in parts for part in ways) == pytest.approx(beside)
    for host, ways in zip(pair.flown, parts, strict=True):
        for way in ways:
            gaps = np.linalg.norm(way.line_m[:, None] - _dense(host)[None], axis=2).min(axis=1)
            assert gaps.max() <= half_width_m - SIDE_MARGIN_M - way.width_m / 2 + 1.0


def _dense(chain: Chain) -> np.ndarray:
    from geo import resample

    return resample(chain.line_m, 1.0)


@settings(deadline=None)
@given(st.floats(1.0, 90.0), st.floats(8.0, 60.0))
def test_lanes_of_flight_share_the_width_and_each_fits_the_picture(width: float, half_width_m: float) -> None:
    (road,) = chains_of(_network(_road("a", [(0.0, 0.0), (300.0, 0.0), (500.0, 80.0)])), FRAME)
    lanes = in_lanes([replace(road, width_m=width)], half_width_m=half_width_m)
    assert sum(lane.width_m for lane in lanes) == pytest.approx(width)
    assert all(lane.width_m < 2 * half_width_m for lane in lanes)


def test_an_ordinary_street_is_one_lane_of_flight_from_any_height_that_is_flown() -> None:
    (road,) = chains_of(_network(_road("a", [(0.0, 0.0), (300.0, 0.0)], lanes=2)), FRAME)
    assert in_lanes([road], half_width_m=6.6) == (road,)  # from 10 m


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "least_m"), [("naples.osm", 1100.0), ("rio.osm", 450.0), ("west-oakland.osm.bz2", 400.0)]
)
def test_real_avenues_are_flown_once_and_seen_whole(shared_data: Path, name: str, least_m: float) -> None:
    path = shared_data / "roads" / "osm-xml" / name
    network = load_network(path, keep=KeepRoads(named_only=True))
    plan = plan_mission(mission_amid(network, height_m=60.0), "h", network, Effort(iterations=60))
    required_m = sum(chain.length_m for chain in chains_of(network, network.frame))
    total = coverage_of(plan).total
    assert total.required_m == pytest.approx(required_m, rel=1e-3)
    assert total.seen_m == pytest.approx(total.required_m, rel=1e-3)
    assert required_m - sum(stretch.length_m for stretch in plan.stretches) > least_m
