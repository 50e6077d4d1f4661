"""What is measured, and how long that may take."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.detector.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run of the benchmark."""

    weights: str
    """A shipped name, a weights file, or the map of somebody's ONNX file."""
    data: Path
    """Real pictures and clips: `train/`, `val/`, `clips/`."""
    held_out: tuple[Path, ...]
    """COCO folders that nobody trained on, beside the clips' own pictures."""
    peers: tuple[Path, ...]
    """ONNX files to race against, each with a fixed input."""
    quick: bool
    kept: Kept

    @property
    def rendered_pictures(self) -> int:
        """How many pictures the rendered validation has."""
        return 48 if self.quick else 320

    @property
    def repeats(self) -> int:
        """Runs of each network."""
        return 15 if self.quick else 60

    @property
    def stream_s(self) -> float:
        """Length of the 1080p30 stream."""
        return 8.0 if self.quick else 40.0

    @property
    def smoke_scenes(self) -> int:
        """Scenes of smoke, and as many of fire."""
        return 4 if self.quick else 24

    @property
    def negative_hours(self) -> float:
        """Rendered video without smoke and fire."""
        return 0.1 if self.quick else 3.0
