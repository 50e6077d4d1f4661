"""The check of a sortie against the terrain, and against the reach of its radio."""

import itertools
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from geo import length_m
from missions import GeoPoint, Plan, Sortie
from planner.energy import Floats
from planner.ground import Ground
from planner.violation import Violation, at_waypoint

_ROUNDING_M: Final = 0.05
"""Heights are kept in tenths of a metre, places in steps of a centimetre."""


def untested(plan: Plan, *, has_terrain: bool) -> tuple[str, ...]:
    """Return, a line each, what a check of the plan leaves out."""
    if plan.terrain is None or has_terrain:
        return ()
    file = f"{plan.terrain.file} (SHA-256 {plan.terrain.sha256[:12]}...)"
    what = "heights above ground and over obstacles, and what is seen, were not tested"
    return (f"{what}: {file}, over which it was made, was not found",)


def above_ground(plan: Plan, sortie: Sortie, points_m: Floats, ground: Ground) -> Iterator[Violation]:
    """Yield where the legs between (N, 3) points come too near to the ground or too high above it.

    The climb over the dock and the landing there are no legs. A plan made without terrain has no clearance of its own:
    only the ground itself is then too near.
    """
    clearance_m = plan.terrain.clearance_m if plan.terrain is not None else 0.0
    for index in range(len(points_m) - 1):
        start, end = points_m[index], points_m[index + 1]
        places = ground.along(start, end)
        share = np.linspace(0.0, 1.0, len(places))
        heights = start[2] + share * (end[2] - start[2])
        for found in breaches(places, heights, ground, clearance_m=clearance_m, cap_m=plan.altitude_cap_m):
            yield at_waypoint(
                sortie, index, found.rule, f"the leg {found.text}", size=found.size_m, unit="m", place=found.place
            )


class Breach(NamedTuple):
    """What a leg breaks over the ground."""

    rule: str
    text: str
    """What the leg does."""
    size_m: float
    place: GeoPoint


def breaches(
    places_m: Floats, heights_m: Floats, ground: Ground, *, clearance_m: float, cap_m: float
) -> Iterator[Breach]:
    """Yield where a leg over (N, 2) places, (N,) heights above home, is too near to the ground or too high above it."""
    clear_m = heights_m - ground.highest_m(places_m)
    above_m = heights_m - ground.lowest_m(places_m)
    unknown = np.isnan(clear_m) | np.isnan(above_m)
    if unknown.any():
        size = float(unknown.mean() * length_m(places_m))
        text = f"is not known to be clear: {ground.terrain.file} knows no ground under {size:.0f} m of it"
        yield Breach("terrain", text, size, _geo(ground, places_m[int(np.argmax(unknown))]))
    if np.nanmin(clear_m, initial=np.inf) < clearance_m - _ROUNDING_M:
        lowest = int(np.nanargmin(clear_m))
        least_m = float(clear_m[lowest])
        text = f"comes to {least_m:.1f} m above the terrain, clearance {clearance_m:g} m"
        yield Breach("terrain", text, clearance_m - least_m, _geo(ground, places_m[lowest]))
    if np.nanmax(above_m, initial=-np.inf) > cap_m + _ROUNDING_M:
        highest = int(np.nanargmax(above_m))
        most_m = float(above_m[highest])
        text = f"is {most_m:.1f} m above ground, cap {cap_m:g} m"
        yield Breach("altitude", text, most_m - cap_m, _geo(ground, places_m[highest]))


def _geo(ground: Ground, place_m: Floats) -> GeoPoint:
    lat, lon, _ = ground.frame.enu_to_geodetic(place_m[None])[0]
    return GeoPoint(lat_deg=round(float(lat), 7), lon_deg=round(float(lon), 7))


def within_radio(plan: Plan, sortie: Sortie, points_m: Floats) -> Iterator[Violation]:
    """Yield the legs that leave the radio's range; the farthest place of a straight leg is one of its ends."""
    if plan.radio_range_m is None:
        return
    far_m = np.linalg.norm(points_m, axis=1)
    for index, (start_m, end_m) in enumerate(itertools.pairwise(far_m)):
        most_m = float(max(start_m, end_m))
        over_m = most_m - plan.radio_range_m
        if over_m > _ROUNDING_M:
            text = f"the leg is up to {most_m:.0f} m from the dock, radio range {plan.radio_range_m:g} m"
            at = index if end_m >= start_m else index - 1
            place = sortie.waypoints[min(max(at, 0), len(sortie.waypoints) - 1)].position
            yield at_waypoint(sortie, index, "radio", text, size=over_m, unit="m", place=place)
