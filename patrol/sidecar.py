"""Sidecars of recorded videos, refused before anything starts."""

from pathlib import Path

from missions.errors import InputError


def refuse_foreign_sidecar(file: Path) -> None:
    """Return where a file can be a sidecar that is understood.

    Raises:
        InputError: it is of another kind, or absent.

    """
    if file.suffix.lower() != ".srt":
        raise InputError("this telemetry is not understood", file=file, remedy="a DJI .SRT sidecar")
    if not file.is_file():
        raise InputError("no such file", file=file, remedy="a DJI .SRT sidecar")
