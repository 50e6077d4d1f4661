"""What is known about one picture: boxes, places to leave out, and which kinds were labelled at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """Boxes of one picture in its pixels."""

    boxes_px: NDArray[np.float32]
    """(N, 4) x1, y1, x2, y2."""
    kinds: NDArray[np.int64]
    """(N,) index in KINDS."""
    ignored_px: NDArray[np.float32]
    """(M, 4) places about which nothing may be learned or measured."""
    labelled: NDArray[np.bool_]
    """(kinds,) whether every object of the kind has a box; others may be visible and have none."""
