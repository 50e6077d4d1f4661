"""`patrol detector mine` on a small archive made here: real footage of rendered streets, incidents and verdicts."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest
from numpy.typing import NDArray

from archive import Archive, ArchiveState
from missions import Box, Decision, Detection, GeoPoint, IncidentKind, Telemetry, Track, Verdict
from missions.detection import DetectorSpec
from missions.formats.plan_file import with_hash
from missions.mission_file import load_mission
from missions.recorded_flight import PictureTime
from missions.roads import load_network
from patrol import cli
from patrol.mining import Mined, PatrolRecord, mined, pictures_of
from sitl.training_frames import rendered_frames
from tests.samples import incident_with, plan_with
from vision.detector.classes import KINDS
from vision.detector.coco import load_pictures, read_picture

FIRST_PTS_S, FPS, SECONDS = 100.0, 2, 30
UTC_S = 1_780_000_000.0
Patrol = Callable[..., tuple[int, str, str]]


class Undecided:
    """A detector that has never made up its mind about one thing in the middle."""

    spec = DetectorSpec(name="undecided", input_width_px=640, input_height_px=384, kinds=KINDS, smallest_px=8.0)

    def detect(self, image: NDArray) -> Sequence[Detection]:  # type: ignore[type-arg]  # noqa: D102 - the port's
        middle = image.shape[1] / 2
        return [Detection(kind="vehicle", score=0.3, box_px=Box(middle - 20, 100, middle + 20, 140))]


def times() -> list[float]:
    return [FIRST_PTS_S + number / FPS for number in range(FPS * SECONDS)]


def footage(path: Path) -> None:
    """Twelve rendered pictures, each shown for 2.5 s, as the watcher keeps them."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    shown = [frame.image for frame in rendered_frames(31, 12, size=(640, 360))]
    with av.open(str(path), "w", options=options) as sink:
        stream = sink.add_stream("libx264", rate=FPS, options={"g": "5", "bf": "0", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(FPS * SECONDS):
            image = shown[number * len(shown) // (FPS * SECONDS)]
            sink.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        sink.mux(stream.encode(None))


def telemetry() -> list[Telemetry]:
    return [
        Telemetry(
            patrol_id="p", vehicle_id="uav-1", stream_id="main", captured_utc_s=UTC_S + number / FPS,
            position=GeoPoint(lat_deg=30.4577 + 4e-5 * number, lon_deg=114.414), amsl_m=92.0, height_above_home_m=60.0,
            heading_deg=0.0, roll_deg=0.0, pitch_deg=0.0, velocity_enu_m_s=(0.0, 8.0, 0.0), gimbal_pitch_deg=-60.0,
            gimbal_azimuth_deg=0.0,
        )
        for number in range(FPS * SECONDS)
    ]  # fmt: skip


def tracks() -> list[Track]:
    """One vehicle that is seen all the time, one that is there for a moment."""
    seen = [(1, 0.8, times()), (2, 0.31, times()[30:32])]
    return [
        Track(
            patrol_id="p", vehicle_id="uav-1", stream_id="main", track_id=number, kind="vehicle", score=score,
            pts_s=pts_s, captured_utc_s=UTC_S + pts_s - FIRST_PTS_S, box_px=Box(100, 100, 140, 120),
        )
        for number, score, span in seen
        for pts_s in span
    ]  # fmt: skip


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory, example_mission: Path) -> Path:
    """An archive with smoke and a stopped vehicle that were dismissed and a fire that was confirmed."""
    loaded = load_mission(example_mission)
    plan = with_hash(plan_with(mission_name=loaded.mission.name, mission_hash=loaded.mission_hash))
    folder = tmp_path_factory.mktemp("patrols") / "p"
    roads = load_network(loaded.roads_file)
    archive = Archive.create(folder, patrol_id="p", mission_file=example_mission, roads=roads, plan=plan)
    part = archive.layout.footage_part(0)
    footage(part)
    archive.add_footage_part(part, FIRST_PTS_S)
    archive.add_tracks(tracks())
    archive.add_telemetry(telemetry())
    archive.add_picture_times(
        "main", [PictureTime(pts_s=pts_s, captured_utc_s=UTC_S + pts_s - FIRST_PTS_S) for pts_s in times()]
    )
    smoke = incident_with(first_pts_s=102.0, opened_pts_s=103.0, last_pts_s=107.0)
    stopped = replace(smoke, incident_id="p-002", kind=IncidentKind.STOPPED_VEHICLE)
    fire = replace(
        smoke, incident_id="p-003", kind=IncidentKind.FIRE, first_pts_s=120.0, opened_pts_s=121.0, last_pts_s=124.0
    )
    beside = replace(fire, incident_id="p-004", kind=IncidentKind.SMOKE)
    for incident in (smoke, stopped, fire, beside):
        archive.append("incident", incident)
    for name, decision in (
        ("p-001", Decision.CONFIRMED), ("p-001", Decision.DISMISSED), ("p-002", Decision.DISMISSED),
        ("p-003", Decision.CONFIRMED), ("p-004", Decision.DISMISSED),
    ):  # fmt: skip
        archive.append("verdict", Verdict(incident_id=name, decision=decision, reviewer="desk", decided_wall_s=1.0))
    archive.close(ArchiveState.COMPLETE)
    return folder


def picked(folder: Path, count: int) -> Mined:
    with Archive.open(folder) as archive:
        *_, last = mined(PatrolRecord(archive), Undecided(), count)
    assert isinstance(last, Mined)
    return last


def test_dismissed_smoke_is_a_negative_of_smoke_and_what_may_show_some_is_left_out(archived: Path) -> None:
    found = picked(archived, 8)
    dismissed = [pick for pick in found.picks if pick.incident_id is not None]
    assert [(pick.incident_id, pick.candidate.pts_s) for pick in dismissed] == [
        ("p-001", 103.0), ("p-001", 105.0), ("p-001", 107.0),
    ]  # fmt: skip
    assert {pick.labelled_classes for pick in dismissed} == {("smoke",)}
    assert sorted(line[:5] for line in found.left_out) == ["p-002", "p-004"]


def test_the_rest_is_what_the_model_is_unsure_of_far_apart(archived: Path) -> None:
    found = picked(archived, 8)
    unsure = [pick for pick in found.picks if pick.incident_id is None]
    assert len(unsure) == 5
    assert all("vehicle 0.30" in pick.candidate.why for pick in unsure)
    assert any("flicker" in pick.candidate.why for pick in unsure)
    at = [pick.candidate.pts_s for pick in found.picks]
    assert at == sorted(at)
    assert min(after - before for before, after in pairwise(at)) >= 2.0


def test_the_pictures_are_those_of_their_times_with_proposals_of_other_kinds(archived: Path) -> None:
    found = picked(archived, 4)
    with Archive.open(archived) as archive:
        pictures = list(pictures_of(PatrolRecord(archive), found))
    assert len(pictures) == 4
    assert pictures[0].view == "oblique"
    assert pictures[0].about["altitude_m"] == 60.0
    assert [each.kind for each in pictures[0].proposals] == ["vehicle"]
    assert pictures[0].image.shape == (360, 640, 3)


@pytest.fixture
def patrol(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Patrol:
    """Runs the command line; gives its exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["patrol", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_the_command_writes_a_folder_that_training_takes(archived: Path, tmp_path: Path, patrol: Patrol) -> None:
    out = tmp_path / "mined"
    code, text, _ = patrol("detector", "mine", str(archived), "--out", str(out), "--count", "6", "--json")
    assert code == 0
    said = json.loads(text)
    assert [each["reason"] for each in said["picked"]].count("dismissed") == 3
    pictures = load_pictures(out)
    assert len(pictures) == len(said["picked"]) > 3
    assert {read_picture(picture).shape for picture in pictures} == {(360, 640, 3)}
    document = json.loads((out / "annotations.json").read_text())
    assert all(each["proposal"] for each in document["annotations"])
    assert {tuple(each["labelled_classes"]) for each in document["images"]} == {("smoke",), ()}

    from vision.detector.training import TrainSettings, train

    first = next(train(TrainSettings(data=(out,), checkpoints=tmp_path / "run", steps=1, batch=1, threads=1)))
    assert first.step == 1


def test_a_patrol_without_doubts_gives_nothing_and_writes_nothing(
    archived: Path, tmp_path: Path, patrol: Patrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.mining.picking.dismissed_picks", lambda _record: ([], []))
    monkeypatch.setattr(Undecided, "detect", lambda _self, _image: [])
    monkeypatch.setattr("vision.detector.load_detector", lambda *_, **__: Undecided())
    monkeypatch.setattr("patrol.mining.record.Archive.tracks", lambda _self: [])
    code, text, _ = patrol("detector", "mine", str(archived), "--out", str(tmp_path / "new"), "--json")
    assert code == 0
    assert json.loads(text)["picked"] == []
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{nowhere}", "--out", "{new}"], "is not the archive of a patrol"),
        (["{archive}", "--out", "{archive}"], "exists and is not empty"),
        (["{archive}", "--out", "{new}", "--weights", "nanu"], "no such weights 'nanu'"),
    ],
)
def test_wrong_arguments_are_one_line(
    archived: Path, tmp_path: Path, patrol: Patrol, arguments: list[str], said: str
) -> None:
    places = {"archive": archived, "nowhere": tmp_path, "new": tmp_path / "new"}
    code, out, told = patrol("detector", "mine", *(each.format(**places) for each in arguments))
    assert code == 2
    assert said in " ".join(told.split())
    assert out == ""
    assert not (tmp_path / "new").exists()
