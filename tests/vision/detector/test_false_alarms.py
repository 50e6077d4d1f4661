"""False alarms per minute of clips whose contents are known."""

from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from missions import Box, Detection, DetectorSpec, InputError
from vision.detector.classes import KINDS
from vision.detector.clip_truth import load_clip_truth
from vision.detector.false_alarms import ClipAlarms, alarms_on_clip, per_minute

FPS = 10
SECONDS = 6


class Always:
    """A detector that says the same of every picture."""

    spec = DetectorSpec(name="always", input_width_px=64, input_height_px=64, kinds=KINDS, smallest_px=8.0)

    def __init__(self, *detections: Detection) -> None:
        self._said = detections

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:  # noqa: ARG002, D102 - what it says is known
        return self._said


def said(kind: str, score: float, *edges: float) -> Detection:
    return Detection(kind=kind, score=score, box_px=Box(*edges))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(FPS * SECONDS):
            sink.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="bgr24")))
        sink.mux(stream.encode(None))
    return path


def result(detector: Always, clip: Path) -> ClipAlarms:
    *_, last = alarms_on_clip(detector, clip)
    assert isinstance(last, ClipAlarms)
    return last


def test_a_thing_that_stays_is_one_alarm_and_many_boxes(clip: Path) -> None:
    found = result(Always(said("smoke", 0.4, 5, 5, 25, 25)), clip)
    assert found.pictures == SECONDS * 5
    assert found.false_alarms["smoke"] == {"0.3": 1, "0.5": 0}
    assert found.false_boxes["smoke"] == {"0.3": SECONDS * 5, "0.5": 0}
    assert set(found.minutes_by_kind) == {"smoke", "fire"}  # nothing is known of the others
    assert per_minute([found])["smoke"]["0.3"] == pytest.approx(60 / (SECONDS - 0.2), rel=0.01)


def test_what_the_truth_holds_is_no_alarm_and_its_ignored_places_are_none(clip: Path) -> None:
    rows = [f"{frame + 1},1,10,10,20,20,1,4,1" for frame in range(FPS * SECONDS)]
    (clip.parent / "gt.txt").write_text("\n".join(rows))
    (clip.parent / "meta.json").write_text('{"ignore_region": [0, 30, 64, 48]}')
    cars = Always(
        said("vehicle", 0.9, 10, 10, 30, 30), said("vehicle", 0.8, 2, 31, 60, 47), said("person", 0.9, 1, 1, 5, 9)
    )
    found = result(cars, clip)
    assert found.false_alarms["vehicle"] == {"0.3": 0, "0.5": 0}
    assert "person" not in found.false_alarms


def test_a_fire_that_is_known_leaves_its_smoke_unknown(clip: Path) -> None:
    (clip.parent / "gt.csv").write_text("frame0,x,y,w,h,class\n0,1,1,9,9,fire\n")
    assert [KINDS[index] for index in np.flatnonzero(load_clip_truth(clip).labelled)] == ["fire"]


def test_vehicles_count_only_outside_the_spans_in_which_some_are_in_view(clip: Path) -> None:
    (clip.parent / "meta.json").write_text('{"vehicle_in_view_frames": [[0, 29]]}')
    found = result(Always(said("vehicle", 0.9, 10, 10, 30, 30)), clip)
    assert found.false_boxes["vehicle"]["0.5"] == 15
    assert found.minutes_by_kind["vehicle"] == pytest.approx(found.minutes / 2, rel=0.01)


def test_a_folder_of_pictures_is_a_clip_too(tmp_path: Path) -> None:
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((48, 64, 3), np.uint8))
    assert result(Always(), tmp_path).pictures == 4


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("gt.txt", "1,1,0,0,9,9,1,4,1\nx,1,0,0,9,9,1,4,1", r"gt\.txt:2: .*no MOT row"),
        ("gt.txt", "1,1,0,0,9,9,1,77,1", r"gt\.txt:1: .*no MOT row"),
        ("gt.txt", "1,1,0,0,-9,9,1,4,1", r"gt\.txt:1: is no box"),
        ("gt.csv", "frame0,x,y,w,h,class\n0,1,2,3,4,steam", r"gt\.csv:2: .*no row of boxes"),
        ("meta.json", "[1", r"meta\.json: not the description"),
        ("meta.json", '{"ignore_region": [1, 2]}', r"meta\.json: ignore_region"),
    ],
)
def test_wrong_truth_is_named_by_its_line(clip: Path, name: str, text: str, said: str) -> None:
    (clip.parent / name).write_text(text)
    with pytest.raises(InputError, match=said):
        load_clip_truth(clip)


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 30])
def test_a_clip_that_is_none_is_wrong_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"clip\.mp4") as caught:
        result(Always(), path)
    assert "\n" not in str(caught.value)
