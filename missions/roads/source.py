"""One road file while it is read: where it is, what is wanted of it, what its reader says beside its lines."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

KNOWN_FORMATS: Final = (
    "OSM .osm/.osm.bz2/.osm.gz/.osm.pbf, Overpass JSON, GeoJSON, KML/KMZ, GPX, a Shapefile (or a .zip of one), "
    "GeoPackage, or an edge list with its nodes beside it"
)


@dataclass(slots=True, kw_only=True)
class RoadSource:
    """A file for one reader; the reader fills the fields below `layer` as it goes."""

    path: Path
    layer: str | None = None
    """The wanted layer of a file that holds several."""
    dropped: Counter[str] = field(default_factory=Counter)
    """What was left out: reason to count."""
    nodes_stated: bool = False
    """The file has nodes of its own and so says which lines meet; else lines meet where they share a place."""
    says: list[str] = field(default_factory=list)
    """What the file says of itself: the program that wrote it, its title, its coordinate system."""
