"""Airframes, cameras and detector specs by name or by file; data, never code."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import TypeVar

from missions.airframe import Airframe
from missions.camera import CameraModel
from missions.codec import from_jsonable
from missions.detection import DetectorSpec
from missions.errors import InputError

H = TypeVar("H", Airframe, CameraModel, DetectorSpec)


def known(folder: str) -> tuple[str, ...]:
    """Return the names shipped in `cameras`, `airframes` or `detectors`."""
    names = (entry.name for entry in (resources.files("missions") / folder).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def _load(kind: type[H], folder: str, name: str) -> H:
    own = Path(name)
    if own.suffix == ".toml" and own.is_file():
        text, place = own.read_text(encoding="utf-8"), name
    elif name in known(folder):
        text, place = (resources.files("missions") / folder / f"{name}.toml").read_text(encoding="utf-8"), name
    else:
        raise InputError(
            f"no such {kind.__name__} {name!r}", remedy=f"one of {', '.join(known(folder))}, or a .toml file"
        )
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise InputError(str(exc), file=place, remedy="TOML") from exc
    return from_jsonable(kind, data, file=place)


def load_airframe(name: str) -> Airframe:
    """Return a shipped airframe by name, or one from a `.toml` file."""
    return _load(Airframe, "airframes", name)


def load_camera(name: str) -> CameraModel:
    """Return a shipped camera by name, or one from a `.toml` file."""
    return _load(CameraModel, "cameras", name)


def load_detector_spec(name: str) -> DetectorSpec:
    """Return what a shipped detector takes and gives, or read it from a `.toml` file."""
    return _load(DetectorSpec, "detectors", name)
