"""One decoded picture with its times and, where known, its pose."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.camera import CameraPose


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A picture keyed by its presentation time stamp, never by a number."""

    patrol_id: str
    vehicle_id: str
    stream_id: str
    pts_s: float
    """Presentation time in the stream."""
    captured_utc_s: float
    """Patrol time of capture; a recording without a clock counts from its first picture."""
    image: NDArray[np.uint8]
    """(H, W, 3) BGR."""
    pose: CameraPose | None = None
    """None: nothing is known about where this was taken, and no place may be claimed."""
