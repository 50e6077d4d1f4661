"""A served patrol with a video: what `patrol run` does, into an archive of its own beside the reports of the others."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice, takewhile
from pathlib import Path

from archive import Archive, ArchiveState
from flight.link_url import LinkUrl
from flight.settings import FlySettings
from missions.occurrence import OccurrenceState
from patrol.run.patrol_run import FlightRules, RunOutcome, run_patrol
from patrol.run.prepare import Prepared, prepare, prepare_again
from patrol.run.settings import RunSettings
from patrol.run.terminal import RunTerminal
from patrol.serve.runner import Flown


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFlight:
    """One occurrence of a patrol that is watched."""

    mission: Path
    plan: Path
    video: str
    link: LinkUrl
    fly: FlySettings
    stem: Path
    """Its archives are folders of this name; a second one has a number behind it."""
    assume_yes: bool
    resume: bool
    """Whether an earlier process had begun it."""


async def fly_watched(flight: WatchedFlight) -> Flown:
    """Fly and watch, or go on with the archive of a flight that broke off.

    Raises:
        InputError: mission and plan do not belong together, or the plan may not be flown.
        SkypatrolError: nothing was flown.

    """
    earlier = list(takewhile(Path.exists, _names(flight.stem)))
    if flight.resume and earlier:
        folder, resume = earlier[-1], True
        prepared = await asyncio.to_thread(_prepared_again, folder)
        if prepared is None:
            return Flown(state=OccurrenceState.FLOWN, text="it had been flown to its end")
    else:
        folder, resume = next(islice(_names(flight.stem), len(earlier), None)), False
        prepared = await asyncio.to_thread(prepare, flight.mission, plan_file=flight.plan)
    settings = RunSettings(
        links=(flight.link,),
        signing_key=flight.fly.signing_key,
        own_system_id=flight.fly.own_system_id,
        video_url=flight.video,
        archive=folder,
        confirmed=flight.assume_yes,
        waivers=flight.fly.waivers,
        resume=resume,
        timeout_s=flight.fly.heartbeat_wait_s,
    )
    with RunTerminal(assume_yes=flight.assume_yes, interactive=False) as terminal:
        rules = FlightRules(
            fly=replace(flight.fly, patrol_id=folder.name),
            control=terminal.flight.control,
            approve=terminal.flight.approve,
        )
        return _flown(await run_patrol(prepared, settings, terminal.show, rules))


def _prepared_again(folder: Path) -> Prepared | None:
    """Return what an archive's flight had begun; None where it was flown to its end."""
    with Archive.open(folder) as archive:
        return None if archive.state is ArchiveState.COMPLETE else prepare_again(archive)


def _flown(outcome: RunOutcome) -> Flown:
    """Return how a run ended.

    Raises:
        SkypatrolError: nothing of it was in the air.

    """
    told = f"archive {outcome.archive.name}, {outcome.pictures} pictures watched"
    if outcome.error is None:
        whole = outcome.state is ArchiveState.COMPLETE
        return Flown(state=OccurrenceState.FLOWN if whole else OccurrenceState.CUT_SHORT, text=told)
    if outcome.report is None or not outcome.report.sorties:
        raise outcome.error
    return Flown(state=OccurrenceState.CUT_SHORT, text=f"{outcome.error}; {told}")


def _names(stem: Path) -> Iterator[Path]:
    """Yield the names of an occurrence's archives, in order."""
    yield stem
    yield from (stem.with_name(f"{stem.name}-{number}") for number in count(2))
