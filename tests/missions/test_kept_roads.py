"""Keeping some roads of a network, and saving networks."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import InputError
from missions.roads import Road, RoadNetwork, load_network, save_network
from missions.roads.keep import kept_roads
from missions.roads_section import KeepRoads

Place = tuple[float, float]


def _network(lines: list[list[Place]]) -> RoadNetwork:
    return RoadNetwork(
        roads=tuple(
            Road(
                road_id=f"r{number}",
                name="",
                road_class="road",
                oneway=False,
                lanes=None,
                node_ids=tuple(f"{number}/{index}" for index in range(len(line))),
                lat_lon_deg=np.array(line, float),
            )
            for number, line in enumerate(lines)
        ),
        source="here",
    )


_LINES = st.lists(
    st.lists(st.tuples(st.floats(30.0, 30.01), st.floats(114.0, 114.01)), min_size=2, max_size=6),
    min_size=1,
    max_size=4,
)


@given(lines=_LINES)
@settings(max_examples=60, deadline=None)
def test_any_network_survives_saving(tmp_path_factory: pytest.TempPathFactory, lines: list[list[Place]]) -> None:
    network = _network(lines)
    path = tmp_path_factory.getbasetemp() / "saved.geojson"
    save_network(network, path)
    again = load_network(path)
    assert [road.road_id for road in again.roads] == [road.road_id for road in network.roads]
    for road, other in zip(network.roads, again.roads, strict=True):
        assert road.node_ids == other.node_ids
        np.testing.assert_array_equal(road.lat_lon_deg, other.lat_lon_deg)


@given(lines=_LINES)
@settings(max_examples=150, deadline=None)
def test_a_box_cuts_roads_as_shapely_does(lines: list[list[Place]]) -> None:
    box = (30.002, 114.002, 30.008, 114.008)
    clipped = [shapely.clip_by_rect(shapely.LineString(line), *box) for line in lines]
    wanted_m = sum(part.length for part in clipped)
    try:
        kept = kept_roads(_network(lines).roads, KeepRoads(bbox=box), file=Path("here"), dropped=Counter())
    except InputError:
        assert wanted_m < 1e-9
        return
    pieces = [shapely.LineString(road.lat_lon_deg) for road in kept]
    assert math.isclose(sum(piece.length for piece in pieces), wanted_m, abs_tol=1e-9)
    assert all(len(road.node_ids) == len(road.lat_lon_deg) for road in kept)
    inside = shapely.box(box[0] - 1e-9, box[1] - 1e-9, box[2] + 1e-9, box[3] + 1e-9)
    assert all(inside.covers(piece) for piece in pieces)


def test_a_road_that_leaves_the_box_and_returns_becomes_two() -> None:
    network = _network([[(30.0, 114.0), (30.0, 114.02), (30.001, 114.02), (30.001, 114.0)]])
    dropped: Counter[str] = Counter()
    kept = kept_roads(network.roads, KeepRoads(bbox=(29.9, 113.9, 30.1, 114.01)), file=Path("here"), dropped=dropped)
    assert [(road.road_id, road.node_ids) for road in kept] == [
        ("r0|1", ("0/0", "cut:30.0000000,114.0100000")),
        ("r0|2", ("cut:30.0010000,114.0100000", "0/3")),
    ]


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        pytest.param(KeepRoads(names=("Elm",)), r"no road named Elm is left \(it has 佳园路", id="name"),
        pytest.param(KeepRoads(bbox=(0, 0, 1, 1)), r"no road is left after keep \(its roads span 30", id="box"),
        pytest.param(KeepRoads(bbox=(31, 114, 30, 115)), "holds nothing .south, west, north, east", id="upside down"),
        pytest.param(KeepRoads(classes=("Primary",)), r"no road of class Primary in it \(it has primary 3", id="case"),
    ],
)
def test_keeping_nothing_says_what_there_is(example_mission: Path, keep: KeepRoads, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_network(example_mission.parent / "roads.geojson", keep=keep)


def test_names_are_matched_without_regard_to_case(example_mission: Path) -> None:
    keep = KeepRoads(names=("高新大道 GAOXIN avenue",))
    assert len(load_network(example_mission.parent / "roads.geojson", keep=keep).roads) == 3


def test_a_network_is_saved_whole_or_not_at_all(example_mission: Path, tmp_path: Path) -> None:
    network = load_network(example_mission.parent / "roads.geojson")
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        save_network(network, tmp_path / "absent" / "roads.geojson")
    (tmp_path / "folder.geojson").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        save_network(network, tmp_path / "folder.geojson")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.geojson"]
