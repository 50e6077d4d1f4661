"""Straight flight round keep-out zones: a visibility graph over their corners, in seconds of flight with wind."""

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
_NONE = -9999


@dataclass(frozen=True, slots=True, eq=False)
class WaysRound:
    """Quickest ways between N starts and M ends past the corners of zones."""

    corners_m: Line
    crossed: NDArray[np.bool_]
    """(N, M): the straight leg crosses a zone."""
    time_s: Floats
    """(N, M): of the way round; infinite where there is none."""
    _to_first: Floats
    _between: Floats
    _before: NDArray[np.int32]
    _from_last: Floats

    @classmethod
    def between(
        cls, starts_m: Line, ends_m: Line, *, keep_out: KeepOut, airframe: Airframe, wind: Wind, speed_m_s: float
    ) -> "WaysRound":
        """Search the ways for every pair of a start and an end."""

        def seconds(a: Line, b: Line) -> Floats:
            legs_s = _free_seconds(a, b, airframe, wind, speed_m_s)
            return np.where(_crossed(a, b, keep_out), np.inf, legs_s)

        corners = keep_out.corners_m
        graph = seconds(corners, corners) + _CORNER_S
        np.fill_diagonal(graph, 0.0)
        between, before = shortest_path(graph, method="D", return_predecessors=True)
        to_first, from_last = seconds(starts_m, corners), seconds(corners, ends_m)
        shape = (len(starts_m), len(ends_m))
        via = _min_plus(_min_plus(to_first, between), from_last) if len(corners) else np.full(shape, np.inf)
        return cls(corners, _crossed(starts_m, ends_m, keep_out), via, to_first, between, before, from_last)

    def corners_on(self, start: int, end: int) -> Line:
        """Return the (K, 2) turns of the way; none where the straight leg is free."""
        if not self.crossed[start, end] or not np.isfinite(self.time_s[start, end]):
            return np.zeros((0, 2))
        total = self._to_first[start][:, None] + self._between + self._from_last[:, end][None]
        first, last = np.unravel_index(int(np.argmin(total)), total.shape)
        chain = [int(last)]
        while chain[-1] != first and self._before[first, chain[-1]] != _NONE:
            chain.append(int(self._before[first, chain[-1]]))
        return self.corners_m[chain[::-1]]


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


def _min_plus(a: Floats, b: Floats) -> Floats:
    """Return the (N, M) least sums over the middle of (N, K) and (K, M)."""
    best = np.full((len(a), b.shape[1]), np.inf)
    for k in range(a.shape[1]):
        np.minimum(best, a[:, k, None] + b[k][None], out=best)
    return best
