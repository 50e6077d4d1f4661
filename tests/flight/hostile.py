"""Frames that should not be believed, by seed."""

import random
from collections.abc import Iterator

from flight.dialect import mavlink


def sound_but_senseless(seed: int, count: int, *, sender: tuple[int, int] = (1, 1)) -> Iterator[bytes]:
    """Yield frames of every message there is, from the vehicle itself, checksums right, contents drawn at random."""
    rng = random.Random(seed)
    codec = mavlink.MAVLink(None, srcSystem=sender[0], srcComponent=sender[1])
    kinds = sorted(mavlink.mavlink_map)
    likely = [0, 1, 2, 22, 24, 30, 33, 42, 44, 47, 51, 73, 77, 147, 193, 242, 245, 253, 265, 285]
    for _ in range(count):
        kind = mavlink.mavlink_map[rng.choice(likely if rng.random() < 0.5 else kinds)]
        yield frame_of(codec, kind, rng.randbytes(kind.unpacker.size))


def frame_of(codec: object, kind: object, payload: bytes) -> bytes:
    """Return a frame with any payload."""
    message = mavlink.MAVLink_message(kind.id, kind.msgname)  # type: ignore[attr-defined]  # a generated class
    frame = bytes(message._pack(codec, kind.crc_extra, payload))  # type: ignore[attr-defined]
    codec.seq = (codec.seq + 1) % 256  # type: ignore[attr-defined]  # as above
    return frame


def mutated(seed: int, frames: list[bytes], count: int) -> Iterator[bytes]:
    """Yield frames with bytes changed, taken out, put in, cut off or repeated."""
    rng = random.Random(seed)
    for _ in range(count):
        data = bytearray(rng.choice(frames))
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(data))
            match rng.randrange(5):
                case 0:
                    data[at] ^= 1 << rng.randrange(8)
                case 1:
                    data[at] = rng.randrange(256)
                case 2:
                    del data[at]
                case 3:
                    data[at:at] = rng.randbytes(rng.randrange(1, 4))
                case _:
                    del data[at:]
            if not data:
                data = bytearray(b"\xfd")
        yield bytes(data)
