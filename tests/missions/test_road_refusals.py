"""Files that are no roads: each is refused in one line that says where and what to do."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import InputError
from missions.roads import load_network


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.geojson", b"", "is empty", id="empty"),
        pytest.param("a.osm", b" \n ", "is empty", id="blank"),
        pytest.param("a.png", b"\x89PNG\r\n\x1a\n", "no road file of a known type", id="a picture"),
        pytest.param("a.osm", b"<html><body>429</body></html>", "no road file of a known type", id="a web page"),
        pytest.param("a.osm", b'<osm version="0.6"></osm>', "holds no roads", id="osm without ways"),
        pytest.param("a.osm", b'<osm version="0.6"><node id="1"', ":1: breaks off or is damaged", id="cut xml"),
        pytest.param("a.json", b"[1, 2]", "is a list, not an object", id="a list"),
        pytest.param("a.json", b'{"a": 1}', "is JSON, but no road file", id="other json"),
        pytest.param("a.json", b'{"type":\n"Feat', ":2: is not whole JSON", id="cut json"),
        pytest.param("a.json", b'{"name": "\xff"}', "is not UTF-8", id="not utf-8"),
        pytest.param("a.json", b'{"a":' * 100_000, "is nested too deeply|is not whole JSON", id="nested"),
        pytest.param("a.json", b'{"elements": []}', "elements: holds no elements", id="no elements"),
        pytest.param("a.json", b'{"elements": 3}', "elements: is not a list", id="elements of another type"),
        pytest.param(
            "a.json", b'{"elements": [{"type": "node", "id": 1}]}', "elements.0: needs lat and lon", id="bare node"
        ),
        pytest.param("a.json", b'{"elements": [{"type": "way"}]}', "holds no roads", id="bare way"),
        pytest.param(
            "a.json", b'{"elements": [{"type": "node", "lat": 1, "lon": 2}]}', "elements.0: needs an id", id="no id"
        ),
        pytest.param(
            "a.json", b'{"elements": [{"type": "way", "tags": "x"}]}', "elements.0: tags is no dict", id="tags"
        ),
        pytest.param("a.json", b'{"type": "FeatureCollection", "features": []}', "holds no features", id="no features"),
        pytest.param(
            "a.json",
            b'{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}',
            "holds no lines, but 1 Polygon",
            id="an area",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [["a", 1], [2, 3]]}',
            r"features\.0\.geometry\.coordinates: are not positions",
            id="words for numbers",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [[1, NaN], [2, 3]]}',
            r"feature 0 .* not a finite number",
            id="not a number",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [[12736000, 3563000], [12736100, 3563000]]}',
            r"not degrees \(reproject",
            id="metres",
        ),
        pytest.param(
            "a.json",
            b'{"type": "MultiLineString", "coordinates": [[[114, 30], [114.1, 30]], [[114, 91], [114, 91.1]]]}',
            "has latitude 91, longitude 114 .latitude -90..90",
            id="one point out of range",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [[114, 30], [0, 0]]}',
            "jumps 1[0-9]+ km between two points",
            id="a jump to 0, 0",
        ),
        pytest.param(
            "a.json",
            b'{"type": "Feature", "properties": {"node_ids": [1]}, '
            b'"geometry": {"type": "LineString", "coordinates": [[1, 2], [2, 3]]}}',
            "node_ids: do not match the positions .a list of 2 ids",
            id="too few node ids",
        ),
        pytest.param(
            "a.json",
            b'{"type": "FeatureCollection", "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}, '
            b'"features": [{}]}',
            "crs: is in urn:ogc:def:crs:EPSG::3857",
            id="another projection",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_and_a_datum_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.osm: cannot be read: No such file"):
        load_network(tmp_path / "none.osm")
    with pytest.raises(InputError, match=r"datum: unknown datum 'nad27' .wgs84, gcj02, bd09"):
        load_network(tmp_path / "none.osm", datum="nad27")  # type: ignore[arg-type]  # meant to be wrong


@given(content=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_roads_or_a_clear_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    try:
        network = load_network(path)
    except InputError:
        return
    assert network.roads


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(-200, 200) | st.integers(1, 3) | st.sampled_from(["", "1", "yes", "way"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "highway", "id", "name", "lat", "lon"]), inner)
    ),
    max_leaves=8,
)
_PLACES = st.lists(st.lists(st.floats(-90, 90), min_size=2, max_size=2) | _JSON, max_size=4)
_ELEMENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["node", "way"])},
    optional={
        "id": st.integers(1, 3) | _JSON,
        "lat": st.floats(-90, 90) | _JSON,
        "lon": st.floats(-90, 90) | _JSON,
        "nodes": st.lists(st.integers(1, 3), max_size=4) | _JSON,
        "tags": st.dictionaries(st.sampled_from(["highway", "oneway", "lanes"]), _JSON) | _JSON,
        "geometry": _JSON,
    },
)
_FEATURE = st.fixed_dictionaries(
    {"type": st.just("Feature")},
    optional={
        "geometry": st.fixed_dictionaries(
            {"type": st.sampled_from(["LineString", "MultiLineString"]), "coordinates": _PLACES | _JSON}
        )
        | _JSON,
        "properties": st.dictionaries(st.sampled_from(["id", "lanes", "oneway", "node_ids", "highway"]), _JSON) | _JSON,
    },
)


@given(
    rows=st.tuples(st.just("features"), st.lists(_FEATURE, max_size=3))
    | st.tuples(st.just("elements"), st.lists(_ELEMENT, max_size=5))
)
@settings(max_examples=150, deadline=None)
def test_any_json_is_roads_or_a_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, rows: tuple[str, list[object]]
) -> None:
    text = json.dumps({"type": "FeatureCollection", rows[0]: rows[1]})
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(text, encoding="utf-8")
    try:
        network = load_network(path)
    except InputError:
        return
    assert network.roads
