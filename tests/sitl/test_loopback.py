"""Ports are named once, however many jobs ask for them at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from sitl import loopback

ROOT = Path(__file__).resolve().parent.parent.parent
NAME_SIX = """
from sitl import loopback
loopback._LOWEST, loopback._handed_out_from = {lowest}, lambda: {lowest} + 10
print(*loopback.free_ports(6), flush=True)
input()
"""


def test_two_processes_are_never_told_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    lowest = min(loopback.free_ports(20))
    monkeypatch.setattr(loopback, "_LOWEST", lowest)
    monkeypatch.setattr(loopback, "_handed_out_from", lambda: lowest + 10)
    words = [sys.executable, "-c", NAME_SIX.format(lowest=lowest)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = {int(port) for port in other.stdout.readline().split()}
        assert len(theirs) == 6
        ours = set(loopback.free_ports(2))
        assert not ours & theirs
        with pytest.raises(OSError, match="no 5 free ports"):
            loopback.free_ports(5)
        other.communicate("\n")


def test_a_process_is_told_a_port_once_and_old_ones_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    named = loopback._Named()
    monkeypatch.setattr(loopback, "_KEPT", 3)
    ports = loopback.free_ports(5)  # of another book, kept by the same process: no lock is in the way
    assert all(named.take(port) for port in ports)
    assert not named.take(ports[-1])
    assert named.take(ports[0])
