"""Ruin and recreate, compiled by numba: strings of visits leave the tours and return where they cost least.

SISR (Christiaens and Vanden Berghe 2020). Both directions of a stretch are tried at every place, so the orientation is
chosen inside the move (Vidal 2017).
"""

import numpy as np
from numpy.typing import NDArray

from planner.search.tours import Costs, Floats, Ints, Tours, compiled, fined, keep, leg, settle, weigh

Place = tuple[float, float, int, int, int, int]
"""Price, energy, tour, place, visit and base."""


@compiled
def _take_out(s: Tours, r: int, around: int, most: float, gone: NDArray[np.bool_], out: Ints, count: int) -> int:
    """Take a string of visits near a stretch out of a tour, half the time sparing a part of it; return the count."""
    n = s.length[r]
    width = min(int(np.random.random() * min(float(n), most) + 1.0), n)
    spared = 0
    if 1 < width < n and np.random.random() < 0.5:
        spared = 1
        while width + spared < n and np.random.random() > 0.1:
            spared += 1
    whole = width + spared
    low, high = max(0, s.place_of[around] - whole + 1), min(s.place_of[around], n - whole)
    start = low + int(np.random.random() * (high - low + 1))
    spare = start + int(np.random.random() * (width + 1))
    put = start
    for i in range(start, n):
        v = s.visit[r, i]
        if i < start + whole and not (spare <= i < spare + spared):
            gone[v >> 1] = True
            out[count] = v >> 1
            count += 1
        else:
            s.visit[r, put] = v
            s.place_of[v >> 1] = put
            put += 1
    s.length[r] = put
    return count


@compiled
def _ruin(
    c: Costs,
    s: Tours,
    kept: Tours,
    touched: Ints,
    turn: int,
    gone: NDArray[np.bool_],
    out: Ints,
    removed: float,
    longest_string: int,
) -> int:
    """Take strings out of the tours round a random stretch; return how many stretches went."""
    stretches = len(s.tour_of)
    active = 0
    for r in range(len(s.length)):
        active += s.length[r] > 0
    most = min(float(longest_string), max(1.0, stretches / active))
    strings = int(np.random.random() * (4.0 * removed / (1.0 + most) - 1.0) + 1.0)
    seed = np.random.randint(0, stretches)
    count = 0
    for n in range(-1, c.near.shape[1]):
        t = seed if n < 0 else c.near[seed, n]
        r = s.tour_of[t]
        if gone[t] or (touched[r] == turn and active > 3):
            continue
        if touched[r] != turn:
            keep(s, kept, r)
            touched[r] = turn
        count = _take_out(s, r, t, most, gone, out, count)
        strings -= 1
        if strings <= 0:
            break
    for r in range(len(s.length)):
        if touched[r] == turn:
            weigh(c, s, r)
    return count


@compiled
def _sort(c: Costs, out: Ints, count: int, key: Floats) -> None:
    """Order the stretches for their return: at random, the longest first, from far or from near."""
    how = np.random.randint(0, 8)
    for i in range(count):
        t = out[i]
        if how < 4:
            key[i] = np.random.random()
        elif how < 6:
            key[i] = -c.own[0, 1, 2 * t] - 1e-9 * np.random.random()
        else:
            key[i] = c.out[0, 0, 2 * t] if how == 6 else -c.out[0, 0, 2 * t]
    for i in range(1, count):
        first, moved, j = key[i], out[i], i - 1
        while j >= 0 and key[j] > first:
            key[j + 1], out[j + 1] = key[j], out[j]
            j -= 1
        key[j + 1], out[j + 1] = first, moved


@compiled
def _insertion(c: Costs, m: int, base: int, v: int, a: int, b: int) -> float:
    """What a visit adds between two others."""
    own = c.own[c.flying[base], m, v]
    return leg(c, m, base, a, v) + own + leg(c, m, base, v, b) - leg(c, m, base, a, b)


@compiled
def _best_of(c: Costs, s: Tours, t: int, r: int, p: int, best: Place) -> Place:
    """Compare a place of a tour with the best so far: (price, energy, tour, place, visit, base)."""
    base = s.base[r]
    a = s.visit[r, p - 1] if p else -1
    b = s.visit[r, p] if p < s.length[r] else -1
    for v in (2 * t, 2 * t + 1):
        price = _insertion(c, c.price, base, v, a, b)
        if price < best[0] and s.items[r] + c.items[v] <= c.limit_items:
            energy = _insertion(c, c.energy, base, v, a, b)
            price += fined(c, base, s.load_j[r] + energy) - fined(c, base, s.load_j[r])
            if price < best[0]:
                best = (price, energy, r, p, v, base)
    return best


@compiled
def _best_alone(c: Costs, t: int, spare: int, best: Place) -> Place:
    """Compare a new tour with the best so far."""
    for base in range(len(c.flying)):
        k = c.flying[base]
        for v in (2 * t, 2 * t + 1):
            price = c.sortie_price + c.out[base, 0, v] + c.own[k, 0, v] + c.home[base, 0, v]
            energy = c.out[base, 1, v] + c.own[k, 1, v] + c.home[base, 1, v]
            if price < best[0] and energy <= c.limit_j[base] and c.items[v] <= c.limit_items:
                best = (price, energy, spare, spare - spare, v, base)
    return best


@compiled
def _best_place(c: Costs, s: Tours, t: int, gone: NDArray[np.bool_], blink: float) -> Place:
    """Where a stretch costs least: beside its neighbours, at a tour's ends, or in a tour of its own."""
    best = (np.inf, 0.0, -1, t, t, t)
    for n in range(c.near.shape[1]):
        u = c.near[t, n]
        if not gone[u]:
            for p in range(s.place_of[u], s.place_of[u] + 2):
                if np.random.random() >= blink:
                    best = _best_of(c, s, t, s.tour_of[u], p, best)
    spare = -1
    for r in range(len(s.length)):
        if s.length[r]:
            for p in (0, s.length[r]):
                best = _best_of(c, s, t, r, p, best)
        else:
            spare = r
    return best if spare < 0 else _best_alone(c, t, spare, best)


@compiled
def _put_in(c: Costs, s: Tours, t: int, best: Place) -> None:
    """Put a visit where it was found to cost least."""
    price, energy, r, p, v, base = best
    s.base[r] = base
    for i in range(s.length[r], p, -1):
        u = s.visit[r, i - 1]
        s.visit[r, i] = u
        s.place_of[u >> 1] = i
    s.visit[r, p] = v
    s.place_of[t] = p
    s.tour_of[t] = r
    s.length[r] += 1
    s.price[r] += price
    s.load_j[r] += energy
    s.items[r] += c.items[v]


@compiled
def ruin_and_recreate(
    c: Costs,
    s: Tours,
    kept: Tours,
    touched: Ints,
    turn: int,
    gone: NDArray[np.bool_],
    out: Ints,
    key: Floats,
    temperature: float,
    removed: float,
    longest_string: int,
    blink: float,
) -> float:
    """One round; return the change of price, or infinity where the tours were left as they were."""
    count = _ruin(c, s, kept, touched, turn, gone, out, removed, longest_string)
    _sort(c, out, count, key)
    change = 0.0
    for i in range(count):
        best = _best_place(c, s, out[i], gone, blink)
        r = best[2]
        if r < 0:
            change = np.inf
            break
        if touched[r] != turn:
            keep(s, kept, r)
            touched[r] = turn
        _put_in(c, s, out[i], best)
        gone[out[i]] = False
    for i in range(count):
        gone[out[i]] = False
    for r in range(len(s.length)):
        if touched[r] == turn:
            change += s.price[r] - kept.price[r]
    accepted = change < -temperature * np.log(np.random.random())
    for r in range(len(s.length)):
        if touched[r] == turn:
            if not accepted:
                keep(kept, s, r)
            settle(c, s, r)
    return change if accepted else np.inf
