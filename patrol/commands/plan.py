"""`patrol plan`, `check` and `export`: a mission to a checked plan, and a plan to what others read."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from missions.errors import InputError
from missions.flight_path import FlightPath
from missions.formats.plan_geojson import to_geojson
from missions.formats.plan_gpx import to_gpx
from missions.formats.plan_kml import to_kml
from missions.formats.qgc_plan import path_to_qgc, to_qgc
from missions.formats.wpl import path_to_wpl, to_wpl
from missions.formats.wpml import WpmlSettings, to_wpml
from patrol.commands.options import JsonOption, MissionArg, VehicleOption
from patrol.console import print_json, stderr, stdout
from patrol.searching import searching

if TYPE_CHECKING:
    from rich.console import Console

    from missions import FleetPlan, Plan, Sortie
    from patrol.foreign_check import ForeignReport
    from planner import Violation

T = TypeVar("T")


class ExportFormat(StrEnum):
    """What others read."""

    QGC = "qgc"
    WPL = "wpl"
    WPML = "wpml"
    GEOJSON = "geojson"
    KML = "kml"
    GPX = "gpx"


OF_A_SORTIE: "Final[dict[ExportFormat, Callable[[Plan, Sortie], str | bytes]]]" = {
    ExportFormat.QGC: to_qgc,
    ExportFormat.WPL: to_wpl,
    ExportFormat.WPML: to_wpml,
}
"""Formats that hold one flight; several sorties go to several files."""
OF_A_PLAN: "Final[dict[ExportFormat, Callable[[Plan], str | bytes]]]" = {
    ExportFormat.GEOJSON: to_geojson,
    ExportFormat.KML: to_kml,
    ExportFormat.GPX: to_gpx,
}
"""Formats that hold the whole patrol."""
OF_A_PATH: "Final[dict[ExportFormat, Callable[[FlightPath], str]]]" = {
    ExportFormat.QGC: path_to_qgc,
    ExportFormat.WPL: path_to_wpl,
}
"""Formats in which a flight of another program is written."""

_NOT_FLYABLE: Final = frozenset({"finite", "datum", "sorties", "items", "terrain", "fleet"})
"""Rules without which nobody can tell what a plan shows."""
PlanArg = Annotated[
    Path,
    typer.Argument(
        metavar="PLAN",
        help="Plan made by `patrol plan`, or QGroundControl .plan, QGC WPL, DJI .kmz, KML, GPX, GeoJSON.",
    ),
]
TerrainOption = Annotated[
    Path | None,
    typer.Option(
        "--terrain",
        help="Terrain file; default the mission's, or one beside PLAN or here of the name that PLAN was made over.",
    ),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Plan file to write.")]
MapOption = Annotated[Path | None, typer.Option("--map", help="Also draw the plan to this PNG.")]
TimetableOption = Annotated[Path | None, typer.Option("--timetable", help="Also draw who flies when to this PNG.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of the search.")]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.1, help="How long to search.")]
IterationsOption = Annotated[
    int | None, typer.Option("--iterations", min=1, help="Search so many rounds instead: the same plan everywhere.")
]
WhyOption = Annotated[
    bool, typer.Option("--why", help="Also say how good the plan is, and what keeps each sortie from more.")
]
FormatOption = Annotated[ExportFormat, typer.Option("--format", "-f", help="What to write.")]
ExportOption = Annotated[
    Path, typer.Option("--out", "-o", help="File to write; several sorties go to NAME-1, NAME-2 and so on.")
]
SortieOption = Annotated[int | None, typer.Option("--sortie", min=1, help="Only this sortie, counted from 1.")]
AgainstOption = Annotated[
    Path | None, typer.Option("--mission", help="Also hold it against this mission's no-fly zones, cap and airframe.")
]
CapOption = Annotated[
    float | None, typer.Option("--altitude-cap-m", min=1, help="Above home; default the mission's, else 120.")
]
DroneOption = Annotated[
    str, typer.Option("--dji-drone", metavar="TYPE:SUBTYPE", help="WPML's numbers of the aircraft; 77:0 is a Mavic 3E.")
]
PayloadOption = Annotated[
    str, typer.Option("--dji-payload", metavar="TYPE:SUBTYPE:PLACE", help="WPML's numbers of the camera.")
]


def plan(
    mission: MissionArg,
    *,
    out: OutOption = Path("plan.json"),
    picture: MapOption = None,
    timetable: TimetableOption = None,
    seed: SeedOption = 0,
    seconds: SecondsOption = 5.0,
    iterations: IterationsOption = None,
    why: WhyOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan the patrol of MISSION: battery-sized sorties over its roads, checked segment by segment.

    Ctrl-C ends the search: the best plan so far is checked and written, and the exit code is 130.
    """
    from missions.fleet_plan import plans_of
    from missions.formats.plan_file import save_plan
    from patrol.cli import INTERRUPTED
    from patrol.coverage_summary import coverage_line
    from patrol.mission_roads import load_mission_roads
    from patrol.output_file import refuse_unwritable
    from patrol.plan_tables import print_why, summary_of
    from patrol.plan_terrain import terrain_of_plan
    from patrol.planned import planned
    from planner import draw_plan, draw_timetable
    from planner.coverage import coverage_of
    from planner.explain import explain

    for file, option in ((out, "--out"), (picture, "--map"), (timetable, "--timetable")):
        refuse_unwritable(file, option)
    roads = load_mission_roads(mission)
    with searching(seed=seed, seconds=seconds, iterations=iterations) as effort:
        made = planned(roads.loaded, roads.kept, effort)
    if picture is not None:
        draw_plan(made, roads.all_roads, picture)
    if timetable is not None:
        draw_timetable(made, timetable)
    save_plan(made, out)
    coverage = coverage_of(made, terrain_of_plan(made, named=roads.loaded.terrain_file))
    told = explain(plans_of(made)) if why or as_json else None
    if as_json:
        print_json(summary_of(made, coverage, told, out=out, picture=picture))
    else:
        print_plan(made)
        stdout.print(coverage_line(coverage), soft_wrap=True, markup=False)
        if told is not None:
            print_why(told)
        written = ", ".join(str(file) for file in (out, picture, timetable) if file is not None)
        stdout.print(f"wrote {written}", soft_wrap=True, markup=False)
    if effort.stop.asked:
        raise typer.Exit(INTERRUPTED)


def print_plan(made: "Plan | FleetPlan") -> None:
    """Print the sorties of one aircraft, or the timetable of a fleet, with the notes."""
    from missions import FleetPlan
    from patrol.plan_tables import print_timetable

    if isinstance(made, FleetPlan):
        print_timetable(made)
    else:
        print_sorties(made)


def print_sorties(made: "Plan") -> None:
    """Print the table of sorties, the totals and the notes."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(made.mission_name), title_justify="left")
    table.add_column("sortie")
    for heading in ("stretches", "km", "along roads km", "min", "Wh", "battery"):
        table.add_column(heading, justify="right")
    for sortie in made.sorties:
        table.add_row(sortie.sortie_id, str(len(sortie.stretch_ids)), *figures_of(sortie.estimate))
    if len(made.sorties) > 1:
        table.add_section()
        table.add_row("all", str(len(made.stretches)), *figures_of(made.estimate))
    stdout.print(table)
    print_notes(made.notes)


def print_notes(notes: tuple[str, ...], *, on: "Console" = stdout) -> None:
    """Print what a reader of a plan should know, a line each."""
    from rich.markup import escape

    for note in notes:
        on.print(f"[yellow]note:[/yellow] {escape(note)}", soft_wrap=True)


def figures_of(estimate: Any) -> tuple[str, ...]:  # noqa: ANN401 - an Estimate; its module is imported inside commands
    """Return distance, service, minutes, energy and share of a battery as a table shows them."""
    return (
        f"{estimate.distance_m / 1000:.2f}",
        f"{estimate.service_m / 1000:.2f}",
        f"{estimate.time_s / 60:.1f}",
        f"{estimate.energy_wh:.0f}",
        f"{estimate.energy_share_pct:.0f} %",
    )


def check(
    path: PlanArg,
    *,
    mission: AgainstOption = None,
    altitude_cap_m: CapOption = None,
    terrain: TerrainOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every segment of PLAN against all rules, and the timetable; exit code 1 if one fails.

    Of a plan of another program all that its file tells is checked.
    """
    from missions.fleet_plan import plans_of
    from missions.formats.any_plan import is_ours
    from missions.formats.plan_file import load_any_plan
    from patrol.coverage_summary import coverage_json, coverage_line
    from patrol.foreign_check import beyond_limits, check_foreign, limits_of
    from patrol.plan_terrain import terrain_of_plan
    from planner import check_any_plan
    from planner.check_ground import untested
    from planner.coverage import coverage_of

    limits = limits_of(mission, altitude_cap_m)
    if not is_ours(path):
        report = check_foreign(path, limits, mission_file=mission, terrain_file=terrain)
        _print_foreign(path, report, as_json=as_json)
        return
    made = load_any_plan(path)
    ground = terrain_of_plan(made, path, mission, named=terrain)
    plans = plans_of(made)
    beyond = tuple(broken for one in plans for broken in beyond_limits(one, limits, ground))
    violations = check_any_plan(made, ground) + beyond
    left_out = tuple(dict.fromkeys(line for one in plans for line in untested(one, has_terrain=ground is not None)))
    for line in left_out:
        stderr.print(f"note: {line}", soft_wrap=True, markup=False)
    unclear = bool(left_out) or any(violation.rule in _NOT_FLYABLE for violation in violations)
    coverage = None if unclear else coverage_of(made, ground)
    if as_json:
        said = {"plan": str(path), "plan_hash": made.plan_hash, "violations": violations, "not_tested": left_out}
        print_json({**said, "coverage": coverage_json(coverage) if coverage is not None else None})
    elif violations:
        print_violations(violations)
    else:
        sorties = [sortie for one in plans for sortie in one.sorties]
        plural = "s" if len(sorties) > 1 else ""
        legs = sum(len(sortie.waypoints) + 1 for sortie in sorties)
        crafts = f"{len(plans)} aircraft, " if len(plans) > 1 else ""
        stdout.print(
            f"{path}: {crafts}{len(sorties)} sortie{plural}, {legs} legs, no violation", soft_wrap=True, markup=False
        )
    if coverage is not None and not as_json:
        stdout.print(coverage_line(coverage), soft_wrap=True, markup=False)
    if violations:
        raise typer.Exit(1)


def _print_foreign(path: Path, report: "ForeignReport", *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json(path))
    else:
        if report.violations:
            print_violations(report.violations)
        else:
            stdout.print(f"{path}: {report.summary}, no violation", soft_wrap=True, markup=False)
        print_notes(report.notes)
    if report.violations:
        raise typer.Exit(1)


def print_violations(violations: "tuple[Violation, ...]") -> None:
    """Print a table: which rule, where, by how much."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"{len(violations)} violation{'s' if len(violations) > 1 else ''}", title_justify="left")
    several = any(row.vehicle_id for row in violations)
    for heading in ("rule", *(["aircraft"] if several else []), "sortie", "place", "size", "what"):
        table.add_column(heading, justify="right" if heading == "size" else "left")
    for row in violations:
        place = f"{row.place.lat_deg:.6f}, {row.place.lon_deg:.6f}" if row.place else ""
        size = f"{row.size:.1f} {row.unit}" if row.unit else ""
        craft = [row.vehicle_id or ""] if several else []
        table.add_row(row.rule, *craft, row.sortie_id or "", place, size, escape(row.text))
    stdout.print(table)


def export(
    path: PlanArg,
    *,
    out: ExportOption,
    form: FormatOption = ExportFormat.QGC,
    sortie: SortieOption = None,
    vehicle: VehicleOption = None,
    dji_drone: DroneOption = "77:0",
    dji_payload: PayloadOption = "66:0:0",
    as_json: JsonOption = False,
) -> None:
    """Write PLAN for QGroundControl, Mission Planner (wpl), DJI (wpml) or a map (geojson, kml, gpx).

    A plan of another program is written for QGroundControl or Mission Planner.
    """
    from missions.formats.any_plan import is_ours
    from missions.formats.atomic import write_atomically
    from patrol.output_file import refuse_unwritable

    refuse_unwritable(out, "--out")
    if is_ours(path):
        drone, payload = _numbers(dji_drone, "--dji-drone", 2), _numbers(dji_payload, "--dji-payload", 3)
        settings = WpmlSettings(drone=(drone[0], drone[1]), payload=(payload[0], payload[1], payload[2]))
        contents = _of_ours(path, out, form, sortie, settings=settings, vehicle=vehicle)
    else:
        contents = _of_another(path, out, form, sortie)
    for file, content in contents.items():
        write_atomically(file, content)
        stderr.print(f"wrote {file}", soft_wrap=True, markup=False)
    if as_json:
        print_json({"plan": str(path), "format": form.value, "files": [str(file) for file in contents]})


def _of_ours(
    path: Path, out: Path, form: ExportFormat, sortie: int | None, *, settings: WpmlSettings, vehicle: str | None
) -> dict[Path, str | bytes]:
    """Return the files of a plan of ours, which is checked again first."""
    from dataclasses import replace
    from functools import partial

    from patrol.checked_plan import checked_plan

    made = checked_plan(path, vehicle_id=vehicle)
    chosen = _chosen(made.sorties, sortie)
    if form not in OF_A_PATH and any(one.begins for one in chosen):
        raise InputError(
            f"is {form}, which has no flight that begins in the air", field="--format", remedy="qgc or wpl"
        )
    if form in OF_A_PLAN:
        return {out: OF_A_PLAN[form](replace(made, sorties=chosen))}
    write = partial(to_wpml, settings=settings) if form is ExportFormat.WPML else OF_A_SORTIE[form]
    return {_numbered(out, made.sorties, one, chosen): write(made, one) for one in chosen}


def _of_another(path: Path, out: Path, form: ExportFormat, sortie: int | None) -> dict[Path, str | bytes]:
    """Return the files of a plan of another program."""
    from missions.formats.any_plan import read_flight_paths

    if form not in OF_A_PATH:
        known = ", ".join(OF_A_PATH)
        raise InputError(f"is {form}, which holds plans of ours only", field="--format", remedy=f"one of {known}")
    flights = read_flight_paths(path)
    chosen = _chosen(flights, sortie)
    for one in chosen:
        print_notes(one.notes, on=stderr)
    return {_numbered(out, flights, one, chosen): OF_A_PATH[form](one) for one in chosen}


def _numbers(text: str, field: str, count: int) -> list[int]:
    parts = text.split(":")
    if len(parts) != count or not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError(f"is {text!r}", field=field, remedy=f"{count} whole numbers with colons between")
    return [int(part) for part in parts]


def _chosen(flights: "tuple[T, ...]", sortie: int | None) -> "tuple[T, ...]":
    if sortie is None:
        return flights
    if sortie > len(flights):
        raise InputError(f"is {sortie}", field="--sortie", remedy=f"1 to {len(flights)}")
    return (flights[sortie - 1],)


def _numbered(out: Path, flights: "tuple[T, ...]", one: "T", chosen: "tuple[T, ...]") -> Path:
    """Return the file of a flight: OUT itself for one, NAME-1.ext and so on for several."""
    if len(chosen) == 1:
        return out
    return out.with_name(f"{out.stem}-{flights.index(one) + 1}{out.suffix}")
