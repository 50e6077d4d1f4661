"""Where networks in other forms are kept: exported ones in the user's cache, quantised ones among the user's data."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from missions.errors import InputError
from vision.detector.runtimes.port import NetworkFile


def kept_export(key: str, write: Callable[[Path], None]) -> Path:
    """Return the exported network of a key from the cache; `write` makes it where there is none.

    A home that cannot be written costs an export at each start and nothing else.
    """
    path = _home("XDG_CACHE_HOME", ".cache") / key / "network.onnx"
    if path.is_file():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"network.{os.getpid()}.onnx")
        write(scratch)
        scratch.replace(path)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="skypatrol-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = folder / "network.onnx"
        write(path)
    return path


def quantised_path(network: NetworkFile) -> Path:
    """Return where the int8 form of a network is, or would be; what it costs in accuracy is beside it, as `.json`."""
    return _home("XDG_DATA_HOME", ".local/share") / network.sha256[:16] / "int8.onnx"


def onnx_of(network: NetworkFile, precision: str) -> Path:
    """Return the ONNX file of a network in `int8`, or as it is.

    Raises:
        InputError: it was never quantised here.

    """
    if precision != "int8":
        return network.onnx()
    path = quantised_path(network)
    if not path.is_file():
        raise InputError(
            f"{network.name} has no int8 form here",
            remedy="patrol detector quantise --weights ... --data PICTURES makes it",
        )
    return path


def _home(variable: str, usual: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / usual) / "skypatrol" / "detectors"
