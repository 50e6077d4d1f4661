"""GeoJSON in: the plans `plan_geojson.py` writes. Lines of other programs are roads or tracks, no flights: refused."""

from itertools import groupby
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.flight_path import FlightPath, RallyPoint
from missions.formats.json_text import parse_json
from missions.formats.path_points import PathPoint, path_items
from missions.formats.stored_item import StoredItem
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.zone import Zone, ZoneRule

SOURCE: Final = "GeoJSON"
_LARGEST: Final = 1e12  # beyond this a number in a plan is a mistake, or infinite
_REMEDY: Final = "a plan of `patrol export --format geojson`"


def from_plan_geojson(text: str, *, file: Path | str | None = None) -> tuple[FlightPath, ...]:
    """Return the flights of a plan's FeatureCollection.

    Raises:
        InputError: naming the feature that is missing or wrong.

    """
    collection = parse_json(text, file=file, remedy=_REMEDY)
    reader = _Reader(file)
    features = reader.features(collection)
    legs = [(field, feature) for field, feature in features if reader.kind(feature) == "leg"]
    if not legs:
        raise InputError("holds no flight, no feature of kind leg", file=file, field="features", remedy=_REMEDY)
    docks = [row for row in features if reader.kind(row[1]) == "dock"]
    home = reader.point(*docks[0]) if docks else None
    home_amsl_m = reader.number(docks[0][1], "amsl_m", docks[0][0]) if docks else None
    zones = tuple(reader.zone(*row) for row in features if reader.kind(row[1]) in {"fence", "keep_out"})
    rally = tuple(reader.rally(*row) for row in features if reader.kind(row[1]) == "rally")
    return tuple(
        FlightPath(
            name=name,
            source=SOURCE,
            home=home,
            home_amsl_m=home_amsl_m,
            items=reader.items(list(group), home),
            zones=zones,
            rally=rally,
        )
        for name, group in groupby(legs, key=lambda row: str(row[1]["properties"].get("sortie_id")))
    )


class _Reader:
    """Takes a FeatureCollection apart."""

    def __init__(self, file: Path | str | None) -> None:
        self.file = file

    def refused(self, field: str, what: str, remedy: str = _REMEDY) -> InputError:
        return InputError(what, file=self.file, field=field, remedy=remedy)

    def features(self, collection: object) -> list[tuple[str, dict[str, Any]]]:
        rows = collection.get("features") if isinstance(collection, dict) else None
        if not isinstance(rows, list):
            raise self.refused("features", "is no list")
        for number, row in enumerate(rows):
            whole = isinstance(row, dict) and isinstance(row.get("properties"), dict)
            if not whole or not isinstance(row.get("geometry"), dict):
                raise self.refused(f"features.{number}", "is no whole feature", "properties and geometry")
        return [(f"features.{number}", row) for number, row in enumerate(rows)]

    def kind(self, feature: dict[str, Any]) -> str:
        return str(feature["properties"].get("kind"))

    def finite(self, value: object, field: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            raise self.refused(field, f"is {str(value)[:40]!r}", "a finite number")
        return float(value)

    def number(self, feature: dict[str, Any], name: str, field: str) -> float:
        return self.finite(feature["properties"].get(name), f"{field}.properties.{name}")

    def position(self, value: object, field: str) -> GeoPoint:
        if not isinstance(value, list) or len(value) < 2:
            raise self.refused(field, "is no position", "[longitude, latitude]")
        lon_deg, lat_deg = (self.finite(number, field) for number in value[:2])
        if abs(lat_deg) > 90 or abs(lon_deg) > 180:
            raise self.refused(field, "is no position on earth", "[longitude, latitude]")
        return GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)

    def positions(self, value: object, field: str, *, at_least: int) -> list[GeoPoint]:
        if not isinstance(value, list) or len(value) < at_least:
            raise self.refused(field, f"holds fewer than {at_least} positions", "[longitude, latitude] each")
        return [self.position(row, f"{field}.{number}") for number, row in enumerate(value)]

    def point(self, field: str, feature: dict[str, Any]) -> GeoPoint:
        return self.position(feature["geometry"].get("coordinates"), f"{field}.geometry.coordinates")

    def altitude(self, metres: object, above: object, field: str) -> Altitude:
        if above not in list(AltitudeReference):
            raise self.refused(field, f"heights above {str(above)[:40]} are not understood", "home, amsl or terrain")
        return Altitude(metres=self.finite(metres, field), above=AltitudeReference(str(above)))

    def rally(self, field: str, feature: dict[str, Any]) -> RallyPoint:
        said = feature["properties"]
        altitude = self.altitude(said.get("height_m"), said.get("above"), f"{field}.properties.height_m")
        return RallyPoint(position=self.point(field, feature), altitude=altitude)

    def zone(self, field: str, feature: dict[str, Any]) -> Zone:
        rings, where = feature["geometry"].get("coordinates"), f"{field}.geometry.coordinates"
        if not isinstance(rings, list) or len(rings) != 1:
            raise self.refused(where, "is no polygon of one ring", "a polygon without holes")
        corners = self.positions(rings[0], f"{where}.0", at_least=4)
        fence = self.kind(feature) == "fence"
        return Zone(
            zone_id=str(feature["properties"].get("zone_id")),
            rule=ZoneRule.STAY_IN if fence else ZoneRule.KEEP_OUT,
            corners=tuple(corners[:-1]),
        )

    def items(self, legs: list[tuple[str, dict[str, Any]]], home: GeoPoint | None) -> tuple[StoredItem, ...]:
        field, first = legs[0]
        takeoff_m = self.number(first, "takeoff_height_m", field)
        points = [point for row in legs for point in self.points(*row)]
        return path_items(points, home=home, takeoff=Altitude(metres=takeoff_m, above=AltitudeReference.HOME))

    def points(self, field: str, leg: dict[str, Any]) -> list[PathPoint]:
        """Return what is commanded along a leg: at its second and later positions, none on the way back."""
        names = ("heights_m", "heights_above", "speeds_m_s", "gimbal_pitches_deg")
        lists = [leg["properties"].get(name) for name in names]
        where = f"{field}.geometry.coordinates"
        places = self.positions(leg["geometry"].get("coordinates"), where, at_least=2)[1:]
        if lists == [[]] * len(names):
            return []
        for name, rows in zip(names, lists, strict=True):
            if not isinstance(rows, list) or len(rows) != len(places):
                raise self.refused(
                    f"{field}.properties.{name}", "is no list as long as the line", f"{len(places)} of it"
                )
        return [
            PathPoint(
                position=place,
                altitude=self.altitude(metres, above, f"{field}.properties.heights_m.{number}"),
                speed_m_s=self.finite(speed, f"{field}.properties.speeds_m_s.{number}"),
                gimbal_pitch_deg=self.finite(pitch, f"{field}.properties.gimbal_pitches_deg.{number}"),
            )
            for number, (place, metres, above, speed, pitch) in enumerate(zip(places, *lists, strict=True))
        ]
