"""A lock of one process: who comes second is told who was first, and no death leaves it behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from missions.errors import InputError
from missions.process_lock import LockHeld, process_lock

ROOT = Path(__file__).resolve().parent.parent.parent
HOLD = """
import sys, time
from pathlib import Path
from missions.process_lock import process_lock
sys.argv = ["/usr/bin/patrol", "fly", "plan.json", "--link", "udpin:0.0.0.0:14550"]
with process_lock(Path({file!r}), "it is flown"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_once_and_let_go(tmp_path: Path) -> None:
    file = tmp_path / "locks" / "uav-1.lock"
    with (
        process_lock(file, "uav-1 is flown"),
        pytest.raises(LockHeld, match=rf"uav-1 is flown by process {os.getpid()} since \S+Z \("),
        process_lock(file, "uav-1 is flown"),
    ):
        pytest.fail("held twice")
    with process_lock(file, "uav-1 is flown"):
        pass


def test_a_process_that_is_killed_holds_nothing_any_more(tmp_path: Path) -> None:
    file = tmp_path / "uav-1.lock"
    words = [sys.executable, "-c", HOLD.format(file=str(file))]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LockHeld) as held, process_lock(file, "uav-1 is flown"):
            pytest.fail("held twice")
        other.kill()
        other.wait()
        with process_lock(file, "uav-1 is flown"):
            pass
    assert held.value.holder is not None
    assert (held.value.holder.pid, held.value.holder.command) == (other.pid, "patrol fly plan.json")
    assert "14550" not in str(held.value)


def test_a_holder_that_wrote_nothing_is_another_process_and_no_bug(tmp_path: Path) -> None:
    file = tmp_path / "uav-1.lock"
    with process_lock(file, "it is flown"):
        file.write_bytes(b"\xff{")
        with pytest.raises(LockHeld, match="it is flown by another process"), process_lock(file, "it is flown"):
            pytest.fail("held twice")


def test_a_lock_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("no folder")
    with pytest.raises(InputError, match="cannot be written"), process_lock(tmp_path / "locks" / "a.lock", "it is"):
        pytest.fail("held")
