"""`patrol plan`, `check` and `export`: a mission to a checked plan, and a plan to what others read."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from missions.errors import InputError
from missions.formats.plan_geojson import to_geojson
from missions.formats.qgc_plan import to_qgc
from missions.formats.wpl import to_wpl
from patrol.commands.options import JsonOption, MissionArg, VehicleOption
from patrol.console import print_json, progress_bar, stderr, stdout

if TYPE_CHECKING:
    from missions import FleetPlan, Plan, Sortie
    from patrol.mission_roads import MissionRoads
    from planner import Violation


class ExportFormat(StrEnum):
    """What others read."""

    QGC = "qgc"
    WPL = "wpl"
    GEOJSON = "geojson"


OF_A_SORTIE: "Final[dict[ExportFormat, Callable[[Plan, Sortie], str]]]" = {
    ExportFormat.QGC: to_qgc,
    ExportFormat.WPL: to_wpl,
}
"""Formats that hold one flight; several sorties go to several files."""
OF_A_PLAN: "Final[dict[ExportFormat, Callable[[Plan], str]]]" = {ExportFormat.GEOJSON: to_geojson}
"""Formats that hold the whole patrol."""

PlanArg = Annotated[Path, typer.Argument(metavar="PLAN", help="Plan made by `patrol plan`.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Plan file to write.")]
MapOption = Annotated[Path | None, typer.Option("--map", help="Also draw the plan to this PNG.")]
TimetableOption = Annotated[Path | None, typer.Option("--timetable", help="Also draw who flies when to this PNG.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of the search.")]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.1, help="How long to search.")]
IterationsOption = Annotated[
    int | None, typer.Option("--iterations", min=1, help="Search so many rounds instead: the same plan everywhere.")
]
FormatOption = Annotated[ExportFormat, typer.Option("--format", "-f", help="What to write.")]
ExportOption = Annotated[
    Path, typer.Option("--out", "-o", help="File to write; several sorties go to NAME-1, NAME-2 and so on.")
]
SortieOption = Annotated[int | None, typer.Option("--sortie", min=1, help="Only this sortie, counted from 1.")]


def plan(
    mission: MissionArg,
    *,
    out: OutOption = Path("plan.json"),
    picture: MapOption = None,
    timetable: TimetableOption = None,
    seed: SeedOption = 0,
    seconds: SecondsOption = 5.0,
    iterations: IterationsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan the patrol of MISSION: battery-sized sorties over its roads, checked segment by segment."""
    from missions import FleetPlan
    from missions.formats.plan_file import save_plan
    from patrol.mission_roads import load_mission_roads
    from patrol.output_file import refuse_unwritable
    from patrol.plan_tables import print_timetable, summary_of
    from planner import draw_plan, draw_timetable

    for file, option in ((out, "--out"), (picture, "--map"), (timetable, "--timetable")):
        refuse_unwritable(file, option)
    roads = load_mission_roads(mission)
    made = _search(roads, seed=seed, seconds=seconds, iterations=iterations)
    if picture is not None:
        draw_plan(made, roads.all_roads, picture)
    if timetable is not None:
        draw_timetable(made, timetable)
    save_plan(made, out)
    if as_json:
        print_json(summary_of(made, out=out, picture=picture))
        return
    print_timetable(made) if isinstance(made, FleetPlan) else print_sorties(made)
    written = ", ".join(str(file) for file in (out, picture, timetable) if file is not None)
    stdout.print(f"wrote {written}", soft_wrap=True, markup=False)


def _search(roads: "MissionRoads", *, seed: int, seconds: float, iterations: int | None) -> "Plan | FleetPlan":
    from patrol.planned import planned

    with progress_bar() as bar:
        task = bar.add_task("planning", total=1.0, status="")

        def progress(fraction: float, text: str) -> None:
            bar.update(task, completed=fraction, status=text)

        return planned(roads.loaded, roads.kept, seed=seed, seconds=seconds, iterations=iterations, progress=progress)


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
    for note in made.notes:
        stdout.print(f"[yellow]note:[/yellow] {escape(note)}", soft_wrap=True)


def figures_of(estimate: Any) -> tuple[str, ...]:  # noqa: ANN401 - an Estimate; its module is imported inside commands
    """Return distance, service, minutes, energy and share of a battery as a table shows them."""
    return (
        f"{estimate.distance_m / 1000:.2f}",
        f"{estimate.service_m / 1000:.2f}",
        f"{estimate.time_s / 60:.1f}",
        f"{estimate.energy_wh:.0f}",
        f"{estimate.energy_share_pct:.0f} %",
    )


def check(path: PlanArg, *, as_json: JsonOption = False) -> None:
    """Check every segment and the timetable of PLAN against all rules; exit code 1 if one fails."""
    from missions import FleetPlan
    from missions.formats.plan_file import load_any_plan
    from planner import check_any_plan

    made = load_any_plan(path)
    violations = check_any_plan(made)
    plans = made.plans if isinstance(made, FleetPlan) else (made,)
    if as_json:
        print_json({"plan": str(path), "plan_hash": made.plan_hash, "violations": violations})
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
    if violations:
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
) -> None:
    """Write PLAN for QGroundControl (.plan), Mission Planner (WPL) or a map (GeoJSON)."""
    from dataclasses import replace

    from missions.formats.atomic import write_atomically
    from patrol.checked_plan import checked_plan
    from patrol.output_file import refuse_unwritable

    refuse_unwritable(out, "--out")
    made = checked_plan(path, vehicle_id=vehicle)
    chosen = _chosen(made, sortie)
    if form in OF_A_PLAN:
        texts = {out: OF_A_PLAN[form](replace(made, sorties=chosen))}
    else:
        texts = {_numbered(out, made, one, chosen): OF_A_SORTIE[form](made, one) for one in chosen}
    for file, text in texts.items():
        write_atomically(file, text)
        stderr.print(f"wrote {file}", soft_wrap=True, markup=False)


def _chosen(made: "Plan", sortie: int | None) -> "tuple[Sortie, ...]":
    if sortie is None:
        return made.sorties
    if sortie > len(made.sorties):
        raise InputError(f"is {sortie}", field="--sortie", remedy=f"1 to {len(made.sorties)}")
    return (made.sorties[sortie - 1],)


def _numbered(out: Path, made: "Plan", sortie: "Sortie", chosen: "tuple[Sortie, ...]") -> Path:
    """Return the file of a sortie: OUT itself for one, NAME-1.ext and so on for several."""
    if len(chosen) == 1:
        return out
    return out.with_name(f"{out.stem}-{made.sorties.index(sortie) + 1}{out.suffix}")
