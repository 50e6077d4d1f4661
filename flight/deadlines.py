"""How long a leg and a sortie may take, by the vehicle's clock; what is held or looked at meanwhile does not count."""

from flight.clock import VehicleClock
from flight.course import Course
from flight.settings import FlySettings
from missions import Telemetry


class Deadlines:
    """Of one sortie; `begin` when it is followed."""

    def __init__(self, clock: VehicleClock, course: Course, settings: FlySettings) -> None:
        self._clock, self._course, self._settings = clock, course, settings
        self._leg_ends_s: float | None = None
        self._sortie_ends_s = 0.0
        self._paused_s: float | None = None
        self._told = False

    def begin(self) -> None:
        """Let the sortie's time run from now on."""
        self._sortie_ends_s = self._clock.boot_s + self._allowed_s(self._course.sortie.estimate.time_s)

    def begin_leg(self) -> None:
        """Let the time of the leg that is flown run from now on; the way home has none of its own."""
        leg = None if self._course.reached_return else self._course.leg()
        self._leg_ends_s = None
        if leg is not None:
            speed_m_s = self._course.ordered_speed_m_s or leg.speed_m_s
            self._leg_ends_s = self._clock.boot_s + self._allowed_s(leg.length_m / speed_m_s)

    def pause(self) -> None:
        """Stop counting, for a hold or another order."""
        if self._paused_s is None:
            self._paused_s = self._clock.boot_s

    def go_on(self) -> None:
        """Give back the time that the pause took."""
        if self._paused_s is not None:
            self._sortie_ends_s += max(0.0, self._clock.boot_s - self._paused_s)
            self._paused_s = None
            self.begin_leg()

    def passed(self) -> str | None:
        """Return what takes far longer than planned; once, and None otherwise."""
        late_leg = self._leg_ends_s is not None and self._clock.boot_s > self._leg_ends_s
        late = late_leg or self._clock.boot_s > self._sortie_ends_s
        if self._told or self._paused_s is not None or not late:
            return None
        self._told = True
        return "this leg" if late_leg else "this sortie"

    def longest_flight_wait_s(self, last: Telemetry | None, pace: float) -> float:
        """Return the wall seconds in which it has landed by any means; `pace` is vehicle seconds per wall second."""
        return self._allowed_s(self._course.left_s(last, self._clock.boot_s)) / max(1.0, pace)

    def _allowed_s(self, planned_s: float) -> float:
        return planned_s * self._settings.overdue_factor + self._settings.overdue_extra_flight_s
