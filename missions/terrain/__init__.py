"""The ground's height under a patrol: a grid as a value, and its reader."""

from missions.terrain.grid import Terrain
from missions.terrain.read import load_terrain, terrain_bounds_deg
from missions.terrain.use import TerrainUse, VerticalDatum

__all__ = ["Terrain", "TerrainUse", "VerticalDatum", "load_terrain", "terrain_bounds_deg"]
