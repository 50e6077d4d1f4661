"""Both simulated copters, seen as one: the truth, faults, a restart that forgets nothing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from missions import GeoPoint
from sitl.arducopter import ArduCopter
from sitl.copter_process import CopterProcess
from sitl.errors import SitlError
from sitl.faults import GPS_BACK, GPS_LOST, Fault, wind
from sitl.loopback import free_ports
from sitl.simulated_copter import SimulatedCopter

HOME = GeoPoint(lat_deg=30.49, lon_deg=114.41)


@pytest.fixture(params=["embedded", pytest.param("arducopter", marks=pytest.mark.ardupilot)])
def copter(request: pytest.FixtureRequest) -> Iterator[SimulatedCopter]:
    """One of the two, running, watched."""
    made: SimulatedCopter
    if request.param == "embedded":
        made = CopterProcess(home=f"{HOME.lat_deg},{HOME.lon_deg},40,90", speedup=10.0, watched=True)
    else:
        binary: Path = request.getfixturevalue("arducopter_binary")
        link, second = free_ports(2)
        made = ArduCopter(binary, HOME, 40.0, 90.0, 10.0, link, second, watched=True)
    with made as running:
        yield running


def until(true: Callable[[], bool], patience_s: float = 20.0) -> None:
    """Wait for something to become true."""
    ends_s = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < ends_s, "it never did"
        time.sleep(0.05)


def test_it_says_what_it_is_where_it_is_and_breaks_as_told(copter: SimulatedCopter) -> None:
    assert copter.firmware.startswith(("skypatrol embedded autopilot 0.1.0-dev", "ArduCopter 4."))
    until(lambda: len(copter.truth()) > 5)
    state = copter.truth()[-1]
    assert (state.lat_deg, state.lon_deg) == pytest.approx((HOME.lat_deg, HOME.lon_deg), abs=2e-6)
    assert state.amsl_m == pytest.approx(40.0, abs=0.5)
    assert (state.boot, state.armed) == (1, False)
    for fault in (GPS_LOST, GPS_BACK, wind(4.0, 90.0, 0.5)):
        copter.set_fault(fault)
    with pytest.raises(SitlError, match="SIM_NO_SUCH"):
        copter.set_fault(Fault(what="nothing", settings=((("SIM_NO_SUCH", 1),),)))


def test_a_restart_keeps_what_was_set(copter: SimulatedCopter) -> None:
    until(lambda: len(copter.truth()) > 5)
    before = len(copter.truth())
    copter.set_fault(Fault(what="not a fault", settings=((("FENCE_RADIUS", 77),),)))
    copter.restart()
    until(lambda: len(copter.truth()) > before + 5 and copter.truth()[-1].boot == 2)
    assert copter.truth()[-1].t_s < copter.truth()[before - 1].t_s + 60.0
    assert copter.side.parameter("FENCE_RADIUS") == 77  # type: ignore[attr-defined]  # both are Watched
