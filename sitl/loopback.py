"""Ports of this machine for processes that talk to each other on it."""

import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOWEST: Final = 10_000
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES: Final = 1000


def free_ports(count: int, kind: int = socket.SOCK_DGRAM) -> list[int]:
    """Return different ports, UDP unless told otherwise, that nobody used a moment ago.

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
            if port not in found:
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
