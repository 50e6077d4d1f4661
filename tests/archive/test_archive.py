"""The archive: what is written is there, in order, for a second reader, after a crash."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from archive import Archive, ArchiveState, list_archives
from missions import (
    Alert,
    Box,
    Decision,
    Delivery,
    DeliveryState,
    Health,
    HealthState,
    InputError,
    Track,
    Verdict,
)
from missions.formats.plan_file import with_hash
from missions.mission_file import load_mission
from missions.roads import load_network
from tests.archive.recordings import record, times
from tests.samples import incident_with, plan_with

INCIDENT = incident_with()
ALERT = Alert(
    alert_id="p-001:desk:0", incident_id="p-001", person_id="desk", channel="console:", language="en", title="t",
    body="b", created_wall_s=5.0,
)  # fmt: skip


def make_archive(folder: Path, mission_file: Path) -> Archive:
    loaded = load_mission(mission_file)
    mission = loaded.mission
    plan = with_hash(plan_with(mission_name=mission.name, mission_hash=loaded.mission_hash, dock=mission.dock.point))
    roads = load_network(loaded.roads_file)
    return Archive.create(folder, patrol_id="p", mission_file=mission_file, roads=roads, plan=plan)


@pytest.fixture
def archive(tmp_path: Path, example_mission: Path) -> Archive:
    return make_archive(tmp_path / "p", example_mission)


def test_an_archive_stands_alone(archive: Archive, example_mission: Path) -> None:
    again = Archive.open(archive.layout.folder)
    assert again.patrol_id == "p"
    assert again.state is ArchiveState.OPEN
    assert again.mission().mission == load_mission(example_mission).mission
    assert again.plan() == archive.plan()
    assert len(again.roads().roads) == len(load_network(load_mission(example_mission).roads_file).roads)


def test_a_folder_that_is_in_use_is_refused(archive: Archive, example_mission: Path) -> None:
    with pytest.raises(InputError, match="not empty"):
        make_archive(archive.layout.folder, example_mission)


@pytest.mark.parametrize("content", [None, b"", b"not a database at all, but long enough to be looked at" * 20])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "patrol.sqlite").write_bytes(content)
    with pytest.raises(InputError, match=r"not the archive|damaged"):
        Archive.open(tmp_path)


def test_the_journal_gives_values_back_in_order_to_a_second_reader(archive: Archive) -> None:
    values = [
        ("incident", INCIDENT),
        ("health", Health(part="watcher", state=HealthState.RESTARTED, at_wall_s=1.0)),
        ("incident", replace(INCIDENT, score=0.95)),
    ]
    for kind, value in values:
        archive.append(kind, value)
    reader = Archive.open(archive.layout.folder)
    rows = list(reader.read_since(0))
    assert [(kind, value) for _, _, kind, value in rows] == values
    assert [seq for seq, *_ in rows] == sorted(seq for seq, *_ in rows)
    assert [kind for _, _, kind, _ in reader.read_since(rows[0][0])] == ["health", "incident"]
    assert len(list(reader.read_since(0, kinds=["health"]))) == 1


def test_the_newest_state_of_an_incident_holds(archive: Archive) -> None:
    archive.append("incident", INCIDENT)
    archive.append("incident", replace(INCIDENT, score=0.97, last_seen_utc_s=1060.0))
    assert [incident.score for incident in archive.incidents()] == [0.97]
    assert archive.incident("p-001").last_seen_utc_s == 1060.0
    with pytest.raises(InputError, match="p-999"):
        archive.incident("p-999")


def test_a_transaction_that_fails_leaves_nothing(archive: Archive) -> None:
    def write_both() -> None:
        with archive.transaction() as transaction:
            transaction.append("incident", INCIDENT)
            transaction.append("alert", INCIDENT)

    with pytest.raises(TypeError):
        write_both()
    assert archive.incidents() == []


def test_the_outbox_holds_what_was_not_sent(archive: Archive) -> None:
    archive.append("alert", ALERT)
    archive.append("alert", replace(ALERT, alert_id="p-001:gate:0"))
    archive.append("delivery", Delivery(alert_id=ALERT.alert_id, state=DeliveryState.QUEUED, at_wall_s=5.0))
    assert len(archive.queued_alerts()) == 2
    archive.append("delivery", Delivery(alert_id=ALERT.alert_id, state=DeliveryState.SENT, at_wall_s=6.0))
    assert [alert.alert_id for alert in archive.queued_alerts()] == ["p-001:gate:0"]
    assert len(archive.deliveries(ALERT.alert_id)) == 2


def test_verdicts_keep_their_history(archive: Archive) -> None:
    for decision, note in ((Decision.DISMISSED, "steam"), (Decision.CONFIRMED, "no, smoke")):
        verdict = Verdict(incident_id="p-001", decision=decision, reviewer="r", decided_wall_s=1.0, note=note)
        archive.append("verdict", verdict)
    assert [verdict.note for verdict in archive.verdicts("p-001")] == ["steam", "no, smoke"]


def test_tracks_are_found_by_footage_time(archive: Archive) -> None:
    track = Track(
        patrol_id="p", vehicle_id="uav-1", stream_id="main", track_id=1, kind="vehicle", score=0.5, pts_s=1.0,
        captured_utc_s=1001.0, box_px=Box(1, 2, 3, 4),
    )  # fmt: skip
    archive.add_tracks(replace(track, pts_s=float(at)) for at in range(10))
    assert [found.pts_s for found in archive.tracks(2.5, 5.0)] == [3.0, 4.0, 5.0]


def test_archives_are_listed_newest_first(tmp_path: Path, example_mission: Path) -> None:
    first = make_archive(tmp_path / "a", example_mission)
    second = make_archive(tmp_path / "b", example_mission)
    first.set_fact("created_wall_s", 1.0)
    assert [found.layout.folder for found in list_archives(tmp_path)] == [
        second.layout.folder,
        first.layout.folder,
    ]


def test_what_was_committed_survives_a_kill(archive: Archive) -> None:
    """A writer that is killed right after it says an incident is written has written it."""
    program = f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from archive import Archive
        from missions.codec import from_json
        from missions import Incident
        archive = Archive.open(Path({str(archive.layout.folder)!r}))
        archive.append("incident", from_json(Incident, sys.stdin.readline()))
        print("written", flush=True)
        time.sleep(60)
    """
    from missions.codec import to_json

    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(to_json(INCIDENT) + "\n")
    child.stdin.flush()
    assert child.stdout.readline() == "written\n"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert Archive.open(archive.layout.folder).incidents() == [INCIDENT]


def test_a_patrol_that_was_cut_off_goes_on_behind_its_footage(archive: Archive) -> None:
    first = archive.next_footage_part()
    record(first, pictures=10)
    archive.add_footage_part(first, 5.0)
    archive.close(ArchiveState.INTERRUPTED)
    again = Archive.open(archive.layout.folder)
    again.reopen()
    second = again.next_footage_part()
    record(second, pictures=10)
    again.add_footage_part(second, 9.0)
    again.close(ArchiveState.COMPLETE)
    assert again.footage_path == again.layout.footage
    assert again.footage_first_pts_s == 5.0
    found = times(again.layout.footage)
    assert len(found) == 20
    assert found[10] == pytest.approx(4.0, abs=0.002)
    assert list(again.layout.folder.glob("footage-*")) == []
    with pytest.raises(InputError, match="complete"):
        again.reopen()
