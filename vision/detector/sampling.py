"""Which picture comes next: a function of seed and sample number alone, so that a resumed training repeats nothing."""

import tomllib
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from vision.detector.classes import KINDS
from vision.detector.coco import Picture, read_picture
from vision.detector.tiles import Tile, make_tile

DEFAULT_MIXTURE = Path(__file__).with_name("mixture.toml")


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
        weights[index] = max([factors.get(int(kind), 1.0) for kind in picture.labels.kinds], default=1.0)
    sums: defaultdict[str, float] = defaultdict(float)
    for picture, weight in zip(pictures, weights, strict=True):
        sums[picture.source] += float(weight)
    shares = np.array([sources.get(picture.source, other) / sums[picture.source] for picture in pictures])
    weights *= shares
    if not weights.sum() > 0:
        raise InputError("gives every picture the weight 0", file=mixture, remedy="a share for one of the sources")
    result: NDArray[np.float64] = weights / weights.sum()
    return result


class TileSource:
    """Tiles by number. Decoded pictures are kept in memory up to a limit."""

    def __init__(
        self, pictures: tuple[Picture, ...], weights: NDArray[np.float64], *, seed: int, memory_mib: int = 4000
    ) -> None:
        self._pictures, self._seed = pictures, seed
        self._cumulated = np.cumsum(weights)
        self._kept: dict[int, NDArray[np.uint8]] = {}
        self._room = memory_mib << 20

    def tile(self, number: int) -> Tile:
        """Return tile `number` of this seed: the same whenever it is asked for."""
        rng = np.random.default_rng((self._seed, number))
        index = min(len(self._pictures) - 1, int(np.searchsorted(self._cumulated, rng.random())))
        return make_tile(self._image(index), self._pictures[index], rng)

    def _image(self, index: int) -> NDArray[np.uint8]:
        image = self._kept.get(index)
        if image is None:
            image = read_picture(self._pictures[index])
            if image.nbytes <= self._room:
                self._room -= image.nbytes
                self._kept[index] = image
        return image
