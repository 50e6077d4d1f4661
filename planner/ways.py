"""Straight flight round keep-out zones: a visibility graph over their corners, in seconds of flight with wind."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from missions import Airframe
from planner.energy import Floats, Wind, ground_speed_m_s
from planner.keep_out import KeepOut
from planner.stretches import Line

_CORNER_S = 1.5
"""Added per turn, so that a way with fewer turns wins a tie."""


@dataclass(frozen=True, slots=True, eq=False)
class WaysRound:
    """Quickest ways between N starts and M ends past the corners of zones."""

    corners_m: Line
    crossed: NDArray[np.bool_]
    """(N, M): the straight leg crosses a zone."""
    time_s: Floats
    """(N, M): of the way round at full speed, a little more for each turn; infinite where there is none."""
    _before: NDArray[np.int32]
    """(K, K): the corner before another, on the way there from a first."""
    _first: NDArray[np.int64]
    """(N, K): where the way from a start to a last corner turns first."""
    _last: NDArray[np.int64]
    """(N, M): where the way round turns last."""

    @classmethod
    def between(
        cls, starts_m: Line, ends_m: Line, *, keep_out: KeepOut, airframe: Airframe, wind: Wind, speed_m_s: float
    ) -> "WaysRound":
        """Search the ways for every pair of a start and an end."""

        def seconds(a: Line, b: Line) -> Floats:
            legs_s = _free_seconds(a, b, airframe, wind, speed_m_s)
            return np.where(_crossed(a, b, keep_out), np.inf, legs_s)

        corners, crossed = keep_out.corners_m, _crossed(starts_m, ends_m, keep_out)
        graph = seconds(corners, corners) + _CORNER_S
        np.fill_diagonal(graph, 0.0)
        between, before = shortest_path(graph, method="D", return_predecessors=True)
        to_last, first = _min_plus(seconds(starts_m, corners), between)
        time_s, last = _min_plus(to_last, seconds(corners, ends_m))
        return cls(corners, crossed, time_s, before, first, last)

    def corners_on(self, start: int, end: int) -> Line:
        """Return the (K, 2) turns of the way; none where the straight leg is free."""
        for _, _, turns_m in self._by_turns(np.array([start]), np.array([end])):
            way: Line = turns_m[0]
            return way
        return np.zeros((0, 2))

    def by_turns(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
        """Yield the P ways round with K turns, for every K: their starts, their ends and the (P, K, 2) turns."""
        return self._by_turns(*np.nonzero(self.crossed))

    def _by_turns(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
        there = self.crossed[starts, ends] & np.isfinite(self.time_s[starts, ends])
        starts, ends = starts[there], ends[there]
        turns = self._last[starts, ends][:, None]
        first = self._first[starts, turns[:, 0]]
        while len(starts):
            done = turns[:, 0] == first
            if done.any():
                yield starts[done], ends[done], self.corners_m[turns[done]]
            starts, ends, turns, first = (rows[~done] for rows in (starts, ends, turns, first))
            turns = np.column_stack([self._before[first, turns[:, 0]], turns])


def _free_seconds(a: Line, b: Line, airframe: Airframe, wind: Wind, speed_m_s: float) -> Floats:
    """Return the (A, B) flight times of straight legs; infinite where the wind is too strong."""
    steps = b[None] - a[:, None]
    length = np.linalg.norm(steps, axis=2)
    direction = steps / np.maximum(length, 1e-9)[..., None]
    ground = ground_speed_m_s(direction, wind, airframe, wanted_m_s=speed_m_s)
    return np.where(length < 1e-6, 0.0, np.where(np.isnan(ground), np.inf, length / ground))


def _crossed(a: Line, b: Line, keep_out: KeepOut) -> NDArray[np.bool_]:
    """Return for (A, B) straight legs whether they cross a zone."""
    return keep_out.crossed_by(np.repeat(a, len(b), axis=0), np.tile(b, (len(a), 1))).reshape(len(a), len(b))


def _min_plus(a: Floats, b: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the (N, M) least sums over the middle of (N, K) and (K, M), and which of the K gives each."""
    best = np.full((len(a), b.shape[1]), np.inf)
    which = np.zeros(best.shape, np.int64)
    for row in range(len(a) if len(b) else 0):
        through = a[row][:, None] + b
        which[row] = through.argmin(axis=0)
        best[row] = through[which[row], np.arange(b.shape[1])]
    return best, which
