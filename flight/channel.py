"""One address, kept open: frames in and out, who is where on it, what was lost, and who is not to be believed.

Everything that arrives goes to the record before anybody judges it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flight.dialect import Encoder, Received, crc_extra, received_of
from flight.errors import LinkSilent
from flight.exchange import LinkQuality
from flight.framing import Frame, FrameKind, Framer
from flight.latency import RoundTrips
from flight.link_news import LinkNews, LinkNewsKind, OnLinkNews
from flight.link_url import LinkUrl
from flight.loss import LossCount, share_pct
from flight.peers import Peers
from flight.signing import Signer, Verdict, Verifier
from flight.transport import Address, Transport, open_transport, resolve
from missions import InputError, Message

_AGAIN_S: Final = 0.25
_AGAIN_MOST_S: Final = 5.0
_SENDERS_MOST: Final = 64  # addresses whose bytes are put together on one socket
_SENT_KEPT: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDoors:
    """Whom a channel tells what."""

    hear: Callable[["Channel", Received], None]
    record: Callable[[Sequence[bytes]], None]
    tell: OnLinkNews


class Channel:
    """One address; `open` it, then `keep_open` as a task, then `close` it."""

    def __init__(
        self, url: LinkUrl, number: int, *, own: tuple[int, int], signer: Signer | None, doors: ChannelDoors
    ) -> None:
        self.url = url
        self._doors = doors
        self._encoder = Encoder(*own, signer=signer, link_id=number)
        self._verifier = Verifier(signer) if signer is not None else None
        self._transport: Transport | None = None
        self.peers = Peers()
        self._framers: dict[Address | None, Framer] = {}
        self._counts: dict[tuple[int, int], LossCount] = {}
        self._heard_s: dict[tuple[int, int], float] = {}
        self._trips: dict[int, RoundTrips] = {}
        self._refused: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
        self._sent_frames: deque[bytes] = deque(maxlen=_SENT_KEPT)
        self._lost = asyncio.Event()
        self._told_lost = False
        self._sent = self._bad_bytes = self._signed = 0

    # -- open and closed -------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether something can be sent."""
        return self._transport is not None

    async def open(self) -> None:
        """Open the address.

        Raises:
            LinkSilent: nothing is there; `keep_open` will try again.
            InputError: the address cannot be used.

        """
        self._lost.set()  # until it is open
        if self.url.scheme == "udpout":
            self.peers = Peers((await resolve(self.url))[1])
        self._transport = await open_transport(self.url, self.take, self._lose)
        self._lost.clear()

    async def keep_open(self) -> None:
        """Open the address again whenever it is lost, for ever."""
        while True:
            await self._lost.wait()
            wait_s = _AGAIN_S
            while self._lost.is_set():
                await asyncio.sleep(wait_s)
                try:
                    await self.open()
                except (LinkSilent, InputError):
                    wait_s = min(2 * wait_s, _AGAIN_MOST_S)

    def close(self) -> None:
        """Let go of the address; what was begun and never completed goes to the record."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._end_framers()

    def _lose(self, reason: str) -> None:
        self._transport = None
        self._end_framers()
        self._lost.set()
        self.tell_lost(reason)

    def tell_lost(self, reason: str) -> None:
        """Tell that the address is not open, once until something is heard on it."""
        if not self._told_lost:
            self._told_lost = True
            self._tell(LinkNewsKind.CHANNEL_LOST, f"{self.url} is not open ({reason}); it is tried again")

    def _end_framers(self) -> None:
        self._record([frame for framer in self._framers.values() for frame in framer.end()])
        self._framers.clear()

    # -- in --------------------------------------------------------------------------------------------------------

    def take(self, data: bytes, address: Address | None = None) -> None:
        """Take what the transport received; called in the event loop."""
        framer = self._framers.get(address)
        if framer is None:
            if len(self._framers) >= _SENDERS_MOST:
                self._end_framers()
            framer = self._framers[address] = Framer(crc_extra)
        frames = framer.feed(data)
        self._record(frames)
        now_s = time.monotonic()
        for frame in frames:
            if frame.header is None:
                self._bad_bytes += len(frame.data)
            elif self._believes(frame):
                self._signed += frame.header.is_signed
                self._count(frame, now_s)
                self._hear(frame, address, now_s)

    def _believes(self, frame: Frame) -> bool:
        if self._verifier is None:
            return True
        verdict = self._verifier.judge(frame)
        if verdict is Verdict.GENUINE:
            return True
        self._refused[verdict] += 1
        if self._refused[verdict] == 1:
            self._tell(LinkNewsKind.REFUSED, f"{verdict.value} frames on {self.url} are refused")
        return False

    def _count(self, frame: Frame, now_s: float) -> None:
        header = frame.header
        assert header is not None
        sender = (header.system_id, header.component_id)
        count = self._counts.get(sender)
        if count is None:
            if frame.kind is FrameKind.UNKNOWN:
                return  # whether it is a frame at all cannot be told
            count = self._counts[sender] = LossCount()
        count.count(header.seq, now_s)

    def _hear(self, frame: Frame, address: Address | None, now_s: float) -> None:
        received = received_of(frame)
        if received is None:
            return
        message = received.message
        self._heard_s[message.sysid, message.compid] = now_s
        if address is not None:
            self.peers.learn(message.sysid, address, now_s)
        if self._told_lost:
            self._told_lost = False
            self._tell(LinkNewsKind.CHANNEL_BACK, f"{self.url} is open again")
        if message.name == "TIMESYNC":
            self.trips(message.sysid).hear(message)
        self._doors.hear(self, received)

    def forget_numbers(self, system_id: int) -> None:
        """A system rebooted: its sequence numbers begin anew."""
        for sender, count in self._counts.items():
            if sender[0] == system_id:
                count.begin_anew()

    def heard_ago_s(self, system_id: int, component_id: int) -> float:
        """Return wall seconds since a sender was heard here; infinite where it never was."""
        heard_s = self._heard_s.get((system_id, component_id))
        return float("inf") if heard_s is None else time.monotonic() - heard_s

    # -- out -------------------------------------------------------------------------------------------------------

    def send(self, message: Message, system_id: int) -> None:
        """Send one message to a system, 0 to everybody heard here; dropped while the address is not open."""
        if self._transport is None:
            return
        targets: Sequence[Address | None] = (None,)
        if self.url.scheme.startswith("udp"):
            targets = self.peers.of(system_id)
        if not targets:
            return
        frame = self._encoder.encode(message)
        for target in targets:
            self._transport.write(frame, target)
        self._sent += 1
        self._sent_frames.append(frame)
        if self._heard_s:  # a link to nowhere leaves nothing behind
            self._doors.record((frame,))

    def is_echo(self, received: Received) -> bool:
        """Whether a frame is one of our own that came back."""
        return received.frame in self._sent_frames

    def trips(self, system_id: int) -> RoundTrips:
        """Return the questions about time with a system."""
        return self._trips.setdefault(system_id, RoundTrips())

    # -- quality ---------------------------------------------------------------------------------------------------

    def loss_pct(self, system_id: int, component_id: int) -> float:
        """Return the share of a sender's frames lost here in the last seconds."""
        count = self._counts.get((system_id, component_id))
        return share_pct(*count.window()) if count is not None else 0.0

    def quality(self, system_id: int, component_id: int, *, stations: tuple[int, ...] = ()) -> LinkQuality:
        """Return what was counted of a sender; of all senders for system 0."""
        wanted = [
            count for sender, count in self._counts.items() if system_id == 0 or sender == (system_id, component_id)
        ]
        windows = [count.window() for count in wanted]
        trips = self._trips.get(system_id)
        return LinkQuality(
            received=sum(count.received for count in wanted),
            lost=sum(count.lost for count in wanted),
            sent=self._sent,
            bad_bytes=self._bad_bytes,
            window_loss_pct=share_pct(sum(w[0] for w in windows), sum(w[1] for w in windows)),
            latency_ms=trips.latency_ms if trips is not None else None,
            signed=self._signed,
            unsigned=self._refused[Verdict.UNSIGNED],
            bad_signatures=self._refused[Verdict.FORGED],
            replayed=self._refused[Verdict.REPLAYED],
            channel=str(self.url),
            foreign_stations=stations,
        )

    def _record(self, frames: Sequence[Frame]) -> None:
        """Hand over what came; what is no frame stays together, as it came."""
        groups = groupby(frames, key=lambda frame: frame.header is None)
        pieces = [
            piece
            for is_bad, group in groups
            for piece in ([b"".join(frame.data for frame in group)] if is_bad else [frame.data for frame in group])
        ]
        if pieces:
            self._doors.record(pieces)

    def _tell(self, kind: LinkNewsKind, text: str) -> None:
        self._doors.tell(LinkNews(kind=kind, text=text))
