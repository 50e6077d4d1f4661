"""Zones that begin above a flight; what is not known of a height counts as in the way."""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from missions import AltitudeReference, Zone
from planner.energy import Floats
from planner.ground import Ground

UNDER_ZONE_M: Final = 30.0
"""Kept below a zone that is flown under: a barometer's drift over a flight, and ground that is not level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Highest:
    """How high a flight gets anywhere."""

    above_home_m: float
    above_ground_m: float
    """Above the ground below it."""

    @classmethod
    def over_level_ground(cls, height_m: float) -> "Highest":
        """Build from the greatest height above home, where no terrain is known: as if all ground were home's."""
        return cls(above_home_m=height_m, above_ground_m=height_m)

    @classmethod
    def of_legs(cls, points_m: Floats, ground: Ground) -> "Highest":
        """Measure the straight legs between (N, 3) ENU points, up above home; ground that is unknown is not looked at.

        Places lie half a cell apart.
        """
        above_m = [_above_ground_m(start, end, ground) for start, end in itertools.pairwise(points_m)]
        return cls(above_home_m=float(points_m[:, 2].max()), above_ground_m=max(above_m))


def _above_ground_m(start: Floats, end: Floats, ground: Ground) -> float:
    places = ground.along(start, end)
    heights = np.linspace(start[2], end[2], len(places))
    return float(np.nanmax(heights - ground.lowest_m(places), initial=-np.inf))


def greater_amsl_m(stated_m: float | None, ground: Ground | None) -> float | None:
    """Return how high a dock lies above the sea: as stated or as its ground says, where both do the greater."""
    of_ground_m = ground.dock_amsl_m if ground is not None else None
    known = [amsl_m for amsl_m in (stated_m, of_ground_m) if amsl_m is not None]
    return max(known, default=None)


def over_flight_m(zone: Zone, *, highest: Highest, dock_amsl_m: float | None) -> float | None:
    """Return how far above a flight's greatest height a zone begins; None where that cannot be told.

    A height above ground is compared with the flight's own, one above the sea only where it is known how high the dock
    lies.
    """
    if zone.lower is None:
        return None
    if zone.lower.above is AltitudeReference.TERRAIN:
        return zone.lower.metres - highest.above_ground_m
    if zone.lower.above is AltitudeReference.HOME:
        return zone.lower.metres - highest.above_home_m
    return None if dock_amsl_m is None else zone.lower.metres - dock_amsl_m - highest.above_home_m


def flown_under(zone: Zone, *, highest: Highest, dock_amsl_m: float | None) -> bool:
    """Whether a zone is known to lie wholly above the flight, with `UNDER_ZONE_M` between."""
    over_m = over_flight_m(zone, highest=highest, dock_amsl_m=dock_amsl_m)
    return over_m is not None and over_m >= UNDER_ZONE_M
