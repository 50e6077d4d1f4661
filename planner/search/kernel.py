"""The loop of the search, compiled by numba: rearrangements, and after some of them a ruin and recreate, annealed.

Compiled code is kept beside this file. numba's cache sees changes of this file alone, so what the other compiled files
hold is the type of an argument, `VERSION`: of a changed file it is another type, for which all is compiled anew.
"""

import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planner.search.moves import rearrange
from planner.search.ruin import ruin_and_recreate
from planner.search.tours import Costs, Tours, keep, keeps_limits, settle

_OTHERS: Final = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("tours.py", "moves.py", "ruin.py"))
VERSION: Final = np.zeros(0, dtype=[(f"of_{zlib.crc32(_OTHERS):08x}", np.int8)])


@njit(cache=True)
def anneal(
    c: Costs,
    s: Tours,
    kept: Tours,
    best: Tours,
    best_price: float,
    rounds: int,
    temperature: float,
    tries: int,
    removed: float,
    longest_string: int,
    longest_shift: int,
    blink: float,
    seed: int,
    _version: NDArray[np.void],
) -> tuple[float, float]:
    """Search for some rounds at one temperature; `s` goes on from where it is, `best` keeps the best tours.

    A round is `tries` rearrangements and one ruin and recreate that takes about `removed` stretches out. A `seed` of -1
    goes on with the random numbers; `_version` is `VERSION`. Returns the best price of tours that keep their limits,
    and the share of rounds after which all did.
    """
    if seed >= 0:
        np.random.seed(seed)
    stretches, most = len(s.tour_of), len(s.length)
    touched = np.zeros(most, np.int64)
    gone = np.zeros(stretches, np.bool_)
    out = np.empty(stretches, np.int64)
    key = np.empty(stretches)
    room = np.empty(2 * stretches + 2, np.int64)
    for r in range(most):
        settle(c, s, r)
    price = s.price.sum()
    within = 0
    for turn in range(1, rounds + 1):
        for step in range(tries + 1):
            if step < tries:
                change = rearrange(c, s, temperature, longest_shift, room)
            else:
                change = ruin_and_recreate(
                    c, s, kept, touched, turn, gone, out, key, temperature, removed, longest_string, blink
                )
            if change < np.inf:
                price += change
                if price < best_price - 1e-6 and keeps_limits(c, s):
                    best_price = price
                    for r in range(most):
                        keep(s, best, r)
        within += keeps_limits(c, s)
    return best_price, within / max(rounds, 1)
