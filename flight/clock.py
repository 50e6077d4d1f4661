"""The vehicle's clock: time since boot, mapped to UTC by what the vehicle says."""

import time

from missions import Message

_STEP_S = 0.1
"""A correction smaller than this is the jitter of the vehicle's own clock and is not followed."""


class VehicleClock:
    """Follows SYSTEM_TIME and every `time_boot_ms`; flight deadlines and telemetry times come from here."""

    def __init__(self) -> None:
        self.boot_s = 0.0
        """Latest time since the vehicle's boot."""
        self._offset_s: float | None = None
        self._first: tuple[float, float] | None = None  # time since boot, monotonic wall time

    def hear(self, message: Message) -> None:
        """Learn from a message of the vehicle."""
        boot_ms = message.fields.get("time_boot_ms")
        if not isinstance(boot_ms, int) or boot_ms == 0:
            return
        boot_s = boot_ms / 1000
        if boot_s < self.boot_s - 5.0:  # rebooted
            self._offset_s = self._first = None
            self.boot_s = boot_s
        if self._first is None:
            self._first = (boot_s, time.monotonic())
        self.boot_s = max(self.boot_s, boot_s)
        if message.name == "SYSTEM_TIME" and (unix_us := message.integer("time_unix_usec")) > 0:
            offset_s = unix_us / 1e6 - boot_s
            if self._offset_s is None or abs(offset_s - self._offset_s) > _STEP_S:
                self._offset_s = offset_s

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
    """A number of seconds of the vehicle's time; a simulation may run faster or slower than the wall clock."""

    def __init__(self, clock: VehicleClock, seconds: float) -> None:
        self._clock, self._ends_s = clock, clock.boot_s + seconds

    @property
    def passed(self) -> bool:
        """Whether the vehicle's clock is past it."""
        return self._clock.boot_s > self._ends_s
