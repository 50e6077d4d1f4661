"""A sortie as legs in metres: where the aircraft should be, and how far from it it was."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, distance_to_polyline_m
from missions import GeoPoint, LegKind, MissionItem, Plan, Sortie
from missions.formats.mav_commands import MAV_CMD_NAV_WAYPOINT

_LONGEST_STEP_S = 2.0
"""Between two positions of a leg; a longer gap is a hold, a look or a silence, and no time on the leg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A straight run that ends at a waypoint."""

    seq: int
    """Of the mission item it ends at."""
    waypoint: int
    kind: LegKind
    speed_m_s: float
    gimbal_pitch_deg: float
    line_enu_m: NDArray[np.float64]  # (2, 2) metres east, north of the dock
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """How well one leg was flown."""

    seq: int
    waypoint: int
    kind: LegKind
    length_m: float
    cross_track_max_m: float | None
    """None: no telemetry on this leg."""
    cross_track_mean_m: float | None
    samples: int
    planned_s: float = 0.0
    """At the leg's commanded speed, without ramps."""
    flown_s: float | None = None
    """By the vehicle's clock, the time spent on it; None: not flown."""


@dataclass(slots=True)
class _Sum:
    samples: int = 0
    flown_s: float = 0.0
    total_m: float = 0.0
    largest_m: float = 0.0


@dataclass(slots=True)
class SortieLegs:
    """The legs of a mission's items in the dock's frame, and what telemetry says about each."""

    frame: LocalFrame
    legs: dict[int, Leg]
    """By the item's seq."""
    _sums: dict[int, _Sum] = field(default_factory=dict)
    _noted: tuple[int, float] | None = None
    """Item and time of the last position noted."""

    @property
    def length_m(self) -> float:
        """Along all legs."""
        return sum(leg.length_m for leg in self.legs.values())

    def enu_m(self, position: GeoPoint) -> NDArray[np.float64]:
        """Return metres east and north of the dock."""
        return self.frame.geodetic_to_enu(position.lat_deg, position.lon_deg)[0, :2]

    def done_m(self, seq: int, position: GeoPoint) -> float:
        """Return how far along the legs the aircraft is while it flies to item `seq`."""
        before = sum(leg.length_m for leg in self.legs.values() if leg.seq < seq)
        return before + self.fraction(seq, position) * (self.legs[seq].length_m if seq in self.legs else 0.0)

    def fraction(self, seq: int, position: GeoPoint) -> float:
        """Return 0..1 of the leg to item `seq` that is behind the aircraft."""
        leg = self.legs.get(seq)
        if leg is None or leg.length_m < 1e-6:
            return 0.0
        start, end = leg.line_enu_m
        along = float((self.enu_m(position) - start) @ (end - start)) / leg.length_m**2
        return min(1.0, max(0.0, along))

    def next_seq(self, seq: int) -> int | None:
        """Return the first leg's item at or after `seq`; items between legs are commands."""
        return min((candidate for candidate in self.legs if candidate >= seq), default=None)

    def note(self, seq: int, position: GeoPoint, at_utc_s: float) -> float | None:
        """Count one position flown on the way to item `seq` and return its cross-track error.

        The error is the distance to the nearest of this leg and its two neighbours: corners are flown as curves, and
        the item number arrives a little apart from the position.
        """
        leg = self.legs.get(seq)
        if leg is None:
            return None
        ordered = sorted(self.legs)
        at = ordered.index(seq)
        point = self.enu_m(position)
        near = [self.legs[other] for other in ordered[max(0, at - 1) : at + 2]]
        error_m = min(distance_to_polyline_m(other.line_enu_m, point) for other in near)
        record = self._sums.setdefault(seq, _Sum())
        record.samples += 1
        record.total_m += error_m
        record.largest_m = max(record.largest_m, error_m)
        if self._noted is not None and self._noted[0] == seq:
            record.flown_s += min(max(0.0, at_utc_s - self._noted[1]), _LONGEST_STEP_S)
        self._noted = (seq, at_utc_s)
        return error_m

    def records(self) -> tuple[LegRecord, ...]:
        """Return how well each leg was flown, in order."""
        return tuple(self._record(self.legs[seq]) for seq in sorted(self.legs))

    def _record(self, leg: Leg) -> LegRecord:
        found = self._sums.get(leg.seq)
        return LegRecord(
            seq=leg.seq,
            waypoint=leg.waypoint,
            kind=leg.kind,
            length_m=leg.length_m,
            cross_track_max_m=found.largest_m if found else None,
            cross_track_mean_m=found.total_m / found.samples if found else None,
            samples=found.samples if found else 0,
            planned_s=leg.length_m / leg.speed_m_s,
            flown_s=found.flown_s if found else None,
        )


def sortie_legs(plan: Plan, sortie: Sortie, items: tuple[MissionItem, ...]) -> SortieLegs:
    """Return the legs that a sortie's items fly, starting at the dock, or at the end of the way that leads there."""
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    here = np.zeros(2)
    legs: dict[int, Leg] = {}
    for item in items:
        if item.position is None or item.command != MAV_CMD_NAV_WAYPOINT or item.seq == 0:
            continue
        if item.waypoint_index is None:  # the way to where the sortie goes on
            here = frame.geodetic_to_enu(item.position.lat_deg, item.position.lon_deg)[0, :2]
            continue
        waypoint = sortie.waypoints[item.waypoint_index]
        there = frame.geodetic_to_enu(item.position.lat_deg, item.position.lon_deg)[0, :2]
        legs[item.seq] = Leg(
            seq=item.seq,
            waypoint=item.waypoint_index,
            kind=waypoint.leg,
            speed_m_s=waypoint.speed_m_s,
            gimbal_pitch_deg=waypoint.gimbal_pitch_deg,
            line_enu_m=np.array([here, there]),
            length_m=float(np.linalg.norm(there - here)),
        )
        here = there
    return SortieLegs(frame, legs)
