"""Looks that the rules ask for: the planner says whether and how, the flight flies them, the journal keeps it."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from archive import Archive
from flight.control import FlightControl, Look
from flight.preflight_inputs import EnergyNeeded
from missions.errors import FlightError, InputError, PlanningError
from missions.incident import LookAnswer, LookRequest
from missions.mission import Wind
from missions.place import place_of
from missions.plan import Breakpoint, Plan, Sortie
from missions.telemetry import Telemetry
from missions.terrain import Terrain
from missions.waypoint import Waypoint
from patrol.energy_now import energy_needed

_LONGEST_LOOK_S = 120.0
"""Of hover; a rule that asks for more gets so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a request before anything was flown."""

    look: Look | None
    why: str


def judge_look(plan: Plan, request: LookRequest, at: Breakpoint, now: Telemetry, terrain: Terrain | None) -> Judged:
    """Return how a place would be looked at from where the aircraft is, or why it is not.

    The planner's detour keeps zones, fence and cap; the battery is that of now, and what is left of the sortie with the
    look in it is reckoned in the wind that the aircraft feels.
    """
    from planner.detour import Loiter, with_detour

    try:
        changed = with_detour(
            plan, at, request.position, Loiter(hold_s=min(request.duration_s, _LONGEST_LOOK_S)), terrain=terrain
        )
    except (InputError, PlanningError) as exc:
        return Judged(look=None, why=str(exc))
    where = place_of(plan, at)
    before, after = plan.sorties[where.sortie], changed.sorties[where.sortie]
    inserted = len(after.waypoints) - len(before.waypoints)
    aside = after.waypoints[where.waypoint : where.waypoint + inserted]
    if (why := _too_little_left(changed, after, at, now, energy_needed(changed))) is not None:
        return Judged(look=None, why=why)
    return Judged(look=_look(request, aside), why=_seconds(before, after))


def _look(request: LookRequest, aside: tuple[Waypoint, ...]) -> Look:
    """Return the detour's waypoints as an order: there, the view, back."""
    index = next(number for number, waypoint in enumerate(aside) if waypoint.look_at is not None and waypoint.hold_s)
    return Look(incident_id=request.incident_id, view=aside[index], there=aside[:index], back_by=aside[index + 1 : -1])


def _too_little_left(plan: Plan, sortie: Sortie, at: Breakpoint, now: Telemetry, needed_wh: EnergyNeeded) -> str | None:
    """Return why the battery does not allow it; what is flown again from the waypoint before errs on the safe side."""
    from missions.hardware import load_airframe

    if now.battery_pct is None:
        return "the aircraft does not tell its charge"
    wind = now.wind or Wind(speed_m_s=plan.wind_m_s, from_deg=plan.wind_from_deg)
    have_wh = load_airframe(plan.airframe).battery_wh * (now.battery_pct - plan.reserve_pct) / 100
    need_wh = needed_wh(sortie, at, wind)
    if need_wh <= have_wh:
        return None
    need = f"{need_wh:.0f} Wh" if math.isfinite(need_wh) else "more than any battery, against this wind,"
    return f"the rest with it takes {need} and the battery has {max(0.0, have_wh):.0f} Wh above its reserve"


def _seconds(before: Sortie, after: Sortie) -> str:
    return f"{after.estimate.time_s - before.estimate.time_s:.0f} s more"


class LookDesk:
    """Takes requests while a flight is on, one at a time; each gets an answer, and a second one when it was flown."""

    def __init__(
        self,
        plan: Plan,
        archive: Archive,
        control: FlightControl,
        *,
        allowed: bool,
        terrain: Terrain | None,
        now: Callable[[], Telemetry | None],
    ) -> None:
        self._plan, self._archive, self._control = plan, archive, control
        self._allowed, self._terrain, self._now = allowed, terrain, now
        self._flying: asyncio.Task[None] | None = None

    def take(self, request: LookRequest) -> LookAnswer:
        """Refuse a request at once, or judge and fly it beside the patrol; the journal gets each answer."""
        why = self._refusal()
        if why is not None:
            self._answer(request, LookAnswer.REFUSED, why)
            return LookAnswer.REFUSED
        self._flying = asyncio.create_task(self._fly(request))
        return LookAnswer.NOT_YET

    def _refusal(self) -> str | None:
        if not self._allowed:
            return "the mission does not allow looks"
        if not self._control.flying:
            return "the aircraft is not flying"
        if self._flying is not None and not self._flying.done():
            return "another look is being flown"
        if self._control.place() is None or self._now() is None:
            return "the aircraft is not on its route yet"
        return None

    async def _fly(self, request: LookRequest) -> None:
        at, now = self._control.place(), self._now()
        assert at is not None
        assert now is not None
        judged = await asyncio.to_thread(judge_look, self._plan, request, at, now, self._terrain)
        if judged.look is None:
            self._answer(request, LookAnswer.REFUSED, judged.why)
            return
        self._answer(request, LookAnswer.ACCEPTED, judged.why)
        try:
            await self._control.give(judged.look)
        except FlightError as exc:
            self._answer(request, LookAnswer.REFUSED, str(exc))
        else:
            self._answer(request, LookAnswer.DONE, request.reason)

    def _answer(self, request: LookRequest, answer: LookAnswer, why: str) -> None:
        self._archive.note(f"look {request.incident_id}", f"{answer}: {why}")

    async def close(self) -> None:
        """End with the flight: what was not flown until then is answered."""
        if self._flying is not None:
            await asyncio.gather(self._flying, return_exceptions=True)
