import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import DOCK, ScriptedLink, drawn_plan, place

from flight.configure import configure
from flight.context import Flight
from flight.control import FlightControl
from flight.events import Check, CheckState, FlightUpdate
from flight.parameters import Parameter, Parameters
from flight.preflight import contains, preflight_checks, wait_ready
from flight.settings import FlySettings, OnLinkLoss
from flight.vehicle_state import VehicleState
from missions import GeoPoint, Message, Plan

PREARM_BIT = 0x10000000
GOOD = {
    "RTL_ALT": 3000.0,
    "FENCE_ENABLE": 1.0,
    "FENCE_TYPE": 5.0,
    "FENCE_ALT_MAX": 120.0,
    "FENCE_ACTION": 1.0,
    "FS_GCS_ENABLE": 1.0,
    "FS_OPTIONS": 16.0,
    "SYSID_MYGCS": 255.0,
}


def parameters(**changes: float) -> Parameters:
    values = {**GOOD, **changes}
    return Parameters({name: Parameter(name=name, value=value, mav_type=9) for name, value in values.items()})


def health(*, prearm: bool = True, battery_pct: int = 100) -> Message:
    fields = {
        "onboard_control_sensors_present": PREARM_BIT,
        "onboard_control_sensors_health": PREARM_BIT if prearm else 0,
        "battery_remaining": battery_pct,
        "voltage_battery": 12600,
        "current_battery": 0,
    }
    return Message("SYS_STATUS", fields)


def vehicle_says(
    at: GeoPoint = DOCK, *, fix: int = 3, ekf: int = 0x33F, status: Message | None = None
) -> list[Message]:
    lat, lon = round(at.lat_deg * 1e7), round(at.lon_deg * 1e7)
    place_fields = {"lat": lat, "lon": lon, "alt": 32000, "relative_alt": 0, "vx": 0, "vy": 0, "vz": 0, "hdg": 0}
    return [
        Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 81, "custom_mode": 0}),
        Message("SYSTEM_TIME", {"time_boot_ms": 50_000, "time_unix_usec": 1_780_000_050_000_000}),
        Message("GPS_RAW_INT", {"fix_type": fix, "satellites_visible": 10}),
        Message("EKF_STATUS_REPORT", {"flags": ekf}),
        Message("HOME_POSITION", {"latitude": lat, "longitude": lon}),
        status or health(),
        Message("GLOBAL_POSITION_INT", {"time_boot_ms": 50_100, **place_fields}),
    ]


def flight_of(
    plan: Plan, said: list[Message], found: Parameters, settings: FlySettings | None = None
) -> tuple[Flight, list[FlightUpdate]]:
    link = ScriptedLink(lambda message: [_accept(message)])
    link.target_system = 1
    state = VehicleState(link.clock, patrol_id="", vehicle_id="uav-1", stream_id="main")
    link.listen(state.hear)
    told: list[FlightUpdate] = []
    flight = Flight(
        link=link,
        state=state,
        plan=plan,
        settings=settings or FlySettings(),
        control=FlightControl(),
        on_event=told.append,
        parameters=found,
    )
    link.publish_all(said)
    return flight, told


def _accept(message: Message) -> Message:
    if message.name == "PARAM_SET":
        fields = {**message.fields, "param_index": 65535, "param_count": 1}
        return Message("PARAM_VALUE", {k: v for k, v in fields.items() if k.startswith("param")})
    return Message("COMMAND_ACK", {"command": message.fields.get("command", 0), "result": 0})


def checks_of(flight: Flight, tmp_path: Path, *, reasons: list[str] | None = None) -> dict[str, Check]:
    rows = preflight_checks(flight, flight.plan.sorties[0], item_count=9, reasons=reasons or [], folder=tmp_path)
    return {check.name: check for check in rows}


PLAN = drawn_plan((0, 80), (80, 80))


async def test_a_vehicle_that_is_ready_passes_every_check(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), parameters())
    table = checks_of(flight, tmp_path)
    assert {check.state for check in table.values()} == {CheckState.PASS}
    assert len(table) == 14


@pytest.mark.parametrize(
    ("said", "found", "name", "detail"),
    [
        pytest.param(vehicle_says(fix=2), parameters(), "position", "fix type 2", id="no 3D fix"),
        pytest.param(vehicle_says(ekf=0x0F), parameters(), "ekf", "lack 0x30", id="EKF without a position"),
        pytest.param(vehicle_says(ekf=0xA7), parameters(), "ekf", "no position aiding", id="EKF stands still"),
        pytest.param(
            vehicle_says(status=health(battery_pct=30)),
            parameters(),
            "battery",
            "30 %, this sortie needs 35 %",
            id="battery",
        ),
        pytest.param(vehicle_says(place(0, 40)), parameters(), "home", "40.0 m from", id="another dock"),
        pytest.param(vehicle_says(place(0, 900)), parameters(), "fence", "outside the fence", id="outside the fence"),
        pytest.param(vehicle_says(), parameters(FENCE_ENABLE=0.0), "fence enabled", "switched off", id="fence off"),
        pytest.param(vehicle_says(), parameters(FENCE_TYPE=3.0), "fence enabled", "polygons", id="no polygons"),
        pytest.param(
            vehicle_says(), parameters(FS_GCS_ENABLE=0.0), "link loss", "fly on without us", id="failsafe off"
        ),
        pytest.param(vehicle_says(), parameters(FS_OPTIONS=2.0), "link loss", "fly on without us", id="AUTO goes on"),
        pytest.param(
            vehicle_says(), parameters(SYSID_MYGCS=252.0), "ground station id", "obeys system id 252", id="other GCS"
        ),
        pytest.param(vehicle_says(), parameters(RTL_ALT=1500.0), "return height", "15 m above home", id="low return"),
        pytest.param(
            vehicle_says(status=health(prearm=False)), parameters(), "prearm", "Compass not healthy", id="prearm"
        ),
    ],
)
async def test_what_is_wrong_is_told_by_name(
    tmp_path: Path, said: list[Message], found: Parameters, name: str, detail: str
) -> None:
    flight, _ = flight_of(PLAN, said, found)
    check = checks_of(flight, tmp_path, reasons=["PreArm: Compass not healthy"])[name]
    assert check.state is CheckState.FAIL
    assert detail in check.detail


async def test_a_waived_check_does_not_fail_but_says_so(tmp_path: Path) -> None:
    settings = FlySettings(waive=frozenset({"home"}))
    flight, _ = flight_of(PLAN, vehicle_says(place(0, 40)), parameters(), settings)
    assert checks_of(flight, tmp_path)["home"].state is CheckState.WAIVED


async def test_only_what_differs_is_set_and_each_change_is_told() -> None:
    found = parameters(FENCE_TYPE=7.0, FS_GCS_ENABLE=0.0, RTL_ALT=1500.0)
    flight, told = flight_of(PLAN, vehicle_says(), found)
    await configure(flight)
    assert {name: p.value for name, p in found.by_name.items()} == GOOD, "the circle fence is gone, the return is on"
    assert len(told) == 3
    assert flight.replaced == {"FENCE_TYPE": 7.0, "FS_GCS_ENABLE": 0.0, "RTL_ALT": 1500.0}


async def test_a_simulators_link_loss_time_is_lengthened_to_the_walls() -> None:
    found = parameters(SIM_BATT_VOLTAGE=12.6, FS_GCS_TIMEOUT=5.0)
    flight, _ = flight_of(PLAN, vehicle_says(), found)
    await configure(flight)
    assert found.by_name["FS_GCS_TIMEOUT"].value == 50.0
    real = parameters(FS_GCS_TIMEOUT=5.0)
    flight, _ = flight_of(PLAN, vehicle_says(), real)
    await configure(flight)
    assert real.by_name["FS_GCS_TIMEOUT"].value == 5.0


async def test_another_failsafe_the_operator_chose_is_kept() -> None:
    found = parameters(FS_GCS_ENABLE=5.0)  # land
    flight, _ = flight_of(PLAN, vehicle_says(), found)
    await configure(flight)
    assert found.by_name["FS_GCS_ENABLE"].value == 5.0


async def test_a_policy_of_flying_on_sets_the_option_for_it(tmp_path: Path) -> None:
    settings = FlySettings(on_link_loss=OnLinkLoss.CONTINUE_MISSION)
    flight, _ = flight_of(PLAN, vehicle_says(), parameters(), settings)
    await configure(flight)
    assert flight.parameters.by_name["FS_OPTIONS"].value == 18.0
    assert checks_of(flight, tmp_path)["link loss"].state is CheckState.PASS


async def test_waiting_ends_as_soon_as_the_vehicle_is_ready() -> None:
    flight, _ = flight_of(PLAN, vehicle_says(status=health(prearm=False)), parameters())
    waiting = asyncio.create_task(wait_ready(flight))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    flight.link.publish(health())
    assert await asyncio.wait_for(waiting, 2.0) == []


async def test_waiting_ends_by_the_vehicles_time_with_its_reasons() -> None:
    flight, _ = flight_of(PLAN, vehicle_says(status=health(prearm=False)), parameters(), FlySettings(ready_flight_s=60))

    async def complain() -> None:
        for boot_s in range(50, 400, 4):
            flight.link.publish(Message("STATUSTEXT", {"severity": 2, "text": "PreArm: Gyros inconsistent"}))
            flight.link.publish(Message("ATTITUDE", {"time_boot_ms": boot_s * 1000, "roll": 0, "pitch": 0, "yaw": 0}))
            await asyncio.sleep(0.02)

    complaining = asyncio.create_task(complain())
    reasons = await asyncio.wait_for(wait_ready(flight), 3.0)
    complaining.cancel()
    assert reasons == ["PreArm: Gyros inconsistent"]


def test_a_place_is_inside_its_own_fence_and_far_ones_are_not() -> None:
    assert contains(PLAN.fence, DOCK)
    assert not contains(PLAN.fence, place(500, 0))
    assert DOCK.distance_m(place(30, 40)) == pytest.approx(50.0, abs=0.05)
    assert not contains(replace(PLAN.fence, corners=PLAN.fence.corners[::-1]), place(0, -500))
