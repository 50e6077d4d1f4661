"""Signed MAVLink 2: our own frames signed, others' checked, so that nobody without the key is heard.

The rules are the MAVLink guide's, "Message signing". A signature is checked before its time stamp is looked at: a
forged frame with a stamp far ahead must not lock out the genuine vehicle.
"""

import hashlib
import hmac
import os
import re
import time
from enum import Enum
from pathlib import Path
from typing import Final

from flight.framing import SIGNATURE_BYTES, Frame
from missions import InputError, Message
from missions.formats.atomic import write_atomically

_EPOCH_S: Final = 1_420_070_400  # 2015-01-01T00:00:00Z
_PER_S: Final = 100_000  # stamps count 10 us
_MINUTE: Final = 60 * _PER_S
_HIGHEST: Final = (1 << 48) - 1
_LAST: Final = "last"
"""Beside a stamp in its file: no later one was used."""
_ALWAYS_UNSIGNED: Final = frozenset({109})  # RADIO_STATUS: a radio puts it in and has no key


class Verdict(Enum):
    """What a signature says."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """Signed with another key, or changed on the way."""
    REPLAYED = "replayed"
    """Stamped no later than what the same sender signed before, or long ago."""


def read_key(path: Path) -> bytes:
    """Return the 32 bytes of a key file: one line of 64 hexadecimal digits.

    Raises:
        InputError: it cannot be read or is no key.

    """
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a signing key file") from exc
    if re.fullmatch(r"[0-9a-fA-F]{64}", text) is None:
        raise InputError("is no signing key", file=path, line=1, remedy="one line of 64 hexadecimal digits")
    return bytes.fromhex(text)


def write_key(path: Path, key: bytes) -> None:
    """Write a new key file that only its owner may read.

    Raises:
        InputError: there is a file already, or none can be written.

    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{key.hex()}\n")
    except FileExistsError as exc:
        raise InputError("is there already, and a vehicle may have it", file=path, remedy="another name") from exc
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror}", file=path, remedy="a folder that exists") from exc


def key_of_passphrase(passphrase: str) -> bytes:
    """Return the key that ground stations make of a passphrase: its SHA-256."""
    return hashlib.sha256(passphrase.encode()).digest()


class Signer:
    """A key and our own time stamps, which never go back: not in a run, nor from one run to the next."""

    def __init__(self, key: bytes, stamp_file: Path | None = None) -> None:
        self.key = key
        self._file = stamp_file
        self._stamp = self._begin()
        self.save()

    @classmethod
    def of_file(cls, path: Path) -> "Signer":
        """Make one of a key file; the stamps are kept in a file beside it.

        Raises:
            InputError: no key, or nothing can be written beside it.

        """
        return cls(read_key(path), path.with_name(path.name + ".stamp"))

    def next_stamp(self) -> int:
        """Return a stamp later than every one before, in steps of 10 us since 2015."""
        self._stamp = min(_HIGHEST, max(self._stamp + 1, _clock_stamp()))
        return self._stamp

    def heard(self, stamp: int) -> None:
        """Take over a genuine sender's stamp that is ahead of ours, as the guide asks."""
        self._stamp = max(self._stamp, stamp)

    @property
    def stamp(self) -> int:
        """The last one."""
        return self._stamp

    def _begin(self) -> int:
        """Return a stamp after all that a former run can have used: it saved one at least once a minute, or its last.

        No minute more than that: a vehicle that has not heard us yet and is one behind us would be taken for a replay.
        """
        if self._file is None:
            return _clock_stamp()
        try:
            stamp, _, last = self._file.read_text(encoding="ascii").strip().partition(" ")
            former = int(stamp) + (0 if last == _LAST else _MINUTE)
        except (OSError, ValueError):
            former = 0
        return max(_clock_stamp(), min(_HIGHEST, former))

    def save(self) -> None:
        """Keep the stamp for the next run; to be called at least once a minute.

        Raises:
            InputError: nothing can be written beside the key.

        """
        if self._file is not None:
            write_atomically(self._file, f"{self._stamp}\n")

    def close(self) -> None:
        """Keep the stamp as the last one that was used.

        Raises:
            InputError: nothing can be written beside the key.

        """
        if self._file is not None:
            write_atomically(self._file, f"{self._stamp} {_LAST}\n")


def setup_message(signer: Signer) -> Message:
    """Return what gives a vehicle the key; to be sent only over a wire that nobody else hears, before it is armed."""
    return Message("SETUP_SIGNING", {"secret_key": list(signer.key), "initial_timestamp": signer.next_stamp()})


def unset_message() -> Message:
    """Return what takes a vehicle's key away: zeros for the key and, as ArduPilot wants it, for the stamp."""
    return Message("SETUP_SIGNING", {"secret_key": [0] * 32, "initial_timestamp": 0})


def _clock_stamp() -> int:
    return int((time.time() - _EPOCH_S) * _PER_S)


class Verifier:
    """Judges what comes in on one channel."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._latest: dict[tuple[int, int, int], int] = {}

    def judge(self, frame: Frame) -> Verdict:
        """Judge one sound frame; a genuine one's stamp is remembered."""
        header = frame.header
        if header is None or not header.is_signed:
            radio = header is not None and header.message_id in _ALWAYS_UNSIGNED
            return Verdict.GENUINE if radio else Verdict.UNSIGNED
        signature = frame.data[-SIGNATURE_BYTES:]
        wanted = hashlib.sha256(self._signer.key + frame.data[:-6]).digest()[:6]
        if not hmac.compare_digest(wanted, signature[7:]):
            return Verdict.FORGED
        stamp = int.from_bytes(signature[1:7], "little")
        stream = (signature[0], header.system_id, header.component_id)
        before = self._latest.get(stream)
        if stamp <= before if before is not None else stamp + _MINUTE < self._signer.stamp:
            return Verdict.REPLAYED
        self._latest[stream] = stamp
        self._signer.heard(stamp)
        return Verdict.GENUINE
