"""No-fly zones of files: each format is a module that draws areas, `load.py` tells the formats apart."""

from missions.zones.load import ZoneFile, load_zones
from missions.zones.shapes import area_m2, circle

__all__ = ["ZoneFile", "area_m2", "circle", "load_zones"]
