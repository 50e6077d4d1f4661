"""A fleet's plan on its aircraft, all at once: one hub, a flight for each, the separation watch over all."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from flight.control import FlightControl
from flight.errors import NothingToResume
from flight.events import EventKind, FlightEvent, FlightUpdate
from flight.fly import fly_patrol
from flight.hub import LinkHub, open_hub
from flight.link_settings import LinkSettings
from flight.link_url import parse_link_url
from flight.meeting import Briefing
from flight.preflight_inputs import GroundSide
from flight.report import FlightReport
from flight.settings import FlySettings
from geo import LocalFrame
from missions import FleetPlan, FlightError, InputError
from missions.terrain import Terrain
from patrol.energy_now import energy_needed
from patrol.fleet.aircraft import FleetAircraft
from patrol.fleet.departures import Timetable
from patrol.fleet.report import AircraftReport, FleetReport
from patrol.fleet.watch import SeparationWatch
from patrol.way_round import way_round


class FleetListener(Protocol):
    """Who sees a fleet fly and answers for it."""

    def begin(self, aircraft: Sequence[FleetAircraft], watch: SeparationWatch) -> None:
        """Take the aircraft; their values change while they fly."""
        ...

    def on_update(self, vehicle_id: str, update: FlightUpdate) -> None:
        """Take what one aircraft tells."""
        ...

    async def approve(self, briefings: Sequence[Briefing]) -> bool:
        """Answer for all aircraft that are about to fly."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """How a fleet is flown."""

    fly: FlySettings
    tlog: Path | None = None
    ledger: Path | None = None
    resume: bool = False
    resume_after_utc_s: float = 0.0
    """What was flown before is of an earlier patrol; nothing goes on from it."""
    record: bool = False


class FleetIncompleteError(FlightError):
    """Not all aircraft flew to their end; `report` is a FleetReport."""


async def fly_fleet(
    links: Sequence[str],
    fleet: FleetPlan,
    settings: FleetSettings,
    listener: FleetListener,
    *,
    terrain: Terrain | None = None,
    controls: Callable[[str], FlightControl] | None = None,
) -> FleetReport:
    """Fly all plans of a fleet at once over one hub and return what was flown.

    An aircraft that fails, before take-off or in flight, does not end the others' flights. `controls` gives the
    `FlightControl` of an aircraft by its id; by default each has its own.

    Raises:
        InputError: an address, or nobody answers for real aircraft; nothing was armed.
        LinkSilent: nothing can be at any address.
        FleetIncompleteError: an aircraft did not fly to its end; carries the report of all.

    """
    hub_settings = LinkSettings(
        own_system_id=settings.fly.own_system_id, signing_key=settings.fly.signing_key, tlog=settings.tlog
    )
    async with open_hub([parse_link_url(link) for link in links], hub_settings) as hub:
        patrol = _FleetFlight(hub, fleet, settings, listener, terrain, controls)
        report = await patrol.fly()
    if report.failures:
        error = FleetIncompleteError("; ".join(report.failures))
        error.report = report
        raise error
    return report


class _FleetFlight:
    """One fleet in flight."""

    def __init__(  # noqa: PLR0917 - as `fly_fleet` has them
        self,
        hub: LinkHub,
        fleet: FleetPlan,
        settings: FleetSettings,
        listener: FleetListener,
        terrain: Terrain | None,
        controls: Callable[[str], FlightControl] | None,
    ) -> None:
        self._fleet, self._settings, self._listener, self._terrain = fleet, settings, listener, terrain
        dock = fleet.plans[0].dock
        frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
        ranked = sorted(fleet.plans, key=lambda plan: min((each.starts_s for each in plan.sorties), default=0.0))
        self._aircraft = [
            FleetAircraft(
                plan=plan,
                link=hub.vehicle(plan.system_id),
                frame=frame,
                control=controls(plan.vehicle_id) if controls is not None else FlightControl(),
            )
            for plan in ranked
        ]
        self._timetable = Timetable(self._aircraft)
        self._approval = _OneApproval(listener, len(self._aircraft))
        self._watch = SeparationWatch(
            self._aircraft,
            separation_m=fleet.separation_m,
            layer_m=fleet.layer_m,
            on_event=listener.on_update,
        )

    async def fly(self) -> FleetReport:
        self._listener.begin(self._aircraft, self._watch)
        watch = asyncio.create_task(self._watch.run())
        try:
            async with asyncio.TaskGroup() as group:
                flights = [group.create_task(self._fly_one(each)) for each in self._aircraft]
        except* InputError as errors:
            raise _first(errors) from None
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        reports = {flight.result().vehicle_id: flight.result() for flight in flights}
        return FleetReport(
            mission_name=self._fleet.mission_name,
            plan_hash=self._fleet.plan_hash,
            aircraft=tuple(reports[plan.vehicle_id] for plan in self._fleet.plans),
            separation_m=self._fleet.separation_m,
            layer_m=self._fleet.layer_m,
            nearest=self._watch.nearest,
            separation_events=tuple(self._watch.events),
        )

    async def _fly_one(self, aircraft: FleetAircraft) -> AircraftReport:
        """Fly one aircraft's plan, whatever becomes of it."""
        name = aircraft.vehicle_id
        try:
            report = await self._fly_plan(aircraft, resume=self._settings.resume)
        except NothingToResume as exc:
            if exc.flown:
                return AircraftReport(vehicle_id=name, report=None, flown_before=True)
            return await self._fly_from_start(aircraft)
        except FlightError as exc:
            return self._failed(aircraft, exc)
        finally:
            self._timetable.over(aircraft)
            self._approval.leave(name)
        return AircraftReport(vehicle_id=name, report=report)

    async def _fly_from_start(self, aircraft: FleetAircraft) -> AircraftReport:
        try:
            report = await self._fly_plan(aircraft, resume=False)
        except FlightError as exc:
            return self._failed(aircraft, exc)
        return AircraftReport(vehicle_id=aircraft.vehicle_id, report=report)

    def _failed(self, aircraft: FleetAircraft, error: FlightError) -> AircraftReport:
        event = FlightEvent(kind=EventKind.REFUSED, at_utc_s=aircraft.link.clock.now_utc_s, text=str(error))
        self._listener.on_update(aircraft.vehicle_id, event)
        flown = error.report if isinstance(error.report, FlightReport) else None
        return AircraftReport(vehicle_id=aircraft.vehicle_id, report=flown, failure=str(error))

    async def _fly_plan(self, aircraft: FleetAircraft, *, resume: bool) -> FlightReport:
        plan, settings = aircraft.plan, self._settings

        def on_event(update: FlightUpdate) -> None:
            aircraft.see(update)
            if isinstance(update, FlightEvent) and update.kind is EventKind.ATTACHED:
                self._join(aircraft)
            self._listener.on_update(plan.vehicle_id, update)

        return await fly_patrol(
            aircraft.link,
            plan,
            replace(settings.fly, stream_id=plan.vehicle_id),
            on_event=on_event,
            on_telemetry=aircraft.hear,
            control=aircraft.control,
            approve=self._approval.ask,
            tlog=settings.tlog,
            ledger=settings.ledger,
            resume=resume,
            find_way=way_round(plan, self._terrain),
            record=settings.record,
            ground=GroundSide(
                energy_needed=energy_needed(plan),
                departures=self._timetable.of(aircraft),
                resume_after_utc_s=settings.resume_after_utc_s,
            ),
        )

    def _join(self, aircraft: FleetAircraft) -> None:
        """Take up an aircraft that was found flying."""
        sortie = aircraft.sortie
        self._timetable.in_flight(aircraft, sortie.starts_s if sortie is not None else 0.0)
        self._approval.leave(aircraft.vehicle_id)


def _first(errors: ExceptionGroup[InputError]) -> BaseException:
    """Return the first error of a group, however deep."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _OneApproval:
    """One question for all aircraft: asked when each of them is met, or will not fly."""

    def __init__(self, listener: FleetListener, count: int) -> None:
        self._listener, self._count = listener, count
        self._briefings: dict[str, Briefing] = {}
        self._left: set[str] = set()
        self._complete = asyncio.Event()
        self._answer: asyncio.Future[bool] | None = None

    async def ask(self, briefing: Briefing) -> bool:
        """Return the operator's word for all."""
        self._briefings[briefing.vehicle_id] = briefing
        self._look()
        await self._complete.wait()
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
            try:
                self._answer.set_result(await self._listener.approve(tuple(self._briefings.values())))
            except InputError as exc:
                self._answer.set_exception(exc)
        return await asyncio.shield(self._answer)

    def leave(self, vehicle_id: str) -> None:
        """Wait no longer for an aircraft."""
        self._left.add(vehicle_id)
        self._look()

    def _look(self) -> None:
        if len(self._briefings.keys() | self._left) >= self._count:
            self._complete.set()
