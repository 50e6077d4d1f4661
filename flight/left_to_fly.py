"""What of a plan is to be flown: all of it, or what an earlier flight left, and the way to where that goes on."""

from dataclasses import replace

from flight.context import Flight
from flight.course import Rest, rest_from
from flight.errors import NothingToResume, PreflightFailed
from flight.events import EventKind
from flight.ledger import OnBoard
from flight.straight_way import in_the_way
from missions import Breakpoint, InputError, PlanningError


def first_rest(flight: Flight, start: Breakpoint | None, earlier: OnBoard | None, *, resume: bool) -> Rest:
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


def with_way(flight: Flight, rest: Rest) -> Rest:
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
