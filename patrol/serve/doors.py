"""The runner's real doors: plans that are checked anew each time, the weather source, flights."""

import asyncio
import datetime as dt
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flight.errors import NothingToResume
from flight.fly import fly_patrol
from flight.link_url import parse_link_url
from flight.preflight_inputs import GroundSide
from flight.report import FlightReport, Outcome
from flight.settings import FlySettings
from missions import FleetPlan, FlightError, InputError, Plan
from missions.codec import to_json
from missions.formats.atomic import write_atomically
from missions.formats.plan_file import load_any_plan
from missions.occurrence import Occurrence, OccurrenceState
from missions.terrain import Terrain
from patrol.checked_plan import refuse_in_air, refuse_violations
from patrol.energy_now import energy_needed
from patrol.fleet.console import FleetConsole
from patrol.fleet.fly_fleet import FleetSettings, fly_fleet
from patrol.fleet.report import FleetReport
from patrol.flight_console import FlightConsole
from patrol.plan_terrain import terrain_of_plan
from patrol.serve.runner import Flown
from patrol.serve.timetable import Timetable, TimetablePatrol
from patrol.serve.weather import ReadWeather, Verdict, judge
from patrol.vehicles_folder import vehicles_folder
from patrol.way_round import way_round

_LOOK_S: Final = 15.0
_NAME: Final = re.compile(r"[^\w-]+")


class WallClock:
    """This machine's time."""

    def now_utc_s(self) -> float:
        """Return UTC seconds."""
        return time.time()

    async def sleep_until(self, utc_s: float) -> None:
        """Sleep in short pieces: the machine may be put to sleep, or its clock set, meanwhile."""
        while time.time() < utc_s:  # noqa: ASYNC110 - of another clock than the loop's
            await asyncio.sleep(min(max(utc_s - time.time(), 0.0), _LOOK_S))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyingDoors:
    """Flies the plans of a timetable at links."""

    table: Timetable
    links: Sequence[str]
    read_weather: ReadWeather | None
    folder: Path
    """Reports and records of flights."""
    settings: FlySettings
    assume_yes: bool

    def aircraft(self, patrol: TimetablePatrol) -> Sequence[str]:
        """Return the ids of the aircraft of a patrol's plan."""
        plan = load_any_plan(self.table.plan_file(patrol))
        return tuple(one.vehicle_id for one in plan.plans) if isinstance(plan, FleetPlan) else (plan.vehicle_id,)

    async def weather(self, patrol: TimetablePatrol) -> Verdict:
        """Ask the source and judge by the patrol's limits."""
        plan, station = load_any_plan(self.table.plan_file(patrol)), self.table.entries.station
        return await asyncio.to_thread(
            judge, self.read_weather, patrol.weather, plan, now_utc_s=time.time(), station=station
        )

    async def fly(self, patrol: TimetablePatrol, occurrence: Occurrence, *, resume_since_utc_s: float | None) -> Flown:
        """Check the plan, fly it, keep report and record; a flight that breaks off keeps its report too.

        Raises:
            InputError: the plan or a link may not be used, or nothing can be kept.
            FlightError: nothing was flown.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise InputError(f"cannot be made: {exc.strerror}", file=self.folder, remedy="a folder") from exc
        file = self.table.plan_file(patrol)
        plan = load_any_plan(file)
        terrain = terrain_of_plan(plan, file)
        refuse_violations(plan, file, terrain)
        refuse_in_air(plan, file)
        stem = stem_of(self.folder, occurrence)
        watched = self.table.watched(patrol)
        if watched is not None:
            return await self._watched(*watched, file, plan, stem, resume=resume_since_utc_s is not None)
        try:
            report = await self._flown(plan, terrain, self._free(stem, ".tlog"), resume_since_utc_s)
        except NothingToResume as exc:
            if exc.flown:
                return Flown(state=OccurrenceState.FLOWN, text="it had been flown to its end")
            report = await self._flown(plan, terrain, self._free(stem, ".tlog"), None)
        except FlightError as exc:
            if not isinstance(exc.report, FlightReport | FleetReport) or not _has_flown(exc.report):
                raise
            self._keep(exc.report, stem)
            return Flown(state=OccurrenceState.CUT_SHORT, text=str(exc))
        self._keep(report, stem)
        whole = isinstance(report, FleetReport) or report.outcome is Outcome.COMPLETE
        state = OccurrenceState.FLOWN if whole else OccurrenceState.CUT_SHORT
        return Flown(state=state, text=f"report {stem.name}.json")

    async def _watched(
        self, mission: Path, video: str, file: Path, plan: Plan | FleetPlan, stem: Path, *, resume: bool
    ) -> Flown:
        """Fly it as `patrol run` does.

        Raises:
            InputError: it is a fleet's.

        """
        from patrol.serve.watched import WatchedFlight, fly_watched

        if isinstance(plan, FleetPlan):
            remedy = "the plan of one aircraft, or no video"
            raise InputError("a fleet is flown without watching", file=file, field="video", remedy=remedy)
        return await fly_watched(
            WatchedFlight(
                mission=mission,
                plan=file,
                video=video,
                link=parse_link_url(self.links[0]),
                fly=self.settings,
                stem=stem,
                assume_yes=self.assume_yes,
                resume=resume,
            )
        )

    async def _flown(
        self, plan: Plan | FleetPlan, terrain: Terrain | None, tlog: Path, resume_since_utc_s: float | None
    ) -> FlightReport | FleetReport:
        settings = replace(self.settings, patrol_id=tlog.stem)
        resume, after_s = resume_since_utc_s is not None, resume_since_utc_s or 0.0
        if isinstance(plan, FleetPlan):
            how = FleetSettings(
                fly=settings, tlog=tlog, ledger=vehicles_folder(), resume=resume, resume_after_utc_s=after_s
            )
            with FleetConsole(assume_yes=self.assume_yes, interactive=False) as shown:
                return await fly_fleet(self.links, plan, how, shown, terrain=terrain)
        with FlightConsole(assume_yes=self.assume_yes, interactive=False) as console:
            return await fly_patrol(
                self.links[0],
                plan,
                settings,
                on_event=console.on_event,
                control=console.control,
                approve=console.approve,
                tlog=tlog,
                resume=resume,
                ledger=vehicles_folder(),
                find_way=way_round(plan, terrain),
                ground=GroundSide(energy_needed=energy_needed(plan), resume_after_utc_s=after_s),
            )

    @staticmethod
    def _free(stem: Path, ending: str) -> Path:
        """Return a name that no flight of the occurrence has used: what a killed one recorded stays."""
        names = (
            stem.with_name(f"{stem.name}{'' if number == 1 else f'-{number}'}{ending}") for number in range(1, 1000)
        )
        return next(name for name in names if not name.exists())

    def _keep(self, report: FlightReport | FleetReport, stem: Path) -> None:
        write_atomically(stem.with_name(f"{stem.name}.json"), to_json(report, indent=2) + "\n")


def stem_of(folder: Path, occurrence: Occurrence) -> Path:
    """Return where an occurrence's files lie, without their endings; a patrol's name may be of any script."""
    due = dt.datetime.fromtimestamp(occurrence.due_utc_s, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    return folder / f"{_NAME.sub('_', occurrence.patrol)}-{due}"


def _has_flown(report: FlightReport | FleetReport) -> bool:
    """Whether anything of it was in the air."""
    if isinstance(report, FleetReport):
        return any(each.report is not None and each.report.sorties for each in report.aircraft)
    return bool(report.sorties)
