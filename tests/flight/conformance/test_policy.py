"""The mission's failsafes, flown: what was chosen is written, read back, and happens when the fault comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final

import pytest
from flight_fakes import drawn_plan
from pilot import Pilot, piloted

from flight import copter_modes as modes
from flight.errors import PreflightFailed
from flight.events import EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.fly import fly_patrol
from flight.preflight_inputs import GroundSide
from flight.settings import BatterySwap, FlySettings
from missions import FailsafePolicy
from sitl.faults import GPS_BACK, GPS_LOST, Fault, battery_volts, wind
from sitl.lossy_link import LossyLink
from sitl.simulated_copter import SimulatedCopter, Watched

pytestmark = pytest.mark.slow

OBSERVER = 254
"""The system id of a station that the vehicle does not wait for."""
SETTINGS = FlySettings(battery_swap=BatterySwap.SIMULATED, heartbeat_wait_s=20.0)
PLAN = drawn_plan((0, 40), (60, 40), (60, 160), (-60, 160), height_m=15.0, speed_m_s=4.0)
_AT_ANY_HEIGHT: Final = Fault(what="the wind is the same near the ground", settings=((("SIM_WIND_T", 1),),))
"""ArduPilot's simulator else has half of it at 15 m; the embedded one knows no other."""
_LOW_SHARE = 0.8
"""Of a full pack's voltage: below BATT_LOW_VOLT of both, above what stops the motors."""
_WAYS_DOWN: Final[tuple[tuple[str, set[int]], ...]] = (
    ("return", {modes.RTL}),
    ("smart_return", {modes.SMART_RTL, modes.RTL}),
    ("land", {modes.LAND}),
)


@dataclass
class Flown:
    """A patrol under way, and somebody who watches it over another link."""

    vehicle: SimulatedCopter
    radio: LossyLink
    observer: Pilot
    updates: list[FlightUpdate] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    """The video's, one for each that came; the test shows them."""

    def told(self, kind: EventKind) -> bool:
        """Whether the flight has told of such an event."""
        return any(isinstance(update, FlightEvent) and update.kind is kind for update in self.updates)

    async def set_parameter(self, name: str, value: float) -> None:
        """Set it over the side channel, in a thread: what is waited for next is timed by a clock that went on."""
        assert isinstance(self.vehicle, Watched)
        await asyncio.to_thread(self.vehicle.side.set_first, ((name, value),))

    async def acts(self, *expected: int, within_s: float = 30.0) -> None:
        """Wait until the vehicle is in one of these modes."""
        await self.observer.until(lambda: self.observer.mode in expected, within_s, f"mode {expected}")

    async def says(self, text: str, within_s: float = 30.0) -> None:
        """Wait until the vehicle says it."""
        await self.observer.until(lambda: any(text in said for said in self.observer.said), within_s, text)


@asynccontextmanager
async def on_patrol(vehicle: SimulatedCopter, **policy: object) -> AsyncIterator[Flown]:
    """Fly the plan with these failsafes until it is on its second leg; afterwards the vehicle is left where it is."""
    vehicle.restart()
    plan = replace(PLAN, failsafes=FailsafePolicy.model_validate(policy))
    updates: list[FlightUpdate] = []
    pictures: list[int] = []
    ground = GroundSide(pictures=lambda: len(pictures))
    async with LossyLink(vehicle.link_url, seed=1) as radio:
        flying = asyncio.create_task(fly_patrol(radio.link_url, plan, SETTINGS, on_event=updates.append, ground=ground))
        try:
            async with piloted(vehicle, system_id=OBSERVER, second=True) as observer:
                under_way = _under_way(updates, flying)
                await observer.until(under_way, 400.0, "on the second leg")
                if flying.done():
                    await flying
                yield Flown(vehicle, radio, observer, updates, pictures)
                await observer.give_back()
        finally:
            flying.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await flying


def _under_way(updates: list[FlightUpdate], flying: "asyncio.Task[object]") -> Callable[[], bool]:
    def check() -> bool:
        last = updates[-1] if updates else None
        return flying.done() or (isinstance(last, FlightProgress) and last.waypoint >= 2)

    return check


@pytest.mark.parametrize(("action", "expected"), [*_WAYS_DOWN, ("hold", {modes.BRAKE})])
async def test_a_lost_link_does_what_was_chosen(vehicle: SimulatedCopter, action: str, expected: set[int]) -> None:
    async with on_patrol(vehicle, on_link_loss=action) as flown:
        flown.radio.silence(on=True)
        await flown.acts(*expected, within_s=90.0)
        await flown.says("GCS Failsafe")


async def test_a_mission_flies_on_over_a_lost_link_where_that_was_chosen(vehicle: SimulatedCopter) -> None:
    async with on_patrol(vehicle, on_link_loss="continue") as flown:
        flown.radio.silence(on=True)
        await flown.says("GCS Failsafe - Continuing Auto Mode", within_s=90.0)
        await flown.observer.sleep(2.0)
        assert flown.observer.mode == modes.AUTO


@pytest.mark.parametrize(("action", "expected"), [*_WAYS_DOWN, ("report", {modes.AUTO})])
async def test_a_low_battery_does_what_was_chosen(vehicle: SimulatedCopter, action: str, expected: set[int]) -> None:
    async with on_patrol(vehicle, on_low_battery=action) as flown:
        assert isinstance(vehicle, Watched)
        full_v = vehicle.side.parameter("SIM_BATT_VOLTAGE")
        try:
            await flown.observer.set_fault(battery_volts(_LOW_SHARE * full_v))
            await flown.says("Battery 1 is low", within_s=60.0)
            await flown.acts(*expected)
            if action == "report":
                await flown.observer.sleep(2.0)
                assert flown.observer.mode == modes.AUTO
        finally:
            await flown.observer.set_fault(battery_volts(full_v))


@pytest.mark.parametrize(("action", "expected"), [("land", {modes.LAND}), ("return", {modes.RTL})])
async def test_a_critical_battery_does_what_was_chosen(
    vehicle: SimulatedCopter, action: str, expected: set[int]
) -> None:
    async with on_patrol(vehicle, on_low_battery="report", on_critical_battery=action) as flown:
        assert isinstance(vehicle, Watched)
        capacity_mah = vehicle.side.parameter("BATT_CAPACITY")
        try:
            await flown.set_parameter("BATT_CRT_MAH", capacity_mah - 1.0)  # as if so little were left
            await flown.says("Battery 1 is critical", within_s=60.0)
            await flown.acts(*expected)
        finally:
            await flown.set_parameter("BATT_CRT_MAH", 0.0)


async def test_a_lost_gps_lands_where_that_was_chosen(vehicle: SimulatedCopter) -> None:
    async with on_patrol(vehicle, on_gps_loss="land") as flown:
        try:
            await flown.observer.set_fault(GPS_LOST)
            await flown.acts(modes.LAND, within_s=60.0)
        finally:
            await flown.observer.set_fault(GPS_BACK)


async def test_a_lost_gps_returns_by_dead_reckoning_where_the_vehicle_can(vehicle: SimulatedCopter) -> None:
    try:
        async with on_patrol(vehicle, on_gps_loss="return") as flown:
            try:
                await flown.observer.set_fault(GPS_LOST)
                await flown.acts(modes.RTL, within_s=60.0)
            finally:
                await flown.observer.set_fault(GPS_BACK)
    except PreflightFailed as exc:
        # Neither knows its drag; one that did would have to return.
        assert "gps loss: the vehicle has no FS_DR_ENABLE" in str(exc) or "gps loss: EK3_DRAG" in str(exc)  # noqa: PT017


@pytest.mark.parametrize(("action", "expected"), [*_WAYS_DOWN, ("hold", {modes.BRAKE}), ("report", {modes.AUTO})])
async def test_a_breach_of_the_fence_does_what_was_chosen(
    vehicle: SimulatedCopter, action: str, expected: set[int]
) -> None:
    async with on_patrol(vehicle, on_fence_breach=action) as flown:
        await flown.set_parameter("FENCE_ALT_MAX", 12.0)  # it is above that by now: as if it had been blown up
        await flown.says("breached", within_s=30.0)
        await flown.acts(*expected)
        if action == "report":
            await flown.observer.sleep(2.0)
            assert flown.observer.mode == modes.AUTO


@pytest.mark.parametrize(("action", "expected"), [("return", {modes.RTL}), ("land", {modes.LAND})])
async def test_a_wind_stronger_than_the_aircraft_does_what_was_chosen(
    vehicle: SimulatedCopter, action: str, expected: set[int]
) -> None:
    async with on_patrol(vehicle, on_strong_wind=action) as flown:
        try:
            assert isinstance(vehicle, Watched)
            if vehicle.side.firmware().startswith("ArduCopter"):
                await flown.observer.set_fault(_AT_ANY_HEIGHT)
            await flown.observer.set_fault(wind(24.0, 0.0))
            await flown.acts(*expected, within_s=120.0)
            assert flown.told(EventKind.FAILSAFE)
        finally:
            await flown.observer.set_fault(wind(0.0, 0.0))


@pytest.mark.parametrize(("action", "expected"), [("return", {modes.RTL}), ("land", {modes.LAND})])
async def test_a_lost_video_does_what_was_chosen(vehicle: SimulatedCopter, action: str, expected: set[int]) -> None:
    async with on_patrol(vehicle, on_video_loss=action, video_loss_after_s=30) as flown:  # none ever comes
        await flown.acts(*expected, within_s=60.0)
        assert flown.told(EventKind.VIDEO_LOST)


async def test_a_hold_for_a_lost_video_ends_when_pictures_come_again(vehicle: SimulatedCopter) -> None:
    async with on_patrol(vehicle, on_video_loss="hold", video_loss_after_s=30) as flown:
        await flown.observer.until(lambda: flown.told(EventKind.HELD), 120.0, "held")
        await flown.observer.until(lambda: flown.observer.speed_m_s < 0.5, 20.0, "it stands")
        flown.pictures.append(1)
        await flown.observer.until(lambda: flown.told(EventKind.RESUMED), 120.0, "resumed")
        await flown.observer.until(lambda: flown.observer.speed_m_s > 2.0, 60.0, "it flies on")
        assert flown.observer.mode == modes.AUTO
