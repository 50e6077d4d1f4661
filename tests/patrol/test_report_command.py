"""A flight report to read, from an archive or from files."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from flight.dialect import Encoder
from flight.events import Check, CheckState, EventKind, FlightEvent
from flight.exchange import LinkQuality
from flight.legs import LegRecord
from flight.report import FlightReport, Outcome, SortieReport
from flight.tlog import TlogWriter
from missions import Breakpoint, InputError, LegKind, Message, Telemetry
from missions.codec import to_json
from patrol.contents import app
from patrol.flight_record import flights_of, legs_flown, moments, silences
from tests.flight.flight_fakes import DOCK, drawn_plan

PLAN = drawn_plan((0, 80), (80, 80), speed_m_s=8.0)
UTC_S = 1_780_000_000.0
LEGS = tuple(
    LegRecord(
        seq=seq, waypoint=waypoint, kind=LegKind.SERVICE, length_m=80.0, cross_track_max_m=1.5, cross_track_mean_m=0.5,
        samples=10,
    )
    for seq, waypoint in ((4, 0), (6, 1))
)  # fmt: skip
SORTIE = SortieReport(
    sortie_id="sortie-1", outcome=Outcome.CUT_SHORT, item_count=9, planned=PLAN.estimate, flown_distance_m=150.0,
    flown_time_s=40.0, energy_wh=6.0, battery_start_pct=100.0, battery_end_pct=96.0, height_max_m=30.0,
    speed_max_m_s=8.2, cross_track_max_m=1.5, cross_track_mean_m=0.5, legs=LEGS, landed_from_dock_m=80.0,
)  # fmt: skip
CHECKS = (Check(name="battery", state=CheckState.WAIVED, detail="40 %"),)
REPORT = FlightReport(
    mission_name="drawn", plan_hash=PLAN.plan_hash, vehicle_id="uav-1", system_id=1, firmware="4.6.3",
    link_url="udpin:127.0.0.1:14550", began_utc_s=UTC_S, ended_utc_s=UTC_S + 60.0, outcome=Outcome.CUT_SHORT,
    planned=PLAN.estimate, flown_distance_m=150.0, flown_time_s=40.0, height_max_m=30.0, cross_track_max_m=1.5,
    cross_track_mean_m=0.5, sorties=(SORTIE,),
    link=LinkQuality(received=990, lost=10, sent=50, bad_bytes=0, latency_ms=42.0, unsigned=3),
    events=(
        FlightEvent(kind=EventKind.PREFLIGHT, at_utc_s=UTC_S + 1, text="ready", sortie_id="sortie-1", checks=CHECKS),
        FlightEvent(kind=EventKind.RETURNING, at_utc_s=UTC_S + 31, text="RTL", cause="low [battery]"),
    ),
    breakpoint=Breakpoint(sortie_id="sortie-1", item_seq=6, fraction=0.25), breakpoint_waypoint=1,
)  # fmt: skip


def told(at_s: float, *, seq: int, armed: bool = True) -> Telemetry:
    """What an aircraft tells that flies to the north-east at 5 m/s."""
    return Telemetry(
        patrol_id="p", vehicle_id="uav-1", stream_id="main", captured_utc_s=UTC_S + at_s, position=DOCK, amsl_m=62.0,
        height_above_home_m=30.0, heading_deg=0.0, roll_deg=0.0, pitch_deg=0.0, velocity_enu_m_s=(3.0, 4.0, 0.0),
        gimbal_pitch_deg=-60.0, gimbal_azimuth_deg=0.0, battery_pct=100.0 - at_s / 10, mode="AUTO", armed=armed,
        mission_seq=seq,
    )  # fmt: skip


FLIGHT = [told(0, seq=1, armed=False), *(told(10 + n, seq=4 if n < 11 else 6) for n in range(30))]


def test_legs_have_the_times_of_the_telemetry_and_of_the_plan() -> None:
    first, second = legs_flown(REPORT, FLIGHT, PLAN)
    assert first.planned_s == pytest.approx(10.0)
    assert first.flown_s == pytest.approx(10.0)
    assert first.speed_m_s == pytest.approx(5.0)
    assert first.battery_pct == pytest.approx(98.0)
    assert (second.waypoint, second.flown_s) == (2, pytest.approx(18.0))


def test_telemetry_of_another_number_of_flights_claims_no_times() -> None:
    twice = [*FLIGHT, told(50, seq=1, armed=False), told(51, seq=1)]
    assert [leg.flown_s for leg in legs_flown(REPORT, twice, PLAN)] == [None, None]
    assert [leg.planned_s for leg in legs_flown(REPORT, [], None)] == [None, None]


def test_a_curve_begins_with_arming_and_ends_with_disarming() -> None:
    (flight,) = flights_of(FLIGHT)
    curve = moments(flight, 4)
    assert [moment.since_arming_s for moment in curve] == pytest.approx([0.0, 10.0, 19.0, 29.0])
    assert [moment.since_arming_s for moment in moments(flight[:1])] == [0.0]
    assert moments([]) == ()


def test_a_silent_link_is_found_in_the_log_whoever_else_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, vehicle, other = tmp_path / "flight.tlog", Encoder(1, 1), Encoder(2, 1)
    heartbeat = Message("HEARTBEAT", {"type": 2, "autopilot": 3})
    with TlogWriter(path) as log:
        for second in (0, 1, 2, 3, 13, 14):
            monkeypatch.setattr("time.time", lambda at_s=second: UTC_S + at_s)
            log.write(vehicle.encode(heartbeat))
        monkeypatch.setattr("time.time", lambda: UTC_S + 8)
        log.write(other.encode(heartbeat))
    (silence,) = silences(path, system_id=1)
    assert (silence.from_wall_s, silence.seconds) == (UTC_S + 3, 10.0)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(to_json(REPORT))
    return path


def test_a_report_is_shown_with_its_legs_checks_and_causes(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.commands.report.stdout", Console(highlight=False, width=160))
    result = CliRunner().invoke(app, ["report", str(written)])
    assert result.exit_code == 0
    for text in ("sortie-1, item 6, 25% of the leg to waypoint 2", "waived", "low [battery]", "42 ms", "3 unsigned"):
        assert text in result.output


def test_a_report_as_json_is_one_object(written: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(written), "--json"])
    shown = json.loads(result.stdout)
    assert set(shown) == {"report", "legs", "flights", "silences"}
    assert shown["report"]["outcome"] == "cut_short"
    assert len(shown["legs"]) == 2


@pytest.mark.parametrize(
    ("content", "told_about"),
    [pytest.param(None, "cannot be read", id="absent"), pytest.param("{}", "FlightReport", id="no report")],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | None, told_about: str) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content)
    result = CliRunner().invoke(app, ["report", str(path)])
    assert isinstance(result.exception, InputError)
    assert told_about in str(result.exception)


def test_a_flight_without_checks_or_breakpoint_is_shown_too(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(to_json(replace(REPORT, events=(), breakpoint=None, breakpoint_waypoint=None)))
    result = CliRunner().invoke(app, ["report", str(path)])
    assert result.exit_code == 0
    assert "Preflight" not in result.output
