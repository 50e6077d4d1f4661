"""Which roads are to be flown: chains without what the rules forbid, which is remembered with its reason."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from shapely import LineString, Point

from geo import slice_along
from missions.plan import LeftOutReason
from planner.energy import Floats
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.reach import cut_at_reach
from planner.stretches import Chain, Line

_LEAST_LOST_M: Final = 0.5
"""Less is rounding."""
_MOST_NOTES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lost:
    """A piece of a chain that may not be flown."""

    chain: Chain
    reason: LeftOutReason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allowed:
    """What may be flown, what may not, and a line on each road that loses something."""

    chains: tuple[Chain, ...]
    lost: tuple[Lost, ...]
    notes: tuple[str, ...]


def allowed_of(chains: Sequence[Chain], keep_out: KeepOut, *, docks_m: Line, reach_m: Floats) -> Allowed:
    """Return the chains outside the zones and within the radio's reach of one of (D, 2) docks, (D,) metres."""
    near = partial(cut_at_reach, reach_m=reach_m, docks_m=docks_m)
    free, in_zone, zone_notes = _cut(
        chains, keep_out.cut, "no_fly", f"m lie in a no-fly zone or within {CLEARANCE_M:g} m, not flown"
    )
    within, beyond, far_notes = _cut(free, near, "radio_range", "m are out of flight.radio_range_m, not flown")
    return Allowed(chains=within, lost=(*in_zone, *beyond), notes=(*zone_notes, *far_notes))


def _cut(
    chains: Sequence[Chain], cut: Callable[[Line], tuple[Line, ...]], reason: LeftOutReason, text: str
) -> tuple[tuple[Chain, ...], tuple[Lost, ...], tuple[str, ...]]:
    """Return what a cut leaves of the chains, what it takes, and notes of the metres of each road."""
    kept: list[Chain] = []
    lost: list[Lost] = []
    lost_of: dict[str, float] = {}
    for chain in chains:
        parts = cut(chain.line_m)
        kept += [replace(chain, line_m=part) for part in parts]
        lost_m = chain.length_m - sum(replace(chain, line_m=part).length_m for part in parts)
        if lost_m > _LEAST_LOST_M:
            lost += [Lost(chain=replace(chain, line_m=line), reason=reason) for line in _gaps(chain.line_m, parts)]
            name = chain.name or f"road {chain.road_ids[0]}"
            lost_of[name] = lost_of.get(name, 0.0) + lost_m
    return tuple(kept), tuple(lost), _notes(lost_of, text)


def _notes(lost_of: dict[str, float], text: str) -> tuple[str, ...]:
    """Return a line on each of the roads that lose most, and one on all others."""
    by_loss = sorted(lost_of.items(), key=lambda item: -item[1])
    notes = [f"{name}: {lost_m:.0f} {text}" for name, lost_m in by_loss[:_MOST_NOTES]]
    if others := by_loss[_MOST_NOTES:]:
        notes.append(f"{len(others)} other roads: {sum(lost_m for _, lost_m in others):.0f} {text}")
    return tuple(notes)


def _gaps(line_m: Line, parts: Sequence[Line]) -> list[Line]:
    """Return the pieces of a line that are in none of its parts."""
    whole = LineString(line_m)
    spans = sorted(tuple(sorted(float(whole.project(Point(part[end]))) for end in (0, -1))) for part in parts)
    edges = [0.0, *itertools.chain.from_iterable(spans), float(whole.length)]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice_along(line_m, start, end) for start, end in pairs if end - start > _LEAST_LOST_M]
