"""A lock that one process of this machine holds: the system lets go of it when the process dies, however it dies."""

import fcntl
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TextIO

from missions.codec import from_json, to_json
from missions.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that holds a lock."""

    pid: int
    since_utc_s: float
    command: str
    """Its name and what it was told first: no options, they may hold addresses and names of keys."""

    @property
    def words(self) -> str:
        """For the operator."""
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.since_utc_s))
        return f"process {self.pid} since {since} ({self.command})"


class LockHeld(InputError):  # noqa: N818 - says what is so, as the flight room's errors do
    """Another process has it; `holder` is None where that one has not yet written who it is."""

    def __init__(self, what: str, *, file: Path, holder: Holder | None) -> None:
        by = holder.words if holder is not None else "another process"
        super().__init__(f"{what} by {by}", file=file, remedy="end the other one first")
        self.holder = holder


@contextmanager
def process_lock(file: Path, what: str) -> Iterator[None]:
    """Hold a lock for as long as this process lives, or the block lasts; the file says who holds it.

    `what` is said, followed by who, where another has it: "this timetable is served".

    Raises:
        LockHeld: another process, or another block of this one, holds it.
        InputError: the file cannot be written.

    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        held = file.open("a+", encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror}", file=file, remedy="a folder that exists") from exc
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(what, file=file, holder=_holder(held, file)) from None
        with suppress(OSError):  # a full disk: it is held all the same, by nobody known
            held.truncate(0)
            held.write(to_json(Holder(pid=os.getpid(), since_utc_s=time.time(), command=_command())))
            held.flush()
        yield


def _holder(held: TextIO, file: Path) -> Holder | None:
    try:
        held.seek(0)
        return from_json(Holder, held.read(), file=file)
    except (OSError, UnicodeDecodeError, InputError):
        return None


def _command() -> str:
    """Return this process's name and its first words."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    return shlex.join([name, *takewhile(lambda word: not word.startswith("-"), sys.argv[1:3])])
