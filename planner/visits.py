"""Stretches as the search sees them: two oriented visits each, and what it costs to go from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions import Airframe
from planner.energy import (
    Floats,
    Wind,
    airspeed_m_s,
    corner_speed_m_s,
    ground_speed_m_s,
    landing,
    leg_time_s,
    power_w,
    takeoff,
)
from planner.keep_out import KeepOut
from planner.profile import fly_polyline
from planner.stretches import Line
from planner.ways import WaysRound

TOUCHING_M = 1.0
"""A stretch that begins nearer than this to where the last one ended needs no leg in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightRules:
    """How an aircraft flies a mission: everything the cost of a leg depends on."""

    airframe: Airframe
    wind: Wind
    height_m: float
    service_m_s: float
    deadhead_m_s: float
    limit_j: float
    """Energy a sortie may take: the battery without its reserve."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visit:
    """One stretch flown in one direction."""

    stretch: int
    """Index of the stretch; its two visits exclude each other."""
    line_m: Line
    """Flown points in the order of flight."""
    time_s: float
    energy_j: float
    speeds_m_s: tuple[float, float]
    """Ground speed at its start and end, before any corner."""

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
    return tuple(
        _visit(stretch, way, rules) for stretch, line in enumerate(lines_m) for way in (line, line[::-1].copy())
    )


def _visit(stretch: int, line_m: Line, rules: FlightRules) -> Visit:
    points = np.column_stack([line_m, np.full(len(line_m), rules.height_m)])
    wanted = np.full(len(line_m) - 1, rules.service_m_s)
    flown = fly_polyline(points, wanted, rules.airframe, rules.wind, in_m_s=np.inf, out_m_s=np.inf)
    return Visit(
        stretch=stretch,
        line_m=line_m,
        time_s=float(flown.time_s.sum()),
        energy_j=float(flown.energy_j.sum()),
        speeds_m_s=(float(flown.ground_speed_m_s[0]), float(flown.ground_speed_m_s[-1])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Where legs begin or end: the dock first, at rest, then the visits."""

    places_m: Line
    headings: Line
    speeds_m_s: Floats

    def losses_s(self, corner_m_s: Floats, acceleration: float) -> Floats:
        """Return the time the visit itself loses when this end is passed at a lower speed."""
        full = np.maximum(self.speeds_m_s, 0.1)
        loss: Floats = np.maximum(full - corner_m_s, 0.0) ** 2 / (2 * acceleration * full)
        return loss


def _ends(visits: Sequence[Visit], *, leaving: bool) -> _Ends:
    """Return the starts of legs (where visits end) or their ends (where visits begin)."""
    places, headings, speeds = [np.zeros(2)], [np.zeros(2)], [0.0]
    for visit in visits:
        a, b = (visit.line_m[-2], visit.line_m[-1]) if leaving else (visit.line_m[0], visit.line_m[1])
        places.append(visit.line_m[-1] if leaving else visit.line_m[0])
        headings.append((b - a) / np.linalg.norm(b - a))
        speeds.append(visit.speeds_m_s[1 if leaving else 0])
    return _Ends(np.array(places), np.array(headings), np.array(speeds))


def _corner(a: Floats, b: Floats, acceleration: float) -> Floats:
    cosine = np.clip((a * b).sum(axis=-1), -1.0, 1.0)
    return corner_speed_m_s(np.arccos(cosine), acceleration)


def costs_of(visits: Sequence[Visit], rules: FlightRules, ways: WaysRound | None) -> Costs:
    """Return what every change from visit to visit, and from and to the dock, costs.

    A leg that crosses a zone takes the way round (`ways`), which counts as flown from rest to rest at the power of
    hover or more; infinite where there is none or the wind is too strong.
    """
    frm, to = _ends(visits, leaving=True), _ends(visits, leaving=False)
    airframe, acceleration = rules.airframe, rules.airframe.acceleration_m_s2
    steps = to.places_m[None] - frm.places_m[:, None]
    length = np.linalg.norm(steps, axis=2)
    touching = length < TOUCHING_M
    direction = steps / np.maximum(length, 1e-9)[..., None]
    ground = ground_speed_m_s(direction, rules.wind, airframe, wanted_m_s=rules.deadhead_m_s)
    out_corner = np.where(
        touching,
        _corner(frm.headings[:, None], to.headings[None], acceleration),
        _corner(frm.headings[:, None], direction, acceleration),
    )
    in_corner = np.where(touching, out_corner, _corner(direction, to.headings[None], acceleration))
    both = np.where(touching, np.minimum(frm.speeds_m_s[:, None], to.speeds_m_s[None]), ground)
    out_m_s = np.minimum(np.minimum(out_corner, frm.speeds_m_s[:, None]), both)
    in_m_s = np.minimum(np.minimum(in_corner, to.speeds_m_s[None]), both)
    leg_s = leg_time_s(length, ground, out_m_s, in_m_s, acceleration_m_s2=acceleration)
    leg_s = np.where(touching, 0.0, leg_s)
    losses_s = _Ends(frm.places_m, frm.headings, frm.speeds_m_s[:, None]).losses_s(out_m_s, acceleration) + _Ends(
        to.places_m, to.headings, to.speeds_m_s[None]
    ).losses_s(in_m_s, acceleration)
    power = power_w(airframe, airspeed_m_s(direction, ground, rules.wind))
    hold_s = np.where(touching, 0.0, np.minimum(length / ground, leg_s))
    upper = np.maximum(power, airframe.hover_w)
    upper = np.where(touching, airframe.hover_w, upper)
    time = leg_s + losses_s
    energy = np.where(touching, 0.0, hold_s * power) + (time - hold_s) * upper
    if ways is not None:
        crossed = ways.crossed & ~touching
        round_s = ways.time_s + 2 * rules.deadhead_m_s / acceleration
        time = np.where(crossed, round_s, time)
        energy = np.where(crossed, round_s * max(airframe.hover_w, float(np.nanmax(power))), energy)
    return _with_dock(np.nan_to_num(time, nan=np.inf), np.nan_to_num(energy, nan=np.inf), rules)


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
