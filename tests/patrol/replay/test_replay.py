"""An archive that is watched again."""

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive import Archive, ArchiveState
from flight.dialect import Encoder
from flight.tlog import TlogWriter
from missions import Box, InputError, Message
from missions.formats.plan_file import with_hash
from missions.mission_file import load_mission
from missions.recorded_flight import PictureTime
from missions.roads import load_network
from missions.track import Track
from patrol.commands.replay import parse_utc
from patrol.contents import app
from patrol.replay import recording_of, recording_of_files, replay_patrol
from patrol.run.prepare import Prepared, prepare
from patrol.run.show import Show
from tests.archive.recordings import record
from tests.flight.flight_fakes import DOCK, drawn_plan

UTC_S = 1_780_000_000.0
FIRST_PTS_S = 7.0
SECONDS = 3


def ignore(_value: object) -> None:
    """Nobody looks on."""


QUIET = Show(flight=ignore, watching=ignore, opened=ignore, alert=ignore, health=ignore)


def write_log(path: Path) -> None:
    encoder = Encoder(1, 1)
    with TlogWriter(path) as log:
        log.write(encoder.encode(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 128, "custom_mode": 3})))
        for tenth in range(SECONDS * 10 + 10):
            boot_ms = 10_000 + tenth * 100
            told = (
                Message(
                    "SYSTEM_TIME", {"time_boot_ms": boot_ms, "time_unix_usec": round(UTC_S * 1e6) + tenth * 100_000}
                ),
                Message("ATTITUDE", {"time_boot_ms": boot_ms, "pitch": math.radians(-60)}),
                Message(
                    "GLOBAL_POSITION_INT",
                    {
                        "time_boot_ms": boot_ms,
                        "lat": round(DOCK.lat_deg * 1e7),
                        "lon": round(DOCK.lon_deg * 1e7),
                        "alt": 92_000,
                        "relative_alt": 60_000,
                    },
                ),
            )
            for message in told:
                log.write(encoder.encode(message))


@pytest.fixture
def flown(tmp_path: Path, example_mission: Path) -> Path:
    """The archive of a short flight over nothing."""
    loaded = load_mission(example_mission)
    plan = replace(drawn_plan((0, 50), (60, 50)), mission_name=loaded.mission.name, mission_hash=loaded.mission_hash)
    archive = Archive.create(
        tmp_path / "flown",
        patrol_id="flown",
        mission_file=example_mission,
        roads=load_network(loaded.roads_file),
        plan=with_hash(plan),
    )
    write_log(archive.layout.tlog)
    part = archive.next_footage_part()
    record(part, pictures=SECONDS * 10)
    archive.add_footage_part(part, FIRST_PTS_S)
    archive.add_picture_times("main", times())
    archive.note("flight armed", "armed", UTC_S)
    archive.close(ArchiveState.COMPLETE)
    return tmp_path / "flown"


def times() -> list[PictureTime]:
    return [PictureTime(pts_s=FIRST_PTS_S + n / 5, captured_utc_s=UTC_S + n / 5) for n in range(SECONDS * 5)]


def test_a_replay_has_flight_pictures_and_their_times_and_warns_nobody(flown: Path, tmp_path: Path) -> None:
    recording = recording_of(flown)
    assert recording.flight.picture_times[0] == PictureTime(pts_s=0.0, captured_utc_s=UTC_S)
    replayed = asyncio.run(replay_patrol(recording, tmp_path / "again", QUIET))
    assert replayed.pictures >= SECONDS * 10 - 1  # joining a recording may cost it its last picture
    with Archive.open(tmp_path / "again") as archive:
        assert archive.state is ArchiveState.COMPLETE
        assert archive.fact("replay_of") == str(flown)
        assert [time.captured_utc_s for time in archive.picture_times("main")] == pytest.approx(
            [time.captured_utc_s for time in times()], abs=1e-6
        )
        assert {telemetry.patrol_id for telemetry in archive.telemetry()} == {"again"}
        assert archive.alerts() == []
        assert archive.footage_path is not None
        assert [note.text for note in archive.every("note") if note.about == "flight armed"] == ["armed"]


def test_an_archive_of_an_earlier_version_tells_its_times_by_its_tracks(flown: Path) -> None:
    with Archive.open(flown) as archive:
        with archive._engine.begin() as connection:
            connection.exec_driver_sql("drop table picture_times")
        archive.add_tracks([track(FIRST_PTS_S + 1.0, UTC_S + 1.0), track(FIRST_PTS_S + 2.0, UTC_S + 2.0)])
    assert [time.pts_s for time in recording_of(flown).flight.picture_times] == [1.0, 2.0]


@pytest.fixture
def files(flown: Path, example_mission: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """What was planned of the same flight, for its files alone; the plan's own check has tests elsewhere."""
    monkeypatch.setattr("patrol.checked_plan.check_any_plan", lambda _plan, _terrain: ())
    return prepare(example_mission, plan_file=flown / "plan.json")


def test_a_flight_that_lies_in_files_is_put_together_by_the_time_of_its_first_picture(
    flown: Path, files: Prepared, example_mission: Path
) -> None:
    recording = recording_of_files(
        files,
        mission_file=example_mission,
        tlog=flown / "flight.tlog",
        video=flown / "footage.mp4",
        starts_utc_s=UTC_S + 0.5,
    )
    assert recording.flight.picture_times == (PictureTime(pts_s=0.0, captured_utc_s=UTC_S + 0.5),)
    assert recording.flight.telemetry == recording_of(flown).flight_of("replay").telemetry
    assert recording.incidents == ()


def test_a_video_of_which_nothing_tells_the_time_is_refused(
    flown: Path, files: Prepared, example_mission: Path, tmp_path: Path
) -> None:
    tlog, video = flown / "flight.tlog", flown / "footage.mp4"
    with pytest.raises(InputError, match=r"holds no metadata that tells when it was taken \(--video-starts UTC\)"):
        recording_of_files(files, mission_file=example_mission, tlog=tlog, video=video, starts_utc_s=None)
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match="not a video"):
        recording_of_files(
            files, mission_file=example_mission, tlog=tlog, video=tmp_path / "text.mp4", starts_utc_s=1.0
        )


def test_a_time_needs_its_zone() -> None:
    assert parse_utc("2026-05-28T20:26:40.5Z") == UTC_S + 0.5
    assert parse_utc("2026-05-29T04:26:40+08:00") == UTC_S
    for text in ("2026-05-28T20:26:40", "noon", ""):
        with pytest.raises(InputError, match=r"--video-starts: .* is no time with a zone"):
            parse_utc(text)


def test_a_replay_without_archive_or_files_is_refused() -> None:
    result = CliRunner().invoke(app, ["replay", "--tlog", "flight.tlog"])
    assert isinstance(result.exception, InputError)
    assert str(result.exception) == "no recording (an archive, or --mission, --plan, --tlog and --video)"


def track(pts_s: float, captured_utc_s: float) -> Track:
    return Track(
        patrol_id="flown",
        vehicle_id="uav-1",
        stream_id="main",
        track_id=1,
        kind="car",
        captured_utc_s=captured_utc_s,
        pts_s=pts_s,
        box_px=Box(1, 2, 3, 4),
        score=0.5,
    )


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        pytest.param("flight.tlog", "holds no flight.tlog", id="log"),
        pytest.param("footage.mp4", "holds no footage", id="footage"),
    ],
)
def test_an_archive_without_its_parts_is_refused_in_one_line(flown: Path, lost: str, told: str) -> None:
    (flown / lost).unlink()
    with pytest.raises(InputError, match=told):
        recording_of(flown)


def test_a_patrol_whose_pictures_have_no_time_is_refused(flown: Path) -> None:
    with Archive.open(flown) as archive, archive._engine.begin() as connection:
        connection.exec_driver_sql("delete from picture_times")
    with pytest.raises(InputError, match="does not tell when its pictures were taken"):
        recording_of(flown)


def test_a_replay_goes_into_no_folder_that_holds_something(flown: Path) -> None:
    with pytest.raises(InputError, match="is not empty"):
        asyncio.run(replay_patrol(recording_of(flown), flown, QUIET))


def test_footage_that_is_none_leaves_nothing_behind(flown: Path, tmp_path: Path) -> None:
    (flown / "footage.mp4").write_bytes(b"")
    with pytest.raises(InputError, match="the video is empty"):
        asyncio.run(replay_patrol(recording_of(flown), tmp_path / "again", QUIET))
    assert not (tmp_path / "again").exists()
