"""No-fly zones of files: each format is a module that draws areas, `load.py` tells the formats apart."""

from missions.zones.load import ZoneFile, load_zones
from missions.zones.shapes import circle

__all__ = ["ZoneFile", "circle", "load_zones"]
