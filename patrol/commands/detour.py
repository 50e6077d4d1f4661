"""`patrol detour`: a sortie leaves its route to look at a place, and comes back to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.commands.options import JsonOption, VehicleOption
from patrol.commands.plan import OutOption, print_plan
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from missions import GeoPoint, Plan
    from planner.detour import Loiter, Orbit

PlanArg = Annotated[Path, typer.Argument(metavar="PLAN", help="Plan made by `patrol plan`.")]
AtOption = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="SORTIE:ITEM[:FRACTION]",
        help="Where the aircraft is: the mission item flown to and the share of that leg; sortie-2:17:0.4.",
    ),
]
LookOption = Annotated[str, typer.Option("--look", metavar="LAT,LON", help="The place to look at, WGS84 degrees.")]
LoiterOption = Annotated[
    float | None, typer.Option("--loiter", metavar="SECONDS", help="Hover off the place for so long; the usual is 20.")
]
OrbitOption = Annotated[
    float | None, typer.Option("--orbit", metavar="RADIUS", help="Fly once round it at so many metres instead.")
]
TerrainOption = Annotated[
    Path | None, typer.Option("--terrain", help="The terrain the plan was made over, where it is not beside it.")
]


def detour(
    plan: PlanArg,
    *,
    at: AtOption,
    look: LookOption,
    loiter_s: LoiterOption = None,
    orbit_m: OrbitOption = None,
    vehicle: VehicleOption = None,
    terrain: TerrainOption = None,
    out: OutOption = Path("detour.json"),
    as_json: JsonOption = False,
) -> None:
    """Have a sortie of PLAN leave its route to look at a place, and come back, if its battery allows it.

    Of a fleet --vehicle says whose sortie; sorties that have not begun then wait until the way is clear.
    """
    from missions import FleetPlan
    from missions.formats.plan_file import load_any_plan, plan_of_vehicle, save_plan
    from patrol.breakpoints import parse_breakpoint
    from patrol.output_file import refuse_unwritable
    from patrol.plan_terrain import terrain_of_plan
    from planner.detour import with_detour
    from planner.fleet_detour import with_fleet_detour

    refuse_unwritable(out, "--out")
    where, place, how = parse_breakpoint(at), _place(look), _how(loiter_s, orbit_m)
    whole = load_any_plan(plan)
    old = plan_of_vehicle(whole, vehicle, plan)
    ground = terrain_of_plan(whole, plan, named=terrain)
    made: Plan | FleetPlan
    if isinstance(whole, FleetPlan):
        made = with_fleet_detour(whole, old.vehicle_id, where, place, how, terrain=ground)
    else:
        made = with_detour(old, where, place, how, terrain=ground)
    save_plan(made, out)
    number = [sortie.sortie_id for sortie in old.sorties].index(where.sortie_id)
    before = old.sorties[number].estimate
    after = plan_of_vehicle(made, old.vehicle_id, out).sorties[number].estimate
    if as_json:
        print_json(
            {
                "plan": str(out),
                "plan_hash": made.plan_hash,
                "sortie": where.sortie_id,
                "more_s": after.time_s - before.time_s,
                "more_m": after.distance_m - before.distance_m,
                "more_wh": after.energy_wh - before.energy_wh,
                "battery_pct": after.energy_share_pct,
                "violations": [],
            }
        )
        return
    print_plan(made)
    stdout.print(f"wrote {out}", soft_wrap=True, markup=False)


def _place(text: str) -> "GeoPoint":
    from missions import GeoPoint
    from missions.errors import InputError

    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
        return GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)
    except ValueError as exc:
        raise InputError(
            f"is {text!r}", field="--look", remedy="LAT,LON in WGS84 degrees, such as 30.51,114.42"
        ) from exc


def _how(loiter_s: float | None, orbit_m: float | None) -> "Loiter | Orbit":
    from missions.errors import InputError
    from planner.detour import Loiter, Orbit

    if loiter_s is not None and orbit_m is not None:
        raise InputError("is given beside --loiter", field="--orbit", remedy="one of them")
    return Orbit(radius_m=orbit_m) if orbit_m is not None else Loiter(hold_s=20.0 if loiter_s is None else loiter_s)
