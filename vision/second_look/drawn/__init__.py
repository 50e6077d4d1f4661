"""Samples drawn over calm places in other ways than the renderer has: smoke, flames, and what is neither.

A look that has seen one renderer's plumes knows that renderer. These look like no one's in particular: textures that
drift, grow, flicker, wave and pass, of any colour and at any speed. Lengths are pixels of a strip, speeds pixels per
0.4 s.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.registration import Floats
from vision.second_look.drawn.nothing import NOTHING
from vision.second_look.drawn.plumes import fire, smoke
from vision.second_look.features import features_of
from vision.second_look.samples import LABELS, Sample
from vision.second_look.strip import Strip

COUNTS: Final = {"nothing": 6000, "smoke": 6000, "fire": 3000}
_LEAST_SEEN: Final = 5.0
"""Grey levels by which smoke or fire changes the box in the mean: what nobody can see is not named."""
_NOISE: Final = 1.2
"""Grey levels."""
_SMOKING_SHARE: Final = 0.3
"""Of the fires."""


def drawn_samples(
    over: Sequence[Sample], seed: int, *, on_sample: Callable[[int], None] = lambda _: None
) -> Iterator[Sample]:
    """Yield the drawn samples of a seed: nothing, then smoke, then fire, as many as `COUNTS` says.

    Args:
        over: samples of scenes; only those that are nothing and were not proposed are drawn over.
        seed: of what is drawn.
        on_sample: hears how many there are.

    Raises:
        ValueError: nothing is calm.

    """
    rng = np.random.default_rng(seed)
    calm = [sample.strip for sample in over if sample.label == LABELS.index("nothing") and not sample.proposed]
    if not calm:
        raise ValueError("no calm place to draw over")
    done = 0
    for label, kind in enumerate(LABELS):
        wanted = done + COUNTS[kind]
        while done < wanted:
            below = calm[rng.integers(len(calm))]
            strip = _drawn(below, kind, rng)
            if kind != "nothing" and _seen(strip, below) <= _LEAST_SEEN:
                continue
            done += 1
            on_sample(done)
            yield Sample(strip=strip, label=label, theme="drawn", proposed=False, numbers=features_of(strip))


def _drawn(below: Strip, kind: str, rng: np.random.Generator) -> Strip:
    images: Sequence[Floats]
    if kind == "smoke":
        images = smoke(below, rng)
    elif kind == "fire":
        smoking = rng.random() < _SMOKING_SHARE
        images = fire(replace(below, images=_whole(smoke(below, rng))) if smoking else below, rng)
    else:
        images = NOTHING[rng.integers(len(NOTHING))](below, rng)
    noise = rng.normal(0.0, _NOISE, below.images.shape).astype(np.float32)
    return replace(below, images=_whole(np.stack(images) + noise))


def _whole(images: Floats | Sequence[Floats]) -> NDArray[np.uint8]:
    return np.clip(images, 0.0, 255.0).astype(np.uint8)


def _seen(strip: Strip, below: Strip) -> float:
    change = np.abs(strip.images.astype(np.float32) - below.images)
    return float(change[:, below.inside].mean())
