"""The check of what no leg flies along: a carriageway beside a stretch counts on the ground of footprints alone."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from geo import LocalFrame, length_m
from missions import GeoPoint, Plan
from planner.coverage import STEP_M, required_lines, stations_of
from planner.ground import Ground
from planner.swept import swept_of
from planner.violation import Violation

_LEAST_M: Final = STEP_M
"""Unseen metres that count: the places asked for are so far apart."""


def carriageways_seen(plan: Plan, ground: Ground | None) -> Iterator[Violation]:
    """Yield the carriageways beside stretches that the plan's pictures do not show whole.

    A plan over terrain is not tested without it: its footprints are not known.
    """
    beside = [line for line in required_lines(plan) if line.is_beside]
    if not beside or (plan.terrain is not None and ground is None):
        return
    swept = swept_of(plan, ground)
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    for line in beside:
        along, _ = stations_of(line)
        unseen = swept.shown_by(along) == 0
        size_m = float(unseen.mean()) * length_m(line.line_m)
        if size_m <= _LEAST_M:
            continue
        stretch = plan.stretches[line.owner]
        name = f"stretch {stretch.stretch_id}" + (f" ({stretch.name})" if stretch.name else "")
        small = swept.in_picture(along[unseen]).mean() > 0.5
        why = "too small in the picture" if small else "outside every picture"
        lat, lon, _ = frame.enu_to_geodetic(along[int(np.argmax(unseen))])[0]
        yield Violation(
            rule="coverage",
            text=f"{name}: {size_m:.0f} m of the carriageway beside it are {why}",
            place=GeoPoint(lat_deg=round(float(lat), 7), lon_deg=round(float(lon), 7)),
            size=size_m,
            unit="m",
        )
