"""Stretches as the search sees them: two oriented visits each, and what it costs to go from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions import Airframe
from planner.energy import Floats, Wind, landing, overlap_s, ramp_s, takeoff
from planner.heights import Heights
from planner.keep_out import KeepOut
from planner.profile import fly_polyline, legs_of, turn_rad
from planner.stretches import Line
from planner.ways import WaysRound

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
    """Times and energies between visits; row and column 0 are the dock, visit v is at v + 1.

    The dock's row holds the take-off, its column the landing. A visit's own time and energy are not in it.
    """

    time_s: Floats
    energy_j: Floats


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
    """Where legs begin or end: the dock first, at rest, then the visits."""

    places_m: Line
    headings: Line
    seconds: Floats
    """Braking at the end of a visit, or its first leg; 0 at the dock."""
    ramp_w: Floats
    """Power meanwhile."""


def _ends(visits: Sequence[Visit], *, leaving: bool) -> _Ends:
    """Return the starts of legs (where visits end) or their ends (where visits begin)."""
    places, headings, seconds, watts = [np.zeros(2)], [np.array([1.0, 0.0])], [0.0], [0.0]
    for visit in visits:
        a, b = (visit.line_m[-2], visit.line_m[-1]) if leaving else (visit.line_m[0], visit.line_m[1])
        places.append(visit.line_m[-1] if leaving else visit.line_m[0])
        headings.append((b - a) / np.linalg.norm(b - a))
        seconds.append(visit.braking_s if leaving else visit.first_s)
        watts.append(visit.ramp_w[1 if leaving else 0])
    return _Ends(np.array(places), np.array(headings), np.array(seconds), np.array(watts))


def costs_of(visits: Sequence[Visit], rules: FlightRules, ways: WaysRound | None) -> Costs:
    """Return what every change from visit to visit, and from and to the dock, costs.

    A leg that crosses a zone takes the way round (`ways`), which counts as flown from rest to rest; infinite where
    there is none or the wind is too strong.
    """
    frm, to = _ends(visits, leaving=True), _ends(visits, leaving=False)
    airframe = rules.airframe
    steps = to.places_m[None] - frm.places_m[:, None]
    touching = np.linalg.norm(steps, axis=2) < TOUCHING_M
    legs, direction = legs_of(steps, rules.deadhead_m_s, airframe, rules.wind)
    braking, first = np.broadcast_arrays(frm.seconds[:, None], to.seconds[None])

    def saved(before: Floats, after: Floats, ramp_before_s: Floats, time_after_s: Floats) -> Floats:
        return overlap_s(turn_rad(before, after), ramp_before_s, time_after_s, airframe.acceleration_m_s2)

    # As in `fly_polyline`, a corner's saving counts half for each of its legs.
    straight_on = saved(frm.headings[:, None], to.headings[None], braking, first)
    out_s = np.where(touching, straight_on, saved(frm.headings[:, None], direction, braking, legs.rest_s))
    in_s = np.where(touching, straight_on, saved(direction, to.headings[None], legs.ramp_s, first))
    in_s[:, 0] = 0.0  # the dock: at rest
    time = braking + np.where(touching, -straight_on, legs.rest_s - out_s - in_s)
    ends_j = (braking - out_s / 2) * frm.ramp_w[:, None] - in_s / 2 * to.ramp_w[None]
    energy = np.maximum(ends_j + np.where(touching, 0.0, legs.energy_j((out_s + in_s) / 2, airframe)), 0.0)
    if ways is not None:
        round_s = braking + ways.time_s + 2 * float(ramp_s(np.array(rules.deadhead_m_s), airframe.acceleration_m_s2))
        crossed = ways.crossed & ~touching
        time = np.where(crossed, round_s, time)
        energy = np.where(crossed, round_s * max(airframe.hover_w, float(np.nanmax(legs.power_w))), energy)
    return _with_dock(_or_never(time), _or_never(energy), rules)


def _or_never(values: Floats) -> Floats:
    """Return the values with infinity for what cannot be flown."""
    return np.where(np.isnan(values), np.inf, values)


def _with_dock(time: Floats, energy: Floats, rules: FlightRules) -> Costs:
    up, down = takeoff(rules.airframe, rules.height_m), landing(rules.airframe, rules.height_m)
    time, energy = time.copy(), energy.copy()
    np.fill_diagonal(time, 0.0)
    np.fill_diagonal(energy, 0.0)
    time[0, 1:] += up.time_s
    energy[0, 1:] += up.energy_j
    time[1:, 0] += down.time_s
    energy[1:, 0] += down.energy_j
    return Costs(time_s=time, energy_j=energy)


def leg_ends(visits: Sequence[Visit]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (M + 1, 2) where legs begin and where they end, the dock first."""
    return _ends(visits, leaving=True).places_m, _ends(visits, leaving=False).places_m


def ways_round(visits: Sequence[Visit], rules: FlightRules, keep_out: KeepOut) -> WaysRound | None:
    """Return the ways round the zones for every pair of ends; None where there are no zones."""
    if not keep_out.zones:
        return None
    starts, ends = leg_ends(visits)
    return WaysRound.between(
        starts, ends, keep_out=keep_out, airframe=rules.airframe, wind=rules.wind, speed_m_s=rules.deadhead_m_s
    )
