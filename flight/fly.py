"""A whole patrol: connect, check, upload, fly every sortie, report."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from flight.attach import Attached, flown_rest
from flight.camera import AircraftCamera
from flight.checks.facts import Facts
from flight.configure import restore_all
from flight.context import FindWay, Flight
from flight.control import FlightControl
from flight.course import Course, Rest, rest_from
from flight.errors import NothingToResume, PreflightFailed, SortieCutShort
from flight.events import EventKind, OnEvent
from flight.exchange import Exchange
from flight.ground_work import begin_beside, between_flights, judge, store_surroundings
from flight.item_codec import wire_items
from flight.keeper import LedgerKeeper
from flight.ledger import Ledger, OnBoard, vehicle_name
from flight.link import open_link
from flight.link_url import LinkUrl
from flight.link_watch import tell_link_news
from flight.meeting import Approve, Briefing, ask_approval, meet
from flight.preflight import wait_ready
from flight.preflight_inputs import GroundSide
from flight.pursuit import Pursuit
from flight.recovery import Step, next_step
from flight.remote_id import tell_remote_id
from flight.report import FlightReport, Outcome, SortieReport, flight_report
from flight.settings import FlySettings
from flight.sortie import start_sortie
from flight.straight_way import in_the_way
from flight.telemetry_feed import TelemetryFeed
from flight.transfer import upload
from flight.vehicle_state import OnTelemetry, VehicleState
from flight.verdict import Fault
from missions import Breakpoint, FlightError, InputError, Plan, PlanningError
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from missions.place import place_of

__all__ = ["Approve", "Briefing", "fly_patrol"]

_AGAIN = 2
"""Flights of what a lost link had left, without anybody's word."""


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
        PreflightFailed, NotApproved, MissionRejected, ReadBackDiffers, VehicleBusy: nothing was armed.
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
        stack.push_async_callback(restore_all, flight)
        stack.push_async_callback(flight.stop_beside)
        if record:
            flight.camera = AircraftCamera(flight)
        if on_telemetry is not None:
            flight.state.listen(on_telemetry)
        await meet(flight)
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
            pursuit = await _join(flight, attached, approve)
            rest: Rest | None = await _follow(flight, pursuit, reports)
        else:
            rest = _first_rest(flight, start, earlier, resume=resume)
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
            pursuit = await _start(flight, _with_way(flight, rest), reasons, folder)
            rest = await _follow(flight, pursuit, reports)
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


def _first_rest(flight: Flight, start: Breakpoint | None, earlier: OnBoard | None, *, resume: bool) -> Rest:
    """Return what is to be flown.

    Raises:
        InputError: the ledger knows of no place to go on from, or the plan has none such.

    """
    known = earlier if earlier is not None and earlier.plan_hash == flight.plan.plan_hash else None
    if resume and flight.keeper.earlier_utc_s < flight.ground.resume_after_utc_s:
        known = None
    if resume and start is None:
        if known is None or known.place is None:
            what = "was flown to its end" if known is not None else "was not flown by this vehicle yet, as far as known"
            raise NothingToResume(f"the plan {what}", flown=known is not None)
        start = known.place
    elif start is None and known is not None and known.place is not None and known.place.item_seq > 0:
        at = known.place
        told = f"an earlier flight of this plan stopped at {at.sortie_id} item {at.item_seq}; resume goes on there"
        flight.tell(EventKind.CONNECTED, told)
    rest = Rest(sortie=0) if start is None else rest_from(flight.plan, start)
    if rest.sortie >= len(flight.plan.sorties):
        raise InputError("nothing is left to fly", field="--at", remedy="an earlier item")
    return rest


async def _join(flight: Flight, found: Attached, approve: Approve | None) -> Pursuit:
    """Take up an aircraft that is flying: where it is on its course, and what is to be done with it."""
    course, known = Course(plan=flight.plan, rest=found.rest), found.ours
    if known is not None and known.place is not None:
        course.at = known.place
        waypoint = place_of(flight.plan, known.place).waypoint
        stored = next((item.seq for item in course.items if item.waypoint_index == waypoint), 0)
        course.reach(stored, flight.link.clock.boot_s)
    if (flight.state.mission_seq or 0) >= len(course.items) - 1:
        course.reach(len(course.items) - 1, flight.link.clock.boot_s)
    pursuit = Pursuit(flight=flight, course=course)
    pursuit.ordered_home = known is not None and known.phase == "ended"
    pursuit.held = known is not None and known.held
    silent = Fault.LINK if known is not None and known.phase == "flying" else None
    pursuit.begins_with = next_step(pursuit.found(silent), flight.plan.failsafes)
    if pursuit.begins_with is Step.GO_ON:
        await ask_approval(flight, approve)
        pursuit.begins_with = next_step(pursuit.found(silent), flight.plan.failsafes)
    pursuit.explain_found(silent)
    return pursuit


async def _start(flight: Flight, rest: Rest, reasons: list[str], folder: Path) -> Pursuit:
    """Store what is to be flown, judge, arm and send off."""
    course = Course(plan=flight.plan, rest=rest)
    departures = flight.ground.departures
    if departures is not None:
        await departures.due(course.sortie)
    items = wire_items(course.items, MAV_MISSION_TYPE_MISSION)
    digest = await upload(flight.link, items, MAV_MISSION_TYPE_MISSION)
    flight.tell(EventKind.UPLOADED, f"mission: {len(items)} items stored and read back")
    flight.keeper.store(
        OnBoard(
            plan_hash=flight.plan.plan_hash,
            sortie_id=course.sortie.sortie_id,
            start=rest.start,
            digest=digest,
            replaced=dict(flight.replaced),
            place=rest.start or Breakpoint(sortie_id=course.sortie.sortie_id, item_seq=0, fraction=0.0),
            phase="stored",
        )
    )
    if (failure := flight.keeper.new_failure()) is not None:
        flight.tell(EventKind.RECORD, "what is on board will not be remembered", cause=str(failure))
    await judge(
        Facts(
            flight=flight,
            sortie=course.sortie,
            start=rest.start,
            stored=items,
            reasons=reasons,
            folder=folder,
        )
    )
    if departures is not None:
        await departures.cleared(course.sortie)
    await start_sortie(flight)
    flight.keeper.change(flying=True, held=False)
    if flight.camera is not None:
        await flight.camera.start()
    return Pursuit(flight=flight, course=course)


async def _follow(flight: Flight, pursuit: Pursuit, reports: list[SortieReport]) -> Rest | None:
    """Follow a sortie to its end and return what is flown next; None: nothing."""
    reports.append(await pursuit.follow())
    report, course = reports[-1], pursuit.course
    if report.outcome is Outcome.HANDED_OVER:
        return None
    if flight.camera is not None:
        await flight.camera.stop()
    away = f"{report.landed_from_dock_m:.1f} m from the dock" if report.landed_from_dock_m is not None else "somewhere"
    if report.outcome is Outcome.COMPLETE:
        after = course.rest.sortie + 1
        more = after < len(flight.plan.sorties)
        next_id = flight.plan.sorties[after].sortie_id if more else ""
        flight.keeper.landed(Breakpoint(sortie_id=next_id, item_seq=0, fraction=0.0) if more else None)
        flight.tell(EventKind.LANDED, f"landed {away}", cause="the sortie was flown to its end")
        return Rest(sortie=after)
    flight.keeper.landed(course.at)
    flight.tell(EventKind.LANDED, f"landed {away}", cause=report.ended_by)
    if not pursuit.fly_again or course.at is None or flight.again >= _AGAIN:
        return None
    flight.again += 1
    flight.tell(EventKind.RECOVERED, "flying again what the lost link had left", cause=report.ended_by)
    return rest_from(flight.plan, course.at)


def _with_way(flight: Flight, rest: Rest) -> Rest:
    """Return what is left with a way from the dock that keeps clear of zones and hills.

    Raises:
        PreflightFailed: there is none, or nobody who knows one and the straight one is forbidden.

    """
    if not rest.way:
        return rest
    plan, point = flight.plan, rest.way[-1]
    sortie = plan.sorties[rest.sortie]
    if flight.find_way is not None:
        try:
            way = flight.find_way(sortie, plan.dock, sortie.takeoff_height_m, point)
        except PlanningError as exc:
            raise PreflightFailed([f"no way to where the patrol goes on: {exc}"]) from exc
        return replace(rest, way=(*way, point))
    if (why := in_the_way(plan, plan.dock, point.position)) is not None:
        raise PreflightFailed([f"no way to where the patrol goes on: {why}"])
    return rest


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
