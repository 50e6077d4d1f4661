"""Which terrain a plan was made over: enough to find the file again and to know that it is the same."""

from dataclasses import dataclass
from typing import Literal

VerticalDatum = Literal["egm96", "ellipsoid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerrainUse:
    """The terrain file of a plan and the clearance it was planned with."""

    file: str
    """Its name, without a folder."""
    sha256: str
    """Of its bytes."""
    datum: VerticalDatum
    clearance_m: float
    """Least height above the ground, everywhere but at the dock."""
