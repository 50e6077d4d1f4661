"""One sortie from its upload to its landing, or from where an aircraft is found flying it."""

from pathlib import Path

from flight.attach import Attached
from flight.checks.facts import Facts
from flight.context import Flight
from flight.course import Course, Rest, rest_from
from flight.events import EventKind
from flight.ground_work import judge
from flight.item_codec import wire_items
from flight.ledger import OnBoard
from flight.meeting import Approve, ask_approval
from flight.pursuit import Pursuit
from flight.recovery import Step, next_step
from flight.report import Outcome, SortieReport
from flight.sortie import start_sortie
from flight.transfer import upload
from flight.verdict import Fault
from missions import Breakpoint
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from missions.place import place_of

_AGAIN = 2
"""Flights of what a lost link had left, without anybody's word."""


async def join_sortie(flight: Flight, found: Attached, approve: Approve | None) -> Pursuit:
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


async def begin_sortie(flight: Flight, rest: Rest, reasons: list[str], folder: Path) -> Pursuit:
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


async def follow_sortie(flight: Flight, pursuit: Pursuit, reports: list[SortieReport]) -> Rest | None:
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
