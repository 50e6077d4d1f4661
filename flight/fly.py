"""A whole patrol: connect, check, upload, fly every sortie, report."""

from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from flight.attach import flown_rest
from flight.camera import AircraftCamera
from flight.configure import restore_all
from flight.context import FindWay, Flight
from flight.control import FlightControl
from flight.course import Rest
from flight.errors import SortieCutShort
from flight.events import EventKind, OnEvent
from flight.exchange import Exchange
from flight.ground_work import begin_beside, between_flights, store_surroundings
from flight.keeper import LedgerKeeper
from flight.ledger import Ledger, vehicle_name
from flight.left_to_fly import first_rest, with_way
from flight.link import open_link
from flight.link_url import LinkUrl
from flight.link_watch import tell_link_news
from flight.meeting import Approve, Briefing, ask_approval, find, learn
from flight.one_sortie import begin_sortie, follow_sortie, join_sortie
from flight.preflight import wait_ready
from flight.preflight_inputs import GroundSide
from flight.pursuit import Pursuit
from flight.remote_id import tell_remote_id
from flight.report import FlightReport, Outcome, SortieReport, flight_report
from flight.settings import FlySettings
from flight.telemetry_feed import TelemetryFeed
from flight.vehicle_lock import hold_vehicle
from flight.vehicle_state import OnTelemetry, VehicleState
from missions import Breakpoint, FlightError, Plan

__all__ = ["Approve", "Briefing", "fly_patrol"]


async def fly_patrol(
    link: str | Sequence[str | LinkUrl] | Exchange,
    plan: Plan,
    settings: FlySettings,
    *,
    on_event: OnEvent,
    on_telemetry: OnTelemetry | None = None,
    control: FlightControl | None = None,
    approve: Approve | None = None,
    start: Breakpoint | None = None,
    tlog: Path | None = None,
    feed: TelemetryFeed | None = None,
    ledger: Path | None = None,
    resume: bool = False,
    find_way: FindWay | None = None,
    record: bool = False,
    ground: GroundSide | None = None,
) -> FlightReport:
    """Fly every sortie of a plan, or go on from a breakpoint; return what was flown.

    `link` is an address, several that lead to the same vehicle, or a link that is open already.

    A vehicle that already flies this very plan is followed, and brought back to its mission where the plan's failsafes
    say so. `approve` is asked once the vehicle is known and before anything is stored on it, or ordered. `feed`,
    another link to the same vehicle, is told what its telemetry alone does not say. `ledger` is the folder where what
    is on board of each vehicle is remembered; with `resume` the patrol goes on where it says that it stopped. `record`
    has the aircraft's own camera film.
    Parameters that the plan's failsafes and fence replaced get their values back after landing.

    Raises:
        NothingToResume: `resume`, and the ledger knows of no place to go on from (exit 2).
        LinkSilent: no such vehicle at this address (exit 2).
        VehicleBusy: it flies something else, or another process flies it.
        PreflightFailed, NotApproved, MissionRejected, ReadBackDiffers: nothing was armed.
        SortieCutShort: it came back early; says where to go on.
        LinkLost: it fell silent in flight and was not heard again.

    Every FlightError after something was flown carries the report of it.

    """
    async with AsyncExitStack() as stack:
        opened: Exchange
        if isinstance(link, Exchange):
            opened = link
        else:
            own_id, key = settings.own_system_id, settings.signing_key
            opened = await stack.enter_async_context(open_link(link, tlog=tlog, own_system_id=own_id, signing_key=key))
        flight = _flight_on(opened, plan, settings, on_event=on_event, control=control)
        flight.ground, flight.find_way = ground or GroundSide(), find_way
        held = stack.enter_context(ExitStack())  # let go of after all that is still done to the vehicle
        stack.push_async_callback(restore_all, flight)
        stack.push_async_callback(flight.stop_beside)
        if record:
            flight.camera = AircraftCamera(flight)
        if on_telemetry is not None:
            flight.state.listen(on_telemetry)
        await find(flight)
        if settings.locks is not None and (why := await hold_vehicle(opened, settings.locks, held)):
            flight.tell(EventKind.RECORD, "no other process is kept from flying this vehicle", cause=why)
        await learn(flight)
        flight.beside(tell_remote_id(flight))  # before it is judged: without it some vehicles would never arm
        if ledger is not None:
            name = vehicle_name(opened.latest.get("AUTOPILOT_VERSION"), opened.target_system)
            flight.keeper = LedgerKeeper(Ledger(ledger, name))
        elif flight.ground.ledger is not None:
            flight.keeper = LedgerKeeper(flight.ground.ledger)
        if feed is not None:
            feed.tell_gimbal(rides_body=flight.state.gimbal_rides_body)
        folder = tlog.parent if tlog is not None else Path.cwd()
        return await _fly_all(flight, approve, start, folder, resume=resume)


def _flight_on(
    link: Exchange, plan: Plan, settings: FlySettings, *, on_event: OnEvent, control: FlightControl | None
) -> Flight:
    state = VehicleState(
        link.clock, patrol_id=settings.patrol_id, vehicle_id=plan.vehicle_id, stream_id=settings.stream_id
    )
    link.listen(state.hear)
    flight = Flight(
        link=link, state=state, plan=plan, settings=settings, control=control or FlightControl(), on_event=on_event
    )
    tell_link_news(flight)
    return flight


async def _fly_all(
    flight: Flight, approve: Approve | None, start: Breakpoint | None, folder: Path, *, resume: bool
) -> FlightReport:
    began_utc_s = flight.link.clock.now_utc_s
    reports: list[SortieReport] = []
    earlier = flight.keeper.earlier()
    attached = await flown_rest(flight, earlier) if flight.state.armed else None
    pursuit: Pursuit | None = None
    try:
        if attached is not None:
            begin_beside(flight)
            pursuit = await join_sortie(flight, attached, approve)
            rest: Rest | None = await follow_sortie(flight, pursuit, reports)
        else:
            rest = first_rest(flight, start, earlier, resume=resume)
            reasons = await wait_ready(flight)
            began_utc_s = flight.link.clock.now_utc_s
            await ask_approval(flight, approve)
            begin_beside(flight)
            await store_surroundings(flight)
        while rest is not None and rest.sortie < len(flight.plan.sorties):
            flight.sortie_id = flight.plan.sorties[rest.sortie].sortie_id
            if pursuit is not None:
                await between_flights(flight, flight.plan.sorties[rest.sortie], again=rest.start is not None)
                reasons = await wait_ready(flight)
            pursuit = await begin_sortie(flight, with_way(flight, rest), reasons, folder)
            rest = await follow_sortie(flight, pursuit, reports)
    except FlightError as exc:
        if isinstance(exc.report, SortieReport):
            reports.append(exc.report)
        if pursuit is not None:
            exc.report = _report(flight, tuple(reports), began_utc_s, pursuit, ended_by=str(exc))
        raise
    await restore_all(flight)
    report = _report(flight, tuple(reports), began_utc_s, pursuit)
    if report.outcome is Outcome.CUT_SHORT:
        raise _cut_short(report)
    return report


def _report(
    flight: Flight,
    sorties: tuple[SortieReport, ...],
    began_utc_s: float,
    pursuit: Pursuit | None,
    *,
    ended_by: str = "",
) -> FlightReport:
    return flight_report(
        flight.plan,
        sorties,
        firmware=flight.firmware,
        system_id=flight.link.target_system,
        link_url=flight.link.address,
        link=flight.link.quality,
        began_utc_s=began_utc_s,
        ended_utc_s=flight.link.clock.now_utc_s,
        events=tuple(flight.events),
        at=pursuit.course.at if pursuit is not None else None,
        ended_by=ended_by,
    )


def _cut_short(report: FlightReport) -> SortieCutShort:
    where = f" at waypoint {report.breakpoint_waypoint + 1}" if report.breakpoint_waypoint is not None else ""
    error = SortieCutShort(f"the patrol ended early{where}: {report.ended_by}", at=report.breakpoint)
    error.report = report
    return error
