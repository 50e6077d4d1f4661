"""A second link that only listens: the telemetry of a vehicle that is flown over another link.

Our heartbeat on it, which a far end that waits to be spoken to needs, carries a system id and a type that are no
ground station's to the vehicle: one that has lost the flight's own link must still find that out and come home.
Streams that come fast enough by themselves are left as they are; the others are asked for. A feed that tells no
gimbal's attitude is taken for a camera that looks where the body points, as on the flight's own link.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from flight.commands import request_rate
from flight.errors import LinkSilent
from flight.link import VehicleLink, open_link
from flight.link_url import LinkUrl
from flight.vehicle_state import STREAMS, OnTelemetry, VehicleState
from missions import FlightError

LISTENER_SYSTEM_ID: Final = 254
"""Not 255, the ground station whose silence a vehicle acts upon (MAV_GCS_SYSID)."""
_LISTEN_S: Final = 1.5
"""Wall time in which what is sent by itself, at 1 Hz or faster, is heard."""
_LOOK_S: Final = 0.05
_ANSWER_S: Final = 2.0
_GIMBAL: Final = ("GIMBAL_DEVICE_ATTITUDE_STATUS", "MOUNT_ORIENTATION")
_ASKED: Final = (("GLOBAL_POSITION_INT",), ("SYSTEM_TIME",), ("ATTITUDE",), _GIMBAL)
"""What poses are made of: of each group one has to come, and the first is asked for."""
_NEARLY: Final = 0.7
"""Of the rate wanted is fast enough: 1.5 s count no better."""
_NEEDED: Final = {
    "its place (GLOBAL_POSITION_INT)": ("GLOBAL_POSITION_INT",),
    "the time (SYSTEM_TIME)": ("SYSTEM_TIME",),
    "which way it looks (ATTITUDE)": ("ATTITUDE", *_GIMBAL),
}


class TelemetryFeed:
    """The vehicle's telemetry from a link of its own; make one with `open_feed`."""

    def __init__(self, link: VehicleLink, state: VehicleState, url: LinkUrl) -> None:
        self._link, self._state, self._url = link, state, url

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self._link.address

    @property
    def silent_s(self) -> float:
        """Wall seconds since the vehicle was last heard on it."""
        return self._link.silent_s

    def tell_gimbal(self, *, rides_body: bool) -> None:
        """Take what only the vehicle's parameters say: whether the gimbal's angles are against the body."""
        self._state.gimbal_rides_body = rides_body

    async def wait_poses(self, *, system_id: int, hz: float, timeout_s: float) -> None:
        """Return once the vehicle tells where it is, which way it looks, and when; a fix may still be missing.

        Raises:
            LinkSilent: it does not, within `timeout_s` of wall time for its heartbeat and as much again for the rest.

        """
        try:
            await self._link.wait_vehicle(system_id=system_id, timeout_s=timeout_s)
        except LinkSilent as exc:
            raise LinkSilent(f"{self._url.option}: {exc}") from exc
        self._link.listen(self._state.hear)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                for names in await self._too_slow(hz):
                    await self._ask(names[0], hz)
                await self._heard_enough()
                return
        missing = ", ".join(what for what, names in _NEEDED.items() if not self._heard(names))
        raise LinkSilent(
            f"{self._url.option}: vehicle {system_id} at {self.address} does not tell {missing} within {timeout_s:g} s"
        )

    def _heard(self, names: tuple[str, ...]) -> bool:
        link = self._link
        return any(link.latest[name].sysid == link.target_system for name in names if name in link.latest)

    async def _too_slow(self, hz: float) -> list[tuple[str, ...]]:
        """Listen, and return what does not come as often as wanted."""
        heard: Counter[str] = Counter()
        with self._link.subscribe() as messages:
            until_s = time.monotonic() + _LISTEN_S
            while (left_s := until_s - time.monotonic()) > 0:
                message = await messages.next_or_none(left_s)
                if message is not None:
                    heard[message.name] += 1
        wanted = {names: max(1, int(_NEARLY * hz * STREAMS[names[0]][1] * _LISTEN_S)) for names in _ASKED}
        return [names for names in _ASKED if sum(heard[name] for name in names) < wanted[names]]

    async def _ask(self, name: str, hz: float) -> None:
        message_id, share = STREAMS[name]
        with suppress(FlightError):  # it may only send: whether that is enough is looked at afterwards
            await request_rate(self._link, message_id, hz * share, name=name, timeout_s=_ANSWER_S)

    async def _heard_enough(self) -> None:
        # What was heard is a table, not an event.
        while not all(self._heard(names) for names in _NEEDED.values()):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def open_feed(
    url: LinkUrl,
    *,
    patrol_id: str,
    vehicle_id: str,
    stream_id: str,
    on_telemetry: OnTelemetry,
    tlog: Path | None = None,
    signing_key: Path | None = None,
) -> AsyncIterator[TelemetryFeed]:
    """Open a feed; `on_telemetry` is called with every Telemetry from `wait_poses` on.

    Raises:
        InputError: the address cannot be used.
        LinkSilent: nothing can be there.

    """
    async with open_link(
        url, tlog=tlog, own_system_id=LISTENER_SYSTEM_ID, signing_key=signing_key, is_station=False
    ) as link:
        state = VehicleState(link.clock, patrol_id=patrol_id, vehicle_id=vehicle_id, stream_id=stream_id)
        state.listen(on_telemetry)
        yield TelemetryFeed(link, state, url)
