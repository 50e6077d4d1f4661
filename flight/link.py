"""A link to one vehicle: one reader, one writer, a heartbeat, and the record of both directions."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

from flight.dialect import Decoder, Encoder, Received
from flight.errors import LinkSilent
from flight.exchange import (
    GCS_SYSTEM_ID,
    MAV_AUTOPILOT_INVALID,
    MAV_TYPE_GCS,
    Exchange,
    LinkQuality,
    is_autopilot,
)
from flight.link_url import LinkUrl, parse_link_url
from flight.tlog import TlogWriter
from flight.transport import Transport, open_transport
from missions import Message

_HEARTBEAT_S = 1.0
_HEARTBEAT_LOOK_S = 0.02


class MavLink(Exchange):
    """MAVLink 2 over a transport; make one with `open_link`."""

    def __init__(self, url: LinkUrl, *, own_system_id: int, tlog: TlogWriter | None) -> None:
        super().__init__()
        self.address = str(url)
        self.is_loopback = url.is_loopback
        self.own_system_id = own_system_id
        self._encoder = Encoder(own_system_id, self.own_component_id)
        self._decoder = Decoder()
        self._tlog = tlog
        self._transport: Transport | None = None
        self._next_seq: dict[tuple[int, int], int] = {}
        self._received = self._lost = self._sent = 0

    @property
    def quality(self) -> LinkQuality:
        """What was counted so far."""
        return LinkQuality(received=self._received, lost=self._lost, sent=self._sent, bad_bytes=self._decoder.bad_bytes)

    def attach(self, transport: Transport) -> None:
        """Use this line from now on."""
        self._transport = transport

    def take(self, data: bytes) -> None:
        """Decode what the transport received; called in the event loop."""
        for received in self._decoder.decode(data):
            self._count(received)
            if self._tlog is not None:
                self._tlog.write(received.frame)
            self.publish(received.message)

    def _count(self, received: Received) -> None:
        sender = (received.message.sysid, received.message.compid)
        expected = self._next_seq.get(sender)
        if expected is not None:
            gap = (received.seq - expected) % 256
            self._lost += gap if gap < 128 else 0  # a larger one is a message out of order
        self._next_seq[sender] = (received.seq + 1) % 256
        self._received += 1

    async def send(self, message: Message) -> None:
        """Send one message to the vehicle."""
        frame = self._encoder.encode(self.addressed(message))
        if self._transport is not None:
            self._transport.write(frame)
            self._sent += 1
        if self._tlog is not None and self._received:  # a link to nowhere leaves nothing behind
            self._tlog.write(frame)

    async def wait_vehicle(self, *, system_id: int | None = None, timeout_s: float = 10.0) -> Message:
        """Return the first heartbeat of an autopilot and make it this link's vehicle.

        Raises:
            LinkSilent: no autopilot (of that system id) within the time.

        """
        others: set[int] = set()
        with self.subscribe("HEARTBEAT") as heartbeats, suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    heartbeat = await heartbeats.get(timeout_s)
                    if is_autopilot(heartbeat):
                        if system_id in {None, heartbeat.sysid}:
                            self.target_system, self.target_component = heartbeat.sysid, heartbeat.compid
                            return heartbeat
                        others.add(heartbeat.sysid)
        wanted = "a vehicle" if system_id is None else f"vehicle with system id {system_id}"
        heard = f"; heard only system id {', '.join(map(str, sorted(others)))}" if others else ""
        raise LinkSilent(f"no heartbeat of {wanted} at {self.address} within {timeout_s:g} s{heard}")

    async def beat(self) -> None:
        """Send our heartbeat once a second, by the wall and by the vehicle's clock, whichever is faster.

        A vehicle that runs faster than the wall clock (SIM_SPEEDUP) counts its link-loss time by its own clock.
        """
        heartbeat = Message(
            "HEARTBEAT",
            {"type": MAV_TYPE_GCS, "autopilot": MAV_AUTOPILOT_INVALID, "system_status": 4, "mavlink_version": 3},
        )
        while True:
            await self.send(heartbeat)
            wall_s, boot_s = time.monotonic(), self.clock.boot_s
            # The vehicle\'s clock is a value, not an event.
            while time.monotonic() - wall_s < _HEARTBEAT_S and self.clock.boot_s - boot_s < _HEARTBEAT_S:  # noqa: ASYNC110
                await asyncio.sleep(_HEARTBEAT_LOOK_S)


@asynccontextmanager
async def open_link(
    url: str | LinkUrl, *, tlog: Path | None = None, own_system_id: int = GCS_SYSTEM_ID
) -> AsyncIterator[MavLink]:
    """Open an address; our heartbeat runs exactly while it is open.

    Raises:
        InputError: the address is no address.
        LinkSilent: nothing can be there.

    """
    parsed = parse_link_url(url) if isinstance(url, str) else url
    with ExitStack() as stack:
        writer = stack.enter_context(TlogWriter(tlog)) if tlog is not None else None
        link = MavLink(parsed, own_system_id=own_system_id, tlog=writer)
        transport = await open_transport(parsed, link.take)
        stack.callback(transport.close)
        link.attach(transport)
        beating = asyncio.create_task(link.beat())
        try:
            yield link
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
