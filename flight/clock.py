"""The vehicle's clock: time since boot, mapped to UTC by what the vehicle says."""

import time
from typing import Final

from missions import Message

_STEP_S: Final = 0.1
"""A correction smaller than this is the jitter of the vehicle's own clock and is not followed."""
_JUMP_S: Final = 5.0
"""Two times heard together are no further apart than this; one that is must be said twice to be believed."""


class VehicleClock:
    """Follows SYSTEM_TIME and every `time_boot_ms`; flight deadlines and telemetry times come from here.

    A single time far from the others is not followed. Two that agree are: after a silence, or a reboot.
    """

    def __init__(self) -> None:
        self.boot_s = 0.0
        """Latest time since the vehicle's boot."""
        self.elapsed_s = 0.0
        """Of the vehicle's time since it was first heard, its time before a reboot included: never goes back."""
        self.reboots = 0
        self._offset_s: float | None = None
        self._offset_claimed_s: float | None = None
        self._claimed: tuple[float, float] | None = None  # a time not yet believed, and when it was heard
        self._heard_s = 0.0
        self._first: tuple[float, float] | None = None  # time since boot, monotonic wall time

    def hear(self, message: Message) -> bool:
        """Learn from a message of the vehicle; False where it has a time that is not believed."""
        boot_ms = message.fields.get("time_boot_ms")
        if not isinstance(boot_ms, int) or boot_ms == 0:
            return True
        boot_s = boot_ms / 1000
        if not self._follow(boot_s):
            return False
        if message.name == "SYSTEM_TIME" and (unix_us := message.integer("time_unix_usec")) > 0:
            self._follow_date(unix_us / 1e6 - boot_s)
        return True

    def _follow(self, boot_s: float) -> bool:
        """Take a time since boot; False while it is not believed."""
        now_s = time.monotonic()
        if self._first is None:
            self._first = (boot_s, now_s)
            self.boot_s = boot_s
        elif not -_JUMP_S <= boot_s - self.boot_s <= self._most_s(now_s - self._heard_s):
            claimed, self._claimed = self._claimed, (boot_s, now_s)
            if claimed is None or not -_JUMP_S <= boot_s - claimed[0] <= self._most_s(now_s - claimed[1]):
                return False
            if boot_s < self.boot_s:
                self._begin_anew(boot_s, now_s)
        self._claimed, self._heard_s = None, now_s
        self.elapsed_s += max(0.0, boot_s - self.boot_s)
        self.boot_s = max(self.boot_s, boot_s)
        return True

    def _most_s(self, wall_s: float) -> float:
        """Return how much of the vehicle's time can have passed in so much of the wall's."""
        return _JUMP_S + 2.0 * wall_s * max(1.0, self.pace)

    def _begin_anew(self, boot_s: float, now_s: float) -> None:
        self.reboots += 1
        self._offset_s = self._offset_claimed_s = None
        self._first = (boot_s, now_s)
        self.boot_s = boot_s

    def _follow_date(self, offset_s: float) -> None:
        if self._offset_s is None or _STEP_S < abs(offset_s - self._offset_s) <= _JUMP_S:
            self._offset_s = offset_s
        elif abs(offset_s - self._offset_s) > _JUMP_S:
            claimed_s, self._offset_claimed_s = self._offset_claimed_s, offset_s
            if claimed_s is None or abs(offset_s - claimed_s) > _JUMP_S:
                return
            self._offset_s = offset_s
        self._offset_claimed_s = None

    def is_near(self, boot_s: float) -> bool:
        """Whether a time since boot can be of now: no wild one, nor one from before a reboot."""
        return abs(boot_s - self.boot_s) <= _JUMP_S

    @property
    def has_utc(self) -> bool:
        """Whether the vehicle knows the date."""
        return self._offset_s is not None

    @property
    def pace(self) -> float:
        """Vehicle seconds per wall second since it was first heard; 1 for anything real."""
        if self._first is None:
            return 1.0
        wall_s = time.monotonic() - self._first[1]
        return (self.boot_s - self._first[0]) / wall_s if wall_s > 1.0 else 1.0

    def utc_s(self, boot_s: float) -> float:
        """Return patrol time of an instant since boot; before the vehicle knows the date, seconds since boot."""
        return boot_s + (self._offset_s or 0.0)

    @property
    def now_utc_s(self) -> float:
        """Patrol time, as last heard."""
        return self.utc_s(self.boot_s)

    def wall_s(self) -> float:
        """Return UTC seconds of this machine."""
        return time.time()

    def patrol_utc_s(self) -> float:
        """Return patrol time, as last heard (the port `Clock`)."""
        return self.now_utc_s


class VehicleDeadline:
    """A number of seconds of the vehicle's time; a simulation may run faster or slower than the wall clock.

    A reboot does not put it off: the time before and after it counts.
    """

    def __init__(self, clock: VehicleClock, seconds: float) -> None:
        self._clock, self._ends_s = clock, clock.elapsed_s + seconds

    @property
    def passed(self) -> bool:
        """Whether the vehicle's clock is past it."""
        return self._clock.elapsed_s > self._ends_s
