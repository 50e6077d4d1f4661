"""Telemetry logs as other ground stations write and read them.

Each entry: the time as 8 bytes, big-endian, microseconds UTC of this machine, then one raw MAVLink frame. Bytes that
came and are none, a damaged frame or a boot console, are entries too: readers skip them.
"""

import errno
import os
import struct
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Self

from flight.dialect import crc_extra, received_of
from flight.doubles import Doubles
from flight.framing import FrameKind, frame_length, judge_frame
from missions import InputError, Message

_TIME = struct.Struct(">Q")


class TlogWriter:
    """An append-only log, written through: what a frame's `write` returned from survives our death."""

    def __init__(self, path: Path) -> None:
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise InputError("cannot be written", file=path, field="--tlog", remedy="a file in a folder that exists")
        self._path = path
        self._file: FileIO | None = None

    def write(self, *frames: bytes) -> None:
        """Append frames that came or went together, with the time of now; the first one makes the file.

        Raises:
            OSError: they could not be written; then nothing of them is in the log.

        """
        stamp = _TIME.pack(int(time.time() * 1e6))
        if self._file is None:
            self._file = FileIO(self._path, "ab")
        entries = b"".join(stamp + frame for frame in frames)
        written = self._file.write(entries)
        if written != len(entries):  # a disk that is full takes a part
            self._file.truncate(self._file.tell() - (written or 0))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _is_entry(data: bytes, at: int) -> bool:
    """Whether an entry begins there, or the log ends: then what stands before it was one, though an unknown one."""
    return at == len(data) or frame_length(data, at + _TIME.size) > 0


def read_tlog(path: Path) -> Iterator[tuple[float, Message]]:
    """Yield (time s UTC, message) in file order, without damaged stretches and copies that came over a second channel.

    Raises:
        InputError: the file cannot be read or holds no entry at all.

    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a .tlog") from exc
    at, found, doubles = 0, False, Doubles()
    while at + _TIME.size < len(data):
        length = frame_length(data, at + _TIME.size)
        end = at + _TIME.size + length
        frame = judge_frame(data[at + _TIME.size : end], crc_extra) if length and end <= len(data) else None
        if frame is None or frame.kind is FrameKind.BAD:
            at += 1
            continue
        received = received_of(frame)
        if received is not None:
            found = True
            time_s = _TIME.unpack_from(data, at)[0] / 1e6
            if not doubles.is_double(received, at, time_s):
                yield time_s, received.message
        at = end if received is not None or _is_entry(data, end) else at + 1
    if not found:
        raise InputError("holds no MAVLink", file=path, remedy="a .tlog")
