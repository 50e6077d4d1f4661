"""The two grids on which objects are found: a fine one for small objects, a coarse one for large ones."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A grid of cells laid over the picture."""

    stride_px: int
    """Side of a cell."""
    smallest_px: float
    """Square root of the area from which an object belongs to this grid."""
    largest_px: float
    """Square root of the area up to which it does."""
    unit_px: float
    """Distance from a cell to a box's edge that the network calls exp(0)."""

    def takes(self, width_px: float, height_px: float) -> bool:
        """Whether an object of this size is looked for here; sizes in between belong to both grids."""
        return self.smallest_px**2 <= width_px * height_px <= self.largest_px**2


LEVELS: Final = (
    Level(stride_px=4, smallest_px=0.0, largest_px=96.0, unit_px=12.0),
    Level(stride_px=16, smallest_px=56.0, largest_px=1e9, unit_px=72.0),
)

LOG_DISTANCE_LIMIT: Final = 4.0
"""The network's logarithms are cut here, both ways: no box is wider than 2 x 72 x e^4 px."""
