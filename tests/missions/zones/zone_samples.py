"""A small file of each format, written for the tests, and ways to damage it."""

import io
import json
import random
import zipfile
from typing import Final

OPENAIR: Final = """* two airspaces
AC R
AN Harbour
AL GND
AH 1500ft AMSL
DP 30:30:00 N 114:24:00 E
V X=30:29:00 N 114:24:00 E
V D=+
DB 30:30:00 N 114:24:00 E,30:29:00 N 114:25:09 E
DP 30:28:00 N 114:24:00 E

AC CTR
AN Tower
AY CTR
AF 119.100
AG Tower
AA 2026-05-01T08:00Z/2026-05-01T10:00Z
AL 300m AGL
AH FL95
V X=30:31.500 N 114:26.250 E
DC 0.5
"""
_RING: Final = [[114.40, 30.50], [114.41, 30.50], [114.41, 30.51], [114.40, 30.51], [114.40, 30.50]]
_HOLE: Final = [[114.404, 30.504], [114.406, 30.504], [114.406, 30.506], [114.404, 30.506], [114.404, 30.504]]
GEOJSON: Final = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"id": "park", "name": "Park"},
             "geometry": {"type": "Polygon", "coordinates": [_RING, _HOLE]}},
            {"type": "Feature", "properties": {"name": "Gate", "lowerCeiling": {
                "value": 500, "unit": "FT", "referenceDatum": "MSL"}},
             "geometry": {"type": "MultiPolygon", "coordinates": [[_RING], [_HOLE]]}},
        ],
    },
    indent=1,
)  # fmt: skip
ED269: Final = json.dumps(
    {
        "title": "test",
        "features": [
            {
                "identifier": "A1", "name": "Stadium", "country": "CHN", "type": "COMMON", "restriction": "PROHIBITED",
                "applicability": [{"permanent": "NO", "startDateTime": "2026-05-01T00:00:00Z",
                                   "endDateTime": "2026-06-01T00:00:00Z",
                                   "schedule": [{"day": ["SAT", "SUN"], "startTime": "17:00:00.00Z",
                                                 "endTime": "23:00Z"}]}],
                "geometry": [{"uomDimensions": "FT", "lowerLimit": 0, "lowerVerticalReference": "AGL",
                              "upperLimit": 400, "upperVerticalReference": "AMSL",
                              "horizontalProjection": {"type": "Circle", "center": [114.4, 30.5], "radius": 3000}},
                             {"uomDimensions": "M", "lowerLimit": 50, "lowerVerticalReference": "AGL",
                              "upperLimit": 120, "upperVerticalReference": "AGL",
                              "horizontalProjection": {"type": "Polygon", "coordinates": [_RING]}}],
            },
            {"identifier": "A2", "restriction": "NO_RESTRICTION", "geometry": []},
        ],
    },
    indent=1,
)  # fmt: skip
ED318: Final = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature",
             "geometry": {"type": "Polygon", "coordinates": [_RING],
                          "layer": {"lower": 60, "lowerReference": "AGL", "upper": 99999, "upperReference": "AGL",
                                    "uom": "m"}},
             "properties": {"identifier": "B1", "name": [{"text": "Flughafen", "lang": "de"},
                                                         {"text": "Airport", "lang": "en-GB"}],
                            "type": "PROHIBITED", "variant": "COMMON",
                            "limitedApplicability": [{"startDateTime": "2026-05-01T00:00:00Z",
                                                      "schedule": [{"day": ["MON"], "startEvent": "SR"}]}]}},
            {"type": "Feature",
             "geometry": {"type": "Point", "coordinates": [114.4, 30.5],
                          "extent": {"subType": "Circle", "radius": 250.0},
                          "layer": {"upper": 120, "upperReference": "WGS84", "uom": "m"}},
             "properties": {"identifier": "B2", "type": "CONDITIONAL", "variant": "COMMON"}},
        ],
    },
    indent=1,
)  # fmt: skip
KML: Final = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2">
<Document>
<Folder>
<Placemark>
<name>Power station</name>
<Polygon>
<extrude>1</extrude>
<altitudeMode>relativeToGround</altitudeMode>
<outerBoundaryIs><LinearRing><coordinates>
114.40,30.50,90 114.41,30.50,90 114.41,30.51,90 114.40,30.51,90 114.40,30.50,90
</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>
114.404,30.504,90 114.406,30.504,90 114.406,30.506,90 114.404,30.504,90
</coordinates></LinearRing></innerBoundaryIs>
</Polygon>
</Placemark>
<Placemark><name>Gate</name><Point><coordinates>114.4,30.5</coordinates></Point></Placemark>
</Folder>
</Document>
</kml>
"""


def kmz(text: str = KML, name: str = "doc.kml") -> bytes:
    """A KML packed as a KMZ."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


SAMPLES: Final[dict[str, bytes]] = {
    "openair.txt": OPENAIR.encode(),
    "zones.geojson": GEOJSON.encode(),
    "ed269.json": ED269.encode(),
    "ed318.json": ED318.encode(),
    "zones.kml": KML.encode(),
    "zones.kmz": kmz(),
}
_STRANGE: Final = (b"", b"NaN", b"-1", b"1e999", b"null", b"[]", b"{}", b'"', b"<", b"&x;", b"\x00", b"\xff", b"999999")


def damaged(data: bytes, seed: int) -> bytes:
    """The data with one to three places cut, doubled, changed, moved or replaced by something strange."""
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(out) + 1)
        end = min(len(out), start + chance.randint(1, chance.choice((1, 8, 60))))
        match chance.randrange(7):
            case 0:
                del out[start:end]
            case 1:
                out[start:start] = out[start:end]
            case 2 if out:
                out[min(start, len(out) - 1)] = chance.randrange(256)
            case 3:
                del out[start:]
            case 4:
                out[start:end] = chance.choice(_STRANGE)
            case 5:
                lines = bytes(out).split(b"\n")
                del lines[chance.randrange(len(lines))]
                out = bytearray(b"\n".join(lines))
            case _:
                digits = [place for place, byte in enumerate(out) if 48 <= byte <= 57]
                if digits:
                    place = chance.choice(digits)
                    out[place : place + 1] = chance.choice(_STRANGE)
    return bytes(out)
