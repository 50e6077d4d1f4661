"""Values to JSON and back."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import Altitude, AltitudeReference, Box, Detection, GeoPoint, InputError, MapTrack, Plan, Waypoint, Zone
from missions.codec import from_json, from_jsonable, sha256_of, to_json, to_jsonable

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_POINTS = st.builds(GeoPoint, lat_deg=st.floats(-90, 90), lon_deg=st.floats(-180, 180))
_BOXES = st.builds(Box, _FINITE, _FINITE, _FINITE, _FINITE)
_VALUES = st.one_of(
    _POINTS,
    st.builds(Detection, kind=st.text(), score=_FINITE, box_px=_BOXES),
    st.builds(
        MapTrack,
        position=_POINTS,
        error_m=_FINITE,
        speed_m_s=st.none() | _FINITE,
        speed_error_m_s=st.none() | _FINITE,
        course_deg=st.none() | _FINITE,
    ),
    st.builds(Altitude, metres=_FINITE, above=st.sampled_from(AltitudeReference)),
)


@given(value=_VALUES)
def test_any_finite_value_comes_back_as_it_was(value: Any) -> None:
    assert from_json(type(value), to_json(value)) == value
    assert from_jsonable(type(value), to_jsonable(value)) == value
    assert sha256_of(from_json(type(value), to_json(value))) == sha256_of(value)


def test_a_plan_comes_back_through_plain_json(plan: Plan) -> None:
    assert from_jsonable(Plan, json.loads(to_json(plan))) == plan
    assert from_json(Plan, to_json(plan, indent=2)) == plan


def test_enums_and_boxes_are_words_and_lists(plan: Plan) -> None:
    data = to_jsonable(plan.sorties[0].waypoints[0])
    assert (data["leg"], data["altitude"]) == ("deadhead", {"metres": 60.0, "above": "home"})
    assert to_jsonable(Detection(kind="smoke", score=0.5, box_px=Box(1, 2, 3, 4)))["box_px"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        pytest.param(GeoPoint, {"lat_deg": 1}, r"here\.json: lon_deg: Field required \(a GeoPoint\)", id="missing"),
        pytest.param(GeoPoint, {"lat_deg": 1, "lon_deg": "x"}, "lon_deg: Input should be a valid number", id="a word"),
        pytest.param(GeoPoint, {"lat_deg": 91, "lon_deg": 0}, "not a WGS84 position", id="out of range"),
        pytest.param(Zone, {"zone_id": "a", "rule": "stay_in", "corners": []}, "at least 3 corners", id="no corners"),
        pytest.param(Zone, {"zone_id": "a", "rule": "maybe", "corners": []}, "rule: Input should be", id="no rule"),
        pytest.param(Waypoint, 7, r"here\.json: .* \(a Waypoint\)", id="a number"),
    ],
)
def test_the_first_wrong_field_is_named(kind: type[Any], data: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_jsonable(kind, data, file=Path("here.json"))
    with pytest.raises(InputError, match=message):
        from_json(kind, json.dumps(data), file="here.json")
