"""Weights files: safetensors with a description inside, checked before anything is built from them; never pickle."""

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from safetensors import SafetensorError, safe_open

from missions.detection import DetectorSpec
from missions.errors import InputError
from missions.hardware import load_detector_spec
from vision.detector.classes import KINDS

if TYPE_CHECKING:
    from torch import Tensor

    from vision.detector.network import DetectorNet

SHIPPED_FOLDER: Final = Path(__file__).resolve().parent.parent / "weights"
FORMAT: Final = "skypatrol-detector"
_SIDE_PX: Final = 32
"""The coarsest grid's cells fit into the input."""
_REMEDY: Final = "weights written by `patrol detector train`, or the name of shipped ones"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """A weights file whose outside is known to be right: format, architecture, kinds, and its hash where shipped."""

    path: Path
    sha256: str
    size: str
    architecture: int
    spec: DetectorSpec
    trained: dict[str, object]
    """What the training wrote about itself."""


def shipped_names() -> tuple[str, ...]:
    """Return the names of the weights that come with the project."""
    return tuple(sorted(_shipped()))


def _shipped() -> dict[str, dict[str, str]]:
    listed: dict[str, dict[str, str]] = tomllib.loads((SHIPPED_FOLDER / "weights.toml").read_text(encoding="utf-8"))
    return listed


def open_weights(name_or_path: str | Path) -> WeightsFile:
    """Return what a weights file says about itself.

    Raises:
        InputError: there is none, it is not ours, or it is not the file that was shipped under that name.

    """
    entry = _shipped().get(str(name_or_path))
    path = SHIPPED_FOLDER / entry["file"] if entry else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(shipped_names())
        raise InputError(f"no such weights {str(name_or_path)!r}", remedy=f"{names}, or a .safetensors file")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if entry and digest != entry["sha256"]:
        raise InputError("is not the file that was shipped: its SHA-256 differs", file=path, remedy="install it again")
    return _described(path, digest)


def metadata_of(path: Path, remedy: str) -> dict[str, str]:
    """Return what a safetensors file says about itself.

    Raises:
        InputError: it is none.

    """
    try:
        with safe_open(str(path), framework="numpy") as opened:
            return opened.metadata() or {}
    except (SafetensorError, OSError) as exc:
        raise InputError(f"not a safetensors file: {exc}", file=path, remedy=remedy) from exc


def _described(path: Path, digest: str) -> WeightsFile:
    said = metadata_of(path, _REMEDY)
    if said.get("format") != FORMAT:
        raise InputError("safetensors, but not a skypatrol detector", file=path, remedy=_REMEDY)
    try:
        kinds = tuple(said["kinds"].split(","))
        spec = DetectorSpec(
            name=said["name"],
            input_width_px=int(said["input_width_px"]),
            input_height_px=int(said["input_height_px"]),
            kinds=kinds,
            smallest_px=float(said["smallest_px"]),
        )
        size, architecture, trained = said["size"], int(said["architecture"]), json.loads(said["trained"])
    except (KeyError, ValueError) as exc:
        raise InputError(f"its description is broken: {exc!r}", file=path, remedy=_REMEDY) from exc
    sides = (spec.input_width_px, spec.input_height_px)
    if any(side <= 0 or side % _SIDE_PX for side in sides):
        what = f"made for an input of {sides[0]}x{sides[1]}"
        raise InputError(what, file=path, field="input size", remedy=f"sides that are multiples of {_SIDE_PX}")
    if kinds != KINDS:
        raise InputError(f"made for {said['kinds']}", file=path, field="kinds", remedy=",".join(KINDS))
    return WeightsFile(path=path, sha256=digest, size=size, architecture=architecture, spec=spec, trained=trained)


def build_network(weights: WeightsFile) -> "DetectorNet":
    """Return the network with the file's weights in it, ready to infer.

    Raises:
        InputError: the tensors are not those of this version's network.

    """
    from safetensors.torch import load_file

    from vision.detector.network import ARCHITECTURE_VERSION, SIZES, DetectorNet

    if weights.architecture != ARCHITECTURE_VERSION or weights.size not in SIZES:
        said = f"{weights.size} of version {weights.architecture}"
        raise InputError(
            f"made for network {said}",
            file=weights.path,
            field="architecture",
            remedy=f"version {ARCHITECTURE_VERSION}, one of {', '.join(SIZES)}",
        )
    network = DetectorNet(weights.size)
    try:
        network.load_state_dict(load_file(weights.path))
    except (RuntimeError, SafetensorError) as exc:
        first = " ".join(str(exc).split())[:160]
        raise InputError(f"tensors do not fit the network: {first}", file=weights.path, remedy=_REMEDY) from exc
    return network.eval()


def save_weights(
    path: Path, tensors: "dict[str, Tensor]", *, size: str, trained: dict[str, object], name: str = "nano"
) -> None:
    """Write weights and their description; the file appears whole or not at all."""
    from safetensors.torch import save_file

    from vision.detector.network import ARCHITECTURE_VERSION

    spec = load_detector_spec(name)
    said = {
        "format": FORMAT,
        "architecture": str(ARCHITECTURE_VERSION),
        "size": size,
        "name": spec.name,
        "kinds": ",".join(KINDS),
        "input_width_px": str(spec.input_width_px),
        "input_height_px": str(spec.input_height_px),
        "smallest_px": str(spec.smallest_px),
        "trained": json.dumps(trained),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    save_file({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, scratch, metadata=said)
    scratch.replace(path)
