"""DroneKit on a link that is already open: frames go to and fro over a socket of this machine.

What the vehicle says is handed on as our link heard it, checked and once. What DroneKit says goes out as messages of
our own, with our system id, our signature, over whatever channel the link speaks on, and into the same record. Two
things never pass: a heartbeat, because a vehicle must notice when *we* are gone, and a change of the signing key.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from flight.dialect import Decoder, Encoder
from flight.exchange import Exchange
from flight.own_faults import OwnFaults
from missions import Message

REFUSED: Final = frozenset({"HEARTBEAT", "SETUP_SIGNING"})
_LONG_S: Final = 3600.0


class DroneKitTap(asyncio.DatagramProtocol):
    """The near end of DroneKit's connection; make one with `open_tap`."""

    def __init__(self, link: Exchange) -> None:
        self._link = link
        self._decoder = Decoder()
        self._encoders: dict[tuple[int, int], Encoder] = {}
        self._peer: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue()
        self.sent = 0
        """Messages of the script that went to the vehicle."""
        self.refused = 0
        """Messages of the script that did not: heartbeats, and what a script must not do."""

    @property
    def port(self) -> int:
        """Of this machine, where it is spoken to."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket asyncio made."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take what DroneKit says; whoever spoke last is spoken to."""
        self._peer = addr
        for received in self._decoder.decode(data):
            if received.message.name in REFUSED:
                self.refused += 1
            else:
                self._outgoing.put_nowait(received.message)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens any more: the script has ended, or has not begun."""

    async def send(self) -> None:
        """Pass on what DroneKit said, in order, for as long as it runs."""
        while True:
            message = await self._outgoing.get()
            await self._link.send(Message(message.name, message.fields))
            self.sent += 1

    async def hear(self) -> None:
        """Pass on what the vehicle says, for as long as it runs."""
        with self._link.subscribe() as messages:
            while True:
                message = await messages.next_or_none(_LONG_S)
                if message is not None and self._peer is not None and self._transport is not None:
                    self._transport.sendto(self._frame(message), self._peer)

    def _frame(self, message: Message) -> bytes:
        sender = (message.sysid, message.compid)
        if sender not in self._encoders:
            self._encoders[sender] = Encoder(*sender)
        return self._encoders[sender].encode(message)


@asynccontextmanager
async def open_tap(link: Exchange) -> AsyncIterator[DroneKitTap]:
    """Open a tap on a link whose vehicle is known; it is closed with the block. A fault of ours in it is news."""
    loop = asyncio.get_running_loop()
    transport, tap = await loop.create_datagram_endpoint(lambda: DroneKitTap(link), local_addr=("127.0.0.1", 0))
    faults = OwnFaults(link.pass_on)
    tasks = [
        asyncio.create_task(faults.keep("what passes the script's messages on", tap.send)),
        asyncio.create_task(faults.keep("what the script hears", tap.hear)),
    ]
    try:
        yield tap
    finally:
        for task in tasks:
            task.cancel()
        transport.close()
        await asyncio.gather(*tasks, return_exceptions=True)
