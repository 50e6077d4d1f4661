"""`patrol fly` and its console, as an operator or a script meets them."""

import asyncio
import io
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import DOCK, drawn_plan
from rich.console import Console

from flight.control import Ask, HandOver, Hold, Order, Resume, ReturnHome
from flight.events import Check, CheckState, EventKind, FlightEvent, FlightProgress
from flight.fly import Briefing
from flight.report import FlightReport
from missions import InputError, LegKind
from missions.codec import from_json
from missions.formats.plan_file import save_plan
from patrol.checked_plan import checked_plan
from patrol.commands.fly import fly
from patrol.flight_console import FlightConsole, describe, report_table, status_of
from patrol.flight_setup import fly_settings, waivers_of
from sitl.copter_process import CopterProcess

BRIEFING = Briefing(
    vehicle_id="uav-1",
    system_id=1,
    firmware="4.6.3",
    address="serial:/dev/ttyUSB0:57600",
    is_simulation=False,
    home_from_dock_m=1.2,
    fence_corners=4,
    fence_ceiling_m=120.0,
    sortie_count=1,
)
PROGRESS = FlightProgress(
    at_utc_s=0.0,
    sortie_id="sortie-1",
    sortie_number=1,
    sortie_count=2,
    item_seq=7,
    item_count=21,
    leg=LegKind.SERVICE,
    waypoint=3,
    waypoint_count=10,
    fraction=0.3,
    battery_pct=87.0,
    eta_s=133.4,
    speed_m_s=7.94,
    height_m=60.2,
    mode="AUTO",
)


def console(*, interactive: bool, assume_yes: bool = False) -> tuple[FlightConsole, io.StringIO]:
    text = io.StringIO()
    return FlightConsole(assume_yes=assume_yes, interactive=interactive, console=Console(file=text, width=120)), text


async def first_ask(shown: FlightConsole) -> Ask:
    for _ in range(300):
        if (ask := shown.control.next_ask()) is not None:
            return ask
        await asyncio.sleep(0.01)
    pytest.fail("nothing was asked of the flight")


def test_progress_is_told_with_units() -> None:
    assert describe(PROGRESS) == "sortie 1/2 · leg 3/10 along the road"
    assert status_of(PROGRESS) == "87 % · 7.9 m/s · 60 m · 2:13 to landing"
    assert describe(replace(PROGRESS, leg=None, fraction=0.0)).endswith("taking off")
    assert describe(replace(PROGRESS, leg=None, fraction=1.0)).endswith("returning")


def test_the_preflight_table_and_events_are_shown() -> None:
    shown, text = console(interactive=False)
    checks = (Check(name="fence", state=CheckState.FAIL, detail="home is outside the fence"),)
    shown.on_event(FlightEvent(kind=EventKind.PREFLIGHT, at_utc_s=0.0, text="not ready", checks=checks))
    shown.on_event(PROGRESS)
    assert "not ready" in text.getvalue()
    assert "home is outside the fence" in text.getvalue()


async def test_a_simulation_needs_no_word_wherever_it_is() -> None:
    shown, _ = console(interactive=False)
    assert await shown.approve(replace(BRIEFING, is_simulation=True))


async def test_a_real_link_without_a_terminal_needs_yes() -> None:
    shown, text = console(interactive=False)
    with pytest.raises(InputError, match="--yes"):
        await shown.approve(BRIEFING)
    assert "1.2 m" in text.getvalue(), "what is about to fly was shown all the same"
    agreed, _ = console(interactive=False, assume_yes=True)
    assert await agreed.approve(BRIEFING)


@pytest.mark.parametrize(("typed", "flies"), [("uav-1", True), ("yes", False), ("", False)])
async def test_a_real_vehicle_flies_only_on_its_own_id(
    monkeypatch: pytest.MonkeyPatch, typed: str, flies: bool
) -> None:
    monkeypatch.setattr("builtins.input", lambda _prompt: typed)
    shown, _ = console(interactive=True)
    assert await shown.approve(BRIEFING) is flies


async def test_ctrl_c_on_the_ground_ends_the_command() -> None:
    shown, _ = console(interactive=False)

    async def interrupted_work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(5.0)

    with pytest.raises(KeyboardInterrupt), shown.interrupts():
        await interrupted_work()


async def test_ctrl_c_in_the_air_without_a_terminal_brings_it_home() -> None:
    shown, _ = console(interactive=False)
    shown.control.begin()
    with shown.interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        ask = await first_ask(shown)
        ask.answer.set_result("returning home")
    assert ask.order == ReturnHome()


@pytest.mark.parametrize(("key", "order"), [("r", ReturnHome()), ("h", Hold()), ("c", Resume()), ("o", HandOver())])
async def test_ctrl_c_on_a_terminal_asks(monkeypatch: pytest.MonkeyPatch, key: str, order: Order) -> None:
    monkeypatch.setattr("builtins.input", lambda _prompt: key)
    shown, _ = console(interactive=True)
    shown.control.begin()
    asking = asyncio.create_task(shown.ask_on_interrupt())
    ask = await first_ask(shown)
    ask.answer.set_result("done")
    await asking
    assert ask.order == order


def test_a_plan_that_breaks_its_own_rules_is_not_flown(tmp_path: Path) -> None:
    plan = drawn_plan((0, 60), (60, 60))
    outside = replace(plan, fence=replace(plan.fence, corners=drawn_plan((0, 5), (5, 5)).fence.corners))
    tight = replace(outside, altitude_cap_m=10.0)
    save_plan(tight, tmp_path / "plan.json")
    with pytest.raises(InputError, match="may not be flown") as caught:
        checked_plan(tmp_path / "plan.json")
    assert caught.value.exit_code == 2


def test_a_plan_changed_by_hand_is_not_flown(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(drawn_plan((0, 60), (60, 60)), path)
    path.write_text(path.read_text(encoding="utf-8").replace("60.0", "61.0"), encoding="utf-8")
    with pytest.raises(InputError, match="was changed"):
        checked_plan(path)


async def test_an_address_of_this_machine_makes_no_simulation() -> None:
    shown, _ = console(interactive=False)
    with pytest.raises(InputError, match=r"uav-1 at udpin:127\.0\.0\.1:14550 is no simulation, and nobody is here"):
        await shown.approve(replace(BRIEFING, address="udpin:127.0.0.1:14550"))


async def test_several_sorties_of_a_real_vehicle_need_somebody_for_the_batteries() -> None:
    shown, _ = console(interactive=False, assume_yes=True)
    with pytest.raises(InputError, match="2 sorties need a battery swap"):
        await shown.approve(replace(BRIEFING, sortie_count=2))
    assert await shown.approve(replace(BRIEFING, sortie_count=2, is_simulation=True))


def test_a_waived_check_is_shown_with_who_answers_for_it() -> None:
    shown, text = console(interactive=False)
    check = Check(name="home", state=CheckState.WAIVED, detail="40 m away", waived_by="Li Wei", reason="new dock")
    shown.on_event(FlightEvent(kind=EventKind.PREFLIGHT, at_utc_s=0.0, text="ready", checks=(check,)))
    assert "40 m away; waived by Li Wei: new dock" in text.getvalue()


def test_waivers_name_a_check_that_exists_and_an_operator() -> None:
    first, second = waivers_of(["home=new dock", "compass"], " Li Wei ")
    assert (first.check, first.operator, first.reason) == ("home", "Li Wei", "new dock")
    assert (second.check, second.operator, second.reason) == ("compass", "Li Wei", "")
    assert fly_settings(timeout_s=5.0, waivers=(first,)).waiver_of("home") is first


@pytest.mark.parametrize(
    ("checks", "operator", "message"),
    [
        (["hmoe"], "Li Wei", "--waive: no check 'hmoe' that may be waived"),
        (["prearm"], "Li Wei", "--waive: no check 'prearm' that may be waived"),
        (["home"], None, "--operator: nobody answers for waiving 'home'"),
        (["home"], "  ", "--operator: nobody answers for waiving 'home'"),
    ],
)
def test_a_waiver_nobody_can_answer_for_is_refused(checks: list[str], operator: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        waivers_of(checks, operator)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_a_command_flies_and_leaves_log_and_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = drawn_plan((0, 40), (40, 40))
    save_plan(plan, tmp_path / "plan.json")
    monkeypatch.setattr(
        "patrol.checked_plan.check_any_plan", lambda _plan, _terrain: ()
    )  # drawn by hand, without stretches
    with CopterProcess(home=f"{DOCK.lat_deg},{DOCK.lon_deg},32,0", speedup=40.0) as copter:
        fly(
            tmp_path / "plan.json",
            link=[copter.url],
            tlog=tmp_path / "flight.tlog",
            report=tmp_path / "report.json",
            as_json=True,
        )
    out = capsys.readouterr().out
    report = from_json(FlightReport, out)
    assert report == from_json(FlightReport, (tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report.plan_hash == plan.plan_hash
    assert (tmp_path / "flight.tlog").stat().st_size > 100_000
    text = io.StringIO()
    Console(file=text, width=80).print(report_table(report))
    assert "cross-track, largest" in text.getvalue()
