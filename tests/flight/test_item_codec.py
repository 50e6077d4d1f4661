import math
from dataclasses import replace

import pytest
from flight_fakes import drawn_plan
from hypothesis import given
from hypothesis import strategies as st

from flight.dialect import Decoder, Encoder
from flight.item_codec import WireItem, differences, item_message, item_of, list_differences, wire_item
from missions.formats.mav_commands import (
    MAV_CMD_DO_CHANGE_SPEED,
    MAV_CMD_NAV_LAND,
    MAV_CMD_NAV_LOITER_TIME,
    MAV_CMD_NAV_WAYPOINT,
    MAV_MISSION_TYPE_FENCE,
    MAV_MISSION_TYPE_MISSION,
    MAV_MISSION_TYPE_RALLY,
)
from missions.items import fence_items, mission_items, rally_items

single = st.floats(width=32, allow_nan=False, allow_infinity=False)
items = st.builds(
    WireItem,
    seq=st.integers(0, 65535),
    command=st.integers(0, 65535),
    frame=st.integers(0, 11),
    params=st.tuples(single, single, single, single),
    x=st.integers(-900_000_000, 900_000_000),
    y=st.integers(-1_800_000_000, 1_800_000_000),
    z=single,
    mission_type=st.integers(0, 2),
)


@given(items)
def test_an_item_survives_the_wire(item: WireItem) -> None:
    frame = Encoder(255, 190).encode(item_message(item))
    (received,) = Decoder().decode(frame)
    assert item_of(received.message) == replace(item, has_place=True)


@given(items)
def test_an_item_never_differs_from_itself(item: WireItem) -> None:
    assert differences(item, item) == []


def waypoint(**changes: object) -> WireItem:
    base = WireItem(
        seq=3,
        command=MAV_CMD_NAV_WAYPOINT,
        frame=3,
        params=(0.0, 0.0, 0.0, 0.0),
        x=304577200,
        y=1144140500,
        z=60.0,
        mission_type=MAV_MISSION_TYPE_MISSION,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # fields of several types


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        pytest.param(waypoint(frame=6), waypoint(frame=3), id="relative _INT frame comes back plain"),
        pytest.param(waypoint(frame=5), waypoint(frame=0), id="global _INT frame comes back plain"),
        pytest.param(waypoint(z=60.129), waypoint(z=60.12), id="whole centimetres"),
        pytest.param(waypoint(params=(0.0, 0.0, 0.0, math.nan)), waypoint(), id="NaN means leave alone"),
        pytest.param(
            waypoint(params=(0.1, 0.0, 0.0, 0.0)), waypoint(params=(0.10000000149011612, 0.0, 0.0, 0.0)), id="binary32"
        ),
        pytest.param(
            waypoint(command=MAV_CMD_NAV_LOITER_TIME, params=(5.0, 0.0, 0.0, 0.0)),
            waypoint(command=MAV_CMD_NAV_LOITER_TIME, params=(5.0, 0.0, 1.0, 0.0)),
            id="LOITER_TIME param 3",
        ),
        pytest.param(
            waypoint(command=MAV_CMD_NAV_LAND),
            waypoint(command=MAV_CMD_NAV_LAND, params=(0.0, 0.0, 0.0, 1.0)),
            id="LAND param 4",
        ),
        pytest.param(
            waypoint(command=MAV_CMD_DO_CHANGE_SPEED, frame=2, x=0, y=0, z=0.0, has_place=False),
            waypoint(command=MAV_CMD_DO_CHANGE_SPEED, frame=0, x=0, y=0, z=0.0),
            id="a command without a place has no frame",
        ),
        pytest.param(waypoint(seq=0), waypoint(seq=0, x=1, y=2, z=31.9, frame=0), id="item 0 is the vehicle's home"),
        pytest.param(
            waypoint(mission_type=MAV_MISSION_TYPE_FENCE, z=0.0),
            waypoint(mission_type=MAV_MISSION_TYPE_FENCE, frame=0, z=0.0),
            id="fences have no frame",
        ),
        pytest.param(
            waypoint(mission_type=MAV_MISSION_TYPE_RALLY, z=60.7),
            waypoint(mission_type=MAV_MISSION_TYPE_RALLY, z=60.0),
            id="rally points are whole metres",
        ),
    ],
)
def test_known_normalisations_are_no_difference(sent: WireItem, stored: WireItem) -> None:
    assert differences(sent, stored) == []


@pytest.mark.parametrize(
    ("stored", "word"),
    [
        pytest.param(waypoint(x=304577201), "latitude", id="a centimetre north"),
        pytest.param(waypoint(y=1144140499), "longitude", id="a centimetre west"),
        pytest.param(waypoint(z=59.9), "height", id="lower"),
        pytest.param(waypoint(frame=0), "frame", id="above sea instead of home"),
        pytest.param(waypoint(frame=10), "frame", id="above terrain instead of home"),
        pytest.param(waypoint(command=MAV_CMD_NAV_LAND), "command", id="another command"),
        pytest.param(waypoint(params=(1.0, 0.0, 0.0, 0.0)), "param1", id="a wait"),
        pytest.param(waypoint(seq=4), "seq", id="another place in the list"),
    ],
)
def test_a_changed_item_is_told_by_field(stored: WireItem, word: str) -> None:
    (row,) = differences(waypoint(), stored)
    assert word in row
    assert row.startswith("item 3 ")


def test_a_shorter_list_is_a_difference() -> None:
    assert list_differences((waypoint(), waypoint(seq=4)), (waypoint(),)) == ["2 items sent, 1 stored"]


def test_every_list_of_a_plan_is_numbered_from_zero() -> None:
    plan = drawn_plan((0, 100), (100, 100))
    lists = (
        (mission_items(plan, plan.sorties[0]), MAV_MISSION_TYPE_MISSION),
        (fence_items(plan), MAV_MISSION_TYPE_FENCE),
        (rally_items(plan), MAV_MISSION_TYPE_RALLY),
    )
    for rows, mission_type in lists:
        wired = [wire_item(row, mission_type) for row in rows]
        assert [item.seq for item in wired] == list(range(len(rows)))
        assert not any(math.isnan(value) for item in wired for value in item.params), "Copter refuses NaN"
