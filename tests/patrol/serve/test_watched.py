"""A served patrol with a video is flown as `patrol run` flies it, into an archive of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from archive import ArchiveState
from flight.link_url import parse_link_url
from flight.settings import FlySettings
from missions import FlightError, InputError
from missions.formats.plan_file import save_plan
from missions.occurrence import Occurrence, OccurrenceState
from patrol.run.patrol_run import RunOutcome
from patrol.run.settings import RunSettings
from patrol.serve import watched
from patrol.serve.doors import FlyingDoors
from patrol.serve.timetable import load_timetable
from patrol.serve.watched import WatchedFlight, fly_watched
from tests.samples import plan_with

pytestmark = pytest.mark.slow


class Runs:
    """Stands in for the run itself: what it was told, and how it ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[RunSettings] = []
        self.prepared: list[tuple[object, ...]] = []
        self.state, self.error = ArchiveState.COMPLETE, None
        monkeypatch.setattr(watched, "run_patrol", self.run)
        monkeypatch.setattr(watched, "prepare", lambda mission, plan_file: self.prepared.append((mission, plan_file)))
        monkeypatch.setattr(watched, "_prepared_again", self.again)
        self.was_complete = False

    def again(self, folder: Path) -> object:
        """Return what an archive had begun."""
        self.prepared.append((folder,))
        return None if self.was_complete else object()

    async def run(self, _prepared: object, settings: RunSettings, _show: object, _rules: object) -> RunOutcome:
        """End as the test wants it."""
        self.told.append(settings)
        settings.archive.mkdir(exist_ok=True)
        return RunOutcome(
            patrol_id=settings.archive.name,
            archive=settings.archive,
            report=None,
            takeoff_utc_s=None,
            state=self.state,
            pictures=7,
            pictures_dropped=0,
            error=self.error,
        )


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def flight(tmp_path: Path) -> WatchedFlight:
    return WatchedFlight(
        mission=tmp_path / "mission.yaml",
        plan=tmp_path / "plan.json",
        video="udp://127.0.0.1:5600",
        link=parse_link_url("udpin:127.0.0.1:14550"),
        fly=FlySettings(heartbeat_wait_s=42.0),
        stem=tmp_path / "morning-20261126T063000Z",
        assume_yes=True,
        resume=False,
    )


async def test_it_is_flown_with_its_video_into_an_archive_of_its_own(runs: Runs, tmp_path: Path) -> None:
    asked = flight(tmp_path)
    flown = await fly_watched(asked)
    assert (flown.state, flown.text) == (
        OccurrenceState.FLOWN, "archive morning-20261126T063000Z, 7 pictures watched"
    )  # fmt: skip
    (settings,) = runs.told
    assert (settings.video_url, settings.archive, settings.resume) == (asked.video, asked.stem, False)
    assert (settings.links, settings.confirmed, settings.timeout_s) == ((asked.link,), True, 42.0)
    assert runs.prepared == [(asked.mission, asked.plan)]


async def test_what_broke_off_goes_on_in_its_archive_and_what_was_whole_is_not_flown_again(
    runs: Runs, tmp_path: Path
) -> None:
    asked = flight(tmp_path)
    runs.state = ArchiveState.INTERRUPTED
    assert (await fly_watched(asked)).state is OccurrenceState.CUT_SHORT
    assert (await fly_watched(replace(asked, resume=True))).state is OccurrenceState.CUT_SHORT
    assert [(each.archive.name, each.resume) for each in runs.told] == [
        (asked.stem.name, False),
        (asked.stem.name, True),
    ]
    runs.was_complete = True
    assert (await fly_watched(replace(asked, resume=True))).text == "it had been flown to its end"
    assert len(runs.told) == 2


async def test_what_was_killed_before_it_had_an_archive_begins_anew(runs: Runs, tmp_path: Path) -> None:
    assert (await fly_watched(replace(flight(tmp_path), resume=True))).state is OccurrenceState.FLOWN
    assert [each.resume for each in runs.told] == [False]


async def test_a_second_flight_of_an_occurrence_writes_over_no_archive(runs: Runs, tmp_path: Path) -> None:
    asked = flight(tmp_path)
    for _ in range(3):
        await fly_watched(asked)
    assert [each.archive.name for each in runs.told] == [
        asked.stem.name,
        f"{asked.stem.name}-2",
        f"{asked.stem.name}-3",
    ]


async def test_what_never_flew_is_an_error_as_without_a_video(runs: Runs, tmp_path: Path) -> None:
    runs.error = FlightError("no heartbeat")
    with pytest.raises(FlightError, match="no heartbeat"):
        await fly_watched(flight(tmp_path))


def timetable(tmp_path: Path, words: str) -> Path:
    save_plan(plan_with(), tmp_path / "plan.json")
    (tmp_path / "mission.yaml").write_text("name: x\n")
    file = tmp_path / "timetable.yaml"
    file.write_text(f"patrols:\n  - {{name: morning, plan: plan.json, at: ['06:30'], {words}}}\n")
    return file


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("video: 'udp://127.0.0.1:5600'", r"patrols\.0\.mission: is missing"),
        ("video: 'udp://127.0.0.1:5600', mission: other.yaml", r"patrols\.0\.mission: no file other\.yaml"),
        ("video: 'ftp://x/y', mission: mission.yaml", r"patrols\.0\.video: .*ftp"),
        ("video: absent.mp4, mission: mission.yaml", r"patrols\.0\.video: .*no such video"),
    ],
)
def test_a_video_that_cannot_be_watched_is_refused_with_the_timetable(tmp_path: Path, words: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_timetable(timetable(tmp_path, words))


async def test_the_timetable_says_what_is_watched(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.serve.doors.refuse_violations", lambda *_: None)
    monkeypatch.setattr("patrol.serve.doors.refuse_in_air", lambda *_: None)
    table = load_timetable(timetable(tmp_path, "video: 'udp://127.0.0.1:5600', mission: mission.yaml"))
    doors = FlyingDoors(
        table=table,
        links=("udpin:127.0.0.1:14550",),
        read_weather=None,
        folder=tmp_path / "flights",
        settings=FlySettings(),
        assume_yes=True,
    )
    occurrence = Occurrence(patrol="morning", due_utc_s=1795645800.0)
    flown = await doors.fly(table.patrols[0], occurrence, resume_since_utc_s=None)
    assert flown.state is OccurrenceState.FLOWN
    assert runs.told[0].video_url == "udp://127.0.0.1:5600"
    assert runs.told[0].archive.parent == tmp_path / "flights"
