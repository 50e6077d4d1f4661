"""What is measured of a sortie while it is flown, for its report."""

import math
from dataclasses import dataclass, field

from flight.course import Course
from flight.exchange import Exchange
from flight.report import (
    FlightSample,
    LookRecord,
    Outcome,
    Silence,
    SortieReport,
    max_cross_track_m,
    mean_cross_track_m,
)
from flight.vehicle_state import VehicleState
from missions import Telemetry

_SAMPLE_S = 5.0


@dataclass(kw_only=True)
class Flown:
    """Sums over one sortie, from arming to disarming."""

    began_boot_s: float
    battery_start_pct: float | None
    energy_start_wh: float | None
    height_max_m: float = 0.0
    speed_max_m_s: float = 0.0
    distance_m: float = 0.0
    flown_s: float = 0.0
    samples: list[FlightSample] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    looks: list[LookRecord] = field(default_factory=list)
    _before: Telemetry | None = None
    _sampled_s: float = -math.inf

    def take(self, now: Telemetry, link: Exchange) -> None:
        """Count one position."""
        east, north, _ = now.velocity_enu_m_s
        self.speed_max_m_s = max(self.speed_max_m_s, math.hypot(east, north))
        self.height_max_m = max(self.height_max_m, now.height_above_home_m)
        if self._before is not None:
            climb_m = now.height_above_home_m - self._before.height_above_home_m
            self.distance_m += math.hypot(self._before.position.distance_m(now.position), climb_m)
        self._before = now
        self.flown_s = max(self.flown_s, link.clock.boot_s - self.began_boot_s)
        if now.captured_utc_s - self._sampled_s >= _SAMPLE_S:
            self._sampled_s = now.captured_utc_s
            self.samples.append(_sample(now, link))

    def report(self, course: Course, state: VehicleState, *, ended_by: str, outcome: Outcome) -> SortieReport:
        """Return the sortie as flown."""
        records = course.legs.records()
        here = state.telemetry.position if state.telemetry else None
        energy_wh = None
        if state.energy_wh is not None and self.energy_start_wh is not None:
            energy_wh = max(0.0, state.energy_wh - self.energy_start_wh)
        down = here is not None and not state.armed and outcome is not Outcome.LOST
        return SortieReport(
            sortie_id=course.sortie.sortie_id,
            outcome=outcome,
            item_count=len(course.items),
            planned=course.sortie.estimate,
            flown_distance_m=self.distance_m,
            flown_time_s=self.flown_s,
            energy_wh=energy_wh,
            battery_start_pct=self.battery_start_pct,
            battery_end_pct=state.battery_pct,
            height_max_m=self.height_max_m,
            speed_max_m_s=self.speed_max_m_s,
            cross_track_max_m=max_cross_track_m(records),
            cross_track_mean_m=mean_cross_track_m(records),
            legs=records,
            landed_from_dock_m=course.plan.dock.distance_m(here) if here is not None and down else None,
            ended_by=ended_by,
            started_at=course.rest.start,
            samples=tuple(self.samples),
            silences=tuple(self.silences),
            looks=tuple(self.looks),
            left_out=tuple(sorted(course.left_out)),
        )


def _sample(now: Telemetry, link: Exchange) -> FlightSample:
    quality = link.quality
    return FlightSample(
        at_utc_s=now.captured_utc_s,
        battery_pct=now.battery_pct,
        battery_v=now.battery_v,
        link_loss_pct=quality.window_loss_pct or quality.loss_pct,
        latency_ms=quality.latency_ms,
        wind_m_s=now.wind_speed_m_s,
        wind_from_deg=now.wind_from_deg,
    )
