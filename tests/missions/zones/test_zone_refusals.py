"""Files that are no zones, or damaged ones: a refusal of one line that names the file, never anything else."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import InputError
from missions.zones import load_zones
from tests.missions.zones.zone_samples import GEOJSON, KML, OPENAIR, SAMPLES, damaged, kmz

DAMAGES = 200


@pytest.mark.parametrize(
    ("name", "form", "ids"),
    [
        ("openair.txt", "OpenAir", ["Harbour", "Tower"]),
        ("zones.geojson", "GeoJSON", ["park/1", "park/2", "Gate", "Gate (2)"]),
        ("ed269.json", "ED-269", ["A1", "A1 (2)"]),
        ("ed318.json", "ED-318", ["B1", "B2"]),
        ("zones.kml", "KML", ["Power station/1", "Power station/2"]),
        ("zones.kmz", "KMZ", ["Power station/1", "Power station/2"]),
    ],
)
def test_the_content_tells_the_format_not_the_name(tmp_path: Path, name: str, form: str, ids: list[str]) -> None:
    path = tmp_path / "no-fly"
    path.write_bytes(SAMPLES[name])
    found = load_zones(path)
    assert (found.format, [zone.zone_id for zone in found.zones]) == (form, ids)


@pytest.mark.parametrize("name", SAMPLES)
def test_two_hundred_damaged_files_are_read_or_refused_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    refused: list[str] = []
    for seed in range(DAMAGES):
        path.write_bytes(damaged(SAMPLES[name], seed))
        try:
            assert load_zones(path).zones
        except InputError as exc:
            refused.append(str(exc))
    assert len(refused) > DAMAGES / 2
    assert all(str(path) in line and "\n" not in line for line in refused)


@given(content=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_zones_or_a_clear_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any-zones"
    path.write_bytes(content)
    try:
        zones = load_zones(path).zones
    except InputError:
        return
    assert zones


def _openair(*lines: str) -> bytes:
    head = ("AC R", "AN X", "AL GND", "AH 1000ft AMSL")
    return "\n".join((*head, *lines)).encode()


_SQUARE = "114.40,30.50 114.41,30.50 114.41,30.51 114.40,30.50"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\x89PNG\r\n", "is no zone file of a known type", id="a picture"),
        pytest.param(b"<html></html>", ":1: is XML of another kind: html", id="a web page"),
        pytest.param(b"[1]", "is a list, not an object", id="a list"),
        pytest.param(b'{"a": 1}', "is JSON, but no zone file", id="other json"),
        pytest.param(b'{"a":' * 100_000, "nests without end|is not whole JSON", id="nested"),
        pytest.param(GEOJSON.encode()[:300], r":\d+: is not whole JSON", id="cut json"),
        pytest.param(b'{"type": "FeatureCollection", "features": []}', "holds no zones", id="no features"),
        pytest.param(
            b'{"type": "LineString", "coordinates": [[1, 2], [2, 3]]}', "only 1 x LineString: no area", id="a line"
        ),
        pytest.param(
            b'{"type": "Polygon", "coordinates": [[[30, 114], [31, 114], [31, 115]]]}',
            "axes look swapped",
            id="swapped",
        ),
        pytest.param(
            b'{"type": "Polygon", "coordinates": [[[12736000, 3563000], [1, 2], [2, 3]]]}', "not degrees", id="metres"
        ),
        pytest.param(
            b'{"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 3]]]}', "holds no area", id="in one line"
        ),
        pytest.param(
            b'{"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}', "has 2 corners", id="two corners"
        ),
        pytest.param(
            b'{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:3857"}}, "features": []}',
            "crs: is in EPSG:3857",
            id="another projection",
        ),
        pytest.param(_openair("DP 30:00:00 N 114:00:00 E"), ":1: airspace X: has 1 corners", id="one corner"),
        pytest.param(_openair("DC 1"), ":5: has no centre", id="a circle without a centre"),
        pytest.param(_openair("V X=30:00:00 N 114:00:00 E", "DC x"), ":6: DC x cannot be meant", id="no radius"),
        pytest.param(_openair("V X=30:00:00 N 114:00:00 E", "DA 1,2"), ":6: DA 1,2 cannot be meant", id="no end"),
        pytest.param(_openair("V D=left"), ":5: V D=left is no direction", id="no direction"),
        pytest.param(
            _openair("V X=30:00:00 N 114:00:00 E", "DB 30:01:00 N 114:00:00 E,30:00:00 N 114:05:00 E"),
            ":6: DB has ends 1848 m and 8.* m from its centre",
            id="an arc that is none",
        ),
        pytest.param(_openair("HELLO"), ":5: is no OpenAir record: 'HELLO'", id="another record"),
        pytest.param(b"AN X\nAC R", ":1: AN stands before the first airspace", id="a name first"),
        pytest.param(
            OPENAIR.replace("AL 300m AGL", "AL FL200").encode(),
            ":19: the upper limit lies below the lower",
            id="upside down",
        ),
        pytest.param(
            b'<!DOCTYPE kml [<!ENTITY a "b">]><kml><name>&a;</name></kml>', "declares a document type", id="entities"
        ),
        pytest.param(
            KML.replace("114.41,30.50,90", "114.41", 1).encode(), ":10: .*'114.41' is no position", id="half a place"
        ),
        pytest.param(KML[: KML.index("</Poly")].encode(), r":\d+: is not whole XML", id="cut xml"),
        pytest.param(
            f"<kml><Placemark><Polygon><outerBoundaryIs><coordinates>{_SQUARE}</coordinates></outerBoundaryIs>"
            "</Polygon></Placemark></kml>".encode(),
            ":1: a Polygon with 0 outlines",
            id="no ring",
        ),
        pytest.param(kmz(name="other.txt"), "is a ZIP file without a .kml", id="zip"),
        pytest.param(kmz()[:200], "is a damaged ZIP file", id="cut zip"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused_where_it_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "zones"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_zones(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.kml: cannot be read: No such file"):
        load_zones(tmp_path / "none.kml")


def test_entities_that_multiply_do_not_eat_the_machine(tmp_path: Path) -> None:
    rows = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))]
    path = tmp_path / "laughs.kml"
    path.write_text(f"<!DOCTYPE kml [{''.join(rows)}]><kml><name x='&a11;'>&a11;</name></kml>", encoding="utf-8")
    with pytest.raises(InputError, match=r"laughs\.kml"):
        load_zones(path)


def test_a_kmz_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("doc.kml", "w") as document:
        for _ in range(70):
            document.write(b" " * (1 << 20))
    path = tmp_path / "bomb.kmz"
    path.write_bytes(packed.getvalue())
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"bomb\.kmz: unpacks to more than 64 MiB"):
        load_zones(path)
