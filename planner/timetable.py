"""When each sortie takes off: one after another with a swap between, and never near another aircraft."""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from planner.motion import Track, nearest

_STEP_S: Final = 2.0
"""By which a take-off waits for a clear way."""
_SAME_S: Final = 1e-6
"""Times no farther apart are one: so a start that is taken is never rounded to itself again."""
_ORDERS: Final = 12
"""In which aircraft take off, tried where one makes another wait."""

Starts = tuple[tuple[float, ...], ...]


def on_grid(time_s: float) -> float:
    """Return the time or the next tenth of a second, in which plans keep starts; a microsecond is the same time."""
    return math.ceil((time_s - _SAME_S) * 10) / 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flight:
    """A sortie to be given a time."""

    track: Track
    time_s: float
    """From its start to its landing."""


@dataclass(slots=True, kw_only=True, eq=False)
class Timetable:
    """Flights of several aircraft with their starts."""

    swaps_s: Sequence[float]
    separation_m: float
    layer_m: float
    flown: list[tuple[int, Flight, float]] = field(default_factory=list)
    """Aircraft, flight and its start after the patrol's beginning."""

    def earliest_s(self, craft: int, flight: Flight, *, after_s: float = 0.0, before_s: float = float("inf")) -> float:
        """Return the first start, in tenths of a second, at which the aircraft is ready and the way clear.

        Later than `before_s` is not sought: what is returned then is only later.
        """
        start_s = on_grid(after_s)
        while start_s <= before_s:
            blocked_s = self._blocked_until_s(craft, flight, start_s)
            if blocked_s is None:
                return start_s
            start_s = on_grid(blocked_s)
        return start_s

    def add(self, craft: int, flight: Flight, start_s: float) -> None:
        """Enter a flight at a start that `earliest_s` gave."""
        self.flown.append((craft, flight, start_s))

    def ready_s(self, craft: int) -> float:
        """Return when an aircraft can fly again after all it has flown."""
        landed = [start_s + flight.time_s + self.swaps_s[craft] for one, flight, start_s in self.flown if one == craft]
        return max(landed, default=0.0)

    def _blocked_until_s(self, craft: int, flight: Flight, start_s: float) -> float | None:
        """Return a later start to try where this one is taken, else None."""
        end_s = start_s + flight.time_s
        for other, flown, begun_s in self.flown:
            if other == craft:
                swap_s = self.swaps_s[craft]
                ready_s = begun_s + flown.time_s + swap_s
                if ready_s - start_s > _SAME_S and begun_s < end_s + swap_s:
                    return ready_s
            elif start_s < begun_s + flown.time_s and begun_s < end_s:
                near = nearest(
                    flown.track, begun_s, flight.track, start_s, separation_m=self.separation_m, layer_m=self.layer_m
                )
                if near is not None:
                    return start_s + _STEP_S
        return None


def scheduled(timetable: Timetable, flights: Sequence[Sequence[Flight]]) -> tuple[tuple[float, ...], ...]:
    """Enter the flights of each aircraft in their order, the last landing as early as waiting for each other allows.

    Of aircraft that can fly at the same time the one with most to fly goes first, or, where that makes somebody wait,
    whichever of some other orders brings the last one home soonest. Returns the starts.
    """
    flown_s = [sum(flight.time_s for flight in own) for own in flights]
    bound_s = max(
        whole_s + max(len(own) - 1, 0) * swap_s
        for whole_s, own, swap_s in zip(flown_s, flights, timetable.swaps_s, strict=True)
    )
    crafts = sorted(range(len(flights)), key=lambda one: (-flown_s[one], one))
    best: tuple[float, Timetable, Starts] | None = None
    for number, order in enumerate(itertools.islice(_orders(crafts), _ORDERS)):
        tried = replace(timetable, flown=list(timetable.flown))
        starts = _in_turn(tried, flights, order)
        last_s = max(begun + flight.time_s for craft, flight, begun in tried.flown)
        if best is None or last_s < best[0]:
            best = last_s, tried, starts
        if best[0] <= bound_s + _STEP_S or number + 1 == _ORDERS:
            break
    if best is None:
        return ()
    timetable.flown = best[1].flown
    return best[2]


def _orders(crafts: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield an order of aircraft, then others, the same ones every time."""
    yield crafts
    shuffled, chance = list(crafts), random.Random(0)
    while True:
        chance.shuffle(shuffled)
        yield tuple(shuffled)


def _in_turn(timetable: Timetable, flights: Sequence[Sequence[Flight]], order: Sequence[int]) -> Starts:
    """Enter the flights, always for the aircraft that can fly soonest; of several the first in the order."""
    starts: list[list[float]] = [[] for _ in flights]
    while True:
        waiting = [craft for craft in order if len(starts[craft]) < len(flights[craft])]
        if not waiting:
            return tuple(tuple(begun) for begun in starts)
        craft = min(waiting, key=timetable.ready_s)
        flight = flights[craft][len(starts[craft])]
        start_s = timetable.earliest_s(craft, flight, after_s=timetable.ready_s(craft))
        timetable.add(craft, flight, start_s)
        starts[craft].append(start_s)


def repeated(
    timetable: Timetable, flights: Sequence[Sequence[Flight]], *, period_s: float, count: int
) -> Starts | None:
    """Enter the flights of each aircraft so many times, at the same time of every period (whole tenths of a second).

    Returns the starts in the first period, or None where one finds no clear time from which it lands within it.
    """
    starts: list[list[float]] = [[] for _ in flights]
    for craft, own in enumerate(flights):
        for flight in own:
            start_s = _start_in_period(timetable, craft, flight, period_s, count)
            if start_s is None:
                return None
            for number in range(count):
                timetable.add(craft, flight, start_s + number * period_s)
            starts[craft].append(start_s)
    return tuple(tuple(begun) for begun in starts)


def _start_in_period(timetable: Timetable, craft: int, flight: Flight, period_s: float, count: int) -> float | None:
    start_s = 0.0
    latest_s = period_s - flight.time_s
    if latest_s < timetable.swaps_s[craft]:
        return None
    while start_s <= latest_s:
        later = [
            timetable.earliest_s(craft, flight, after_s=start_s + number * period_s) - number * period_s
            for number in range(count)
        ]
        if max(later) <= start_s + 1e-9:
            return start_s
        start_s = max(later)
    return None
