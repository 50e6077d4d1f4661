"""`patrol roads`: road files of any kind to the one kind that missions use."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from missions.errors import InputError
from patrol.commands.options import JsonOption
from patrol.console import print_json, stderr, stdout

if TYPE_CHECKING:
    from missions.roads import Alignment, Finding, RoadImport
    from missions.roads_section import Avenue


class DatumName(StrEnum):
    """Which datum a file's coordinates are in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


RoadFileArg = Annotated[
    Path,
    typer.Argument(
        help="OSM .osm/.osm.bz2/.osm.gz/.osm.pbf, Overpass JSON, GeoJSON, KML/KMZ, GPX, Shapefile (.shp or .zip), "
        "GeoPackage, or an edge list with its nodes beside it."
    ),
]
RoadsOutOption = Annotated[Path, typer.Option("--output", "-o", help="GeoJSON file to write.")]
DatumOption = Annotated[
    DatumName, typer.Option("--datum", help="gcj02 or bd09 for files drawn on Chinese map services.")
]
LayerOption = Annotated[
    str | None, typer.Option("--layer", help="Layer of a GeoPackage, or Shapefile of a .zip, where there are several.")
]
SnapOption = Annotated[
    float, typer.Option("--snap-m", min=0.0, max=20.0, help="Join ends of roads nearer than this; 0 leaves them.")
]
AgainstOption = Annotated[
    Path | None, typer.Option("--against", help="Road file of the same place, WGS84: say whether FILE looks shifted.")
]
ClassOption = Annotated[
    list[str] | None, typer.Option("--class", help="Keep this class (OSM highway value); may be repeated.")
]
NameOption = Annotated[list[str] | None, typer.Option("--name", help="Keep roads of this name; may be repeated.")]
NamedOnlyOption = Annotated[bool, typer.Option("--named-only", help="Leave out roads without a name.")]
BoxOption = Annotated[str | None, typer.Option("--bbox", help="Keep what lies in SOUTH,WEST,NORTH,EAST, degrees.")]
PolygonOption = Annotated[
    Path | None, typer.Option("--polygon", help="Keep what lies in the polygon of this GeoJSON, KML or KMZ file.")
]
AvenueOption = Annotated[
    str | None, typer.Option("--avenue", help="Keep the road of this name from --from to --to, both carriageways.")
]
FromOption = Annotated[str | None, typer.Option("--from", help="LAT,LON near one end of the avenue.")]
ToOption = Annotated[str | None, typer.Option("--to", help="LAT,LON near its other end.")]


def roads_import(
    file: RoadFileArg,
    *,
    output: RoadsOutOption,
    datum: DatumOption = DatumName.WGS84,
    layer: LayerOption = None,
    snap_m: SnapOption = 1.0,
    against: AgainstOption = None,
    classes: ClassOption = None,
    names: NameOption = None,
    named_only: NamedOnlyOption = False,
    bbox: BoxOption = None,
    polygon: PolygonOption = None,
    avenue: AvenueOption = None,
    start: FromOption = None,
    end: ToOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read roads from FILE, repair them, keep some of them, and write them as GeoJSON, WGS84."""
    from missions.roads import import_roads, keep_roads, save_network
    from missions.roads_section import KeepRoads
    from patrol.output_file import refuse_unwritable

    refuse_unwritable(output, "--output")
    keep = KeepRoads(
        classes=tuple(classes or ()),
        names=tuple(names or ()),
        named_only=named_only,
        bbox=_box(bbox) if bbox else None,
        polygon=polygon,
        avenue=_avenue(avenue, start, end),
    )
    whole = import_roads(file, datum=datum.value, layer=layer, snap_m=snap_m)
    fit = _alignment(whole, against, datum) if against else None
    found = keep_roads(whole, keep)
    save_network(found.network, output)
    summary = _summary(found, fit, file, output)
    for warning in summary["warnings"]:
        stderr.print(f"warning: {warning}", markup=False, style="yellow", soft_wrap=True)
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary)


def _alignment(whole: "RoadImport", reference: Path, datum: DatumName) -> "Alignment":
    from missions.roads import alignment, load_network

    return alignment(whole.network, load_network(reference), stated=datum.value)


def _avenue(name: str | None, start: str | None, end: str | None) -> "Avenue | None":
    from missions.roads_section import Avenue

    if name is None and start is None and end is None:
        return None
    if not (name and start and end):
        raise InputError("is not whole", field="--avenue", remedy="--avenue NAME --from LAT,LON --to LAT,LON")
    return Avenue.model_validate({"name": name, "from": _place(start, "--from"), "to": _place(end, "--to")})


def _place(text: str, field: str) -> dict[str, float]:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise InputError(f"is {text!r}", field=field, remedy="two numbers: LAT,LON") from exc
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise InputError(f"{text!r} is no place", field=field, remedy="latitude -90..90, longitude -180..180")
    return {"lat": lat, "lon": lon}


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise InputError(f"is {text!r}", field="--bbox", remedy="four numbers: SOUTH,WEST,NORTH,EAST") from exc
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise InputError(f"{text!r} is no box", field="--bbox", remedy="SOUTH < NORTH and WEST < EAST, degrees")
    return south, west, north, east


def _summary(found: "RoadImport", fit: "Alignment | None", file: Path, output: Path) -> dict[str, Any]:
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
        "repaired": _findings(finding for finding in found.findings if finding.repaired),
        "found": _findings(finding for finding in found.findings if not finding.repaired),
        "matched": [match._asdict() for match in found.matches],
        "against": _fit_json(fit) if fit else None,
        "warnings": [*found.warnings, *([fit.warning] if fit and fit.warning else [])],
    }


def _findings(findings: Iterable["Finding"]) -> dict[str, dict[str, float]]:
    return {found.kind.value: {"count": found.count, "metres": round(found.metres, 2)} for found in findings}


def _fit_json(fit: "Alignment") -> dict[str, Any]:
    return {
        "reference": fit.reference,
        "shifted": fit.shifted,
        "best_datum": fit.fits[0].datum,
        "on_road_pct": {row.datum: round(row.on_road_pct, 1) for row in fit.fits},
        "median_m": {row.datum: None if row.median_m is None else round(row.median_m, 1) for row in fit.fits},
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
    for line in _remarks(summary):
        stdout.print(escape(line), soft_wrap=True)
    stdout.print(f"wrote {escape(summary['output'])}", soft_wrap=True)


_SENTENCES: Final = {
    "zero_length": "repaired: {count} points that stood twice in a row",
    "gap_closed": "repaired: {count} ends joined that missed each other, by {metres:.1f} m together",
    "drawn_twice": "repaired: {count} lines drawn over others, {metres:.0f} m",
    "overlap": "repaired: {count} stretches drawn over other lines, {metres:.0f} m",
    "crossing": "left: {count} crossings without a common point (bridges, or junctions nobody drew)",
    "island": "left: {count} parts not connected with the largest, {metres:.0f} m",
}


def _remarks(summary: dict[str, Any]) -> Iterator[str]:
    """Yield what was repaired, left, matched and compared, a line each."""
    for kind, row in (summary["repaired"] | summary["found"]).items():
        yield _SENTENCES[kind].format(**row)
    for match in summary["matched"]:
        yield f"{match['wanted']}: found by {match['tag']}, {match['value']} ({match['roads']} roads)"
    fit = summary["against"]
    if fit:
        shares = ", ".join(f"{datum} {share:.0f} %" for datum, share in fit["on_road_pct"].items())
        yield f"on the roads of {fit['reference']}: {shares}{' - it looks shifted' if fit['shifted'] else ''}"
