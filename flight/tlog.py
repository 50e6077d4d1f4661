"""Telemetry logs as other ground stations write and read them.

Each entry: the time as 8 bytes, big-endian, microseconds UTC of this machine, then one raw MAVLink frame.
"""

import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from flight.dialect import Decoder
from missions import InputError, Message

_TIME = struct.Struct(">Q")
_HEADER_V1, _HEADER_V2, _SIGNATURE_BYTES = 8, 12, 13  # with the checksum; MAVLink serialisation page
_START_V1, _START_V2 = 0xFE, 0xFD


class TlogWriter:
    """An append-only log; a kill loses at most what the last second wrote."""

    def __init__(self, path: Path) -> None:
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise InputError("cannot be written", file=path, field="--tlog", remedy="a file in a folder that exists")
        self._path = path
        self._file: BinaryIO | None = None
        self._flushed_s = 0.0

    def write(self, frame: bytes) -> None:
        """Append one frame with the time of now; the first one makes the file."""
        now_s = time.time()
        if self._file is None:
            self._file = self._path.open("ab")
        self._file.write(_TIME.pack(int(now_s * 1e6)) + frame)
        if now_s - self._flushed_s > 1.0:
            self._file.flush()
            self._flushed_s = now_s

    def close(self) -> None:
        """Write what is left and close."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _frame_length(data: bytes, at: int) -> int:
    """Return the length of the frame that starts at `at`; 0 where none starts."""
    if at + 3 > len(data):
        return 0
    if data[at] == _START_V1:
        return int(data[at + 1]) + _HEADER_V1
    if data[at] == _START_V2:
        signed = data[at + 2] & 1
        return int(data[at + 1]) + _HEADER_V2 + (_SIGNATURE_BYTES if signed else 0)
    return 0


def read_tlog(path: Path) -> Iterator[tuple[float, Message]]:
    """Yield (time s UTC, message) in file order; damaged stretches are skipped.

    Raises:
        InputError: the file cannot be read or holds no entry at all.

    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a .tlog") from exc
    at, found, decoder = 0, False, Decoder()
    while at + _TIME.size < len(data):
        length = _frame_length(data, at + _TIME.size)
        end = at + _TIME.size + length
        if not length or end > len(data):
            at += 1
            continue
        received = decoder.decode(data[at + _TIME.size : end])
        if not received:
            decoder = Decoder()  # forget the half-read frame
            at += 1
            continue
        found = True
        time_s = _TIME.unpack_from(data, at)[0] / 1e6
        for entry in received:
            yield time_s, entry.message
        at = end
    if not found:
        raise InputError("holds no MAVLink", file=path, remedy="a .tlog")
