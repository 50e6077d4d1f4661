"""Which picture comes next: a function of seed and sample number alone, so that a resumed training repeats nothing."""

import tomllib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from vision.detector.classes import KINDS
from vision.detector.coco import Picture, read_picture
from vision.detector.flames import FlameCutouts
from vision.detector.pasting import SmallObjects
from vision.detector.tiles import Additions, Tile, make_tile, mosaic

DEFAULT_MIXTURE = Path(__file__).with_name("mixture.toml")
_MOSAICS: Final = 0.45
"""Share of the tiles that are four pictures at half the size."""


def picture_weights(pictures: tuple[Picture, ...], mixture: Path = DEFAULT_MIXTURE) -> NDArray[np.float64]:
    """Return how often each picture is shown, summing to 1, after a mixture file.

    Raises:
        InputError: the file is not a mixture, or nothing in it names the pictures' sources.

    """
    try:
        data = tomllib.loads(mixture.read_text(encoding="utf-8"))
        sources = {str(k): float(v) for k, v in data["sources"].items()}
        factors = {KINDS.index(k): float(v) for k, v in data.get("with_kind", {}).items()}
        other = float(data.get("other", 0.0))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as exc:
        raise InputError(f"not a mixture: {exc}", file=mixture, remedy="[sources] name = share") from exc
    weights = np.ones(len(pictures))
    for index, picture in enumerate(pictures):
        known = picture.labels.labelled.any() or len(picture.labels.kinds)
        most = max([factors.get(int(kind), 1.0) for kind in picture.labels.kinds], default=1.0)
        weights[index] = most if known else 0.0  # nobody has labelled it yet
    sums: defaultdict[str, float] = defaultdict(float)
    for picture, weight in zip(pictures, weights, strict=True):
        sums[picture.source] += float(weight)
    shares = np.array([sources.get(p.source, other) / sums[p.source] if sums[p.source] else 0.0 for p in pictures])
    weights *= shares
    if not weights.sum() > 0:
        raise InputError("gives every picture the weight 0", file=mixture, remedy="a share for one of the sources")
    result: NDArray[np.float64] = weights / weights.sum()
    return result


def _alike(
    pictures: tuple[Picture, ...], weights: NDArray[np.float64]
) -> dict[bytes, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return, by which kinds were labelled, the pictures' numbers and how often each is shown among them."""
    keys = np.array([picture.labels.labelled.tobytes().hex() for picture in pictures])
    groups = {}
    for key in np.unique(keys):
        members = np.flatnonzero((keys == key) & (weights > 0.0))
        if len(members):
            groups[bytes.fromhex(str(key))] = members, weights[members] / weights[members].sum()
    return groups


class TileSource:
    """Tiles by number. Decoded pictures are kept in memory up to a limit.

    `plain` ones are pieces of single pictures, to which nothing is done but turning, mirroring and a little stretching.
    """

    def __init__(
        self,
        pictures: tuple[Picture, ...],
        weights: NDArray[np.float64],
        *,
        seed: int,
        memory_mib: int = 4000,
        plain: bool = False,
    ) -> None:
        self._pictures, self._seed, self._plain = pictures, seed, plain
        self._cumulated = np.cumsum(weights)
        self._alike = _alike(pictures, weights)
        self._additions = (
            None
            if plain
            else Additions(
                flames=FlameCutouts(pictures, self._image), objects=SmallObjects(pictures, weights, self._image)
            )
        )
        self._kept: dict[int, NDArray[np.uint8]] = {}
        self._room = memory_mib << 20

    def tile(self, number: int) -> Tile:
        """Return tile `number` of this seed: the same whenever it is asked for."""
        rng = np.random.default_rng((self._seed, number))
        index = min(len(self._pictures) - 1, int(np.searchsorted(self._cumulated, rng.random())))
        if self._plain or rng.random() >= _MOSAICS:
            return self._tile(index, rng)
        members, shares = self._alike[self._pictures[index].labels.labelled.tobytes()]
        others = rng.choice(members, 3, p=shares)
        return mosaic([self._tile(int(which), rng, quarter=True) for which in (index, *others)])

    def preload(self, threads: int) -> None:
        """Decode what the memory holds now, so that processes forked from this one share it."""
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(self._image, range(len(self._pictures))):
                pass

    def _tile(self, index: int, rng: np.random.Generator, *, quarter: bool = False) -> Tile:
        return make_tile(
            self._image(index),
            self._pictures[index],
            rng,
            quarter=quarter,
            additions=self._additions,
            plain=self._plain,
        )

    def _image(self, index: int) -> NDArray[np.uint8]:
        image = self._kept.get(index)
        if image is None:
            image = read_picture(self._pictures[index])
            if image.nbytes <= self._room:
                self._room -= image.nbytes
                self._kept[index] = image
        return image
