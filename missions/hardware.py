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
        content = own.read_bytes()
    elif name in known(folder):
        content = (resources.files("missions") / folder / f"{name}.toml").read_bytes()
    else:
        raise InputError(
            f"no such {kind.__name__} {name!r}", remedy=f"one of {', '.join(known(folder))}, or a .toml file"
        )
    try:
        data = tomllib.loads(content.decode())
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=name, remedy="TOML") from exc
    except tomllib.TOMLDecodeError as exc:
        raise InputError(str(exc), file=name, remedy="TOML") from exc
    return from_jsonable(kind, data, file=name)


def load_airframe(name: str) -> Airframe:
    """Return a shipped airframe by name, or one from a `.toml` file."""
    return _load(Airframe, "airframes", name)


def load_camera(name: str) -> CameraModel:
    """Return a shipped camera by name, or one from a `.toml` file."""
    return _load(CameraModel, "cameras", name)


def load_detector_spec(name: str) -> DetectorSpec:
    """Return what a shipped detector takes and gives, or read it from a `.toml` file."""
    return _load(DetectorSpec, "detectors", name)
