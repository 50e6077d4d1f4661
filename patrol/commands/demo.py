"""`patrol demo`: `patrol run` with the example mission and a simulated world, scored against its script."""

import asyncio
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import typer

from patrol.commands.options import JsonOption, VehicleOption

MissionOption = Annotated[Path | None, typer.Option("--mission", help="Another mission; default: the avenue shipped.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Changes traffic, place, textures and plume.")]
AutopilotOption = Annotated[
    Literal["embedded", "ardupilot"], typer.Option("--autopilot", help="What flies: ours, or arducopter.")
]
ArchiveOption = Annotated[
    Path | None, typer.Option("--archive", help="Folder for this patrol; default patrols/<UTC time>.")
]
ServeOption = Annotated[
    bool | None, typer.Option("--serve/--no-serve", help="Keep serving the review page; default: on a terminal.")
]
ResumeOption = Annotated[Path | None, typer.Option("--resume", help="Go on with a demo that was cut off.")]


def example_mission() -> Path:
    """Return the mission that comes with skypatrol."""
    return Path(str(resources.files("missions") / "examples" / "gaoxin-avenue" / "mission.yaml"))


def demo(
    *,
    mission: MissionOption = None,
    vehicle: VehicleOption = None,
    seed: SeedOption = 1,
    autopilot: AutopilotOption = "embedded",
    archive: ArchiveOption = None,
    resume: ResumeOption = None,
    serve: ServeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Fly a whole patrol in simulation: an e-bike begins to smoke somewhere, and the staff is warned."""
    from archive import Archive
    from patrol.commands.run import new_archive_folder
    from patrol.console import stderr
    from patrol.run.fly_and_tell import fly_and_tell
    from patrol.run.prepare import prepare, prepare_again
    from patrol.run.simulation import simulated_world

    if resume is not None:
        with Archive.open(resume) as earlier:
            prepared = prepare_again(earlier)
    else:
        prepared = prepare(mission or example_mission(), iterations=1000, vehicle_id=vehicle)
    folder = resume or archive or new_archive_folder()
    with simulated_world(prepared, folder, seed=seed, autopilot=autopilot, resume=resume is not None) as world:
        told = asyncio.run(fly_and_tell(prepared, world.settings, as_json=as_json, read_truth=world.read_truth))
    if serve if serve is not None else (sys.stdout.isatty() and not as_json):
        from patrol.commands.review import review

        review(folder, open_page=False)
    elif not as_json:
        stderr.print(f"review it with: patrol review {folder}", soft_wrap=True)
    return told.exit_code
