"""Fixtures of the flight room."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.arducopter_here import copter_parameters_here
from sitl.arducopter import ArduCopter
from sitl.loopback import free_port

sys.path.insert(0, str(Path(__file__).parent))  # flight_fakes, beside this file


@pytest.fixture
def arducopter_at(arducopter_binary: Path) -> Callable[..., ArduCopter]:
    """Make a real Copter at a place; use it as a context manager."""

    def make(home: object, *, speedup: float = 10.0) -> ArduCopter:
        from missions import GeoPoint

        assert isinstance(home, GeoPoint)
        defaults = copter_parameters_here()
        return ArduCopter(arducopter_binary, home, 32.0, 0.0, speedup, free_port(), base_defaults=defaults)

    return make
