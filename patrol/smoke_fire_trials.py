"""Rendered scenes looked at by a detector and in time, kept so that the rule can be tried on them again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection
from missions.ports import Detector
from sitl.confusing_scenes import FULL_PX, SceneFrame
from vision.clip import Clip
from vision.rules import Finding, Scene, Sighting
from vision.rules.smoke_fire import Judge, SmokeFireRule
from vision.rules.smoke_fire_settings import SmokeFireSettings
from vision.second_look import SecondLook
from vision.second_look.mosaic import detect_windows
from vision.second_look.samples import with_scene_picture
from vision.stirring import Stirring

PLUMES: Final = ("smoke", "fire")
_MOST: Final = 4
"""Proposals of a picture from each side that the clip is asked about; a rule asks about fewer."""


class Looks(NamedTuple):
    """The two looks in time."""

    stirring: Stirring
    """Proposes, beside the detector."""
    second: SecondLook
    """Judges what is proposed."""


class TrialPicture(NamedTuple):
    """One looked-at picture, without its pixels."""

    t_s: float
    size_px: tuple[int, int]
    motion: NDArray[np.float32]
    proposals: tuple[Detection, ...]
    """Smoke and fire, by the detector."""
    stirs: tuple[Detection, ...]
    """What is proposed by how it stirs."""
    changes: dict[Box, float | None]
    odds: dict[Box, float | None]
    """What the second look says, nats."""
    truth: tuple[tuple[str, Box], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One scene, or one clip."""

    name: str
    """Its theme."""
    pictures: tuple[TrialPicture, ...]


class Outcome(NamedTuple):
    """What a rule makes of a trial."""

    opened_s: float | None
    """When the first true incident was opened."""
    kind: str
    shown_s: float | None
    """When smoke or fire was first to be seen."""
    false: int
    """Incidents opened where neither smoke nor fire is."""
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class _KnownClip(Clip):
    """A clip of which only the answers are left."""

    known: dict[Box, float | None] = field(default_factory=dict)

    def change(self, box: Box) -> float | None:
        """Return what the clip said."""
        return self.known.get(box)


class _KnownLook:
    """A second look of which only the answers are left."""

    def __init__(self) -> None:
        self.known: dict[Box, float | None] = {}

    def odds(self, clip: Clip, box: Box) -> float | None:  # noqa: ARG002 - a port
        """Return what the second look said."""
        return self.known.get(box)


def trial_of(
    name: str, frames: Sequence[SceneFrame], found: Sequence[Sequence[Detection]], looks: Looks, seed: int
) -> Trial:
    """Return a scene whose windows the detector has looked at."""
    rng = np.random.default_rng([seed, 0x51])
    clip = Clip()
    pictures = []
    for frame, detections in zip(frames, found, strict=True):
        clip = with_scene_picture(clip, frame, rng)
        pictures.append(
            asked(clip, detections, looks, t_s=frame.t_s, motion=frame.motion, truth=frame.truth, size=FULL_PX)
        )
    return Trial(name=name, pictures=tuple(pictures))


def asked(
    clip: Clip,
    detections: Sequence[Detection],
    looks: Looks,
    *,
    t_s: float,
    motion: NDArray[np.float32],
    truth: tuple[tuple[str, Box], ...],
    size: tuple[int, int],
) -> TrialPicture:
    """Return a picture with what is proposed in it, and what clip and second look say of the likeliest."""
    proposals = tuple(sorted((d for d in detections if d.kind in PLUMES), key=lambda d: -d.score))
    stirs = tuple(looks.stirring.proposals(clip))
    boxes = [proposal.box_px for proposal in (*proposals[:_MOST], *stirs[:_MOST])]
    return TrialPicture(
        t_s=t_s,
        size_px=size,
        motion=motion,
        proposals=proposals,
        stirs=stirs,
        changes={box: clip.change(box) for box in boxes},
        odds={box: looks.second.odds(clip, box) for box in boxes},
        truth=truth,
    )


def trials(
    scenes: Iterable[tuple[str, int, Iterable[SceneFrame]]], detector: Detector, looks: Looks, *, at_once: int = 32
) -> Iterator[Trial]:
    """Yield the trials of scenes; the detector sees the windows of many together."""
    waiting: list[tuple[str, list[SceneFrame], int]] = []
    for name, number, frames in scenes:
        waiting.append((name, list(frames), number))
        if sum(len(one[1]) for one in waiting) >= at_once:
            yield from _looked_at(waiting, detector, looks)
            waiting = []
    yield from _looked_at(waiting, detector, looks)


def _looked_at(waiting: list[tuple[str, list[SceneFrame], int]], detector: Detector, looks: Looks) -> Iterator[Trial]:
    found = detect_windows(detector, [frame.image for _, frames, _ in waiting for frame in frames])
    start = 0
    for name, frames, number in waiting:
        yield trial_of(name, frames, found[start : start + len(frames)], looks, number)
        start += len(frames)


def replayed(
    trial: Trial, settings: SmokeFireSettings, judge: Judge | None = None
) -> Iterator[tuple[TrialPicture, list[Finding]]]:
    """Yield every picture of a trial and what the rule says in it."""
    known = _KnownLook()
    rule = SmokeFireRule(settings=settings, second_look=known, place_judge=judge)
    for picture in trial.pictures:
        known.known = picture.odds
        yield picture, [said for said in rule.update(_scene(picture)) if isinstance(said, Finding)]


def outcome(trial: Trial, settings: SmokeFireSettings, judge: Judge | None = None) -> Outcome:
    """Return what the rule makes of a trial with these settings; without a judge, by the evidence alone."""
    opened_s, kind, shown_s = None, "", None
    false: set[int] = set()
    true: set[int] = set()
    for picture, findings in replayed(trial, settings, judge):
        if picture.truth and shown_s is None:
            shown_s = picture.t_s
        for said in findings:
            if said.site in true | false:
                continue
            if any(meets(said.box_px, box) for _, box in picture.truth):
                true.add(said.site)
                if opened_s is None:
                    opened_s, kind = picture.t_s, said.kind.value
            else:
                false.add(said.site)
    step_s = trial.pictures[1].t_s - trial.pictures[0].t_s
    return Outcome(opened_s, kind, shown_s, len(false), len(trial.pictures) * step_s)


def _scene(picture: TrialPicture) -> Scene:
    return Scene(
        captured_utc_s=picture.t_s,
        pts_s=picture.t_s,
        width_px=picture.size_px[0],
        height_px=picture.size_px[1],
        sightings=tuple(
            Sighting(detection=d, located=None, track_id=None, stirs=stirs)
            for said, stirs in ((picture.proposals, False), (picture.stirs, True))
            for d in said
        ),
        tracks=(),
        has_pose=False,
        view_m=None,
        motion=picture.motion,
        motion_sure=True,
        clip=_KnownClip(known=picture.changes),
    )


def meets(a: Box, b: Box) -> bool:
    """Return whether the middle of one box lies in the other."""
    return any(
        one.x1 <= other.centre[0] <= one.x2 and one.y1 <= other.centre[1] <= one.y2 for one, other in ((a, b), (b, a))
    )
