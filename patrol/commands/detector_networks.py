"""`patrol detector export, quantise, map, runtimes`: networks in the forms that runtimes take, and whose runtimes."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from missions.detector_map import Family
from missions.errors import InputError
from patrol.commands.detector import DataOption, JsonOption, WeightsOption
from patrol.console import print_json, stdout


def detector_export(
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")], weights: WeightsOption = "nano"
) -> None:
    """Write weights of ours as one ONNX file: a picture of bytes in, the grids of every level out."""
    from patrol.output_file import refuse_unwritable
    from vision.detector.export import network_of
    from vision.detector.weights import open_weights

    refuse_unwritable(out, "OUT")
    from missions.formats.atomic import write_atomically

    write_atomically(out, network_of(open_weights(weights)).onnx().read_bytes())
    stdout.print(f"network -> {out}")


def detector_map(
    onnx: Annotated[Path, typer.Argument(help="ONNX file of a YOLO, RF-DETR, D-FINE or RT-DETR.")],
    family: Annotated[Family, typer.Option("--family", help="How its outputs are laid out.")],
    out: Annotated[Path | None, typer.Option("--out", help="Default: the ONNX file's name with .yaml.")] = None,
) -> None:
    """Begin the map that lets somebody's ONNX detector fly: hash, input and the classes that are known by name."""
    from missions.formats.atomic import write_atomically
    from vision.detector.foreign import draft_map

    path = out or onnx.with_suffix(".yaml")
    if path.exists():
        raise InputError("exists already", file=path, remedy="another --out")
    if path.resolve().parent != onnx.resolve().parent:
        raise InputError("is not beside the ONNX file", file=path, field="--out", remedy=str(onnx.parent / path.name))
    write_atomically(path, draft_map(onnx, family))
    stdout.print(f"map -> {path}; look over its classes, then use it: watch.detector: {path.name}")


def detector_quantise(
    data: DataOption,
    weights: WeightsOption = "nano",
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", help="Labelled folders to measure the loss on; default: the pictures of --data left."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make the int8 form of a detector, calibrated on pictures, and measure what it costs."""
    from patrol.quantising import quantised

    path, cost = quantised(tuple(data), weights, tuple(against or ()))
    if json:
        print_json({"network": str(path), "cost": cost})
        return
    table = Table("", "fp32", "int8", title=f"{cost.measured_on} pictures, {cost.calibrated_on} others calibrated on")
    for name, (before, after) in {"AP50": cost.ap50, "AP": cost.ap, **cost.per_class_ap50}.items():
        table.add_row(name, *("-" if value is None else f"{value:.3f}" for value in (before, after)))
    stdout.print(table)
    stdout.print(f"int8 network -> {path}; what it costs is beside it, as .json")


def detector_runtimes(json: JsonOption = False) -> None:
    """Say which runtimes are here; watch.runtime and --runtime choose one."""
    from vision.detector.runtimes import runtimes_here

    here = runtimes_here()
    if json:
        print_json({"runtimes": here})
        return
    table = Table("runtime", "here", "gives", "where missing")
    for one in here:
        found = f"[green]{one.found}[/green]" if one.found else "[yellow]no[/yellow]"
        table.add_row(one.runtime, found, one.gives, "" if one.found else one.remedy)
    stdout.print(table)
