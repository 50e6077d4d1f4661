"""`patrol replan`: what a patrol that was broken off still has to see, planned anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.commands.options import JsonOption, MissionArg, VehicleOption
from patrol.commands.plan import (
    IterationsOption,
    MapOption,
    OutOption,
    SecondsOption,
    SeedOption,
    print_plan,
)
from patrol.console import print_json, stdout
from patrol.searching import searching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from missions import FleetPlan, Plan
    from missions.mission import Wind
    from patrol.mission_roads import MissionRoads
    from planner import Effort
    from planner.fleet_replanning import BrokenOff

PlanArg = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan that was being flown, made from MISSION.")]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="SORTIE:ITEM[:FRACTION]",
        help="Where it was broken off: the mission item flown to and the share of that leg; sortie-2:17:0.4.",
    ),
]
ReportOption = Annotated[Path | None, typer.Option("--report", help="The flight's report, which says where.")]
ArchiveOption = Annotated[Path | None, typer.Option("--archive", help="The patrol's archive, which says where.")]
WindOption = Annotated[
    str | None,
    typer.Option("--wind", metavar="SPEED@FROM", help="Of now: m/s and where it blows from, degrees; 6@270."),
]
BatteryOption = Annotated[
    float, typer.Option("--battery", min=0, max=100, help="Charge of the first sortie's battery, per cent.")
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="LAT,LON,HEIGHT",
        help="The aircraft is in the air there, metres above home, and goes on; `route`: where --at says. "
        "--battery is what it has left.",
    ),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="VEHICLE", help="Of a fleet: who flies what is left; may be repeated."),
]


def replan(
    mission: MissionArg,
    plan: PlanArg,
    *,
    at: AtOption = None,
    report: ReportOption = None,
    archive: ArchiveOption = None,
    wind: WindOption = None,
    battery_pct: BatteryOption = 100.0,
    airborne: FromOption = None,
    vehicle: VehicleOption = None,
    by: ByOption = None,
    out: OutOption = Path("replan.json"),
    picture: MapOption = None,
    seed: SeedOption = 0,
    seconds: SecondsOption = 1.0,
    iterations: IterationsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan what PLAN has left after its breakpoint: new sorties from the dock, in the wind of now.

    Of a fleet --vehicle says which aircraft broke off: the others fly on, and time begins anew with that moment.
    Ctrl-C ends the search: the best plan so far is checked and written, and the exit code is 130.
    """
    from missions import FleetPlan
    from missions.errors import InputError
    from missions.formats.plan_file import load_any_plan, plan_of_vehicle, save_plan
    from patrol.breakpoints import breakpoint_of, parse_in_air
    from patrol.cli import INTERRUPTED
    from patrol.coverage_summary import coverage_line
    from patrol.mission_roads import load_mission_roads
    from patrol.output_file import refuse_unwritable
    from patrol.plan_tables import summary_of
    from patrol.plan_terrain import terrain_of_plan
    from planner import draw_plan
    from planner.coverage import coverage_of
    from planner.fleet_replanning import BrokenOff

    for file, option in ((out, "--out"), (picture, "--map")):
        refuse_unwritable(file, option)
    whole = load_any_plan(plan)
    old = plan_of_vehicle(whole, vehicle, plan)
    if by and not isinstance(whole, FleetPlan):
        raise InputError("is for a fleet", field="--by", remedy="leave it out")
    roads = load_mission_roads(mission)
    if old.mission_hash != roads.loaded.mission_hash:
        what = f"was made from another mission, {old.mission_name!r}"
        raise InputError(what, file=plan, remedy="the mission file it was made from, unchanged")
    where = breakpoint_of(old, at=at, report=report, archive=archive)
    now = _wind(wind, old) if wind is not None else None
    broken = BrokenOff(
        vehicle_id=old.vehicle_id,
        at=where,
        battery_pct=battery_pct,
        is_in_air=airborne is not None,
        here=parse_in_air(airborne) if airborne not in {None, "route"} else None,
    )
    with searching(seed=seed, seconds=seconds, iterations=iterations) as effort:
        made = _made(roads, whole, broken, now, by or (), effort=effort)
    if picture is not None:
        draw_plan(made, roads.all_roads, picture)
    save_plan(made, out)
    coverage = coverage_of(made, terrain_of_plan(made, named=roads.loaded.terrain_file))
    if as_json:
        print_json(summary_of(made, coverage, out=out, picture=picture))
    else:
        print_plan(made)
        stdout.print(coverage_line(coverage), soft_wrap=True, markup=False)
        stdout.print(f"wrote {out}" + (f" and {picture}" if picture else ""), soft_wrap=True, markup=False)
    if effort.stop.asked:
        raise typer.Exit(INTERRUPTED)


def _made(
    roads: "MissionRoads",
    whole: "Plan | FleetPlan",
    broken: "BrokenOff",
    now: "Wind | None",
    by: "Sequence[str]",
    *,
    effort: "Effort",
) -> "Plan | FleetPlan":
    from missions import FleetPlan
    from missions.zones.of_mission import load_no_fly
    from patrol.plan_terrain import terrain_of_mission
    from planner.fleet_replanning import replan_fleet
    from planner.replanning import replan as plan_anew
    from planner.replanning_in_air import replan_in_air

    mission, no_fly = roads.loaded.mission, load_no_fly(roads.loaded)
    terrain = terrain_of_mission(roads.loaded, roads.kept, no_fly.zones)
    if isinstance(whole, FleetPlan):
        return replan_fleet(
            mission, whole, broken, roads.kept, by=by, wind=now, no_fly=no_fly, terrain=terrain, effort=effort
        )
    if broken.is_in_air:
        return replan_in_air(
            mission,
            whole,
            broken.at,
            roads.kept,
            here=broken.here,
            battery_pct=broken.battery_pct,
            wind=now,
            no_fly=no_fly,
            terrain=terrain,
            effort=effort,
        )
    return plan_anew(
        mission,
        whole,
        broken.at,
        roads.kept,
        wind=now,
        battery_pct=broken.battery_pct,
        no_fly=no_fly,
        terrain=terrain,
        effort=effort,
    )


def _wind(text: str, plan: "Plan") -> "Wind":
    """Read `SPEED@FROM`; a wind that the plan's aircraft does not fly in is refused here, by the name of the option."""
    from missions.errors import InputError
    from missions.hardware import load_airframe
    from missions.mission import Wind

    field, remedy = "--wind", "SPEED@FROM, 0 to 30 m/s and 0 to 360 degrees, such as 6@270"
    try:
        speed, bearing = (float(part) for part in text.split("@"))
        wind = Wind(speed_m_s=speed, from_deg=bearing % 360.0)
    except ValueError as exc:
        raise InputError(f"is {text!r}", field=field, remedy=remedy) from exc
    airframe = load_airframe(plan.airframe)
    if wind.speed_m_s > airframe.max_wind_m_s:
        what = f"is {wind.speed_m_s:g} m/s, but {airframe.name} flies in up to {airframe.max_wind_m_s:g} m/s"
        raise InputError(what, field=field, remedy="wait for less wind")
    return wind
