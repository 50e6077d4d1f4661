"""What a flight's telemetry and log add to its report: legs in time, battery and wind as it went on, silences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from statistics import fmean

from flight.report import FlightReport
from flight.tlog import read_tlog
from missions.plan import Plan
from missions.telemetry import Telemetry
from missions.waypoint import LegKind

_LEAST_SILENCE_S = 3.0
"""Of wall time; a vehicle says something several times a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFlown:
    """One leg, planned and flown. What telemetry does not tell is None."""

    sortie_id: str
    waypoint: int
    """It ends there; counted from 1."""
    kind: LegKind
    length_m: float
    planned_s: float | None
    """At the planned speed, without turns."""
    flown_s: float | None
    speed_m_s: float | None
    """Mean, over ground."""
    cross_track_mean_m: float | None
    cross_track_max_m: float | None
    battery_pct: float | None
    """At its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How it was at an instant."""

    captured_utc_s: float
    since_arming_s: float
    mode: str
    height_m: float
    """Above home."""
    speed_m_s: float
    battery_pct: float | None
    battery_v: float | None
    wind_m_s: float | None
    wind_from_deg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentSpan:
    """A span in which nothing of the vehicle arrived; wall time, UTC."""

    from_wall_s: float
    seconds: float


def flights_of(telemetry: Sequence[Telemetry]) -> list[list[Telemetry]]:
    """Return the telemetry of each flight, from arming to disarming."""
    return [list(part) for armed, part in groupby(telemetry, key=lambda told: told.armed) if armed]


def legs_flown(report: FlightReport, telemetry: Sequence[Telemetry], plan: Plan | None) -> tuple[LegFlown, ...]:
    """Return every leg of a report; times come from telemetry, where it holds as many flights as the report does."""
    flights = flights_of(telemetry)
    if len(flights) != len(report.sorties):
        flights = [[] for _ in report.sorties]
    return tuple(leg for index, flight in enumerate(flights) for leg in _legs_of_sortie(report, index, flight, plan))


def _legs_of_sortie(
    report: FlightReport, index: int, flight: Sequence[Telemetry], plan: Plan | None
) -> Iterator[LegFlown]:
    sortie = report.sorties[index]
    planned = {each.sortie_id: each for each in plan.sorties} if plan is not None else {}
    for leg in sortie.legs:
        told = [each for each in flight if each.mission_seq == leg.seq and each.mode == "AUTO"]
        waypoints = planned[sortie.sortie_id].waypoints if sortie.sortie_id in planned else ()
        speed_m_s = waypoints[leg.waypoint].speed_m_s if leg.waypoint < len(waypoints) else None
        yield LegFlown(
            sortie_id=sortie.sortie_id,
            waypoint=leg.waypoint + 1,
            kind=leg.kind,
            length_m=leg.length_m,
            planned_s=leg.length_m / speed_m_s if speed_m_s else None,
            flown_s=told[-1].captured_utc_s - told[0].captured_utc_s if len(told) > 1 else None,
            speed_m_s=fmean(_speed_m_s(each) for each in told) if told else None,
            cross_track_mean_m=leg.cross_track_mean_m,
            cross_track_max_m=leg.cross_track_max_m,
            battery_pct=told[-1].battery_pct if told else None,
        )


def moments(flight: Sequence[Telemetry], count: int = 12) -> tuple[Moment, ...]:
    """Return so many moments of one flight, evenly apart, its first and its last among them."""
    if not flight:
        return ()
    steps = min(count, len(flight)) - 1
    picked = sorted({round(number * (len(flight) - 1) / max(1, steps)) for number in range(steps + 1)})
    return tuple(
        Moment(
            captured_utc_s=told.captured_utc_s,
            since_arming_s=told.captured_utc_s - flight[0].captured_utc_s,
            mode=told.mode,
            height_m=told.height_above_home_m,
            speed_m_s=_speed_m_s(told),
            battery_pct=told.battery_pct,
            battery_v=told.battery_v,
            wind_m_s=told.wind_speed_m_s,
            wind_from_deg=told.wind_from_deg,
        )
        for told in (flight[at] for at in picked)
    )


def silences(tlog: Path, *, system_id: int, least_s: float = _LEAST_SILENCE_S) -> tuple[SilentSpan, ...]:
    """Return the spans of a log in which the vehicle was not heard.

    Raises:
        InputError: the log cannot be read.

    """
    heard = [at_s for at_s, message in read_tlog(tlog) if message.sysid == system_id]
    return tuple(
        SilentSpan(from_wall_s=before_s, seconds=after_s - before_s)
        for before_s, after_s in pairwise(heard)
        if after_s - before_s >= least_s
    )


def _speed_m_s(told: Telemetry) -> float:
    east, north, _ = told.velocity_enu_m_s
    return float((east * east + north * north) ** 0.5)
