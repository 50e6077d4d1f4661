"""The incident desk: durable first, shown second, nobody warned twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from archive import Archive
from missions import ArchiveError, GeoPoint, LookAnswer, LookRequest
from missions.roads import WalkingGraph
from patrol.run.incident_desk import IncidentDesk, Opened
from patrol.run.prepare import prepare
from tests.samples import incident_with

INCIDENT = incident_with(position_error_m=4.0)


@pytest.fixture
def archive(tmp_path: Path, example_mission: Path) -> Archive:
    prepared = prepare(example_mission, iterations=20)
    return Archive.create(
        tmp_path / "p", patrol_id="p", mission_file=example_mission, roads=prepared.roads, plan=prepared.plan
    )


def desk(archive: Archive, told: list[Opened]) -> IncidentDesk:
    mission = archive.mission().mission
    walking = WalkingGraph(archive.roads())
    return IncidentDesk(
        archive, roster=mission.roster, mission_name=mission.name, walking=walking, on_opened=told.append
    )


def test_when_an_incident_is_shown_it_its_alerts_and_its_dispatch_are_in_the_archive(archive: Archive) -> None:
    seen: list[tuple[int, int, int, bool]] = []

    def look_from_outside(_opened: Opened) -> None:
        reader = Archive.open(archive.layout.folder)
        thumbnail = reader.layout.thumbnail("p-001").is_file()
        seen.append((len(reader.incidents()), len(reader.queued_alerts()), len(reader.dispatches()), thumbnail))

    mission = archive.mission().mission
    at_desk = IncidentDesk(
        archive, roster=mission.roster, mission_name=mission.name, walking=WalkingGraph(archive.roads()),
        on_opened=look_from_outside,
    )  # fmt: skip
    at_desk.take(INCIDENT, b"\xff\xd8jpeg")
    assert seen == [(1, len(mission.staff) + 1, 1, True)]  # every member of staff, and the one who is sent


def test_a_later_state_of_an_incident_warns_nobody_again(archive: Archive) -> None:
    told: list[Opened] = []
    at_desk = desk(archive, told)
    at_desk.take(INCIDENT, b"")
    at_desk.take(replace(INCIDENT, score=0.99, last_seen_utc_s=1060.0), b"")
    assert [opened.first for opened in told] == [True, False]
    assert told[1].alerts == ()
    assert told[1].dispatch is None
    assert archive.incident("p-001").score == 0.99


def test_a_new_desk_over_the_same_archive_remembers_who_was_warned(archive: Archive) -> None:
    desk(archive, []).take(INCIDENT, b"")
    told: list[Opened] = []
    desk(archive, told).take(replace(INCIDENT, score=0.95), b"")
    assert not told[0].first
    assert told[0].alerts == ()


def test_the_nearest_equipped_responder_is_sent(archive: Archive) -> None:
    told: list[Opened] = []
    desk(archive, told).take(INCIDENT, b"")
    dispatch = told[0].dispatch
    assert dispatch is not None
    assert dispatch.person_id in {"gate-north", "shop-east"}
    assert 0 < dispatch.walking_m < 1000


def test_what_cannot_be_written_is_not_shown(archive: Archive) -> None:
    told: list[Opened] = []
    at_desk = desk(archive, told)
    (archive.layout.folder / "thumbnails").rmdir()
    with pytest.raises(ArchiveError):
        at_desk.take(INCIDENT, b"jpeg")
    assert told == []
    assert archive.incidents() == []


def test_a_request_to_look_is_recorded_and_answered_not_yet(archive: Archive) -> None:
    request = LookRequest(
        incident_id="p-001", position=GeoPoint(lat_deg=30.4573, lon_deg=114.4140), duration_s=20, reason="too short"
    )
    assert desk(archive, []).answer(request) is LookAnswer.NOT_YET
    kinds = [kind for _, _, kind, _ in archive.read_since(0)]
    assert kinds == ["look", "note"]
