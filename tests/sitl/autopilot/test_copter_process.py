import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sitl.autopilot.wire import mav
from sitl.copter_process import CopterProcess

ROOT = Path(__file__).resolve().parents[3]


class _Peer:
    """A blocking ground station on a real socket."""

    def __init__(self, process: CopterProcess, kind: str) -> None:
        self._codec = mav.MAVLink(None, srcSystem=255, srcComponent=190)
        self._parser = mav.MAVLink(None)
        self._parser.robust_parsing = True
        self._to: tuple[str, int] | None = None
        if kind == "udp":
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind(("127.0.0.1", process.port))
        else:
            self._socket = _connected(process.port)
        self._socket.settimeout(20.0)

    def close(self) -> None:
        self._socket.close()

    def send(self, message: Any) -> None:
        data = message.pack(self._codec)
        if self._to is None:
            self._socket.send(data)
        else:
            self._socket.sendto(data, self._to)

    def wait(self, wanted: Any) -> Any:
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            data, sender = self._socket.recvfrom(65536)
            self._to = sender or None
            for message in self._parser.parse_buffer(bytearray(data)) or []:
                if wanted(message):
                    return message
        raise AssertionError("not heard")

    def ack(self, command: int, *params: float) -> int:
        self.send(mav.MAVLink_command_long_message(1, 1, command, 0, *[*params, *[0.0] * (7 - len(params))]))
        return int(self.wait(lambda m: m.get_type() == "COMMAND_ACK" and m.command == command).result)


def _connected(port: int) -> socket.socket:
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_the_process_arms_and_takes_off_over_a_real_socket(kind: str) -> None:
    with CopterProcess(home="30.49,114.41,40,0", kind=kind, speedup=20.0) as process:
        peer = _Peer(process, kind)
        try:
            peer.wait(lambda m: m.get_type() == "EKF_STATUS_REPORT" and m.flags == 831)
            assert peer.ack(176, 1, 4) == 0
            assert peer.ack(400, 1) == 0
            assert peer.ack(22, 0, 0, 0, 0, 0, 0, 10) == 0
            peer.wait(lambda m: m.get_type() == "GLOBAL_POSITION_INT" and m.relative_alt > 9500)
        finally:
            peer.close()
        assert process.alive
    assert not process.alive


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--home", "nowhere", "--link", "udpout:127.0.0.1:1"], "LAT,LON,AMSL,HDG"),
        (["--home=1,2,3,4", "--link", "carrier-pigeon"], "udpout:HOST:PORT"),
        (["--home=1,2,3,4", "--link", "udpout:127.0.0.1:1", "--airframe", "balloon"], "quad-5kg"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(more: list[str], text: str) -> None:
    command = [sys.executable, "-m", "sitl.copter_process", *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
