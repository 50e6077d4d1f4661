"""What the sections of the mission file are made of."""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)
from pydantic_core import PydanticCustomError

from missions.geopoint import GeoPoint

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Section(BaseModel):
    """A part of the mission file; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Section):
    """A position, WGS84 degrees."""

    lat: Latitude
    lon: Longitude

    @property
    def point(self) -> GeoPoint:
        """As the value the rest of the house uses."""
        return GeoPoint(lat_deg=self.lat, lon_deg=self.lon)


def wrong(field: str, what: str) -> PydanticCustomError:
    """Return the refusal of a field that only the whole section can judge; the file's reader finds its line."""
    return PydanticCustomError("wrong_field", "{what}", {"field": field, "what": what})
