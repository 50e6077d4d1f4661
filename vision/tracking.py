"""One object over pictures: BoT-SORT of `trackers` at the detector's rate, our own camera motion before association."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from trackers import BoTSORTTracker
from trackers.utils.iou import BIoU

from missions.detection import Detection
from vision.camera_motion import CameraMotion

PLUMES = ("smoke", "fire")
REMEMBERED = 1000
"""Objects whose kinds are kept; far more than are lost and found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One detection with the number of the object it belongs to."""

    track_id: int
    kind: str
    """What most of its recent detections say."""
    source: Detection
    """The very detection that was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """Tunables, for 2 to 10 looked-at pictures per second."""

    start_score: float = 0.35
    """Score that starts a track."""
    sure_score: float = 0.3
    """Score from which a detection is matched in the first round."""
    lost_s: float = 2.0
    """How long an unseen object is remembered."""
    box_margin: float = 0.3
    """Boxes are widened by this share before they are compared: small fast things hardly overlap at 5 Hz."""


class Tracker:
    """Gives detections of successive pictures the numbers of objects; survives a moving camera.

    Things (vehicles, two-wheelers, people) and plumes (smoke, fire) are followed apart, so that smoke never takes the
    number of the vehicle beneath it. A number's kind is what most of its recent scores say.
    """

    def __init__(self, *, look_hz: float, settings: TrackerSettings | None = None) -> None:
        self._settings = settings or TrackerSettings()
        self.motion = CameraMotion()
        self._groups = [self._botsort(look_hz), self._botsort(look_hz)]
        self._ids: dict[tuple[int, int], int] = {}
        self._votes: dict[int, dict[str, float]] = {}

    def update(self, image: NDArray[np.uint8], detections: Sequence[Detection], pts_s: float) -> tuple[Tracked, ...]:
        """Return the detections that belong to an object seen at least twice, with its number."""
        boxes = np.array([d.box_px for d in detections if d.kind not in PLUMES], float).reshape(-1, 4)
        motion = self.motion.estimate(image, boxes)
        tracked: list[Tracked] = []
        for group, botsort in enumerate(self._groups):
            members = [d for d in detections if (d.kind in PLUMES) == bool(group)]
            tracked += self._associate(group, botsort, members, motion, pts_s)
        return tuple(tracked)

    def _botsort(self, look_hz: float) -> BoTSORTTracker:
        s = self._settings
        return BoTSORTTracker(
            lost_track_buffer=round(s.lost_s * 30.0),
            frame_rate=look_hz,
            track_activation_threshold=s.start_score,
            high_conf_det_threshold=s.sure_score,
            minimum_iou_threshold_first_assoc=0.1,
            minimum_iou_threshold_second_assoc=0.3,
            minimum_iou_threshold_unconfirmed_assoc=0.1,
            minimum_consecutive_frames=2,
            enable_cmc=False,
            instant_first_frame_activation=False,
            iou=BIoU(buffer_ratio=s.box_margin),
        )

    def _associate(
        self, group: int, botsort: BoTSORTTracker, members: list[Detection], motion: NDArray[np.float32], pts_s: float
    ) -> list[Tracked]:
        """Shift this group's objects by the camera's motion, match, and number what is matched."""
        from trackers.utils.cmc import CMC

        CMC.apply_batch(motion, botsort.tracks)
        found = botsort.update(
            sv.Detections(
                xyxy=np.array([d.box_px for d in members], np.float32).reshape(-1, 4),
                confidence=np.array([d.score for d in members], np.float32),
                class_id=np.arange(len(members)),
            ),
            timestamp=pts_s,
        )
        result = []
        for place, number in zip(
            [] if found.class_id is None else found.class_id,
            [] if found.tracker_id is None else found.tracker_id,
            strict=True,
        ):
            if number >= 0:
                track_id = self._ids.setdefault((group, int(number)), len(self._ids) + 1)
                detection = members[int(place)]
                result.append(Tracked(track_id=track_id, kind=self._vote(track_id, detection), source=detection))
        return result

    def _vote(self, track_id: int, detection: Detection) -> str:
        votes = self._votes.pop(track_id, {})
        self._votes[track_id] = votes  # at the end: the first are those not seen for longest
        while len(self._votes) > REMEMBERED:
            del self._votes[next(iter(self._votes))]
        for kind in votes:
            votes[kind] *= 0.9
        votes[detection.kind] = votes.get(detection.kind, 0.0) + detection.score
        return max(votes, key=votes.__getitem__)
