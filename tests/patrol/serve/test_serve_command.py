"""`patrol serve` at the command line: what it refuses, and the history it prints."""

import json
import os
from pathlib import Path

import pytest

from flight.settings import FlySettings
from missions import InputError
from missions.formats.plan_file import save_plan
from missions.occurrence import Occurrence, OccurrenceChange, OccurrenceState
from missions.process_lock import process_lock
from patrol.commands.serve import serve
from patrol.serve.doors import FlyingDoors, stem_of
from patrol.serve.history import History
from patrol.serve.timetable import load_timetable
from tests.samples import plan_with

pytestmark = pytest.mark.slow


@pytest.fixture
def timetable(tmp_path: Path) -> Path:
    """A timetable with one patrol."""
    save_plan(plan_with(), tmp_path / "plan.json")
    file = tmp_path / "timetable.yaml"
    file.write_text("zone: Asia/Shanghai\npatrols:\n  - {name: morning, plan: plan.json, at: ['06:30']}\n")
    return file


def test_the_history_is_printed_with_local_times_states_and_reasons(
    timetable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    occurrence = Occurrence(patrol="morning", due_utc_s=1795645800.0)
    with History.open(timetable.with_suffix(".history.sqlite")) as history:
        for state, text in ((OccurrenceState.WAITING, "wind 9.8 m/s"), (OccurrenceState.REFUSED, "wind 10.2 m/s")):
            history.write(
                OccurrenceChange(
                    occurrence=occurrence, state=state, at_utc_s=1795645800.0, text=text, figures={"wind_m_s": 10.2}
                )
            )
    serve(timetable, history=True)
    told = capsys.readouterr().out
    assert "06:30" in told
    assert "refused" in told
    assert "wind 10.2 m/s" in told
    assert "9.8" not in told
    serve(timetable, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["occurrences"][0]["state"] == "refused"
    assert told["occurrences"][0]["figures"] == {"wind_m_s": 10.2}
    assert [change["state"] for change in told["changes"]] == ["waiting", "refused"]


def test_what_was_resumed_is_told_so(timetable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    occurrence = Occurrence(patrol="morning", due_utc_s=1795645800.0)
    with History.open(timetable.with_suffix(".history.sqlite")) as history:
        for state in (OccurrenceState.FLYING, OccurrenceState.RESUMED, OccurrenceState.FLOWN):
            history.write(OccurrenceChange(occurrence=occurrence, state=state, at_utc_s=1795645800.0))
    serve(timetable, history=True)
    assert "flown, resumed" in capsys.readouterr().out


def test_what_is_missing_or_broken_is_refused_in_a_line(timetable: Path) -> None:
    with pytest.raises(InputError, match="--link"):
        serve(timetable)
    with pytest.raises(InputError, match="is not a link"):
        serve(timetable, link=["nowhere"])
    with pytest.raises(InputError, match="no history yet"):
        serve(timetable, history=True)
    timetable.with_suffix(".history.sqlite").write_bytes(b"no database at all, but long enough to be looked at")
    with pytest.raises(InputError, match="cannot be used"):
        serve(timetable, history=True)


def test_a_timetable_is_served_once(timetable: Path) -> None:
    lock = timetable.with_suffix(".history.lock")
    with process_lock(lock, "here"), pytest.raises(InputError, match=rf"served by process {os.getpid()} since "):
        serve(timetable, link=["udpin:127.0.0.1:1"], weather="none")


def test_two_patrols_of_one_time_keep_their_files_apart_in_any_script(tmp_path: Path) -> None:
    names = ("早班", "晚班", "morning / north")
    stems = {stem_of(tmp_path, Occurrence(patrol=name, due_utc_s=1795645800.0)) for name in names}
    assert len(stems) == len(names)
    assert all(stem.parent == tmp_path for stem in stems)


async def test_a_flight_that_nothing_can_be_kept_of_is_not_begun(timetable: Path) -> None:
    (timetable.parent / "flights").write_text("no folder", encoding="utf-8")
    table = load_timetable(timetable)
    doors = FlyingDoors(
        table=table,
        links=("udpin:127.0.0.1:1",),
        read_weather=None,
        folder=timetable.parent / "flights",
        settings=FlySettings(),
        assume_yes=False,
    )
    with pytest.raises(InputError, match="flights: cannot be made"):
        await doors.fly(table.patrols[0], Occurrence(patrol="morning", due_utc_s=0.0), resume_since_utc_s=None)
