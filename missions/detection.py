"""What a detector sees in one picture, and what it needs to see it."""

from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

Runtime = Literal[
    "auto",
    "openvino",
    "openvino:fp32",
    "openvino:bf16",
    "openvino:int8",
    "onnxruntime",
    "onnxruntime:int8",
    "torch",
    "cuda",
]
"""What runs a detector's network. `openvino` takes bf16 where the CPU has it, else fp32; `cuda` is fp16."""

Tiles = Literal["auto", "off", 2, 3, 4]
"""How many tiles across a picture is looked at in."""
MOST_TILES: Final = 4
TILE_OVERLAP_PX: Final = 96
"""Of neighbouring tiles, at the network's input. A larger object is at least 30 px in the whole picture, at 4K."""


class Box(NamedTuple):
    """Pixels, origin top left; x1 < x2, y1 < y2."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def foot(self) -> tuple[float, float]:
        """Middle of the lower edge: where an upright object meets the ground."""
        return (self.x1 + self.x2) / 2, self.y2

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    @property
    def longer_side_px(self) -> float:
        """Larger of width and height."""
        return max(self.x2 - self.x1, self.y2 - self.y1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One box in one picture."""

    kind: str
    """A class of the detector's spec: person, two_wheeler, vehicle, smoke, fire."""
    score: float
    """0..1."""
    box_px: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSpec:
    """What a detector takes and gives."""

    name: str
    input_width_px: int
    input_height_px: int
    kinds: tuple[str, ...]
    smallest_px: float
    """Longer side, at the detector's input, from which an object is found dependably."""

    def in_tiles(self, across: int) -> "DetectorSpec":
        """Return what it takes where pictures are looked at in so many tiles across: all of them together."""
        width_px, height_px = (
            across * (side - TILE_OVERLAP_PX) + TILE_OVERLAP_PX for side in (self.input_width_px, self.input_height_px)
        )
        return replace(self, input_width_px=width_px, input_height_px=height_px)
