"""The real autopilot judges: these fly ArduPilot's own Copter firmware."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import DOCK, drawn_plan, grid_items, place

from flight.commands import arm, set_mode
from flight.control import FlightControl
from flight.copter_modes import RTL, STABILIZE
from flight.errors import CommandRefused, MissionRejected, PreflightFailed, SortieCutShort
from flight.events import CheckState, EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.fly import fly_patrol
from flight.item_codec import list_differences
from flight.link import open_link
from flight.parameters import download_parameters, set_parameter
from flight.report import FlightReport, Outcome
from flight.settings import BatterySwap, FlySettings
from flight.tlog import read_tlog
from flight.transfer import download, upload
from missions import LegKind, Telemetry
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from sitl.arducopter import ArduCopter

pytestmark = pytest.mark.ardupilot
MakeCopter = Callable[..., ArduCopter]
SETTINGS = FlySettings(battery_swap=BatterySwap.SIMULATED, heartbeat_wait_s=20.0)


async def test_missions_of_1_60_and_650_items_are_stored_and_651_is_refused(arducopter_at: MakeCopter) -> None:
    with arducopter_at(DOCK) as copter:
        async with open_link(copter.link_url) as link:
            await link.wait_vehicle(timeout_s=20.0)
            for count in (1, 60, 650):
                await upload(link, grid_items(count), MAV_MISSION_TYPE_MISSION)
                stored = await download(link, MAV_MISSION_TYPE_MISSION)
                assert list_differences(grid_items(count), stored) == []
            with pytest.raises(MissionRejected, match="no space"):
                await upload(link, grid_items(651), MAV_MISSION_TYPE_MISSION)
        assert link.quality.lost == 0


async def test_parameters_come_whole_and_one_is_set_with_its_own_type(arducopter_at: MakeCopter) -> None:
    with arducopter_at(DOCK) as copter:
        async with open_link(copter.link_url) as link:
            await link.wait_vehicle(timeout_s=20.0)
            parameters = await download_parameters(link)
            assert len(parameters.by_name) > 1000
            await set_parameter(link, parameters, "FENCE_TYPE", 5)
            again = await download_parameters(link)
            assert again.by_name["FENCE_TYPE"].value == 5


async def test_arming_right_after_boot_is_denied_with_the_vehicles_reasons(arducopter_at: MakeCopter) -> None:
    with arducopter_at(DOCK, speedup=1.0) as copter:
        async with open_link(copter.link_url) as link:
            await link.wait_vehicle(timeout_s=20.0)
            await set_mode(link, STABILIZE)
            with pytest.raises(CommandRefused, match="arming") as caught:
                await arm(link, timeout_s=-1.0)
            assert caught.value.reasons, "the vehicle says why"


async def test_a_plan_of_another_place_is_refused_before_anything_is_stored(arducopter_at: MakeCopter) -> None:
    plan = replace(drawn_plan((0, 60), (60, 60)), dock=place(300, 0))
    with arducopter_at(DOCK) as copter, pytest.raises(PreflightFailed, match=r"300 m from the plan's dock"):
        await fly_patrol(copter.link_url, plan, SETTINGS, on_event=lambda _update: None)


async def test_a_plan_is_flown_and_reported(arducopter_at: MakeCopter, tmp_path: Path) -> None:
    plan = drawn_plan((0, 80), (80, 80), (80, 0))
    updates: list[FlightUpdate] = []
    telemetry: list[Telemetry] = []
    tlog = tmp_path / "flight.tlog"
    with arducopter_at(DOCK) as copter:
        report = await fly_patrol(
            copter.link_url, plan, SETTINGS, on_event=updates.append, on_telemetry=telemetry.append, tlog=tlog
        )
    sortie = report.sorties[0]
    assert report.outcome is Outcome.COMPLETE
    assert report.firmware.startswith("4.")
    assert sortie.flown_distance_m == pytest.approx(plan.estimate.distance_m + 60, rel=0.05)  # 30 m up and down
    assert sortie.cross_track_max_m is not None
    assert sortie.cross_track_max_m < 3.0
    assert all(leg.samples > 20 for leg in sortie.legs)
    assert sortie.height_max_m == pytest.approx(30.0, abs=1.0)
    assert sortie.landed_from_dock_m is not None
    assert sortie.landed_from_dock_m < 2.0
    checks = next(u.checks for u in updates if isinstance(u, FlightEvent) and u.checks)
    assert len(checks) >= 12
    assert all(check.state is CheckState.PASS for check in checks)
    progress = [u for u in updates if isinstance(u, FlightProgress)]
    assert {p.leg for p in progress} == {None, LegKind.DEADHEAD, LegKind.SERVICE}
    assert progress[-1].fraction == 1.0
    flown = [t for t in telemetry if t.armed]
    rate_hz = len(flown) / (flown[-1].captured_utc_s - flown[0].captured_utc_s)
    assert rate_hz >= 5.0
    service = [t for t in flown if t.mission_seq == 6 and t.mode == "AUTO"]
    middle = service[len(service) // 2]
    assert middle.gimbal_pitch_deg == pytest.approx(-60.0, abs=1.5)
    assert middle.gimbal_azimuth_deg == pytest.approx(middle.heading_deg, abs=3.0)
    assert sum(message.name == "GLOBAL_POSITION_INT" for _, message in read_tlog(tlog)) >= len(telemetry)


async def test_a_flight_holds_resumes_and_returns_as_asked(arducopter_at: MakeCopter) -> None:
    plan = drawn_plan((0, 80), (200, 80), (200, 0))
    control, speeds = FlightControl(), []

    async def operate(reached: asyncio.Event) -> None:
        await reached.wait()
        await control.hold()
        await asyncio.sleep(2.5)
        held.set()
        await asyncio.sleep(1.0)
        held.clear()
        await control.resume()
        await asyncio.sleep(1.0)
        await control.return_home()

    reached, held = asyncio.Event(), asyncio.Event()

    def watch(update: FlightUpdate) -> None:
        if isinstance(update, FlightProgress) and update.leg is LegKind.SERVICE and update.fraction > 0.4:
            reached.set()
        if isinstance(update, FlightProgress) and held.is_set():
            speeds.append(update.speed_m_s)

    with arducopter_at(DOCK, speedup=4.0) as copter:  # orders of a busy machine have to find it on that leg
        operating = asyncio.create_task(operate(reached))
        with pytest.raises(SortieCutShort, match="returning home") as caught:
            await fly_patrol(copter.link_url, plan, SETTINGS, on_event=watch, control=control)
        await operating
    assert speeds
    assert max(speeds) < 1.0, "a held aircraft stays"
    report = caught.value.report
    assert isinstance(report, FlightReport)
    assert report.breakpoint is not None
    assert report.breakpoint_waypoint == 1
    assert 0.3 < report.breakpoint.fraction < 0.95


async def test_a_second_ground_station_follows_the_same_plan_and_a_breakpoint_is_flown_on(
    arducopter_at: MakeCopter,
) -> None:
    plan = drawn_plan((0, 60), (100, 60), (100, 0), (160, 0))
    kinds: list[EventKind] = []
    flying, attached = asyncio.Event(), asyncio.Event()

    def first(update: FlightUpdate) -> None:
        if isinstance(update, FlightProgress) and update.waypoint >= 2:
            flying.set()

    def second(update: FlightUpdate) -> None:
        if isinstance(update, FlightEvent):
            kinds.append(update.kind)
            if update.kind is EventKind.ATTACHED:
                attached.set()

    with arducopter_at(DOCK) as copter:
        one = asyncio.create_task(fly_patrol(copter.link_url, plan, SETTINGS, on_event=first))
        await flying.wait()
        one.cancel()  # as if the process had been killed: the vehicle flies on
        with pytest.raises(asyncio.CancelledError):
            await one
        control = FlightControl()
        two = asyncio.create_task(fly_patrol(copter.link_url, plan, SETTINGS, on_event=second, control=control))
        await attached.wait()
        await control.return_home()
        with pytest.raises(SortieCutShort) as caught:
            await two
        assert EventKind.UPLOADED not in kinds, "nothing is sent to a vehicle that flies this plan"
        report = await fly_patrol(copter.link_url, plan, SETTINGS, on_event=lambda _update: None, start=caught.value.at)
    assert report.outcome is Outcome.COMPLETE
    assert report.sorties[0].item_count < 10
    assert report.sorties[0].legs[-1].waypoint == 3


async def test_the_vehicle_comes_home_by_itself_when_the_ground_station_is_gone(arducopter_at: MakeCopter) -> None:
    plan = drawn_plan((0, 60), (150, 60), (150, 0))
    flying = asyncio.Event()

    def watch(update: FlightUpdate) -> None:
        if isinstance(update, FlightProgress) and update.leg is LegKind.SERVICE:
            flying.set()

    with arducopter_at(DOCK) as copter:
        patrol = asyncio.create_task(fly_patrol(copter.link_url, plan, SETTINGS, on_event=watch))
        await flying.wait()
        patrol.cancel()
        with pytest.raises(asyncio.CancelledError):
            await patrol
        await asyncio.sleep(6.0)  # FS_GCS_TIMEOUT is 5 s of the wall here
        async with open_link(copter.link_url, own_system_id=252) as link:
            heartbeat = await link.wait_vehicle(timeout_s=10.0)
    assert heartbeat.integer("custom_mode") == RTL, "it is on its way home"
