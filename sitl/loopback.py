"""Ports of this machine for processes that talk to each other on it."""

import socket
from contextlib import ExitStack


def free_ports(count: int, kind: int = socket.SOCK_DGRAM) -> list[int]:
    """Return different ports, UDP unless told otherwise, that nobody used a moment ago."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """Return one port, as `free_ports` does."""
    return free_ports(1, kind)[0]
