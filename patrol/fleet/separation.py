"""Who goes, who waits and who climbs, so that no two aircraft come nearer than the plan says. Pure.

Each aircraft has options in the order in which it would like them, each with the flights it may come to. In the order
of their right of way all take the first option that keeps clear of those who chose before. Where that leaves one
without any, the others stand and it gets out of the way first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from planner.motion import Gap, Track, nearest

_SHIFTS_S: Final = (-1.5, 0.0, 1.5)
"""One aircraft may be so much earlier or later than another, against what is foreseen."""


class Action(StrEnum):
    """What an aircraft is to do."""

    GO = "go"
    """On with what it does; take off, where it waits for that."""
    HOLD = "hold"
    CLIMB = "climb"
    WAIT = "wait"
    """On the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something an aircraft may do."""

    action: Action
    tracks: tuple[Track, ...]
    """Where it may be then; empty: on the ground, where it is in nobody's way."""
    extra_m: float = 0.0
    """Wanted beyond the separation: more, where it would only just do."""
    to_m: float | None = None
    """Of a climb: to there, above mean sea level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """An aircraft and what it may do, what it would like first."""

    vehicle_id: str
    options: tuple[Option, ...]

    @property
    def is_free(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.options) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two aircraft that would come too near each other."""

    other: str
    gap: Gap

    def told(self, separation_m: float) -> str:
        """Return it in the operator's words."""
        gap = self.gap
        near = f"{gap.across_m:.0f} m from {self.other} and {gap.height_m:.0f} m apart in height"
        return f"it would come {near} in {gap.at_s:.0f} s; {separation_m:g} m are kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an aircraft does, and why nothing that it would have liked better."""

    action: Action
    because: Conflict | None = None
    makes_room_for: str = ""
    """The aircraft that has to get out of the way first, where that is the reason."""
    keeps: bool = True
    """Whether the distance is kept by it, as far as foreseen."""
    to_m: float | None = None
    """Of a climb: to there, above mean sea level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Distances kept: over the ground, or else in height."""

    separation_m: float
    layer_m: float


def choose(movers: Sequence[Mover], rule: Rule) -> Mapping[str, Choice]:
    """Return what each aircraft does; `movers` come in the order of their right of way."""
    ordered = sorted(movers, key=lambda mover: mover.is_free)
    choices, taken, stuck = _in_order(ordered, rule)
    if stuck is None:
        return choices
    stands = {name for name, option in taken if _bars(option, stuck, rule)} - {stuck.vehicle_id}
    again = [
        replace(mover, options=_first(mover, Action.HOLD)) if mover.is_free and mover.vehicle_id in stands else mover
        for mover in ordered
        if mover is not stuck
    ]
    makes_way = replace(stuck, options=_first(stuck, Action.CLIMB))
    after, _, _ = _in_order([*again, makes_way], rule)
    return {name: _explained(choice, choices[name], stuck.vehicle_id) for name, choice in after.items()}


def _bars(option: Option, stuck: Mover, rule: Rule) -> bool:
    """Whether somebody's choice is in the way of anything that another could do."""
    return any(_worst(each, [("", option)], rule) is not None for each in stuck.options)


def _explained(choice: Choice, before: Choice, stuck: str) -> Choice:
    """Return a choice with the reason for which it may not go on, where only the first round knew it."""
    if choice.action is Action.GO:
        return choice
    because = choice.because or before.because
    return replace(choice, because=because, makes_room_for="" if because is not None else stuck)


def _first(mover: Mover, action: Action) -> tuple[Option, ...]:
    """Return the options without going on, one action before the others."""
    still = [option for option in mover.options if option.action is not Action.GO] or list(mover.options)
    return tuple(sorted(still, key=lambda option: option.action is not action))


def _in_order(ordered: Sequence[Mover], rule: Rule) -> tuple[dict[str, Choice], list[tuple[str, Option]], Mover | None]:
    """Return the choices, their options, and the first free aircraft that found no way to keep clear."""
    taken: list[tuple[str, Option]] = []
    choices: dict[str, Choice] = {}
    stuck: Mover | None = None
    for mover in ordered:
        conflicts = [_worst(option, taken, rule) for option in mover.options]
        index = next((number for number, found in enumerate(conflicts) if found is None), None)
        if index is None:
            stuck = stuck or (mover if mover.is_free else None)
            index = max(range(len(conflicts)), key=lambda number: _distance_m(conflicts[number]))
        option = mover.options[index]
        because = conflicts[0] if index > 0 or conflicts[index] is not None else None
        choices[mover.vehicle_id] = Choice(
            action=option.action, because=because, keeps=conflicts[index] is None, to_m=option.to_m
        )
        taken.append((mover.vehicle_id, option))
    return choices, taken, stuck


def _distance_m(conflict: Conflict | None) -> float:
    return conflict.gap.across_m if conflict is not None else float("inf")


def _worst(option: Option, taken: Sequence[tuple[str, Option]], rule: Rule) -> Conflict | None:
    """Return where an option comes nearest to those who have chosen; None: it keeps clear."""
    found = [
        Conflict(other=other, gap=gap)
        for other, theirs in taken
        for mine in option.tracks
        for track in theirs.tracks
        for shift_s in _SHIFTS_S
        if (gap := too_near(mine, track, rule, extra_m=option.extra_m, shift_s=shift_s)) is not None
    ]
    return min(found, key=lambda conflict: conflict.gap.across_m, default=None)


def too_near(one: Track, other: Track, rule: Rule, *, extra_m: float = 0.0, shift_s: float = 0.0) -> Gap | None:
    """Return the worst moment of two flights; None where they keep the distances."""
    reach_m = rule.separation_m + extra_m
    low, high = one.places_m[:, :2].min(axis=0) - reach_m, one.places_m[:, :2].max(axis=0) + reach_m
    theirs_low, theirs_high = other.places_m[:, :2].min(axis=0), other.places_m[:, :2].max(axis=0)
    if (theirs_high < low).any() or (theirs_low > high).any():
        return None
    return nearest(one, 0.0, other, shift_s, separation_m=reach_m, layer_m=rule.layer_m)
