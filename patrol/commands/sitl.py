"""`patrol sitl`: a real ArduPilot Copter, simulated, to fly against."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import VehicleOption
from patrol.console import print_json, progress_bar, stdout

VersionOption = Annotated[str, typer.Option("--version", help="Which published Copter.")]
BaseUrlOption = Annotated[str | None, typer.Option("--base-url", help="Another server with the same folders.")]
ToOption = Annotated[Path | None, typer.Option("--output", "-o", help="Where to put it.")]
BinaryOption = Annotated[
    Path | None, typer.Option("--binary", help="An arducopter; default ARDUCOPTER, then PATH, then the downloaded one.")
]
PlanOption = Annotated[Path | None, typer.Option("--plan", help="Start at this plan's dock.")]
HomeOption = Annotated[str | None, typer.Option("--home", help="LAT,LON,AMSL_M,HEADING_DEG.")]
SpeedupOption = Annotated[float, typer.Option("--speedup", min=0.1, max=50, help="Simulated seconds per second.")]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="It sends to this port of this machine.")]
ParametersOption = Annotated[Path | None, typer.Option("--parameters", help="More defaults, a .parm file.")]
if TYPE_CHECKING:
    from missions import GeoPoint

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def sitl_get(
    *,
    version: VersionOption = "4.6.3",
    base_url: BaseUrlOption = None,
    output: ToOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download ArduPilot's published arducopter, whole and checked, going on where a broken download stopped."""
    from sitl.arducopter_download import DEFAULT_BASE_URL, binary_path, download, published

    build = published(version)
    with progress_bar() as bar:
        task = bar.add_task(f"arducopter {version}", total=build.size_bytes, status="")

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, status=f"{done / 1e6:.1f} of {total / 1e6:.1f} MB")

        path = download(build, output or binary_path(version), base_url=base_url or DEFAULT_BASE_URL, progress=show)
    if as_json:
        print_json({"version": version, "path": str(path), "sha256": build.sha256})
    else:
        stdout.print(f"{path}: arducopter {version}, SHA-256 as pinned", soft_wrap=True)


def sitl_start(
    *,
    plan: PlanOption = None,
    vehicle: VehicleOption = None,
    home: HomeOption = None,
    binary: BinaryOption = None,
    speedup: SpeedupOption = 1.0,
    port: PortOption = 14550,
    parameters: ParametersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start an arducopter at --home or at a plan's dock and leave it running."""
    from missions.codec import to_jsonable
    from patrol.arducopter_here import arducopter_here, copter_parameters_here
    from sitl.arducopter import ArduCopter
    from sitl.arducopter_download import data_folder
    from sitl.arducopter_state import RunningSitl, start_and_leave

    where = home or (_dock_of(plan, vehicle) if plan is not None else None)
    if where is None:
        raise InputError(
            "nothing says where it stands", field="--home", remedy="--plan FILE or --home LAT,LON,AMSL,HDG"
        )
    point, amsl_m, heading_deg = parse_home(where)
    found = arducopter_here(binary)
    folder = data_folder() / "sitl"
    copter = ArduCopter(
        found,
        point,
        amsl_m,
        heading_deg,
        speedup,
        port,
        base_defaults=copter_parameters_here(),
        extra_defaults=parameters,
        folder=folder,
        outlives_us=True,
    )
    state = RunningSitl(
        pid=0, binary=str(found.resolve()), link_url=copter.link_url, home=where, speedup=speedup, folder=str(folder)
    )
    started = start_and_leave(copter, state, folder)
    if as_json:
        print_json(to_jsonable(started))
    else:
        stdout.print(f"process {started.pid}; fly it with --link {started.link_url}", soft_wrap=True)


def sitl_status(*, as_json: JsonOption = False) -> None:
    """Say whether an arducopter runs, and where it is heard."""
    from missions.codec import to_jsonable
    from sitl.arducopter_download import data_folder
    from sitl.arducopter_state import read_state

    state = read_state(data_folder() / "sitl")
    if as_json:
        print_json({"running": to_jsonable(state) if state else None})
    elif state is None:
        stdout.print("none runs")
    else:
        stdout.print(
            f"process {state.pid}, {state.link_url}, home {state.home}, {state.speedup:g}x, in {state.folder}",
            soft_wrap=True,
        )


def sitl_stop(*, as_json: JsonOption = False) -> None:
    """End the arducopter that `start` left running."""
    from missions.codec import to_jsonable
    from sitl.arducopter_download import data_folder
    from sitl.arducopter_state import stop

    state = stop(data_folder() / "sitl")
    if as_json:
        print_json({"stopped": to_jsonable(state) if state else None})
    else:
        stdout.print(f"ended process {state.pid}" if state else "none runs")


def parse_home(text: str) -> "tuple[GeoPoint, float, float]":
    """Read LAT,LON,AMSL_M,HEADING_DEG; the last two may be left out.

    Raises:
        InputError: it is not that.

    """
    from missions import GeoPoint

    try:
        numbers = [float(part) for part in text.split(",")]
        lat, lon, amsl_m, heading_deg = numbers + [0.0] * (4 - len(numbers) if len(numbers) > 1 else 0)
        return GeoPoint(lat_deg=lat, lon_deg=lon), amsl_m, heading_deg
    except ValueError as exc:
        raise InputError(f"{text!r} is no home", field="--home", remedy="LAT,LON,AMSL_M,HEADING_DEG") from exc


def _dock_of(path: Path, vehicle_id: str | None) -> str:
    from missions.formats.plan_file import load_plan

    plan = load_plan(path, vehicle_id=vehicle_id)
    return f"{plan.dock.lat_deg:.7f},{plan.dock.lon_deg:.7f},{plan.dock_amsl_m:g},0"
