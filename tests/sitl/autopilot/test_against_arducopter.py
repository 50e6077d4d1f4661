"""The same questions to the real autopilot: what the embedded one imitates stays true."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sitl.arducopter import ArduCopter
from sitl.copter_process import CopterProcess
from sitl.loopback import free_port

pytestmark = pytest.mark.ardupilot
ANSWERS = (
    ("mode 99", (176, 1, 99), 4),
    ("take-off while disarmed", (22, 0, 0, 0, 0, 0, 0, 10), 4),
    ("go there, as COMMAND_LONG", (192, -1, 0, 0, 0, 0, 0, 5), 3),
    ("interval of an unknown message", (511, 99999, 100), 2),
    ("an unknown message", (512, 99999), 4),
    ("current item beyond the end", (224, 99), 2),
    ("a part of a mission", (300, 1, 2), 2),
    ("negative speed", (178, 1, -5), 2),
    ("an unknown kind of reboot", (246, 5), 3),
    ("an unknown command", (999,), 3),
    ("fence on", (207, 1), 0),
    ("fence off", (207, 0), 0),
    ("arm before there is a position", (400, 1), 4),
    ("arm half", (400, 0.5), 3),
)


@pytest.fixture(params=["arducopter", "embedded"])
def peer(request: pytest.FixtureRequest, words: Any, tmp_path: Path) -> Iterator[Any]:
    """A real socket to each of the two, just booted."""
    if request.param == "embedded":
        with CopterProcess(home="30.49,114.41,40,0") as process:
            yield from _opened(words.Peer(process.port, "udp"))
        return
    binary: Path = request.getfixturevalue("arducopter_binary")
    port = free_port()
    listening = words.Peer(port, "udp")
    with ArduCopter(binary, words.HOME, 40.0, link_port=port, instance=40, folder=tmp_path):
        yield from _opened(listening)


def _opened(peer: Any) -> Iterator[Any]:
    try:
        peer.wait(lambda m: m.get_type() == "HEARTBEAT")
        yield peer
    finally:
        peer.close()


def test_items_are_read_back_alike(peer: Any, words: Any) -> None:
    while peer.upload([words.HOME_ITEM, words.TAKE_OFF]) != 0:
        pass  # ArduPilot answers NO_SPACE just after boot
    for name, (sent, stored) in words.STORED.items():
        assert peer.upload([words.HOME_ITEM, words.item(sent)]) == 0, name
        assert words.as_read(peer.read(1)) == stored, name


def test_refusals_are_alike(peer: Any, words: Any) -> None:
    while peer.upload([words.HOME_ITEM, words.TAKE_OFF]) != 0:
        pass
    assert peer.upload([words.HOME_ITEM, words.Item(command=9999)]) == 3
    assert peer.upload([words.HOME_ITEM, words.Item(command=16, frame=1)]) == 2
    assert peer.upload([words.HOME_ITEM, words.Item(command=1000, params=(-60, 0, words.nan, words.nan))]) == 8
    assert peer.upload([words.HOME_ITEM] * 651) == 4
    for what, (number, *params), result in ANSWERS:
        assert peer.ack(number, *params) == result, what
