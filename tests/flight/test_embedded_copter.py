"""The same flight on the copter that comes with a clone: no binary, no download."""

import asyncio
from pathlib import Path

import pytest
from flight_fakes import DOCK, drawn_plan

from flight.control import FlightControl
from flight.errors import NotApproved, SortieCutShort
from flight.events import EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.fly import Briefing, fly_patrol
from flight.report import FlightReport, Outcome
from flight.settings import BatterySwap, FlySettings
from missions.codec import from_json, to_json
from missions.telemetry import Telemetry
from sitl.copter_process import CopterProcess

pytestmark = pytest.mark.slow

HOME = f"{DOCK.lat_deg},{DOCK.lon_deg},32,0"
SETTINGS = FlySettings(battery_swap=BatterySwap.SIMULATED)


async def test_two_sorties_are_flown_with_a_battery_swap_between(tmp_path: Path) -> None:
    plan = drawn_plan((0, 50), (60, 50), sorties=2, height_m=20.0)
    telemetry: list[Telemetry] = []
    kinds: list[EventKind] = []

    def watch(update: FlightUpdate) -> None:
        if isinstance(update, FlightEvent):
            kinds.append(update.kind)

    with CopterProcess(home=HOME, speedup=40.0) as copter:
        report = await fly_patrol(
            copter.url,
            plan,
            SETTINGS,
            on_event=watch,
            on_telemetry=telemetry.append,
            tlog=tmp_path / "f.tlog",
        )
    assert report.outcome is Outcome.COMPLETE
    assert [sortie.outcome for sortie in report.sorties] == [Outcome.COMPLETE, Outcome.COMPLETE]
    assert kinds.count(EventKind.BATTERY_SWAP) == 1
    second = report.sorties[1].battery_start_pct
    assert second is not None
    assert second >= 98.0
    assert report.cross_track_max_m is not None
    assert report.cross_track_max_m < 4.0  # its reported position is 1.5 m wrong on purpose
    assert from_json(FlightReport, to_json(report)) == report
    service = [t for t in telemetry if t.armed and t.mission_seq == 5]
    assert service[len(service) // 2].gimbal_pitch_deg == pytest.approx(-60.0, abs=2.0)


async def test_nothing_is_stored_on_a_vehicle_whose_operator_says_no() -> None:
    plan = drawn_plan((0, 50), (60, 50))
    seen: list[Briefing] = []
    kinds: list[EventKind] = []

    async def no(briefing: Briefing) -> bool:
        seen.append(briefing)
        return False

    def watch(update: FlightUpdate) -> None:
        if isinstance(update, FlightEvent):
            kinds.append(update.kind)

    with CopterProcess(home=HOME, speedup=40.0) as copter, pytest.raises(NotApproved):
        await fly_patrol(copter.url, plan, SETTINGS, on_event=watch, approve=no)
    assert kinds == [EventKind.CONNECTED]
    assert seen[0].is_simulation
    assert seen[0].home_from_dock_m is not None
    assert seen[0].home_from_dock_m < 5.0


async def test_a_landing_asked_for_ends_the_patrol_where_it_is() -> None:
    plan = drawn_plan((0, 50), (100, 50), height_m=20.0)
    control = FlightControl()
    tasks: list[asyncio.Task[str]] = []

    def watch(update: FlightUpdate) -> None:
        if isinstance(update, FlightProgress) and update.waypoint == 2 and not tasks:
            tasks.append(asyncio.create_task(control.land()))

    with CopterProcess(home=HOME, speedup=40.0) as copter, pytest.raises(SortieCutShort, match="landing") as caught:
        await fly_patrol(copter.url, plan, SETTINGS, on_event=watch, control=control)
    report = caught.value.report
    assert isinstance(report, FlightReport)
    assert report.sorties[0].landed_from_dock_m is not None
    assert report.sorties[0].landed_from_dock_m > 40.0


async def test_a_vehicle_handed_over_is_left_as_it_is_with_its_own_failsafe() -> None:
    plan = drawn_plan((0, 50), (100, 50), height_m=20.0)
    control = FlightControl()
    tasks: list[asyncio.Task[str]] = []

    def watch(update: FlightUpdate) -> None:
        if isinstance(update, FlightProgress) and update.waypoint == 2 and not tasks:
            tasks.append(asyncio.create_task(control.hand_over()))

    with CopterProcess(home=HOME, speedup=40.0) as copter:
        report = await fly_patrol(copter.url, plan, SETTINGS, on_event=watch, control=control)
    assert report.outcome is Outcome.HANDED_OVER
    assert report.breakpoint is not None
