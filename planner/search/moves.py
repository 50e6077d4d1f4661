"""Turns, shifts and exchanges of tails: moves that bring two neighbouring stretches together, compiled by numba.

The parts that are moved may be of any length: sums of flight ahead and back tell the change in constant time.
"""

import numpy as np

from planner.search.tours import Costs, Ints, Tours, compiled, end, fined, joined, leg, settle, span


@compiled
def _turn_change(c: Costs, s: Tours, m: int, r: int, i: int, j: int) -> float:
    """What flying visits i to j - 1 of a tour the other way changes."""
    base = s.base[r]
    a = s.visit[r, i - 1] if i else -1
    b = s.visit[r, j] if j < s.length[r] else -1
    f, g = s.visit[r, i], s.visit[r, j - 1]
    legs = leg(c, m, base, a, g ^ 1) + leg(c, m, base, f ^ 1, b) - leg(c, m, base, a, f) - leg(c, m, base, g, b)
    return legs + span(c, s, m, r, i, j, True) - span(c, s, m, r, i, j, False)


@compiled
def _turn(c: Costs, s: Tours, r: int, i: int, j: int, slack: float) -> float:
    """2-opt: turn visits i to j - 1 if that costs less than `slack`; return the change, infinite if not done."""
    change = _turn_change(c, s, c.price, r, i, j) - fined(c, s.base[r], s.load_j[r]) if j > i else np.inf
    if change < slack:
        change += fined(c, s.base[r], s.load_j[r] + _turn_change(c, s, c.energy, r, i, j))
    if change >= slack:
        return np.inf
    a, b = i, j - 1
    while a <= b:
        first = s.visit[r, a]
        s.visit[r, a] = s.visit[r, b] ^ 1
        s.visit[r, b] = first ^ 1
        a += 1
        b -= 1
    settle(c, s, r)
    return change


@compiled
def _shift_change(c: Costs, s: Tours, m: int, r: int, i: int, j: int, p: int, turned: bool) -> float:
    """What moving visits i to j - 1 to before place p of the same tour changes."""
    base = s.base[r]
    a = s.visit[r, i - 1] if i else -1
    b = s.visit[r, j] if j < s.length[r] else -1
    x = s.visit[r, p - 1] if p else -1
    y = s.visit[r, p] if p < s.length[r] else -1
    f, g = s.visit[r, i], s.visit[r, j - 1]
    first, last = end(s, r, i, j, turned, False), end(s, r, i, j, turned, True)
    change = leg(c, m, base, a, b) - leg(c, m, base, a, f) - leg(c, m, base, g, b)
    change += leg(c, m, base, x, first) + leg(c, m, base, last, y) - leg(c, m, base, x, y)
    if turned:
        change += span(c, s, m, r, i, j, True) - span(c, s, m, r, i, j, False)
    return change


@compiled
def _shift(c: Costs, s: Tours, r: int, i: int, j: int, p: int, turned: bool, slack: float, room: Ints) -> float:
    """Or-opt with parts of any length; as `_turn`."""
    if i <= p <= j:
        return np.inf
    change = _shift_change(c, s, c.price, r, i, j, p, turned) - fined(c, s.base[r], s.load_j[r])
    if change < slack:
        change += fined(c, s.base[r], s.load_j[r] + _shift_change(c, s, c.energy, r, i, j, p, turned))
    if change >= slack:
        return np.inf
    visit, width = s.visit[r], j - i
    for q in range(width):
        room[q] = visit[i + q]
    if p < i:
        for q in range(i - 1, p - 1, -1):
            visit[q + width] = visit[q]
    else:
        for q in range(j, p):
            visit[q - width] = visit[q]
        p -= width
    for q in range(width):
        visit[p + q] = room[width - 1 - q] ^ 1 if turned else room[q]
    settle(c, s, r)
    return change


@compiled
def _cross(c: Costs, s: Tours, r: int, i: int, q: int, j: int, turned: bool, slack: float, room: Ints) -> float:
    """2-opt*: r goes on with q's tail and q with r's; turned: r with q's head and q begins with r's tail, both back."""
    n, o, zero, ahead = s.length[r], s.length[q], min(i, 0), i < 0
    base, other = s.base[r], s.base[q]
    if c.flying[base] != c.flying[other]:
        return np.inf
    q0, q1 = (zero, j) if turned else (j, o)
    change, items = -s.price[r] - s.price[q], s.items_to[r, i] + s.items_to[q, q1] - s.items_to[q, q0]
    for m in range(2):
        mine = joined(c, s, m, base, r, zero, i, ahead, q, q0, q1, turned)
        if turned:
            others = joined(c, s, m, other, r, i, n, turned, q, j, o, ahead)
        else:
            others = joined(c, s, m, other, q, zero, j, ahead, r, i, n, ahead)
        if m == 0:
            change += mine + others
            if change >= slack or max(items, s.items[r] + s.items[q] - items) > c.limit_items:
                return np.inf
        else:
            change += fined(c, base, mine) + fined(c, other, others)
            if change >= slack:
                return np.inf
    _swap_tails(s, r, i, q, j, turned, room)
    settle(c, s, r)
    settle(c, s, q)
    return change


@compiled
def _swap_tails(s: Tours, r: int, i: int, q: int, j: int, turned: bool, room: Ints) -> None:
    """Rewrite the visits of two tours as `_cross` says."""
    n, o = s.length[r], s.length[q]
    tail = n - i
    for x in range(tail):
        room[x] = s.visit[r, i + x]
    if turned:
        for x in range(j):
            s.visit[r, i + x] = s.visit[q, j - 1 - x] ^ 1
        s.length[r] = i + j
        rest = o - j
        for x in range(rest):
            room[tail + x] = s.visit[q, j + x]
        for x in range(tail):
            s.visit[q, x] = room[tail - 1 - x] ^ 1
        for x in range(rest):
            s.visit[q, tail + x] = room[tail + x]
        s.length[q] = tail + rest
    else:
        for x in range(o - j):
            s.visit[r, i + x] = s.visit[q, j + x]
        s.length[r] = i + o - j
        for x in range(tail):
            s.visit[q, j + x] = room[x]
        s.length[q] = j + tail


@compiled
def rearrange(c: Costs, s: Tours, temperature: float, longest_shift: int, room: Ints) -> float:
    """Try one turn, shift or exchange that brings two neighbouring stretches together; return the change."""
    a = np.random.randint(0, len(s.tour_of))
    near = np.random.random()
    b = c.near[a, int(near * near * c.near.shape[1])]
    slack = -temperature * np.log(np.random.random())
    r, q = s.tour_of[a], s.tour_of[b]
    i, j = s.place_of[a], s.place_of[b]
    how, after = np.random.randint(0, 4), np.random.randint(0, 2)
    if r != q:
        return _cross(c, s, r, i + np.random.randint(0, 2), q, j + after, how % 2 == 1, slack, room)
    if how < 2:
        return _turn(c, s, r, min(i, j) + after, max(i, j) + after, slack)
    width = 1 + int(np.random.random() * longest_shift)
    if np.random.randint(0, 2):
        return _shift(c, s, r, i, min(i + width, s.length[r]), j + after, how == 2, slack, room)
    return _shift(c, s, r, max(0, i + 1 - width), i + 1, j + after, how == 2, slack, room)
