"""Keeps a vehicle's ledger while it is flown: at once where the phase changes, once a second where it only moves."""

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from flight.ledger import Ledger, OnBoard
from missions import Breakpoint, InputError

_EVERY_S = 1.0


class LedgerKeeper:
    """Writes a ledger, or nothing where there is none; a disk that fails never touches the flight."""

    def __init__(self, ledger: Ledger | None) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._value: OnBoard | None = None
        self._written_s = 0.0
        self._writing: asyncio.Task[None] | None = None
        self._failure: InputError | None = None
        self._told = False
        self.earlier_utc_s = 0.0
        """When what `earlier` returns was written, by this machine's time."""

    def earlier(self) -> OnBoard | None:
        """Return what was written last, by whichever process.

        Raises:
            InputError: the file is none of ours.

        """
        if self._ledger is None:
            return None
        self._value = self._ledger.read()
        with suppress(OSError):
            self.earlier_utc_s = self._ledger.file.stat().st_mtime
        return self._value

    def store(self, value: OnBoard) -> None:
        """Begin with what is on board now."""
        self._value = value
        self._write()

    def keep_replaced(self, values: Mapping[str, float], *, plan_hash: str, sortie_id: str) -> None:
        """Write the values that parameters had before; also where nothing was stored yet."""
        value = self._value or OnBoard(
            plan_hash=plan_hash, sortie_id=sortie_id, start=None, digest="", replaced={}, place=None, phase="ended"
        )
        self.store(replace(value, replaced=dict(values)))

    def change(self, *, flying: bool | None = None, held: bool | None = None) -> None:
        """Write a change of phase at once."""
        if self._value is None:
            return
        value = self._value
        if flying is not None:
            value = replace(value, phase="flying" if flying else "ended")
        if held is not None:
            value = replace(value, held=held)
        if value != self._value:
            self._value = value
            self._write()

    def landed(self, at: Breakpoint | None) -> None:
        """Write that the flight is over, and where a later one goes on."""
        if self._value is not None:
            self._value = replace(self._value, phase="ended", held=False, place=at)
            self._write()

    def move(self, place: Breakpoint | None) -> None:
        """Take how far it has come; written in a thread, at most once a second."""
        if self._value is None or self._ledger is None or place is None:
            return
        self._value = replace(self._value, place=place)
        busy = self._writing is not None and not self._writing.done()
        if not busy and time.monotonic() - self._written_s >= _EVERY_S:
            self._written_s = time.monotonic()
            self._writing = asyncio.create_task(asyncio.to_thread(self._write))

    def new_failure(self) -> InputError | None:
        """Return why it cannot be written, to be told; once, and None otherwise."""
        if self._told or self._failure is None:
            return None
        self._told = True
        return self._failure

    def _write(self) -> None:
        """Write what is known now: a write in a thread must not bring back what was true when it was begun."""
        with self._lock:
            if self._ledger is None or self._value is None:
                return
            try:
                self._ledger.write(self._value)
                self._failure, self._told = None, False
            except InputError as exc:
                self._failure = exc
