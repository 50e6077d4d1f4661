"""One aircraft's plan out of parts: what is flown on of an old one, and what was planned anew for the rest."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely import Point, Polygon

from geo import LocalFrame
from missions import Plan, Sortie, Stretch, Zone, ZoneRule
from planner.dead_flight import enu_m
from planner.fence import circumscribed_m
from planner.planning import flown_m
from planner.sorties import geo_points, total


def merged(
    plan: Plan,
    stretches: Sequence[Stretch],
    sorties: Sequence[Sortie],
    made: Plan | None,
    *,
    fence_margin_m: float,
) -> Plan:
    """Return a plan of what is kept of one, then of what was made anew, if anything; neither checked nor hashed.

    Its zones are those of the new plan, its fence is round all that is flown, rally points outside it are left out.
    """
    latest = made or plan
    flown = (*sorties, *(made.sorties if made else ()))
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    places = np.vstack([np.zeros((1, 2)), flown_m(plan.dock, flown)])
    fence = circumscribed_m(places, margin_m=fence_margin_m)
    inside = shapely.buffer(Polygon(fence), -1.0)
    rally_m = enu_m(frame, latest.rally) if latest.rally else np.zeros((0, 2))
    return replace(
        latest,
        stretches=(*stretches, *(made.stretches if made else ())),
        sorties=tuple(replace(sortie, sortie_id=f"sortie-{number}") for number, sortie in enumerate(flown, start=1)),
        fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=geo_points(plan.dock, fence)),
        rally=tuple(p for p, place in zip(latest.rally, rally_m, strict=True) if inside.covers(Point(place))),
        estimate=total(flown),
        left_out=plan.left_out,
        plan_hash="",
    )


def renamed(plan: Plan, prefix: str) -> Plan:
    """Return a plan whose stretches have other ids, so that they are none of another's."""

    def named(sortie: Sortie) -> Sortie:
        waypoints = tuple(
            replace(w, stretch_id=prefix + w.stretch_id if w.stretch_id is not None else None) for w in sortie.waypoints
        )
        return replace(sortie, waypoints=waypoints, stretch_ids=tuple(prefix + one for one in sortie.stretch_ids))

    return replace(
        plan,
        stretches=tuple(replace(stretch, stretch_id=prefix + stretch.stretch_id) for stretch in plan.stretches),
        sorties=tuple(named(sortie) for sortie in plan.sorties),
    )


def free_prefix(stretches: Sequence[Stretch]) -> str:
    """Return a beginning of ids that none of the stretches has."""
    prefix = "r"
    while any(stretch.stretch_id.startswith(prefix) for stretch in stretches):
        prefix += "r"
    return prefix
