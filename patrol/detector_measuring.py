"""A detector over folders of labelled pictures and over clips, with a progress bar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from missions.detection import Runtime
from missions.ports import Detector
from patrol.console import progress_bar

if TYPE_CHECKING:
    from vision.detector.coco import Picture
    from vision.detector.evaluation import Evaluation
    from vision.detector.false_alarms import ClipAlarms
    from vision.detector.judged import Image, Judged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """The figures, and the pictures they come from."""

    evaluation: "Evaluation"
    judged: "Sequence[Judged]"


def measured(
    folders: Sequence[Path], weights: str, runtime: Runtime, *, clips: Sequence[Path] = (), haze: bool = True
) -> Measured:
    """Measure weights on folders of labelled pictures, taken as one set, and on clips.

    Raises:
        InputError: a picture, an annotation, a clip or the weights are wrong.

    """
    from vision.detector.evaluation import evaluate
    from vision.detector.judged import hazed
    from vision.ingest.source import parse_video

    for clip in clips:
        parse_video(str(clip))  # what is plainly wrong is said before the long work
    pictures, detector = pictures_of(folders), _detector(weights, runtime)
    judged = judge(detector, pictures, "pictures")
    colour = [picture for picture in pictures if picture.modality == "rgb"] if haze else []
    in_haze = judge(detector, colour, "in haze", hazed)
    alarms = {_name(clip): _alarms(detector, clip) for clip in clips}
    return Measured(evaluation=evaluate(judged, in_haze=in_haze, clips=alarms), judged=judged)


def judged_pictures(folders: Sequence[Path], weights: str, runtime: Runtime) -> "list[Judged]":
    """Return what weights say of every picture of some folders."""
    return judge(_detector(weights, runtime), pictures_of(folders), "pictures")


def pictures_of(folders: Sequence[Path]) -> "list[Picture]":
    """Return the labelled pictures of some folders."""
    from vision.detector.coco import load_pictures

    return [picture for folder in folders for picture in load_pictures(folder)]


def _detector(weights: str, runtime: Runtime) -> Detector:
    from vision.detector import load_detector
    from vision.detector.judged import EVALUATION_CONF

    return load_detector(weights, runtime=runtime, conf=EVALUATION_CONF)


def judge(
    detector: Detector,
    pictures: "Sequence[Picture]",
    what: str,
    changed: "Callable[[Image, int], Image] | None" = None,
) -> "list[Judged]":
    """Return what a detector says of pictures, in a progress bar called `what`; `changed` has each picture first."""
    from vision.detector.judged import detect_all

    judged = []
    with progress_bar() as bar:
        task = bar.add_task(what, total=len(pictures), status="")
        for one in detect_all(detector, pictures, changed):
            judged.append(one)
            bar.update(task, advance=1, status=f"{len(judged)}/{len(pictures)}")
    return judged


def _alarms(detector: Detector, clip: Path) -> "ClipAlarms":
    from vision.detector.false_alarms import ClipAlarms, alarms_on_clip
    from vision.ingest.source import duration_s

    with progress_bar() as bar:
        task = bar.add_task(_name(clip), total=duration_s(str(clip)), status="")
        for said in alarms_on_clip(detector, clip):
            if isinstance(said, ClipAlarms):
                return said
            bar.update(task, completed=said, status=f"{said:.0f} s")
    raise AssertionError("a clip ends with its result")


def _name(clip: Path) -> str:
    """Return a clip's name: its folder's where the file is called as every clip is."""
    return clip.resolve().parent.name if clip.stem in {"video", "frames"} else clip.name
