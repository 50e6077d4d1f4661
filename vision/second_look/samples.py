"""Labelled strips to learn from and to measure by, cut out of scenes whose truth is known."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection
from vision.clip import Clip, with_picture
from vision.second_look.features import features_of
from vision.second_look.strip import Strip, strip_of

LABELS: Final = ("nothing", "smoke", "fire")
CLIP_SCALE: Final = 2.0
"""Of a clip of 1280 pixels, from which windows are cut."""
_MOTION_ERROR_PX: Final = 0.7
"""Deviation of the background's motion between two pictures, as the camera's motion estimate has it."""
_FIRST_S: Final = 1.3
_EVERY_S: Final = 0.9
_SAME_SHARE: Final = 0.15
"""Overlap with true smoke or fire, as a share of the smaller of both, from which a proposal is about it."""
_APART_SHARE: Final = 0.02


class ScenePicture(Protocol):
    """One picture of a scene, as the simulator draws it."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) BGR."""
        ...

    @property
    def t_s(self) -> float:
        """Since the scene began."""
        ...

    @property
    def motion(self) -> NDArray[np.float32]:
        """(2, 3) of the ground since the picture before."""
        ...

    @property
    def truth(self) -> tuple[tuple[str, Box], ...]:
        """Smoke and fire."""
        ...

    @property
    def confusing(self) -> tuple[tuple[str, Box], ...]:
        """What is taken for smoke and fire."""
        ...

    @property
    def things(self) -> tuple[Box, ...]:
        """Vehicles, two-wheelers, people."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """A strip and what it shows."""

    strip: Strip
    label: int
    """Index into `LABELS`."""
    theme: str
    """What the scene is about."""
    proposed: bool
    """By the detector or by how it stirs; else drawn by lot about the truth."""
    numbers: NDArray[np.float32]
    """(F,), `features_of` the strip."""


def samples_of(
    theme: str,
    pictures: Sequence[ScenePicture],
    detections: Sequence[Sequence[Detection]],
    rng: np.random.Generator,
    also: Callable[[Clip], Sequence[Detection]] = lambda _: (),
) -> Iterator[Sample]:
    """Yield the samples of one scene that the detector has looked at; `also` proposes by the clip."""
    clip = Clip()
    next_s = _FIRST_S
    for picture, found in zip(pictures, detections, strict=True):
        clip = with_scene_picture(clip, picture, rng)
        if picture.t_s < next_s:
            continue
        next_s = picture.t_s + _EVERY_S
        for box, proposed in _candidates(picture, [*found, *also(clip)], rng):
            label = label_of(box, picture.truth, burns=theme in LABELS)
            strip = strip_of(clip, box) if label is not None else None
            if strip is not None and label is not None:
                yield Sample(strip=strip, label=label, theme=theme, proposed=proposed, numbers=features_of(strip))


def with_scene_picture(clip: Clip, picture: ScenePicture, rng: np.random.Generator) -> Clip:
    """Return the clip with a picture whose true motion is blurred as an estimate's is."""
    motion = picture.motion.copy()
    motion[:, 2] += rng.normal(0, _MOTION_ERROR_PX, 2).astype(np.float32)
    return with_picture(
        clip,
        picture.image,
        pts_s=picture.t_s,
        motion=motion,
        sure=True,
        things_px=np.array(picture.things, float).reshape(-1, 4),
        scale=CLIP_SCALE,
    )


def label_of(box: Box, truth: Sequence[tuple[str, Box]], *, burns: bool) -> int | None:
    """Return the label of a box; None where it is near smoke or fire and yet is not about it.

    `burns` says that there is smoke or fire somewhere, perhaps too faint for a box of its own.
    """
    shares = [(_shared(box, true), kind) for kind, true in truth]
    most, kind = max(shares, default=(0.0, "nothing"))
    if most >= _SAME_SHARE:
        fires = [share for share, named in shares if named == "fire"]
        inside_fire = max(fires, default=0.0) >= _SAME_SHARE and _about_as_large(box, truth)
        return LABELS.index("fire" if inside_fire else "smoke" if kind == "smoke" else kind)
    near = (burns and not truth) or any(_shared(box, _wider(true)) > _APART_SHARE for _, true in truth)
    return None if near else 0


def _wider(box: Box) -> Box:
    """Return the box with as much around it as three quarters of its longer side: faint smoke has none of its own."""
    margin = 0.75 * box.longer_side_px
    return Box(box.x1 - margin, box.y1 - margin, box.x2 + margin, box.y2 + margin)


def _about_as_large(box: Box, truth: Iterable[tuple[str, Box]]) -> bool:
    """Return whether a box is about the fire rather than about the smoke over it, which is larger."""
    sizes = {kind: true.longer_side_px for kind, true in truth}
    if "smoke" not in sizes:
        return True
    return box.longer_side_px < math.sqrt(sizes["fire"] * sizes["smoke"])


def _candidates(
    picture: ScenePicture, found: Sequence[Detection], rng: np.random.Generator
) -> Iterator[tuple[Box, bool]]:
    height, width = picture.image.shape[:2]
    proposals = sorted((d for d in found if d.kind in LABELS), key=lambda d: -d.score)
    for detection in proposals[:4]:
        yield detection.box_px, True
    for _, box in (*picture.truth, *picture.confusing):
        drawn = _about(box, rng, width, height)
        if drawn is not None:
            yield drawn, False
    if picture.things and rng.random() < 0.3:
        drawn = _about(picture.things[int(rng.integers(0, len(picture.things)))], rng, width, height)
        if drawn is not None:
            yield drawn, False
    if rng.random() < 0.3:
        side = float(rng.uniform(16, 120))
        x, y = rng.uniform(0, width - side), rng.uniform(0, max(height - side, 1.0))
        yield Box(float(x), float(y), float(x) + side, min(float(y) + side, float(height))), False


def _about(box: Box, rng: np.random.Generator, width: int, height: int) -> Box | None:
    """Return a box as a detector might draw it: a bit off, too large, or only a part."""
    wide, high = box.x2 - box.x1, box.y2 - box.y1
    share = float(rng.uniform(0.4, 1.3))
    wide, high = wide * share * float(rng.uniform(0.8, 1.25)), high * share * float(rng.uniform(0.8, 1.25))
    loose = max(0.15, 1.0 - share)
    u = box.centre[0] + float(rng.uniform(-0.4, 0.4)) * loose * (box.x2 - box.x1)
    v = box.centre[1] + float(rng.uniform(-0.4, 0.4)) * loose * (box.y2 - box.y1)
    x1, y1, x2, y2 = max(u - wide / 2, 0.0), max(v - high / 2, 0.0), min(u + wide / 2, width), min(v + high / 2, height)
    return Box(x1, y1, x2, y2) if x2 - x1 >= 5 and y2 - y1 >= 5 else None


def _shared(a: Box, b: Box) -> float:
    """Return the common area as a share of the smaller box."""
    wide, high = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
    if wide <= 0 or high <= 0:
        return 0.0
    smaller = min((a.x2 - a.x1) * (a.y2 - a.y1), (b.x2 - b.x1) * (b.y2 - b.y1))
    return wide * high / max(smaller, 1e-9)
