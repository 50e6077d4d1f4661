"""What `patrol plan` says about a plan: the fields of `--json`, and a fleet's timetable for a person."""

from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from missions import FleetPlan, Plan, Sortie
from patrol.console import stdout
from patrol.coverage_summary import coverage_json
from planner.coverage import CoverageReport
from planner.explain import Explanation


def summary_of(
    made: Plan | FleetPlan,
    coverage: CoverageReport,
    told: Explanation | None = None,
    *,
    out: Path,
    picture: Path | None = None,
) -> dict[str, Any]:
    """Return what `plan --json` prints: the plan was checked, so there are no violations in it."""
    flights = made.sorties if isinstance(made, FleetPlan) else [(made, sortie) for sortie in made.sorties]
    estimate = made.estimate
    return {
        "feasible": True,
        "plan": str(out),
        "map": str(picture) if picture else None,
        "plan_hash": made.plan_hash,
        "sorties": [_sortie(made, plan, sortie) for plan, sortie in flights],
        "total_distance_m": estimate.distance_m,
        "total_flight_s": estimate.time_s,
        "makespan_s": max(sortie.lands_s for _, sortie in flights),
        "total_energy_wh": estimate.energy_wh,
        "lower_bound_s": told.lower_bound_s if told else None,
        "gap": told.gap if told else None,
        "dead_share": told.dead_share if told else None,
        "required_m": coverage.total.required_m,
        "covered_m": coverage.total.seen_m,
        "coverage": coverage_json(coverage),
        "violations": [],
        "notes": list(made.notes),
    }


def _sortie(made: Plan | FleetPlan, plan: Plan, sortie: Sortie) -> dict[str, Any]:
    estimate = sortie.estimate
    return {
        "sortie": sortie.sortie_id,
        "vehicle_id": plan.vehicle_id,
        "dock": made.dock_of(plan).dock_id if isinstance(made, FleetPlan) else None,
        "starts_s": sortie.starts_s,
        "lands_s": sortie.lands_s,
        "height_m": sortie.takeoff_height_m,
        "stretches": len(sortie.stretch_ids),
        "distance_m": estimate.distance_m,
        "service_m": estimate.service_m,
        "flight_s": estimate.time_s,
        "energy_wh": estimate.energy_wh,
        "battery_pct": estimate.energy_share_pct,
        "waypoints": len(sortie.waypoints),
    }


def print_timetable(made: FleetPlan) -> None:
    """Print who flies what and when, the totals and the notes."""
    table = Table(title=escape(made.mission_name), title_justify="left", box=SIMPLE_HEAD, padding=0)  # 80 columns
    for heading in ("aircraft", "dock", "sortie"):
        table.add_column(heading)
    for heading in ("starts", "lands", "height", "km", "min", "Wh", "battery"):
        table.add_column(heading, justify="right")
    begin = made.day.begin if made.day else None
    for plan in made.plans:
        for number, sortie in enumerate(plan.sorties):
            estimate = sortie.estimate
            table.add_row(
                plan.vehicle_id if number == 0 else "",
                made.dock_of(plan).dock_id if number == 0 else "",
                sortie.sortie_id.removeprefix("sortie-"),
                clock(sortie.starts_s, begin),
                clock(sortie.lands_s, begin),
                f"{sortie.takeoff_height_m:.0f} m",
                f"{estimate.distance_m / 1000:.2f}",
                f"{estimate.time_s / 60:.1f}",
                f"{estimate.energy_wh:.0f}",
                f"{estimate.energy_share_pct:.0f} %",
            )
        table.add_section()
    total = made.estimate
    table.add_row(
        "all", "", str(len(made.sorties)), "", clock(made.makespan_s, begin), "",
        f"{total.distance_m / 1000:.2f}", f"{total.time_s / 60:.1f}", f"{total.energy_wh:.0f}",
        f"{total.energy_share_pct:.0f} %",
    )  # fmt: skip
    stdout.print(table)
    for note in made.notes:
        stdout.print(f"[yellow]note:[/yellow] {escape(note)}", soft_wrap=True)


def print_why(told: Explanation) -> None:
    """Print how good a plan is, and what keeps each sortie from more."""
    if told.lower_bound_s is not None and told.gap is not None:
        stdout.print(
            f"no plan of these stretches takes less than {told.lower_bound_s / 60:.1f} min in the air, turns between "
            f"them left out; this one takes {100 * told.gap:.1f} % more",
            soft_wrap=True,
        )
    else:
        stdout.print("too many stretches for a lower bound", soft_wrap=True)
    stdout.print(f"dead flight is {100 * told.dead_share:.1f} % of the distance", soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, padding=0)
    table.add_column("sortie")
    for heading in ("dead flight", "battery used", "items used"):
        table.add_column(heading, justify="right")
    table.add_column("what binds it")
    for sortie in told.sorties:
        shares = (sortie.dead_share, sortie.battery_used, sortie.items_used)
        table.add_row(sortie.sortie_id, *(f"{100 * share:.0f} %" for share in shares), sortie.binds)
    stdout.print(table)


def clock(seconds: float, begin: str | None) -> str:
    """Return a time of the timetable: on the clock of the day, else minutes and seconds after the beginning."""
    whole = round(seconds)
    if begin is None:
        return f"{whole // 60}:{whole % 60:02d}"
    whole += 3600 * int(begin[:2]) + 60 * int(begin[3:])
    return f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
