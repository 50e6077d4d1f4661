"""The mission file's roads: where they come from, which are patrolled, which first and how often."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from missions.section import Place, Section


class Avenue(Section):
    """A named road from one place to another."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    name: str = Field(min_length=1, description="Its name, name:en, alt_name or ref, without regard to case")
    from_: Place = Field(alias="from", description="{lat, lon}: it is kept from the place nearest to this")
    to: Place = Field(description="{lat, lon}: to the place nearest to this")


def _polygon_kind(value: object) -> str:
    return "[corners]" if isinstance(value, list | tuple) else "[file]"


Polygon = Annotated[
    Annotated[Path, Tag("[file]")] | Annotated[tuple[Place, ...], Field(min_length=3), Tag("[corners]")],
    Discriminator(_polygon_kind),
]
"""A GeoJSON, KML or KMZ file, relative to the mission file, or its corners."""


class KeepRoads(Section):
    """Which roads are to be patrolled; empty lists keep all."""

    classes: tuple[str, ...] = Field((), description="OSM highway values, for example primary, residential")
    names: tuple[str, ...] = Field((), description="Road names, matched without regard to case")
    named_only: bool = Field(default=False, description="Leave out roads without a name")
    bbox: tuple[float, float, float, float] | None = Field(None, description="south, west, north, east in degrees")
    polygon: Polygon | None = Field(
        None,
        description="A GeoJSON, KML or KMZ file of an area, or a list of {lat, lon} corners; roads are cut there",
    )
    avenue: Avenue | None = Field(None, description="{name, from, to}: a named road between two places")

    @field_validator("polygon")
    @classmethod
    def _border_is_simple(cls, polygon: Path | tuple[Place, ...] | None) -> Path | tuple[Place, ...] | None:
        if isinstance(polygon, tuple):
            import shapely

            shape = shapely.Polygon([(place.lat, place.lon) for place in polygon])
            if not shape.is_valid or shape.area == 0.0:
                raise ValueError("its border crosses itself or encloses nothing")
        return polygon


class SomeRoads(Section):
    """Some of the roads to patrol: those of a name or a class."""

    names: tuple[str, ...] = Field((), description="Road names, matched without regard to case")
    classes: tuple[str, ...] = Field((), description="OSM highway values, for example primary, residential")

    @model_validator(mode="after")
    def _says_which(self) -> "SomeRoads":
        if not (self.names or self.classes):
            raise ValueError("says neither names nor classes")
        return self

    def hold(self, *, name: str, road_class: str) -> bool:
        """Whether a road is one of them."""
        return road_class in self.classes or name.casefold() in {known.casefold() for known in self.names}


class Revisit(SomeRoads):
    """Roads that are to be seen again and again through the day."""

    every_min: float = Field(gt=0, le=1440, description="Longest time between two visits of a place, minutes")


class Priority(SomeRoads):
    """Roads that are to be flown before others."""

    rank: int = Field(ge=1, le=100, description="The higher, the earlier; roads without one have rank 0")


class Roads(Section):
    """Where the roads come from."""

    file: Path = Field(
        description="OSM .osm/.osm.bz2/.osm.pbf, Overpass JSON, GeoJSON, KML/KMZ, GPX, Shapefile or GeoPackage; "
        "relative to this file"
    )
    layer: str | None = Field(None, description="Which layer of a GeoPackage, or which Shapefile of a .zip")
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    snap_m: float = Field(1.0, ge=0, le=20, description="Ends of roads nearer than this are joined; 0 leaves them")
    keep: KeepRoads = KeepRoads()
    revisit: tuple[Revisit, ...] = Field((), description="Roads to see every so many minutes; needs day")
    priority: tuple[Priority, ...] = Field((), description="Roads to fly before others")
