"""The least any plan could take over some streets: aircraft as the lower bound has them, quicker than they can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from missions import Airframe
from planner.bound import Streets, lower_bound
from planner.energy import Floats, Wind, ground_speed_m_s, landing, takeoff
from planner.profile import fly_polyline
from planner.stretches import Line

_LARGEST: Final = 1500
"""Stretches up to which the bound is worked out: its linear program grows with the square of their ends."""
_RUN_M: Final = 500.0
"""Straight flight before and after a stretch that is flown at full speed from end to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastFlight:
    """One aircraft that enters and leaves every street at full speed and turns in no time."""

    airframe: Airframe
    wind: Wind
    service_m_s: float
    fastest_m_s: float
    """On any leg."""
    lowest_m: float
    """Of its take-offs, above home."""
    limit_j: float
    """Energy of a sortie."""

    @property
    def climbs_s(self) -> float:
        """Take-off and landing of one sortie."""
        return takeoff(self.airframe, self.lowest_m).time_s + landing(self.airframe, self.lowest_m).time_s

    @property
    def longest_s(self) -> float:
        """No sortie is longer between take-off and landing."""
        climbs_j = takeoff(self.airframe, self.lowest_m).energy_j + landing(self.airframe, self.lowest_m).energy_j
        return (self.limit_j - climbs_j) / min(self.airframe.cruise_w, self.airframe.hover_w)

    def service_s(self, line_m: Line) -> float:
        """Return the time of a street entered and left at full speed and straight on."""
        steps = np.diff(line_m, axis=0)
        first, last = (step / max(float(np.linalg.norm(step)), 1e-9) for step in (steps[0], steps[-1]))
        longer = np.vstack([line_m[0] - _RUN_M * first, line_m, line_m[-1] + _RUN_M * last])
        points = np.column_stack([longer, np.zeros(len(longer))])
        wanted = np.full(len(longer) - 1, self.service_m_s)
        return float(fly_polyline(points, wanted, self.airframe, self.wind).time_s[1:-1].sum())

    def deadheads_s(self, starts_m: Line, ends_m: Line) -> Floats:
        """Return the (A, B) times of straight flight at full speed."""
        steps = ends_m[None] - starts_m[:, None]
        length = np.linalg.norm(steps, axis=2)
        ways = steps / np.maximum(length, 1e-9)[..., None]
        ground = ground_speed_m_s(ways, self.wind, self.airframe, wanted_m_s=self.fastest_m_s)
        times: Floats = np.where(length < 1e-6, 0.0, np.where(np.isnan(ground), 1e9, length / ground))
        return times


def least_time_s(
    lines_m: Sequence[Line], docks_m: Line, flights: Sequence[LeastFlight], *, seconds: float
) -> float | None:
    """Return a time in the air that no plan over (N, 2) lines can be below, for the quickest aircraft each time.

    They may fly from any of the (D, 2) docks. `seconds` of CPU time go into it at most, about; None where there are too
    many lines.
    """
    if len(lines_m) > _LARGEST:
        return None
    ends = np.vstack([docks_m, *(line[[0, -1]] for line in lines_m)])
    places, number = np.unique(np.round(ends, 1).astype(np.float64), axis=0, return_inverse=True)
    number = number.ravel()
    streets = Streets(
        nodes_m=places,
        edges=number[len(docks_m) :].reshape(-1, 2),
        ahead_s=np.array([min(flight.service_s(line) for flight in flights) for line in lines_m]),
        back_s=np.array([min(flight.service_s(line[::-1]) for flight in flights) for line in lines_m]),
        docks=np.unique(number[: len(docks_m)]),
        longest_s=max(flight.longest_s for flight in flights),
    )

    def legs_s(a: Floats, b: Floats) -> Floats:
        least: Floats = np.min([flight.deadheads_s(a, b) for flight in flights], axis=0)
        return least

    bound = lower_bound(streets, legs_s, seconds=seconds)
    return bound.time_s + bound.sorties * min(flight.climbs_s for flight in flights)
