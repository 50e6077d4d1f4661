"""`patrol fly --all` as an operator meets it: what it refuses, and what its table shows."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from flight.exchange import Exchange
from flight.meeting import Briefing
from geo import LocalFrame
from missions import FlightError, InputError, Message
from missions.formats.plan_file import save_plan
from patrol.commands.fly import fly
from patrol.fleet.aircraft import FleetAircraft
from patrol.fleet.console import FleetConsole, fleet_table, nearest_line, state_of
from patrol.fleet.report import AircraftReport, FleetReport
from patrol.fleet.watch import NearestPass, SeparationWatch
from tests.samples import DOCK, plan_with

PASS = NearestPass(vehicle_ids=("uav-1", "uav-2"), across_m=61.4, height_m=3.0, at_utc_s=0.0)
REPORT = FleetReport(
    mission_name="drawn",
    plan_hash="",
    aircraft=(
        AircraftReport(vehicle_id="uav-1", report=None, failure="no heartbeat"),
        AircraftReport(vehicle_id="uav-2", report=None, flown_before=True),
    ),
    separation_m=50.0,
    layer_m=10.0,
    nearest=PASS,
    separation_events=(),
)
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


class SilentLink(Exchange):
    """A vehicle that says nothing."""

    async def send(self, message: Message) -> None:
        """Nobody hears it."""


def shown(*, interactive: bool, assume_yes: bool = False) -> tuple[FleetConsole, io.StringIO]:
    """Return a console and what it prints."""
    text = io.StringIO()
    console = Console(file=text, width=160)
    return FleetConsole(assume_yes=assume_yes, interactive=interactive, console=console), text


def printed(renderable: object) -> str:
    """Return a table as text."""
    text = io.StringIO()
    Console(file=text, width=160).print(renderable)
    return text.getvalue()


def test_the_plan_of_one_aircraft_is_no_fleets(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    save_plan(plan_with(), file)
    with pytest.raises(InputError, match="is the plan of one aircraft"):
        fly(file, link=["udpin:127.0.0.1:1"], all_aircraft=True)


def test_options_of_one_aircraft_are_refused_for_all(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    with pytest.raises(InputError, match="--vehicle"):
        fly(file, link=["udpin:127.0.0.1:1"], all_aircraft=True, vehicle="uav-1")
    with pytest.raises(InputError, match="--at"):
        fly(file, link=["udpin:127.0.0.1:1"], all_aircraft=True, at="1:2")


def test_the_report_says_who_failed_and_how_near_two_came() -> None:
    assert REPORT.failures == ("uav-1: no heartbeat",)
    text = printed(fleet_table(REPORT))
    assert "no heartbeat" in text
    assert "flown before" in text
    assert "uav-1 and uav-2, 61 m; 50 m are kept" in text
    assert nearest_line(PASS).endswith("61 m")


async def test_the_table_holds_a_row_for_each_aircraft() -> None:
    frame = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg)
    aircraft = [
        FleetAircraft(plan=plan_with(vehicle_id=f"uav-{number}", system_id=number), link=SilentLink(), frame=frame)
        for number in (1, 2)
    ]
    console, text = shown(interactive=False)
    watch = SeparationWatch(aircraft, separation_m=50.0, layer_m=10.0, on_event=console.on_update)
    console.begin(aircraft, watch)
    watch.look()
    aircraft[1].waits = True
    assert [state_of(each) for each in aircraft] == ["on the ground", "waits to take off"]
    table = printed(console.table())
    assert "uav-1" in table
    assert "waits to take off" in table
    assert text.getvalue() == ""
    await console.ask_on_interrupt()
    assert "nothing changed" in text.getvalue()
    with pytest.raises(FlightError):
        await aircraft[0].control.hold()


async def test_real_aircraft_without_a_terminal_need_yes_and_simulations_no_word() -> None:
    console, text = shown(interactive=False)
    assert await console.approve([replace(BRIEFING, is_simulation=True)])
    with pytest.raises(InputError, match="--yes"):
        await console.approve([BRIEFING, replace(BRIEFING, vehicle_id="uav-2", is_simulation=True)])
    assert "1.2 m" in text.getvalue()
    agreed, _ = shown(interactive=False, assume_yes=True)
    assert await agreed.approve([BRIEFING])
    with pytest.raises(InputError, match="battery swaps"):
        await agreed.approve([replace(BRIEFING, sortie_count=2)])


@pytest.mark.parametrize(("typed", "flies"), [("2", True), ("1", False), ("yes", False)])
async def test_one_question_stands_for_all(monkeypatch: pytest.MonkeyPatch, typed: str, flies: bool) -> None:
    monkeypatch.setattr("builtins.input", lambda _prompt: typed)
    console, _ = shown(interactive=True)
    assert await console.approve([BRIEFING, replace(BRIEFING, vehicle_id="uav-2")]) is flies


async def test_a_bug_of_the_watch_is_told_once_and_ends_no_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg)
    aircraft = [FleetAircraft(plan=plan_with(), link=SilentLink(), frame=frame)]
    console, text = shown(interactive=False)
    watch = SeparationWatch(aircraft, separation_m=50.0, layer_m=10.0, on_event=console.on_update)
    monkeypatch.setattr(aircraft[0], "mover", lambda _layer_m: 1 / 0)
    watching = asyncio.create_task(watch.run())
    await asyncio.sleep(0.25)
    assert not watching.done()
    watching.cancel()
    assert text.getvalue().count("the separation watch failed: ZeroDivisionError") == 1
