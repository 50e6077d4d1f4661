"""Stretches as the search sees them: two oriented visits each, and what it costs to go from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions import Airframe
from planner.energy import Floats, Wind, landing, overlap_s, takeoff
from planner.heights import Heights
from planner.keep_out import KeepOut
from planner.profile import fly_polyline, legs_of, turn_rad
from planner.search import Base, Flying, Problem
from planner.stretches import Line
from planner.ways import WaysRound

Indices = NDArray[np.int64]

TOUCHING_M = 1.0
"""A stretch that begins nearer than this to where the last one ended needs no leg in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightRules:
    """How an aircraft flies a mission: everything the cost of a leg depends on."""

    airframe: Airframe
    wind: Wind
    heights: Heights
    service_m_s: float
    deadhead_m_s: float
    limit_j: float
    """Energy a sortie may take: the battery without its reserve."""

    @property
    def height_m(self) -> float:
        """Above home, over the dock; elsewhere as `heights` says."""
        return self.heights.height_m


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visit:
    """One stretch flown in one direction."""

    stretch: int
    """Index of the stretch; its two visits exclude each other."""
    line_m: Line
    """Flown points in the order of flight."""
    heights_m: Floats
    """Of each point, above home."""
    time_s: float
    """From rest until it would begin to brake at its end; the braking belongs to what comes next."""
    energy_j: float
    first_s: float
    """Its first leg alone, from rest to rest."""
    braking_s: float
    """At the end of its last leg."""
    ramp_w: tuple[float, float]
    """Power while its first leg speeds up and its last one brakes."""

    @property
    def items(self) -> int:
        """Mission items it needs at most: a waypoint per point and two changes of speed."""
        return len(self.line_m) + 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Costs:
    """Times and energies between places: D docks first, then V visits. A visit's own are not in them.

    A dock's row holds the take-off, its column the landing.
    """

    time_s: Floats
    """(D + V, D + V) from the end of one to the beginning of another; infinite where there is no way."""
    energy_j: Floats
    docks: int
    """How many of the rows and columns are docks."""


def visits_of(lines_m: Sequence[Line], rules: FlightRules) -> tuple[Visit, ...]:
    """Return the visits of the stretches: 2 s and 2 s + 1 fly stretch s forward and backward."""
    flown = [rules.heights.service(line) for line in lines_m]
    return tuple(_visit(stretch, way, rules) for stretch, line in enumerate(flown) for way in (line, line[::-1].copy()))


def _visit(stretch: int, points: Floats, rules: FlightRules) -> Visit:
    """Build a visit of (N, 3) points."""
    line_m = points[:, :2]
    wanted = np.full(len(line_m) - 1, rules.service_m_s)
    flown = fly_polyline(points, wanted, rules.airframe, rules.wind)
    legs, _ = legs_of(np.diff(line_m, axis=0), wanted, rules.airframe, rules.wind)
    braking_s = float(legs.ramp_s[-1])
    first_w, last_w = (max(float(legs.power_w[end]), rules.airframe.hover_w) for end in (0, -1))
    return Visit(
        stretch=stretch,
        line_m=line_m,
        heights_m=points[:, 2],
        time_s=float(flown.time_s.sum()) - braking_s,
        energy_j=float(flown.energy_j.sum()) - braking_s * last_w,
        first_s=float(legs.rest_s[0]),
        braking_s=braking_s,
        ramp_w=(first_w, last_w),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Where legs begin or end: the docks first, at rest, then the visits."""

    places_m: Line
    headings: Line
    seconds: Floats
    """Braking at the end of a visit, or its first leg; 0 at a dock."""
    ramp_w: Floats
    """Power meanwhile."""


def _ends(docks_m: Line, visits: Sequence[Visit], *, leaving: bool) -> _Ends:
    """Return the starts of legs (where visits end) or their ends (where visits begin)."""
    docks = len(docks_m)
    places, headings = list(docks_m), [np.array([1.0, 0.0])] * docks
    seconds, watts = [0.0] * docks, [0.0] * docks
    for visit in visits:
        a, b = (visit.line_m[-2], visit.line_m[-1]) if leaving else (visit.line_m[0], visit.line_m[1])
        places.append(visit.line_m[-1] if leaving else visit.line_m[0])
        headings.append((b - a) / np.linalg.norm(b - a))
        seconds.append(visit.braking_s if leaving else visit.first_s)
        watts.append(visit.ramp_w[1 if leaving else 0])
    return _Ends(np.array(places), np.array(headings), np.array(seconds), np.array(watts))


def costs_of(docks_m: Line, visits: Sequence[Visit], rules: FlightRules, ways: WaysRound | None) -> Costs:
    """Return what every change from visit to visit, and from and to the (D, 2) docks, costs.

    A leg that crosses a zone takes the way round (`ways`); infinite where there is none or the wind is too strong.
    """
    frm, to = _ends(docks_m, visits, leaving=True), _ends(docks_m, visits, leaving=False)
    every = np.arange(len(frm.places_m))
    starts, ends = every[:, None], every[None]
    steps = to.places_m[None] - frm.places_m[:, None]
    touching = np.linalg.norm(steps, axis=2) < TOUCHING_M
    time, energy = _linked(frm, to, starts, ends, steps[:, :, None], rules=rules)
    straight_on = _saved_s(frm.headings[starts], to.headings[ends], frm.seconds[starts], to.seconds[ends], rules)
    time = np.where(touching, frm.seconds[starts] - straight_on, time)
    energy = np.where(touching, _ends_j(frm, to, starts, ends, (straight_on, straight_on)), energy)
    if ways is not None:
        crossed = ways.crossed & ~touching
        time, energy = np.where(crossed, np.inf, time), np.where(crossed, np.inf, energy)
        for starts, ends, turns_m in ways.by_turns():
            places = np.concatenate([frm.places_m[starts, None], turns_m, to.places_m[ends, None]], axis=1)
            round_s, round_j = _linked(frm, to, starts, ends, np.diff(places, axis=1), rules=rules)
            apart = ~touching[starts, ends]
            time[starts[apart], ends[apart]], energy[starts[apart], ends[apart]] = round_s[apart], round_j[apart]
    return _with_docks(_or_never(time), _or_never(np.maximum(energy, 0.0)), rules, docks=len(docks_m))


def _linked(
    frm: _Ends, to: _Ends, starts: Indices, ends: Indices, steps_m: Floats, *, rules: FlightRules
) -> tuple[Floats, Floats]:
    """Return the time and energy between ends, along the (..., L, 2) legs of a way.

    As in `fly_polyline`, a corner's saving counts half for each of its legs.
    """
    legs, directions = legs_of(steps_m, rules.deadhead_m_s, rules.airframe, rules.wind)
    out_s = _saved_s(frm.headings[starts], directions[..., 0, :], frm.seconds[starts], legs.rest_s[..., 0], rules)
    in_s = _saved_s(directions[..., -1, :], to.headings[ends], legs.ramp_s[..., -1], to.seconds[ends], rules)
    turns_s = _saved_s(
        directions[..., :-1, :], directions[..., 1:, :], legs.ramp_s[..., :-1], legs.rest_s[..., 1:], rules
    )
    saved_s = np.zeros(legs.rest_s.shape)
    saved_s[..., :-1] += turns_s / 2
    saved_s[..., 1:] += turns_s / 2
    saved_s[..., 0] += out_s / 2
    saved_s[..., -1] += in_s / 2
    time = frm.seconds[starts] + legs.rest_s.sum(axis=-1) - turns_s.sum(axis=-1) - out_s - in_s
    energy = _ends_j(frm, to, starts, ends, (out_s, in_s)) + legs.energy_j(saved_s, rules.airframe).sum(axis=-1)
    return time, energy


def _saved_s(before: Floats, after: Floats, ramp_before_s: Floats, time_after_s: Floats, rules: FlightRules) -> Floats:
    return overlap_s(turn_rad(before, after), ramp_before_s, time_after_s, rules.airframe.acceleration_m_s2)


def _ends_j(frm: _Ends, to: _Ends, starts: Indices, ends: Indices, saved_s: tuple[Floats, Floats]) -> Floats:
    """Return the energy of braking at the end of a visit, less what corners there and at the next one save."""
    out_s, in_s = saved_s
    energy: Floats = (frm.seconds[starts] - out_s / 2) * frm.ramp_w[starts] - in_s / 2 * to.ramp_w[ends]
    return energy


def _or_never(values: Floats) -> Floats:
    """Return the values with infinity for what cannot be flown."""
    return np.where(np.isnan(values), np.inf, values)


def _with_docks(time: Floats, energy: Floats, rules: FlightRules, *, docks: int) -> Costs:
    up, down = takeoff(rules.airframe, rules.height_m), landing(rules.airframe, rules.height_m)
    time, energy = time.copy(), energy.copy()
    np.fill_diagonal(time, 0.0)
    np.fill_diagonal(energy, 0.0)
    time[:docks, docks:] += up.time_s
    energy[:docks, docks:] += up.energy_j
    time[docks:, :docks] += down.time_s
    energy[docks:, :docks] += down.energy_j
    return Costs(time_s=time, energy_j=energy, docks=docks)


def ways_round(docks_m: Line, visits: Sequence[Visit], rules: FlightRules, keep_out: KeepOut) -> WaysRound | None:
    """Return the ways round the zones for every pair of ends, docks first; None where there are no zones."""
    if not keep_out.zones:
        return None
    starts, ends = (_ends(docks_m, visits, leaving=leaving).places_m for leaving in (True, False))
    return WaysRound.between(
        starts, ends, keep_out=keep_out, airframe=rules.airframe, wind=rules.wind, speed_m_s=rules.deadhead_m_s
    )


def problem_of(
    visits: Sequence[Visit], costs: Costs, *, limit_j: float, limit_items: int, sortie_price: float = 0.0
) -> Problem:
    """Return the search problem of one kind of aircraft that may fly from every dock of the costs."""
    docks = costs.docks
    own_j = np.array([visit.energy_j for visit in visits])
    flying = Flying(
        time_s=np.array([visit.time_s for visit in visits]),
        energy_j=np.where(np.isnan(own_j), np.inf, own_j),
        link_s=costs.time_s[docks:, docks:],
        link_j=costs.energy_j[docks:, docks:],
    )
    bases = tuple(
        Base(
            flying=0,
            out_s=costs.time_s[dock, docks:],
            out_j=costs.energy_j[dock, docks:],
            home_s=costs.time_s[docks:, dock],
            home_j=costs.energy_j[docks:, dock],
            limit_j=limit_j,
        )
        for dock in range(docks)
    )
    items = np.array([visit.items for visit in visits])
    return Problem(flyings=(flying,), bases=bases, items=items, limit_items=limit_items, sortie_price=sortie_price)
