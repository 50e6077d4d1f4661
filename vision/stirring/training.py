"""Teaching it on rendered scenes: minutes on one core, the same weights from the same seed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn

from missions.detection import Box
from vision.clip import Clip
from vision.detector.calibration import logistic
from vision.registration import Floats
from vision.second_look.samples import CLIP_SCALE, LABELS, ScenePicture, with_scene_picture
from vision.stirring.layers import STRIDE, layers_of
from vision.stirring.look import CORE_SHARE, places_of
from vision.stirring.network import StirringNet

_BATCH: Final = 16
_RATE: Final = 3e-3
_FOCUS: Final = 1.5
"""Exponent of the focal loss (Lin et al. 2017): what is plain counts little."""
_POSITIVE: Final = 3.0
_FROM_S: Final = 1.3
"""First picture that is learned from: before, there is little to compare."""
WINDOW_CELLS: Final = (23, 40)
"""Rows and columns of the map in one lesson."""
_MOST_CHANGED: Final = 4
"""Windows of a whole picture that are learned from, beside one by lot."""
_NEAR_SHARE: Final = 0.75
"""Cells so far from a plume's middle, in sides of its box, are neither smoke nor not."""
_LEAST_CORE_PX: Final = 5.0
_FLIPPED: Final = 0.5
_SEEN: Final = 0.25
"""Score of a place that is counted, before it is calibrated."""

OnStep = Callable[[int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """One picture of a scene: its layers and what a map of it should say."""

    layers: NDArray[np.float16]
    """(8, H, W)"""
    wanted: NDArray[np.float32]
    """(h, w): 1 where it stirs."""
    counts: NDArray[np.float32]
    """(h, w): 0 where nobody can say."""


def lessons_of(
    theme: str, pictures: Sequence[ScenePicture], rng: np.random.Generator, *, every: int = 3
) -> Iterable[Lesson]:
    """Yield the lessons of one scene: every third picture that has a past and, where it burns, a plume to be seen."""
    clip = Clip()
    for number, picture in enumerate(pictures):
        clip = with_scene_picture(clip, picture, rng)
        told = picture.t_s >= _FROM_S and number % every == 0
        if not told or (theme in LABELS and not picture.truth):
            continue
        layers = layers_of(clip)
        if layers is not None:
            wanted, counts = target(layers.shape[1:], [box for _, box in picture.truth])
            yield from _windows(Lesson(layers=layers.astype(np.float16), wanted=wanted, counts=counts), rng)


def _windows(lesson: Lesson, rng: np.random.Generator) -> Iterator[Lesson]:
    """Yield what is learned from of a picture: windows with smoke or most change, and one by lot."""
    high, wide = lesson.wanted.shape
    rows, columns = WINDOW_CELLS
    corners = [
        (round(top), round(left))
        for top in np.linspace(0, high - rows, 1 if high == rows else round(1.5 * high / rows))
        for left in np.linspace(0, wide - columns, 1 if wide == columns else round(1.5 * wide / columns))
    ]
    changes = np.abs(lesson.layers[2::2].astype(np.float32)).sum(axis=0)
    changed = [
        float(changes[STRIDE * top : STRIDE * (top + rows), STRIDE * left : STRIDE * (left + columns)].sum())
        for top, left in corners
    ]
    burns = [bool(lesson.wanted[top : top + rows, left : left + columns].any()) for top, left in corners]
    best = sorted(range(len(corners)), key=lambda index: (burns[index], changed[index]), reverse=True)
    chosen = {*best[:_MOST_CHANGED], int(rng.integers(0, len(corners)))}
    for top, left in (corners[index] for index in sorted(chosen)):
        yield Lesson(
            layers=lesson.layers[
                :, STRIDE * top : STRIDE * (top + rows), STRIDE * left : STRIDE * (left + columns)
            ].copy(),
            wanted=lesson.wanted[top : top + rows, left : left + columns].copy(),
            counts=lesson.counts[top : top + rows, left : left + columns].copy(),
        )


def target(size: Sequence[int], plumes: Sequence[Box]) -> tuple[Floats, Floats]:
    """Return the wanted (h, w) map of a picture with these plumes and how much each cell counts; `size` is (H, W)."""
    height, width = (side // STRIDE for side in size)
    rows, columns = np.mgrid[:height, :width]
    cell_px = STRIDE * CLIP_SCALE
    u, v = (columns + 0.5) * cell_px, (rows + 0.5) * cell_px
    wanted, counts = np.zeros((height, width), np.float32), np.ones((height, width), np.float32)
    for box in plumes:
        (x, y), wide, high = box.centre, box.x2 - box.x1, box.y2 - box.y1
        off_u, off_v = np.abs(u - x), np.abs(v - y)
        counts[(off_u < _NEAR_SHARE * wide + cell_px) & (off_v < _NEAR_SHARE * high + cell_px)] = 0.0
    for box in plumes:
        (x, y), wide, high = box.centre, box.x2 - box.x1, box.y2 - box.y1
        half_wide, half_high = (max(CORE_SHARE / 2 * side, _LEAST_CORE_PX) for side in (wide, high))
        core = (np.abs(u - x) < half_wide) & (np.abs(v - y) < half_high)
        wanted[core] = counts[core] = 1.0
    return wanted, counts


def taught(lessons: Sequence[Lesson], *, steps: int, seed: int, on_step: OnStep | None = None) -> StirringNet:
    """Return the network after so many steps over lessons drawn by lot."""
    torch.set_num_threads(1)  # a network so small is no quicker on two
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 0x57])
    net = StirringNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    for step in range(steps):
        drawn = [_turned(lessons[int(index)], rng) for index in rng.integers(0, len(lessons), _BATCH)]
        layers, wanted, counts = (torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True))
        loss = _loss(net(layers), wanted, counts)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        if on_step is not None:
            on_step(step + 1, float(loss.detach()))
    return net.eval()


def calibrate(net: StirringNet, lessons: Sequence[Lesson]) -> tuple[int, int]:
    """Correct the head so that of the places scored 0.3 about three in ten stir, by pictures not learned from.

    Returns:
        How many places were right and how many false.

    """
    peaks: list[float] = []
    right: list[bool] = []
    for lesson in lessons:
        with torch.inference_mode():
            said = net(torch.from_numpy(lesson.layers.astype(np.float32))[None])[0].numpy()
        scores = expit(said)
        for place in places_of(scores, _SEEN):
            if lesson.counts[place].any():
                peaks.append(float(scores[place].max()))
                right.append(bool(lesson.wanted[place].any()))
    slope, offset = logistic(np.array(peaks), np.array(right, bool))
    with torch.no_grad():
        assert net.head.bias is not None
        net.head.weight *= slope
        net.head.bias.mul_(slope).add_(offset)
    return sum(right), len(right) - sum(right)


def _turned(lesson: Lesson, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return a lesson as it is or mirrored, its contrast a little other: changes are differences of grey."""
    parts = [lesson.layers.astype(np.float32), lesson.wanted, lesson.counts]
    for axis in (-1, -2):
        if rng.random() < _FLIPPED:
            parts = [np.flip(part, axis) for part in parts]
    layers = np.ascontiguousarray(parts[0])
    layers[[0, 1, 2, 4, 6]] *= rng.uniform(0.6, 1.3)
    return layers, np.ascontiguousarray(parts[1]), np.ascontiguousarray(parts[2])


def _loss(said: Tensor, wanted: Tensor, counts: Tensor) -> Tensor:
    each = nn.functional.binary_cross_entropy_with_logits(said, wanted, reduction="none")
    right = torch.where(wanted > 0, torch.sigmoid(said), torch.sigmoid(-said))
    weight = torch.where(wanted > 0, _POSITIVE, 1.0) * counts * (1.0 - right) ** _FOCUS
    total: Tensor = (each * weight).sum() / (wanted * counts).sum().clamp(min=1.0)
    return total
