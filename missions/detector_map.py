"""Detector maps: a YAML file that says what somebody's ONNX detector takes and gives."""

from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from missions.detection import DetectorSpec
from missions.mission_file import read_sections
from missions.section import Section, wrong

Family = Literal["yolo", "rf-detr", "d-fine", "rt-detr"]
Kind = Literal["person", "two_wheeler", "vehicle", "smoke", "fire"]
Triple = tuple[float, float, float]

MAP_SUFFIXES: Final = (".yaml", ".yml")
_IMAGENET: Final[tuple[Triple, Triple]] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class MapInput(Section):
    """How a picture becomes the network's input: (pixel / divide_by - mean) / std, channel by channel."""

    width_px: int = Field(ge=32, le=8192, description="Of the network's input")
    height_px: int = Field(ge=32, le=8192, description="Of the network's input")
    colour: Literal["rgb", "bgr"] = Field("rgb", description="Order of the channels")
    divide_by: float = Field(255.0, gt=0, description="255 where the network takes 0 to 1, 1 where it takes 0 to 255")
    mean: Triple | None = Field(None, description="Three numbers, in the order of colour; default the family's")
    std: Triple | None = Field(None, description="Three positive numbers; default the family's")
    fit: Literal["letterbox", "stretch"] | None = Field(
        None, description="letterbox keeps shapes (yolo's default), stretch fills the input (that of the others)"
    )

    @field_validator("std")
    @classmethod
    def _positive(cls, std: Triple | None) -> Triple | None:
        if std is not None and min(std) <= 0:
            raise ValueError("has a number that is not positive")
        return std


class DetectorMap(Section):
    """Version 1 of the file."""

    version: Literal[1] = 1
    onnx: Path = Field(description="The exported network, one file; relative to this file")
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="Of the ONNX file, 64 hexadecimal digits: `patrol detector map` writes it",
    )
    family: Family = Field(description="yolo (v8 to 26), rf-detr, d-fine or rt-detr: how boxes are read from outputs")
    input: MapInput
    classes: dict[Annotated[int, Field(ge=0)], Kind] = Field(
        min_length=1, description="Class number to person, two_wheeler, vehicle, smoke or fire; others are not told"
    )
    smallest_px: float = Field(
        12.0, gt=1, le=512, description="Longer side at the network's input from which an object is found dependably"
    )

    @model_validator(mode="after")
    def _yolo_takes_multiples_of_32(self) -> "DetectorMap":
        for field in ("width_px", "height_px"):
            if self.family == "yolo" and getattr(self.input, field) % 32:
                raise wrong(f"input.{field}", "is not a multiple of 32, as a yolo's has to be")
        return self

    @property
    def normalisation(self) -> tuple[Triple, Triple]:
        """Mean and standard deviation: what is written, else ImageNet's for RF-DETR and none for the others."""
        mean, std = _IMAGENET if self.family == "rf-detr" else ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        return self.input.mean or mean, self.input.std or std

    @property
    def stretches(self) -> bool:
        """Whether a picture fills the input, whatever its shape."""
        return self.input.fit == "stretch" or (self.input.fit is None and self.family != "yolo")

    def spec(self, name: str) -> DetectorSpec:
        """Return what planning and watching need to know of it."""
        order = ("person", "two_wheeler", "vehicle", "smoke", "fire")
        return DetectorSpec(
            name=name,
            input_width_px=self.input.width_px,
            input_height_px=self.input.height_px,
            kinds=tuple(kind for kind in order if kind in self.classes.values()),
            smallest_px=self.smallest_px,
        )


class LoadedMap(NamedTuple):
    """A map and where it came from."""

    described: DetectorMap
    path: Path

    @property
    def onnx_file(self) -> Path:
        """The network, resolved against the map's folder."""
        return self.path.parent / self.described.onnx

    @property
    def sha256(self) -> str:
        """Of the ONNX file."""
        return self.described.sha256

    @property
    def spec(self) -> DetectorSpec:
        """What it takes and gives, under the map's name."""
        return self.described.spec(self.path.stem)


def is_map(detector: str | Path) -> bool:
    """Return whether a detector is named by its map."""
    return Path(detector).suffix.lower() in MAP_SUFFIXES


def load_map(path: Path) -> LoadedMap:
    """Read and check a detector map; the ONNX file is not looked at.

    Raises:
        InputError: with file, line, field and remedy.

    """
    described, _ = read_sections(path, DetectorMap, kind="a detector map", begins="onnx: ..., sha256: ..., family: ...")
    return LoadedMap(described, path)
