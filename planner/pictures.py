"""The pictures of all aircraft of a patrol, asked about places in one frame. Imports nothing of the search."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions import FleetPlan, GeoPoint, Plan
from missions.fleet_plan import plans_of
from missions.terrain import Terrain
from planner.energy import Floats
from planner.ground import Ground
from planner.swept import Swept, swept_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pictures:
    """What every aircraft's pictures show, each in the frame of its own dock."""

    dock: GeoPoint
    """Origin of the frame in which places are asked about."""
    swept: tuple[tuple[GeoPoint, Swept], ...]

    def shown_by(self, places_m: Floats) -> NDArray[np.int64]:
        """Return for (N, 2) places in how many passes each is seen with pixels enough, of all aircraft together."""
        shown = np.zeros(len(places_m), np.int64)
        for dock, swept in self.swept:
            shown += swept.shown_by(self._moved(places_m, dock))
        return shown

    def in_picture(self, places_m: Floats) -> NDArray[np.bool_]:
        """Return for (N, 2) places whether they are in any picture, however small."""
        shown = np.zeros(len(places_m), bool)
        for dock, swept in self.swept:
            shown |= swept.in_picture(self._moved(places_m, dock))
        return shown

    def _moved(self, places_m: Floats, dock: GeoPoint) -> Floats:
        if dock == self.dock or not len(places_m):
            return places_m
        lat, lon, _ = _frame(self.dock).enu_to_geodetic(places_m).T
        return _frame(dock).geodetic_to_enu(lat, lon)[:, :2]


def pictures_of(plan: Plan | FleetPlan, terrain: Terrain | None) -> Pictures:
    """Return what a plan shows; the frame's origin is its dock, or a fleet's first."""
    plans = plans_of(plan)
    return Pictures(
        dock=plans[0].dock,
        swept=tuple(
            (one.dock, swept_of(one, Ground.at_dock(terrain, one.dock) if terrain is not None else None))
            for one in plans
        ),
    )


def _frame(dock: GeoPoint) -> LocalFrame:
    return LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
