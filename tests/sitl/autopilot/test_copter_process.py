import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sitl.copter_process import CopterProcess

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_the_process_arms_and_takes_off_over_a_real_socket(kind: str, words: Any) -> None:
    with CopterProcess(home="30.49,114.41,40,0", kind=kind, speedup=20.0) as process:
        peer = words.Peer(process.port, kind)
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
