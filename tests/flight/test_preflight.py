"""The table before arming: each row fails for its own reason, and an operator answers for what is waived."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import ScriptedLink, drawn_plan, place
from ready_vehicle import (
    COMPASS_BIT,
    FENCE_BIT,
    PREARM_BIT,
    ObedientVehicle,
    configured,
    flight_of,
    health,
    parameters,
    vehicle_says,
)

from flight.checks.facts import Facts
from flight.checks.fence import contains, crosses
from flight.context import Flight
from flight.events import Check, CheckState
from flight.item_codec import WireItem, wire_items
from flight.parameters import Parameters
from flight.preflight import WAIVABLE, preflight, preflight_table, wait_ready
from flight.preflight_inputs import EnergyNeeded, GroundSide, Waiver
from flight.settings import FlySettings
from missions import FailsafeAction, FailsafePolicy, Message, Plan, Zone, ZoneRule
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from missions.items import mission_items
from missions.remote_id import RemoteId
from tests.samples import DOCK

PLAN = drawn_plan((0, 80), (80, 80))
SELF = RemoteId(uas_id="SKY123", operator_id="CHN-OP-1")
ARM_STATUS = Message("OPEN_DRONE_ID_ARM_STATUS", {"status": 0, "error": ""})


def items_of(plan: Plan) -> tuple[WireItem, ...]:
    return wire_items(mission_items(plan, plan.sorties[0]), MAV_MISSION_TYPE_MISSION)


def facts_of(
    flight: Flight,
    tmp_path: Path,
    *,
    reasons: Sequence[str] = (),
    stored: Sequence[WireItem] | None = None,
    energy_needed: EnergyNeeded | None = None,
) -> Facts:
    flight.ground = GroundSide(energy_needed=energy_needed)
    return Facts(
        flight=flight,
        sortie=flight.plan.sorties[0],
        start=None,
        stored=items_of(flight.plan) if stored is None else stored,
        reasons=reasons,
        folder=tmp_path,
    )


def table_of(facts: Facts) -> dict[str, Check]:
    return {check.name: check for check in preflight_table(facts)}


async def test_a_vehicle_that_is_ready_passes_every_check(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    table = table_of(facts_of(flight, tmp_path))
    assert {check.state for check in table.values()} == {CheckState.PASS}
    assert set(WAIVABLE) - set(table) == {"video", "metadata", "weather"}, "these are handed in"


@pytest.mark.parametrize(
    ("said", "changes", "name", "detail"),
    [
        pytest.param(vehicle_says(fix=2), {}, "position", "fix type 2", id="no 3D fix"),
        pytest.param(vehicle_says(ekf=0x0F), {}, "ekf", "lack 0x30", id="EKF without a position"),
        pytest.param(vehicle_says(ekf=0xA7), {}, "ekf", "no position aiding", id="EKF stands still"),
        pytest.param(vehicle_says(), {"FS_EKF_THRESH": 0.0}, "ekf", "unnoticed", id="EKF failsafe off"),
        pytest.param(
            vehicle_says(status=health(bad_bits=COMPASS_BIT)), {}, "compass", "not healthy", id="sick compass"
        ),
        pytest.param(vehicle_says(status=health(absent_bits=COMPASS_BIT)), {}, "compass", "none", id="no compass"),
        pytest.param(vehicle_says(status=health(off_bits=COMPASS_BIT)), {}, "compass", "none", id="compass off"),
        pytest.param(vehicle_says(compass_variance=0.9), {}, "compass", "0.90 of 0.8", id="compass disagrees"),
        pytest.param(
            vehicle_says(status=health(battery_pct=30)),
            {},
            "battery",
            "68 Wh (30 %), this sortie needs 100 Wh",
            id="battery, of whose gauge the last ninth is not to be used",
        ),
        pytest.param(
            vehicle_says(status=health(battery_pct=30)), {"BATT_CAPACITY": 0.0}, "battery", "96 Wh", id="no gauge"
        ),
        pytest.param(vehicle_says(), {"BATT_CAPACITY": 3300.0}, "battery", "74 Wh (100 %)", id="another battery"),
        pytest.param(vehicle_says(wind=(14.0, 90.0)), {}, "wind", "quad-5kg takes 12 m/s", id="storm"),
        pytest.param(
            vehicle_says(wind=(11.0, 90.0)), {"ANGLE_MAX": 2000.0}, "wind", "20 deg holds 9.4 m/s", id="it leans little"
        ),
        pytest.param(vehicle_says(place(0, 40)), {}, "home", "40.0 m from", id="another dock"),
        pytest.param(vehicle_says(place(0, 900)), {}, "fence", "home is outside the fence", id="outside the fence"),
        pytest.param(
            vehicle_says(status=health(off_bits=FENCE_BIT)), {}, "fence active", "off", id="fence does not work"
        ),
        pytest.param(
            vehicle_says(status=health(bad_bits=FENCE_BIT)), {}, "fence active", "breached", id="fence breached"
        ),
        pytest.param(vehicle_says(), {"FENCE_ENABLE": 0.0}, "fence enabled", "FENCE_ENABLE is 0", id="fence off"),
        pytest.param(vehicle_says(), {"FENCE_TYPE": 3.0}, "fence enabled", "has to be 5", id="no polygons"),
        pytest.param(vehicle_says(), {"FENCE_ACTION": 0.0}, "fence breach", "has to be 1", id="fence only reports"),
        pytest.param(vehicle_says(), {"FS_GCS_ENABLE": 0.0}, "link loss", "has to be 1", id="failsafe off"),
        pytest.param(vehicle_says(), {"FS_OPTIONS": 2.0}, "link loss", "FS_OPTIONS is 2, has to be 0", id="goes on"),
        pytest.param(vehicle_says(), {"FS_GCS_TIMEOUT": 60.0}, "link loss", "has to be 5", id="acts too late"),
        pytest.param(vehicle_says(), {"BATT_FS_LOW_ACT": 0.0}, "low battery", "has to be 2", id="low battery"),
        pytest.param(vehicle_says(), {"BATT_CRT_MAH": 0.0}, "critical battery", "BATT_CRT_MAH is 0", id="never"),
        pytest.param(vehicle_says(), {"FS_DR_ENABLE": 2.0}, "gps loss", "FS_DR_ENABLE is 2", id="dead reckoning"),
        pytest.param(
            vehicle_says(), {"SYSID_MYGCS": 252.0}, "ground station id", "obeys system id 252", id="other GCS"
        ),
        pytest.param(vehicle_says(), {"RTL_ALT": 1500.0}, "return height", "RTL_ALT is 1500", id="low return"),
        pytest.param(vehicle_says(status=health(bad_bits=PREARM_BIT)), {}, "prearm", "Gyros inconsistent", id="prearm"),
        pytest.param(vehicle_says(), {"DID_ENABLE": 1.0}, "remote id", "has no remote_id", id="nobody to tell"),
    ],
)
async def test_what_is_wrong_is_told_by_name(
    tmp_path: Path, said: list[Message], changes: dict[str, float], name: str, detail: str
) -> None:
    flight, _ = flight_of(PLAN, said, configured(PLAN, **changes))
    check = table_of(facts_of(flight, tmp_path, reasons=["PreArm: Gyros inconsistent"]))[name]
    assert check.state is CheckState.FAIL
    assert detail in check.detail


@pytest.mark.parametrize(
    ("fields", "detail"),
    [({"type": 1, "autopilot": 3}, "MAV_TYPE 1 is no multirotor"), ({"type": 2, "autopilot": 12}, "not ArduPilot")],
)
async def test_an_aeroplane_or_another_autopilot_is_not_flown(
    tmp_path: Path, fields: dict[str, int], detail: str
) -> None:
    beat = Message("HEARTBEAT", {"base_mode": 81, "custom_mode": 0, **fields})
    flight, _ = flight_of(PLAN, [*vehicle_says(), beat], configured(PLAN))
    assert detail in table_of(facts_of(flight, tmp_path))["firmware"].detail


async def test_a_compass_the_vehicle_complains_of_fails(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    table = table_of(facts_of(flight, tmp_path, reasons=["PreArm: Compass not calibrated"]))
    assert table["compass"].detail == "PreArm: Compass not calibrated"


async def test_the_battery_is_judged_in_the_wind_the_vehicle_feels_if_that_is_worse(tmp_path: Path) -> None:
    asked: list[float] = []

    def needed_wh(_sortie: object, _start: object, wind: object) -> float:
        speed_m_s = getattr(wind, "speed_m_s", 0.0)
        asked.append(speed_m_s)
        return 20.0 + 25.0 * speed_m_s

    for wind, state in (((2.0, 90.0), CheckState.PASS), ((11.0, 90.0), CheckState.FAIL)):
        flight, _ = flight_of(PLAN, vehicle_says(wind=wind), configured(PLAN))
        check = table_of(facts_of(flight, tmp_path, energy_needed=needed_wh))["battery"]
        assert check.state is state
        assert f"in {wind[0]:.1f} m/s of wind" in check.detail
    assert asked == [0.0, 2.0, 0.0, 11.0], "planned and felt"


async def test_a_wind_without_headway_fails_the_battery(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(wind=(9.0, 90.0)), configured(PLAN))
    facts = facts_of(flight, tmp_path, energy_needed=lambda _sortie, _start, wind: wind.speed_m_s and float("nan"))
    assert "no headway" in table_of(facts)["battery"].detail


@pytest.mark.parametrize(
    ("spoil", "detail"),
    [
        pytest.param({"x": round(place(0, 900).lat_deg * 1e7)}, "item 4 is outside the fence", id="far away"),
        pytest.param({"z": 120.0}, "item 4 is 120 m above home, the fence ends at 120 m", id="too high"),
        pytest.param({"z": 160.0, "frame": 0}, "item 4 is 128 m above home", id="too high above the sea"),
    ],
)
async def test_a_stored_item_that_leaves_the_fence_is_refused_before_arming(
    tmp_path: Path, spoil: dict[str, float], detail: str
) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    stored = [replace(item, **spoil) if item.seq == 4 else item for item in items_of(PLAN)]  # type: ignore[arg-type]
    assert detail in table_of(facts_of(flight, tmp_path, stored=stored))["fence"].detail


async def test_a_leg_through_a_zone_or_out_of_a_bay_of_the_fence_is_refused(tmp_path: Path) -> None:
    zone = Zone(
        zone_id="school", rule=ZoneRule.KEEP_OUT, corners=(place(-5, 30), place(5, 30), place(5, 50), place(-5, 50))
    )
    flight, _ = flight_of(replace(PLAN, keep_out=(zone,)), vehicle_says(), configured(PLAN))
    assert "goes through no-fly zone school" in table_of(facts_of(flight, tmp_path))["fence"].detail
    corners = ((-50, -50), (150, -50), (150, 150), (40, 150), (40, 40), (30, 40), (30, 150), (-50, 150))
    bay = Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=tuple(place(*corner) for corner in corners))
    flight, _ = flight_of(replace(PLAN, fence=bay), vehicle_says(), configured(PLAN))
    assert "leaves the fence" in table_of(facts_of(flight, tmp_path))["fence"].detail


async def test_nothing_stored_fails_the_storage(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    assert table_of(facts_of(flight, tmp_path, stored=()))["storage"].state is CheckState.FAIL


@pytest.mark.parametrize(
    ("said", "enabled", "state", "detail"),
    [
        pytest.param([], 0.0, CheckState.FAIL, "DID_ENABLE is not 1", id="off"),
        pytest.param([], 1.0, CheckState.FAIL, "no transmitter", id="no transmitter"),
        pytest.param([replace(ARM_STATUS, fields={"status": 1, "error": "no GPS"})], 1.0, CheckState.FAIL, "no GPS"),
        pytest.param([ARM_STATUS], 1.0, CheckState.PASS, "SKY123", id="ready"),
    ],
)
async def test_the_arm_status_of_remote_id_is_a_check(
    tmp_path: Path, said: list[Message], enabled: float, state: CheckState, detail: str
) -> None:
    plan = replace(PLAN, remote_id=SELF)
    flight, _ = flight_of(plan, [*vehicle_says(), *said], configured(plan, DID_ENABLE=enabled))
    check = table_of(facts_of(flight, tmp_path))["remote id"]
    assert check.state is state
    assert detail in check.detail


async def test_a_waived_check_does_not_fail_and_names_its_operator(tmp_path: Path) -> None:
    settings = FlySettings(waivers=(Waiver(check="home", operator="Li Wei", reason="moved the dock"),))
    flight, _ = flight_of(PLAN, vehicle_says(place(0, 40)), configured(PLAN), settings)
    check = table_of(facts_of(flight, tmp_path))["home"]
    assert (check.state, check.waived_by, check.reason) == (CheckState.WAIVED, "Li Wei", "moved the dock")


async def test_what_the_vehicle_itself_refuses_cannot_be_waived(tmp_path: Path) -> None:
    settings = FlySettings(waivers=(Waiver(check="prearm", operator="Li Wei"),))
    flight, _ = flight_of(PLAN, vehicle_says(status=health(bad_bits=PREARM_BIT)), configured(PLAN), settings)
    assert table_of(facts_of(flight, tmp_path))["prearm"].state is CheckState.FAIL
    assert "prearm" not in WAIVABLE


async def test_parameters_are_judged_as_the_vehicle_has_them_now_and_probes_have_their_rows(tmp_path: Path) -> None:
    found = configured(PLAN)
    flight, _ = flight_of(PLAN, vehicle_says(), found)
    await flight.link.send(
        Message("PARAM_SET", {"param_id": "FS_GCS_ENABLE", "param_value": 0.0, "param_type": 2})
    )  # by somebody else: we remember another value
    assert found.by_name["FS_GCS_ENABLE"].value == 1.0
    video = Check(name="video", state=CheckState.FAIL, detail="no picture yet")
    rows = {check.name: check for check in await preflight(facts_of(flight, tmp_path), probes=(lambda: video,))}
    assert rows["link loss"].state is CheckState.FAIL
    assert rows["video"] is video


async def test_the_table_waits_for_a_fence_that_was_switched_on_just_now(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(status=health(off_bits=FENCE_BIT)), configured(PLAN))
    judging = asyncio.create_task(preflight(facts_of(flight, tmp_path)))
    await asyncio.sleep(0.05)
    flight.link.publish(health())
    rows = {check.name: check.state for check in await asyncio.wait_for(judging, 5.0)}
    assert rows["fence active"] is CheckState.PASS


async def test_a_vehicle_that_would_not_arm_is_asked_for_its_reasons_of_now(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(status=health(bad_bits=PREARM_BIT)), configured(PLAN))
    facts = facts_of(flight, tmp_path, reasons=["PreArm: Battery 1 capacity failsafe critical >= low"])
    assert isinstance(flight.link, ScriptedLink)
    assert isinstance(flight.link.autopilot, ObedientVehicle)
    flight.link.autopilot.reasons = ["PreArm: Gyros inconsistent"]
    judging = asyncio.create_task(preflight(facts))
    for boot_s in range(51, 60):
        await asyncio.sleep(0.02)
        flight.link.publish(Message("ATTITUDE", {"time_boot_ms": boot_s * 1000, "roll": 0, "pitch": 0, "yaw": 0}))
        flight.link.publish(health(bad_bits=PREARM_BIT))
    rows = {check.name: check for check in await asyncio.wait_for(judging, 5.0)}
    assert rows["prearm"].detail == "PreArm: Gyros inconsistent"


async def test_a_fence_that_only_reports_does_not_say_that_it_is_on(tmp_path: Path) -> None:
    plan = replace(PLAN, failsafes=FailsafePolicy(on_fence_breach=FailsafeAction.REPORT))
    flight, _ = flight_of(plan, vehicle_says(status=health(off_bits=FENCE_BIT)), configured(plan))
    assert table_of(facts_of(flight, tmp_path))["fence active"].state is CheckState.PASS


async def test_waiting_ends_as_soon_as_the_vehicle_is_ready() -> None:
    flight, _ = flight_of(PLAN, vehicle_says(status=health(bad_bits=PREARM_BIT)), parameters())
    waiting = asyncio.create_task(wait_ready(flight))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    flight.link.publish(health())
    assert await asyncio.wait_for(waiting, 5.0) == []


async def test_waiting_ends_by_the_vehicles_time_with_its_reasons() -> None:
    said = vehicle_says(status=health(bad_bits=PREARM_BIT))
    flight, _ = flight_of(PLAN, said, parameters(), FlySettings(ready_flight_s=60))

    async def complain() -> None:
        for boot_s in range(50, 400, 4):
            flight.link.publish(Message("STATUSTEXT", {"severity": 2, "text": "PreArm: Gyros inconsistent"}))
            flight.link.publish(Message("ATTITUDE", {"time_boot_ms": boot_s * 1000, "roll": 0, "pitch": 0, "yaw": 0}))
            await asyncio.sleep(0.02)

    complaining = asyncio.create_task(complain())
    reasons = await asyncio.wait_for(wait_ready(flight), 10.0)
    complaining.cancel()
    assert reasons == ["PreArm: Gyros inconsistent"]


def test_a_place_is_inside_its_own_fence_and_far_ones_are_not() -> None:
    assert contains(PLAN.fence, DOCK)
    assert not contains(PLAN.fence, place(500, 0))
    assert not contains(replace(PLAN.fence, corners=PLAN.fence.corners[::-1]), place(0, -500))
    assert crosses(PLAN.fence, DOCK, place(500, 0))
    assert not crosses(PLAN.fence, DOCK, place(30, 40))


def test_a_list_without_any_parameter_fails_every_failsafe(tmp_path: Path) -> None:
    async def judged() -> dict[str, Check]:
        flight, _ = flight_of(PLAN, vehicle_says(), Parameters({}))
        return table_of(facts_of(flight, tmp_path))

    table = asyncio.run(judged())
    assert "the vehicle has no FS_GCS_ENABLE" in table["link loss"].detail
    failed = {name for name, check in table.items() if check.state is CheckState.FAIL}
    assert failed == {
        "link loss", "low battery", "critical battery", "gps loss", "fence breach", "fence enabled", "return height",
    }  # fmt: skip
