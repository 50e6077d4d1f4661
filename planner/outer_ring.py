"""Rings with one corner fewer that may hold a given one: a dent filled, or two sides drawn on until they meet."""

from collections.abc import Iterator

import numpy as np

from planner.energy import Floats


def one_fewer(ring: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Return the (3, 2) triangles that may be added to an (N, 2) counter-clockwise ring, and the rings then."""
    count = len(ring)
    for index in range(count):
        before, here, after, beyond = (ring[(index + step) % count] for step in (-1, 0, 1, 2))
        if _turn(here - before, after - here) <= 0:
            yield np.array([before, here, after]), np.delete(ring, index, axis=0)
        elif _turn(after - here, beyond - after) > 0:
            tip = _meeting(before, here, beyond, after)
            if tip is not None:
                cut = ring.copy()
                cut[index] = tip
                yield np.array([here, tip, after]), np.delete(cut, (index + 1) % count, axis=0)


def _turn(first: Floats, second: Floats) -> float:
    return float(first[0] * second[1] - first[1] * second[0])


def _meeting(before: Floats, here: Floats, beyond: Floats, after: Floats) -> Floats | None:
    """Return where two sides meet that are drawn on, from `before` past `here` and from `beyond` past `after`."""
    one, other = here - before, after - beyond
    turn = _turn(one, other)
    if abs(turn) <= 1e-9 * float(np.linalg.norm(one) * np.linalg.norm(other)):
        return None
    along, back = _turn(after - here, other) / turn, _turn(after - here, one) / turn
    return np.asarray(here + along * one) if along > 0 and back > 0 else None
