"""Ports of this machine for processes that talk to each other on it."""

import fcntl
import os
import random
import socket
import tempfile
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOWEST: Final = 10_000
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES: Final = 1000
_KEPT: Final = 500
"""Ports that this process named last stay its own, also before somebody binds them."""


class _Named:
    """The ports that processes of this user have named: a byte each of one file, locked until its process ends."""

    def __init__(self) -> None:
        self._ours: deque[int] = deque()
        self._file: int | None = None
        self._pid = 0

    def take(self, port: int) -> bool:
        """Keep a port from every other process; False where one has it, or we named it a moment ago."""
        if self._pid != os.getpid():  # locks stay behind in the process that forked us
            self._begin()
        if port in self._ours:
            return False
        if self._file is not None:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            except OSError:
                return False
        self._ours.append(port)
        if len(self._ours) > _KEPT:
            self._let_go(self._ours.popleft())
        return True

    def _begin(self) -> None:
        self._pid, self._file = os.getpid(), None
        self._ours.clear()
        name = Path(tempfile.gettempdir()) / f"skypatrol-ports-{os.getuid()}"
        with suppress(OSError):  # without it only the socket itself says who has a port
            self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def _let_go(self, port: int) -> None:
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, port)


_named: Final = _Named()


def free_ports(count: int, kind: int = socket.SOCK_DGRAM) -> list[int]:
    """Return different ports, UDP unless told otherwise, that nobody used a moment ago and nobody else is told.

    They lie below those that the kernel hands out to sockets that ask for no port: nobody gets one by chance.

    Raises:
        OSError: there are none.

    """
    found: list[int] = []
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        if len(found) == count:
            return found
        port = chance.randrange(_LOWEST, _handed_out_from())
        with suppress(OSError), socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))
            if _named.take(port):
                found.append(port)
    raise OSError(f"no {count} free ports below {_handed_out_from()}")


def _handed_out_from() -> int:
    """Return the first port that the kernel chooses itself."""
    try:
        return int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 32_768


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """Return one port, as `free_ports` does."""
    return free_ports(1, kind)[0]
