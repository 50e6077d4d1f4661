"""False alarms per minute of video: false boxes at one place, picture after picture, are one alarm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection
from missions.errors import InputError
from missions.ports import Detector
from vision.detector.average_precision import ALARM_SCORES
from vision.detector.classes import KINDS
from vision.detector.clip_truth import ClipTruth, load_clip_truth
from vision.detector.matching import match, overlaps
from vision.stills import looked_at

LOOK_HZ: Final = 5.0
"""As often as `patrol watch` looks."""
_RIGHT_OVERLAP: Final = 0.35
"""IoU from which a box is right: boxes of clips are looser than those of pictures."""
_SAME_PLACE: Final = 0.1
"""IoU from which a false box is the alarm of up to `_REMEMBERED` pictures before."""
_REMEMBERED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipAlarms:
    """What a detector raised on a clip and was not there."""

    pictures: int
    """Looked at."""
    minutes: float
    minutes_by_kind: dict[str, float]
    """Of video in which it is known where the kind is, or that it is nowhere."""
    false_alarms: dict[str, dict[str, int]]
    """By kind and least score: places at which false boxes appeared."""
    false_boxes: dict[str, dict[str, int]]
    """The same, every box of every picture."""


class _Counter:
    """Counts the false boxes of one kind and score, and the places they make up."""

    def __init__(self) -> None:
        self.boxes = self.alarms = 0
        self._places: list[tuple[Box, int]] = []

    def add(self, false: Sequence[Box], picture: int) -> None:
        """Take the false boxes of a picture."""
        self._places = [place for place in self._places if picture - place[1] <= _REMEMBERED]
        before = np.array([box for box, _ in self._places], np.float32).reshape(-1, 4)
        for box in false:
            self.boxes += 1
            self.alarms += not bool((overlaps(box, before) >= _SAME_PLACE).any())
            self._places.append((box, picture))


def alarms_on_clip(detector: Detector, clip: Path, *, hz: float = LOOK_HZ) -> Iterator[float | ClipAlarms]:
    """Look at a video file or a folder of pictures; yields the stream time reached, at the end the result.

    Raises:
        InputError: it is no video, or what lies beside it is no truth.

    """
    truth = load_clip_truth(clip)
    counters = {(kind, least): _Counter() for kind in range(len(KINDS)) for least in ALARM_SCORES}
    known_pictures = np.zeros(len(KINDS), int)
    pictures, first_s, last_s = 0, 0.0, 0.0
    for still in looked_at(clip, hz):
        first_s = still.pts_s if not pictures else first_s
        last_s, pictures = still.pts_s, pictures + 1
        labelled = _count(truth, still.frame, detector.detect(still.image), counters, pictures)
        known_pictures += labelled
        yield still.pts_s
    if pictures == 0:
        raise InputError("holds no picture", file=clip, remedy="a video, or a folder of pictures")
    minutes = max(last_s - first_s, 1.0 / hz) / 60.0
    shares = known_pictures / pictures
    known = [kind for kind in range(len(KINDS)) if known_pictures[kind]]
    yield ClipAlarms(
        pictures=pictures,
        minutes=round(minutes, 4),
        minutes_by_kind={KINDS[kind]: round(minutes * float(shares[kind]), 4) for kind in known},
        false_alarms={KINDS[k]: {str(s): counters[k, s].alarms for s in ALARM_SCORES} for k in known},
        false_boxes={KINDS[k]: {str(s): counters[k, s].boxes for s in ALARM_SCORES} for k in known},
    )


def _count(
    truth: ClipTruth,
    frame: int,
    detections: Sequence[Detection],
    counters: dict[tuple[int, float], _Counter],
    picture: int,
) -> NDArray[np.bool_]:
    """Count the false boxes of a picture; returns which kinds were known in it."""
    labels = truth.labels(frame)
    for kind in np.flatnonzero(labels.labelled).tolist():
        matched = match(labels, detections, kind, least_overlap=_RIGHT_OVERLAP)
        false = [found for found, right in zip(matched.said, matched.right, strict=True) if not right]
        for least in ALARM_SCORES:
            counters[kind, least].add([found.box_px for found in false if found.score >= least], picture)
    return labels.labelled


def per_minute(clips: Sequence[ClipAlarms]) -> dict[str, dict[str, float]]:
    """Return the false alarms per minute over all clips, by kind and least score."""
    rates: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        known = [clip for clip in clips if clip.minutes_by_kind.get(kind)]
        minutes = sum(clip.minutes_by_kind[kind] for clip in known)
        if minutes:
            rates[kind] = {
                str(least): round(sum(clip.false_alarms[kind][str(least)] for clip in known) / minutes, 3)
                for least in ALARM_SCORES
            }
    return rates
