"""What the mission file keeps out of: no-fly zones, drawn or of files, and obstacles."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    model_validator,
)

from missions.geopoint import Altitude, AltitudeReference
from missions.obstacle import Obstacle
from missions.section import Place, Section

_DATUMS = {"agl": AltitudeReference.TERRAIN, "amsl": AltitudeReference.AMSL, "home": AltitudeReference.HOME}


class Limit(Section):
    """A height at which an area begins or ends."""

    m: float = Field(ge=-500, le=30_000, description="Metres")
    above: Literal["agl", "amsl", "home"] = Field(
        description="agl (the ground there), amsl (the sea) or home (the dock)"
    )

    @property
    def altitude(self) -> Altitude:
        """As the value the rest of the house uses."""
        return Altitude(metres=self.m, above=_DATUMS[self.above])


class NoFly(Section):
    """An area to keep out of, drawn here, or the areas of a file."""

    id: str | None = Field(None, min_length=1, description="Of an area drawn here")
    corners: Annotated[tuple[Place, ...], Field(min_length=3)] | None = Field(
        None, description="Of an area drawn here: {lat, lon} in order, at least 3"
    )
    lower: Limit | None = Field(None, description="Where an area drawn here begins: {m: 500, above: agl}")
    upper: Limit | None = Field(None, description="Where an area drawn here ends: {m: 120, above: agl}")
    file: Path | None = Field(None, description="GeoJSON, ED-269, ED-318, KML, KMZ or OpenAir; relative to this file")
    ids: tuple[str, ...] = Field((), description="Which areas of the file, by id or name; none named means all")
    when: str | None = Field(
        None,
        description="When will be flown, FROM/UNTIL: areas of the file that do not hold then are left out; "
        "for example 2026-05-01T08:00Z/2026-05-01T10:00Z",
    )

    @model_validator(mode="after")
    def _drawn_or_read(self) -> "NoFly":
        drawn = (self.id, self.corners, self.lower, self.upper)
        if self.file is None and (self.id is None or self.corners is None):
            raise ValueError("needs either id and corners, or a file")
        if self.file is not None and any(value is not None for value in drawn):
            raise ValueError("has a file and an area drawn here: these are two entries")
        if self.file is None and (self.ids or self.when):
            raise ValueError("ids and when are for the areas of a file")
        return self


class ObstacleSection(Place):
    """Something that stands up from the ground: a mast, a crane, a tower."""

    id: str = Field(min_length=1)
    radius_m: float = Field(gt=0, le=2000, description="Of everything that belongs to it, jib and guy wires too")
    top_agl_m: float = Field(gt=0, le=1000, description="Its top above the ground it stands on, metres")

    @property
    def value(self) -> Obstacle:
        """As the value the rest of the house uses."""
        top = Altitude(metres=self.top_agl_m, above=AltitudeReference.TERRAIN)
        return Obstacle(obstacle_id=self.id, position=self.point, radius_m=self.radius_m, top=top)
