"""How often we beat: once a second by whichever clock is fastest, also by one that we do not hear any more."""

import asyncio
import time
from contextlib import suppress

from flight.clock import VehicleClock
from flight.heartbeat import beat
from missions import Message


async def beats(clock: VehicleClock, seconds: float) -> int:
    times: list[float] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await beat(lambda: times.append(time.monotonic()), lambda: [clock])
    return len(times)


async def test_a_vehicle_that_runs_fast_and_falls_silent_is_beaten_to_by_its_own_seconds() -> None:
    clock = VehicleClock()
    began_s = time.monotonic()
    for _ in range(12):  # ten seconds of its own in each of ours
        clock.hear(Message("ATTITUDE", {"time_boot_ms": 1 + round((time.monotonic() - began_s) * 10_000)}))
        await asyncio.sleep(0.1)
    assert 4 <= await beats(clock, 0.8) <= 10


async def test_a_vehicle_of_our_own_time_that_falls_silent_is_beaten_to_once_a_second() -> None:
    clock = VehicleClock()
    clock.hear(Message("ATTITUDE", {"time_boot_ms": 1000}))
    assert await beats(clock, 0.8) == 1
