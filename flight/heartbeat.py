"""The one heartbeat of this process, to all vehicles on all channels, and what else is done once a second."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from flight.clock import VehicleClock
from flight.exchange import MAV_AUTOPILOT_INVALID, MAV_TYPE_GCS
from missions import Message

_EVERY_S: Final = 1.0
_LOOK_S: Final = 0.02
_MAV_TYPE_ONBOARD_CONTROLLER: Final = 18
_MAV_STATE_ACTIVE: Final = 4


def heartbeat(*, is_station: bool) -> Message:
    """Return ours: a ground station's only where we are the one whose silence vehicles act upon."""
    return Message(
        "HEARTBEAT",
        {
            "type": MAV_TYPE_GCS if is_station else _MAV_TYPE_ONBOARD_CONTROLLER,
            "autopilot": MAV_AUTOPILOT_INVALID,
            "system_status": _MAV_STATE_ACTIVE,
            "mavlink_version": 3,
        },
    )


async def beat(do: Callable[[], None], clocks: Callable[[], Iterable[VehicleClock]]) -> None:
    """Do something once a second, by the wall and by the vehicles' clocks, whichever is fastest; for ever.

    A vehicle that runs faster than the wall clock (SIM_SPEEDUP) counts its link-loss time by its own clock, also
    while we do not hear it: then it is taken to run on as it did.
    """
    while True:
        do()
        wall_s, begun_s = time.monotonic(), {clock: clock.elapsed_s for clock in clocks()}
        every_s = _EVERY_S / max(1.0, max((clock.pace for clock in begun_s), default=1.0))
        # The vehicles' clocks are values, not events.
        while time.monotonic() - wall_s < every_s:
            if any(clock.elapsed_s - begun_s.get(clock, 0.0) >= _EVERY_S for clock in clocks()):
                break
            await asyncio.sleep(_LOOK_S)
