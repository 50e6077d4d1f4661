"""Where straight legs come too near to obstacles: cylinders with a clearance above their tops."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo import LocalFrame
from missions import AltitudeReference, GeoPoint, Obstacle, Plan
from planner.energy import Floats
from planner.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cylinder:
    """An obstacle in the planning frame."""

    obstacle_id: str
    centre_m: Floats
    """(2,) ENU."""
    radius_m: float
    top_m: float
    """Above home."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Obstruction:
    """A leg that comes too near."""

    leg: int
    place_m: Floats
    """(2,) ENU: of the leg, nearest to the obstacle's middle."""
    too_near_m: float
    """How much farther from the middle the place should be."""
    text: str


def cylinders_of(plan: Plan, ground: Ground | None = None) -> tuple[Cylinder, ...]:
    """Return a plan's obstacles; without `ground` a height above it counts as if it were level with the dock."""
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    cylinders = []
    for obstacle in plan.obstacles:
        centre_m = frame.geodetic_to_enu(obstacle.position.lat_deg, obstacle.position.lon_deg)[0, :2]
        foot_m = _foot_m(obstacle, centre_m, plan, ground)
        cylinders.append(
            Cylinder(
                obstacle_id=obstacle.obstacle_id,
                centre_m=centre_m,
                radius_m=obstacle.radius_m,
                top_m=foot_m + obstacle.top.metres,
            )
        )
    return tuple(cylinders)


def _foot_m(obstacle: Obstacle, centre_m: Floats, plan: Plan, ground: Ground | None) -> float:
    """Return what the top of an obstacle is measured from, above home; endless where the ground is not known."""
    if obstacle.top.above is AltitudeReference.AMSL:
        return -plan.dock_amsl_m
    if obstacle.top.above is AltitudeReference.HOME or ground is None:
        return 0.0
    foot_m = float(ground.surface_m(centre_m[None])[0])
    return foot_m if math.isfinite(foot_m) else math.inf


def standing_at(plan: Plan, place: GeoPoint) -> Iterator[tuple[Cylinder, float]]:
    """Return the obstacles that stand at a place, however low, and how far from their middles it is."""
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    place_m = frame.geodetic_to_enu(place.lat_deg, place.lon_deg)[0, :2]
    for cylinder in cylinders_of(plan):
        away_m = float(np.linalg.norm(place_m - cylinder.centre_m))
        if away_m < cylinder.radius_m:
            yield cylinder, away_m


def obstructions(plan: Plan, points_m: Floats, ground: Ground | None = None) -> Iterator[Obstruction]:
    """Return every straight leg between (N, 3) ENU points, up above home, that is within a radius and too low there."""
    for cylinder in cylinders_of(plan, ground):
        for leg, (start, end) in enumerate(pairwise(points_m)):
            inside = _inside(start[:2], end[:2], cylinder)
            if inside is None:
                continue
            low_m = min(float(start[2] + fraction * (end[2] - start[2])) for fraction in inside)
            if low_m < cylinder.top_m + plan.obstacle_clearance_m:
                place = _nearest(start[:2], end[:2], cylinder.centre_m)
                away_m = float(np.linalg.norm(place - cylinder.centre_m))
                text = (
                    f"the leg passes {away_m:.0f} m from the middle of obstacle {cylinder.obstacle_id} at {low_m:g} m, "
                    f"within its radius of {cylinder.radius_m:g} m; its top is at {cylinder.top_m:g} m, "
                    f"{plan.obstacle_clearance_m:g} m are kept above it"
                )
                too_near_m = cylinder.radius_m - away_m
                yield Obstruction(leg=leg, place_m=place, too_near_m=too_near_m, text=text)


def _inside(start: Floats, end: Floats, cylinder: Cylinder) -> tuple[float, float] | None:
    """Return from which to which fraction a leg is within the radius; None where it never is."""
    along, out = end - start, start - cylinder.centre_m
    a, b = float(along @ along), float(along @ out)
    c = float(out @ out) - cylinder.radius_m**2
    if a == 0.0:
        return (0.0, 1.0) if c < 0 else None
    under_root = b * b - a * c
    if under_root <= 0:
        return None
    root = math.sqrt(under_root)
    enter, leave = max((-b - root) / a, 0.0), min((-b + root) / a, 1.0)
    return (enter, leave) if enter < leave else None


def _nearest(start: Floats, end: Floats, centre: Floats) -> Floats:
    along = end - start
    squared = float(along @ along)
    fraction = min(max(float((centre - start) @ along) / squared, 0.0), 1.0) if squared else 0.0
    return np.asarray(start + fraction * along)
