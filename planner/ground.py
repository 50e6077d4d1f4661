"""The ground under a patrol in the planning frame: a measure that planning and checking share."""

from dataclasses import dataclass

import numpy as np

from geo import LocalFrame, resample
from missions import GeoPoint, PlanningError
from missions.terrain import Terrain
from planner.energy import Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """Terrain by ENU place; heights are above the dock's ground, in which the terrain's vertical datum cancels out."""

    terrain: Terrain
    frame: LocalFrame
    dock_m: float
    """The terrain's height at the dock, above its own datum."""

    @classmethod
    def at_dock(cls, terrain: Terrain, dock: GeoPoint) -> "Ground":
        """Build from the dock, the frame's origin.

        Raises:
            PlanningError: the terrain knows no height there.

        """
        dock_m = float(terrain.ground_m(dock.lat_deg, dock.lon_deg)[0])
        if not np.isfinite(dock_m):
            raise PlanningError(
                f"{terrain.file} knows no height at the dock ({dock.lat_deg:.6f}, {dock.lon_deg:.6f}): "
                "take a terrain file that holds it, or move the dock"
            )
        return cls(terrain=terrain, frame=LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg), dock_m=dock_m)

    @property
    def dock_amsl_m(self) -> float | None:
        """The ground at the dock above mean sea level; None where the terrain has another datum."""
        return self.dock_m if self.terrain.datum == "egm96" else None

    @property
    def step_m(self) -> float:
        """Half a cell: between places so far apart no cell on a straight line is missed."""
        return self.terrain.cell_m / 2

    def along(self, start_m: Floats, end_m: Floats) -> Floats:
        """Return (N, 2) places of a straight leg, ends included, at most half a cell apart."""
        return resample(np.array([start_m[:2], end_m[:2]], float), self.step_m)

    def surface_m(self, places_m: Floats) -> Floats:
        """Return the (N,) ground below (N, 2) places, bilinear; NaN where it is not known."""
        return self.terrain.ground_m(*self._lat_lon(places_m)) - self.dock_m

    def lowest_m(self, places_m: Floats) -> Floats:
        """Return as `surface_m` what a height limit above ground is measured from."""
        return self.terrain.lowest_m(*self._lat_lon(places_m)) - self.dock_m

    def highest_m(self, places_m: Floats, *, cells: int = 1) -> Floats:
        """Return as `surface_m` the highest ground within so many cells, which a clearance is measured from."""
        return self.terrain.highest_m(*self._lat_lon(places_m), cells=cells) - self.dock_m

    def _lat_lon(self, places_m: Floats) -> tuple[Floats, Floats]:
        lat, lon, _ = self.frame.enu_to_geodetic(np.asarray(places_m, float)[:, :2]).T
        return lat, lon
