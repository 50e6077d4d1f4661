"""A bad radio between a vehicle and its ground station: loses, delays, garbles, silences and replays frames, by seed.

It stands where the ground station would listen and gives the station an address of its own:

    async with LossyLink(copter.link_url, seed=3, loss=0.2) as radio:
        async with open_link(radio.link_url) as link: ...
"""

import asyncio
import random
import socket
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Self, cast

from missions.errors import InputError
from sitl.loopback import free_port

_V1, _V2 = 0xFE, 0xFD  # the first byte of a frame
_SIGNED: Final = 1  # incompat_flags
_BUFFER_BYTES: Final = 4 << 20
_KEPT: Final = 200_000


class Towards(StrEnum):
    """The end that a frame travels to."""

    VEHICLE = "vehicle"
    GROUND = "ground"


def split_frames(data: bytes) -> list[bytes]:
    """Return the MAVLink 1 and 2 frames of a datagram; what is none stays together, and nothing is left out."""
    frames: list[bytes] = []
    start = loose = 0
    while start < len(data):
        length = _frame_length(data, start)
        if length is None:
            start += 1
            continue
        if loose < start:
            frames.append(data[loose:start])
        frames.append(data[start : start + length])
        start = loose = start + length
    if loose < len(data):
        frames.append(data[loose:])
    return frames


def _frame_length(data: bytes, start: int) -> int | None:
    """Return how long the frame that begins there is, None where no whole one does."""
    left = len(data) - start
    if data[start] == _V2 and left >= 12:
        length = 12 + data[start + 1] + (13 if data[start + 2] & _SIGNED else 0)
    elif data[start] == _V1 and left >= 8:
        length = 8 + data[start + 1]
    else:
        return None
    return length if length <= left else None


class _End(asyncio.DatagramProtocol):
    """One socket of the relay."""

    def __init__(self, link: "LossyLink", towards: Towards) -> None:
        self._link, self._towards = link, towards

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand over what came in at this end, for the other one."""
        self._link.relay(data, addr, self._towards)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there now: what was sent is lost, as on a radio."""


class LossyLink:
    """A relay of datagrams, frame by frame; use as an async context manager.

    `loss` and `mutate` are shares of the frames, each way; `delay_s` is wall time. All three may be changed while it
    runs. Chance depends on the seed, the direction and how many frames went that way before.
    """

    def __init__(
        self, vehicle_url: str, *, seed: int, loss: float = 0.0, delay_s: float = 0.0, mutate: float = 0.0
    ) -> None:
        kind, _, place = vehicle_url.partition(":")
        host, _, port = place.rpartition(":")
        if kind != "udpin" or not port.isdigit():
            raise InputError(f"cannot stand between a station and {vehicle_url!r}", remedy="udpin:HOST:PORT")
        self._listen = (host, int(port))
        self._station = ("127.0.0.1", free_port())
        self.link_url = f"udpin:127.0.0.1:{self._station[1]}"
        """What the ground station opens in place of the vehicle's address."""
        self.loss, self.delay_s, self.mutate = loss, delay_s, mutate
        self._chance = {towards: random.Random(f"{seed} {towards}") for towards in Towards}
        self._silent = False
        self._vehicle: tuple[str, int] | None = None
        self._counts: Counter[str] = Counter()
        self._passed = {towards: deque[bytes](maxlen=_KEPT) for towards in Towards}
        self._ends: dict[Towards, asyncio.DatagramTransport] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """Frames by what became of them, as `lost to vehicle`: passed, lost, mutated, silenced or replayed."""
        return self._counts

    def passed(self, towards: Towards) -> tuple[bytes, ...]:
        """Return the frames that were handed on that way, as they were handed on; the latest 200 000."""
        return tuple(self._passed[towards])

    def silence(self, on: bool) -> None:
        """Let nothing through, either way, until told otherwise."""
        self._silent = on

    def replay(self, frames: Iterable[bytes], towards: Towards = Towards.GROUND) -> None:
        """Send frames once more, a datagram each; neither lost nor garbled."""
        for frame in frames:
            self._counts[f"replayed to {towards}"] += 1
            self._hand_on([frame], towards)

    def relay(self, data: bytes, sender: tuple[str, int], towards: Towards) -> None:
        """Take one datagram; what survives of it goes on as one datagram."""
        if towards is Towards.GROUND:
            self._vehicle = sender
        survivors = [frame for frame in (self._weather(frame, towards) for frame in split_frames(data)) if frame]
        if not survivors:
            return
        if self.delay_s > 0:
            asyncio.get_running_loop().call_later(self.delay_s, self._hand_on, survivors, towards)
        else:
            self._hand_on(survivors, towards)

    def _weather(self, frame: bytes, towards: Towards) -> bytes | None:
        """Return what becomes of a frame, None for nothing."""
        chance = self._chance[towards]
        lost, garbled = chance.random() < self.loss, chance.random() < self.mutate
        if self._silent or lost:
            self._counts[f"{'silenced' if self._silent else 'lost'} to {towards}"] += 1
            return None
        if garbled:
            self._counts[f"mutated to {towards}"] += 1
            return mutated(frame, chance)
        return frame

    def _hand_on(self, frames: list[bytes], towards: Towards) -> None:
        place = self._vehicle if towards is Towards.VEHICLE else self._station
        end = self._ends.get(towards)
        if place is None or end is None or end.is_closing():
            return
        self._counts[f"passed to {towards}"] += len(frames)
        self._passed[towards].extend(frames)
        end.sendto(b"".join(frames), place)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for end, comes_in_for, local in (
            (Towards.VEHICLE, Towards.GROUND, self._listen),
            (Towards.GROUND, Towards.VEHICLE, ("127.0.0.1", 0)),
        ):
            transport, _ = await loop.create_datagram_endpoint(
                lambda towards=comes_in_for: _End(self, towards),  # type: ignore[misc]  # bound now, not when called
                local_addr=local,
            )
            sock = cast("socket.socket", transport.get_extra_info("socket"))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._ends[end] = transport
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for end in self._ends.values():
            end.close()
        self._ends.clear()
        await asyncio.sleep(0)  # the loop closes the sockets


def mutated(frame: bytes, chance: random.Random) -> bytes:
    """Return the frame with a byte or three changed, a part cut off, doubled, or followed by noise; never unchanged."""
    match chance.randrange(8):
        case 0:
            return frame[: chance.randrange(1, len(frame))] if len(frame) > 1 else frame + b"\xfd"
        case 1:
            at = chance.randrange(len(frame))
            return frame[:at] + frame[at:] * 2
        case 2:
            return frame + chance.randbytes(chance.randrange(1, 40))
        case _:
            changed = bytearray(frame)
            for at in chance.sample(range(len(changed)), min(len(changed), chance.randrange(1, 4))):
                changed[at] ^= chance.randrange(1, 256)
            return bytes(changed)
