"""`python -m benchmarks.detector [accuracy|speed|around|stream|smoke ...]`: the detector's tables as Markdown.

What was measured is kept in build/bench-detector and not measured again, unless `--again`: a run that is broken off
goes on where it was. Real data is read from --data, beside the project where it is not given; tables that need it are
left out where it is absent. `--quick` takes fewer pictures, scenes and seconds, and ends within a quarter of an hour on
two cores. A peer for the speed is an ONNX file with a fixed input, one for each of 1280x736 and 640x640.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.detector import accuracy, around, smoke, speed, stream
from benchmarks.detector.kept import FOLDER, Kept
from benchmarks.detector.settings import Settings
from missions.errors import InputError, SkypatrolError
from patrol.console import say_error

TABLES: Final[dict[str, Callable[[Settings, str], Iterator[str]]]] = {
    "speed": speed.tables,
    "around": around.tables,
    "stream": stream.tables,
    "accuracy": accuracy.tables,
    "smoke": smoke.tables,
}
_OUR_OWN: Final = ("speed", "around")
"""Tables of networks of ours alone, not of an ONNX file behind a map."""
_DATA: Final = Path(os.environ.get("SKYPATROL_DATA", "../shared/data")) / "vision"


def main(  # noqa: PLR0917 - typer passes options by name
    tables: Annotated[list[str] | None, typer.Argument(help="Of speed, around, stream, accuracy, smoke; all.")] = None,
    weights: Annotated[str, typer.Option(help="Shipped name, weights file, or the map of an ONNX file.")] = "nano",
    data: Annotated[Path, typer.Option(help="Folder with train/, val/ and clips/.")] = _DATA,
    held_out: Annotated[list[Path] | None, typer.Option(help="COCO folder that nobody trained on.")] = None,
    peer: Annotated[list[Path] | None, typer.Option(help="ONNX file to race against.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A quarter of an hour.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Measure what was measured before, too.")] = False,
) -> None:
    """Measure and print."""
    try:
        names = _chosen(tables, weights)
        folder = FOLDER / ("quick" if quick else "full") / Path(weights).stem
        settings = Settings(
            weights=weights,
            data=data,
            held_out=tuple(held_out or ()),
            peers=tuple(peer or ()),
            quick=quick,
            kept=Kept(folder=folder, again=again),
        )
        sha256 = _sha256(weights)
        print(f"# Detector {weights}, {sha256[:12]}{', quick' if quick else ''}")
        for name in names:
            _print(name, settings, sha256)
    except SkypatrolError as exc:
        say_error(str(exc))
        raise typer.Exit(exc.exit_code) from exc


def _chosen(tables: list[str] | None, weights: str) -> list[str]:
    for name in tables or ():
        if name not in TABLES:
            raise InputError(f"no table {name!r}", remedy=", ".join(TABLES))
    foreign = weights.endswith((".yaml", ".yml"))
    return [name for name in tables or TABLES if not (foreign and name in _OUR_OWN)]


def _sha256(weights: str) -> str:
    """Return what tells the weights apart."""
    if weights.endswith((".yaml", ".yml")):
        from missions.detector_map import load_map

        return load_map(Path(weights)).described.sha256
    from vision.detector.weights import open_weights

    return open_weights(weights).sha256


def _print(name: str, settings: Settings, sha256: str) -> None:
    began_s = sum(os.times()[:4])
    print(f"\n## {name}\n", flush=True)
    for part in TABLES[name](replace(settings), sha256):
        print(f"{part}\n", flush=True)
    print(f"({sum(os.times()[:4]) - began_s:.0f} CPU s)", flush=True)


if __name__ == "__main__":
    typer.run(main)
