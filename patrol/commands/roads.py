"""`patrol roads`: road files of any kind to the one kind that missions use."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from missions.errors import InputError
from patrol.commands.options import JsonOption
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from missions.roads import RoadImport


class DatumName(StrEnum):
    """Which datum a file's coordinates are in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"


RoadFileArg = Annotated[
    Path, typer.Argument(help="Overpass JSON, OSM .osm/.osm.bz2/.osm.gz/.osm.pbf, or GeoJSON lines.")
]
RoadsOutOption = Annotated[Path, typer.Option("--output", "-o", help="GeoJSON file to write.")]
DatumOption = Annotated[DatumName, typer.Option("--datum", help="gcj02 for files drawn on Chinese map services.")]
ClassOption = Annotated[
    list[str] | None, typer.Option("--class", help="Keep this class (OSM highway value); may be repeated.")
]
NameOption = Annotated[list[str] | None, typer.Option("--name", help="Keep roads of this name; may be repeated.")]
NamedOnlyOption = Annotated[bool, typer.Option("--named-only", help="Leave out roads without a name.")]
BoxOption = Annotated[str | None, typer.Option("--bbox", help="Keep what lies in SOUTH,WEST,NORTH,EAST, degrees.")]


def roads_import(
    file: RoadFileArg,
    *,
    output: RoadsOutOption,
    datum: DatumOption = DatumName.WGS84,
    classes: ClassOption = None,
    names: NameOption = None,
    named_only: NamedOnlyOption = False,
    bbox: BoxOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read roads from FILE, keep some of them, and write them as GeoJSON, WGS84."""
    from missions.mission import KeepRoads
    from missions.roads import import_roads, save_network
    from patrol.output_file import refuse_unwritable

    refuse_unwritable(output, "--output")
    keep = KeepRoads(
        classes=tuple(classes or ()), names=tuple(names or ()), named_only=named_only, bbox=_box(bbox) if bbox else None
    )
    found = import_roads(file, datum=datum.value, keep=keep)
    save_network(found.network, output)
    summary = _summary(found, file, output)
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary)


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise InputError(f"is {text!r}", field="--bbox", remedy="four numbers: SOUTH,WEST,NORTH,EAST") from exc
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise InputError(f"{text!r} is no box", field="--bbox", remedy="SOUTH < NORTH and WEST < EAST, degrees")
    return south, west, north, east


def _summary(found: "RoadImport", file: Path, output: Path) -> dict[str, Any]:
    from missions.roads import RoadIndex

    roads = found.network.roads
    lengths_m = RoadIndex(found.network).lengths_m
    classes: dict[str, dict[str, float]] = {}
    for road, metres in zip(roads, lengths_m, strict=True):
        row = classes.setdefault(road.road_class, {"roads": 0, "km": 0.0, "named": 0})
        row["roads"] += 1
        row["km"] += float(metres) / 1000.0
        row["named"] += bool(road.name)
    south, west, north, east = found.network.bounds_deg
    for row in classes.values():
        row["km"] = round(row["km"], 3)
    return {
        "file": str(file),
        "output": str(output),
        "lines_read": found.lines_read,
        "roads": len(roads),
        "km": round(float(lengths_m.sum()) / 1000.0, 3),
        "classes": dict(sorted(classes.items(), key=lambda item: -item[1]["km"])),
        "bounds_deg": {"south": south, "west": west, "north": north, "east": east},
        "dropped": dict(found.dropped),
    }


def _print_summary(summary: dict[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    table.add_column("class")
    for heading in ("roads", "named", "km"):
        table.add_column(heading, justify="right")
    for name, row in summary["classes"].items():
        table.add_row(escape(name), str(row["roads"]), str(row["named"]), f"{row['km']:.2f}")
    table.add_section()
    named = sum(row["named"] for row in summary["classes"].values())
    table.add_row("all", str(summary["roads"]), str(named), f"{summary['km']:.2f}")
    stdout.print(table)
    bounds = summary["bounds_deg"]
    stdout.print(f"{summary['lines_read']} lines of {escape(summary['file'])}", soft_wrap=True)
    stdout.print(f"from {bounds['south']:.5f},{bounds['west']:.5f} to {bounds['north']:.5f},{bounds['east']:.5f}")
    for reason, count in summary["dropped"].items():
        stdout.print(f"left out: {count} x {escape(reason)}")
    stdout.print(f"wrote {escape(summary['output'])}", soft_wrap=True)
