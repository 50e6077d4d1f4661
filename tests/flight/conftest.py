"""Fixtures of the flight room."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sitl.arducopter import ArduCopter
from sitl.loopback import free_port

sys.path.insert(0, str(Path(__file__).parent))  # flight_fakes, beside this file

INSTALLED = Path("/usr/local/bin/arducopter")


def _is_required(lane: str) -> bool:
    return lane in os.environ.get("SKYPATROL_REQUIRE", "").split(",")


@pytest.fixture(scope="session")
def arducopter_binary() -> Path:
    """The real autopilot: SKYPATROL_ARDUCOPTER, or where it is usually installed."""
    binary = Path(os.environ.get("SKYPATROL_ARDUCOPTER", INSTALLED))
    if not binary.is_file():
        if _is_required("ardupilot"):
            pytest.fail(f"SKYPATROL_REQUIRE names ardupilot, but there is no {binary}")
        pytest.skip(f"no arducopter at {binary} (set SKYPATROL_ARDUCOPTER)")
    return binary


@pytest.fixture
def arducopter_at(arducopter_binary: Path) -> Callable[..., ArduCopter]:
    """Make a real Copter at a place; use it as a context manager."""

    def make(home: object, *, speedup: float = 10.0) -> ArduCopter:
        from missions import GeoPoint

        assert isinstance(home, GeoPoint)
        return ArduCopter(arducopter_binary, home, 32.0, 0.0, speedup, free_port())

    return make
