"""One suite, two autopilots: every test here runs unchanged on the embedded copter and on arducopter."""

import os
import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from flight_fakes import DOCK
from pilot import Pilot, piloted

from patrol.arducopter_here import copter_parameters_here
from sitl.arducopter import ArduCopter
from sitl.copter_process import CopterProcess
from sitl.loopback import free_ports
from sitl.simulated_copter import SimulatedCopter

EMBEDDED_SPEEDUP, ARDUCOPTER_SPEEDUP = 20.0, 10.0
DOCK_AMSL_M = 32.0
_FLOWN: set[int] = set()
"""Vehicles that may be anywhere by now."""
MakeVehicle = Callable[..., SimulatedCopter]


@pytest.fixture(scope="session", params=["embedded", pytest.param("arducopter", marks=pytest.mark.ardupilot)])
def make_vehicle(request: pytest.FixtureRequest) -> MakeVehicle:
    """Make one of the two, on the dock, not yet running; `pace` is a share of its usual speed-up."""
    if request.param == "embedded":
        home = f"{DOCK.lat_deg},{DOCK.lon_deg},{DOCK_AMSL_M},0"
        return lambda pace=1.0: CopterProcess(
            home=home, speedup=pace * EMBEDDED_SPEEDUP, watched=True, more=["--exact"]
        )
    binary: Path = request.getfixturevalue("arducopter_binary")

    def make(pace: float = 1.0) -> SimulatedCopter:
        link, second = free_ports(2)
        return ArduCopter(
            binary,
            DOCK,
            DOCK_AMSL_M,
            0.0,
            pace * ARDUCOPTER_SPEEDUP,
            link,
            second,
            instance=random.Random(f"{os.getpid()} {link}").randrange(50, 900),
            base_defaults=copter_parameters_here(),
            watched=True,
        )

    return make


@pytest.fixture(scope="module")
def vehicle(make_vehicle: MakeVehicle) -> Iterator[SimulatedCopter]:
    """One vehicle for each module: what its tests leave on it harms no other, and it does not race on beside them."""
    with make_vehicle() as running:
        yield running


@pytest_asyncio.fixture
async def ground(vehicle: SimulatedCopter) -> AsyncIterator[Pilot]:
    """A pilot of a vehicle that stays on the ground, wherever that is."""
    async with piloted(vehicle) as pilot:
        yield pilot
        await pilot.give_back()


@pytest_asyncio.fixture
async def pilot(vehicle: SimulatedCopter) -> AsyncIterator[Pilot]:
    """A pilot of a vehicle that is on its dock with a full battery, whatever was flown before."""
    if id(vehicle) in _FLOWN:
        vehicle.reboot()
    _FLOWN.add(id(vehicle))
    async with piloted(vehicle) as pilot:
        yield pilot
        await pilot.give_back()
