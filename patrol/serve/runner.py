"""Runs a timetable: waits for what is due, asks the weather, flies, and writes each step down before it is taken.

Whatever ends the process, the history says what was begun. A later one takes up what was being flown, and tells what
nobody was there for as missed. No aircraft is ever in two flights: within a process by its own book, between processes
by the lock that every flight takes.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol

from missions.errors import InputError, SkypatrolError
from missions.occurrence import Occurrence, OccurrenceChange, OccurrenceState
from patrol.serve.history import History
from patrol.serve.timetable import Timetable, TimetablePatrol, occurrences
from patrol.serve.weather import Verdict

_AGAIN_S: Final = 300.0
"""A closed gate, or a busy aircraft, is asked again so often."""
_RESUME_S: Final = 3600.0
"""A flight that broke off longer ago is not taken up."""
_AHEAD_S: Final = 6 * 3600.0
_PUNCTUAL_S: Final = 60.0
_UNWRITTEN_S: Final = 900.0

OnChange = Callable[[OccurrenceChange], None]


class ServeClock(Protocol):
    """The time by which a timetable runs."""

    def now_utc_s(self) -> float:
        """Return UTC seconds."""
        ...

    async def sleep_until(self, utc_s: float) -> None:
        """Return once it is so late."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """How a flight ended."""

    state: OccurrenceState
    text: str


class Doors(Protocol):
    """What the runner asks of the world."""

    def aircraft(self, patrol: TimetablePatrol) -> Sequence[str]:
        """Return the ids of the aircraft that fly a patrol.

        Raises SkypatrolError where its plan may not be flown.
        """
        ...

    async def weather(self, patrol: TimetablePatrol) -> Verdict:
        """Return whether it may be flown now."""
        ...

    async def fly(self, patrol: TimetablePatrol, occurrence: Occurrence, *, resume_since_utc_s: float | None) -> Flown:
        """Fly it, or go on where a flight of it broke off that had begun then.

        Raises SkypatrolError where it did not begin.
        """
        ...


@dataclass(kw_only=True)
class Runner:
    """One timetable being served."""

    table: Timetable
    history: History
    clock: ServeClock
    doors: Doors
    on_change: OnChange = lambda _change: None
    _busy: dict[str, Occurrence] = field(default_factory=dict)

    async def run(self, *, until_utc_s: float | None = None) -> None:
        """Serve until an instant, or for ever; flights that are under way then are flown to their end."""
        since_s = self.history.served_since(self.clock.now_utc_s())
        latest = self.history.latest()
        seen_s = max((each.occurrence.due_utc_s for each in latest), default=since_s)
        known = {each.occurrence for each in latest}
        async with asyncio.TaskGroup() as group:
            for change in latest:
                if not change.state.is_over:
                    group.create_task(self._take_up(change))
            while until_utc_s is None or seen_s < until_utc_s:
                now_s = self.clock.now_utc_s()
                horizon_s = max(now_s, seen_s) + _AHEAD_S
                horizon_s = horizon_s if until_utc_s is None else min(horizon_s, until_utc_s)
                # One that was due may be unwritten where a later one is written: its weather was still being asked.
                for occurrence in occurrences(self.table, min(seen_s, horizon_s) - _UNWRITTEN_S, horizon_s):
                    if occurrence.due_utc_s <= since_s or occurrence in known:
                        continue
                    await self.clock.sleep_until(occurrence.due_utc_s)
                    known.add(occurrence)
                    group.create_task(self._occur(occurrence))
                await self.clock.sleep_until(horizon_s)
                seen_s = horizon_s

    # -- one occurrence --------------------------------------------------------------------------------------------

    async def _take_up(self, change: OccurrenceChange) -> None:
        """Go on with what an earlier process had not ended."""
        occurrence, patrol = change.occurrence, self.table.patrol(change.occurrence.patrol)
        if not change.state.is_in_the_air:
            await self._occur(occurrence)
        elif patrol is None:
            self._write(occurrence, OccurrenceState.CUT_SHORT, "the timetable has no such patrol any more")
        elif (gone_s := self.clock.now_utc_s() - change.at_utc_s) > _RESUME_S:
            text = f"its flight broke off with serve, {gone_s / 60:.0f} min before serve ran again"
            self._write(occurrence, OccurrenceState.CUT_SHORT, text)
        else:
            await self._fly(patrol, occurrence, OccurrenceState.RESUMED, "serve had ended while it was flown")

    def _begun_s(self, occurrence: Occurrence) -> float:
        """Return when its first flight began."""
        changes = (each for each in self.history.changes() if each.occurrence == occurrence)
        return min(each.at_utc_s for each in changes if each.state.is_in_the_air)

    async def _occur(self, occurrence: Occurrence) -> None:
        """Fly what is due as soon as aircraft and weather allow, within its window."""
        patrol = self.table.patrol(occurrence.patrol)
        if patrol is None:
            self._write(occurrence, OccurrenceState.MISSED, "the timetable has no such patrol any more")
            return
        ends_s = occurrence.due_utc_s + max(60.0 * patrol.window_min, _PUNCTUAL_S)
        if self.clock.now_utc_s() > ends_s:
            late_min = (self.clock.now_utc_s() - occurrence.due_utc_s) / 60.0
            text = f"serve did not run; it would have begun {late_min:.0f} min late, {patrol.window_min:g} are allowed"
            self._write(occurrence, OccurrenceState.MISSED, text)
            return
        last = ""
        while True:
            over = OccurrenceState.REFUSED
            verdict = None
            busy = self._other_flight(patrol, occurrence)
            if busy is not None:
                over, why = OccurrenceState.MISSED, busy
            else:
                verdict = await self._verdict(patrol)
                why = verdict.text
                if verdict.open and self._other_flight(patrol, occurrence) is None:
                    await self._fly(patrol, occurrence, OccurrenceState.FLYING, why, verdict)
                    return
            figures = verdict.figures if verdict is not None else {}
            again_s = self.clock.now_utc_s() + _AGAIN_S
            if again_s > ends_s:
                self._write(occurrence, over, why, figures)
                return
            if why != last:
                self._write(occurrence, OccurrenceState.WAITING, why, figures)
            last = why
            await self.clock.sleep_until(again_s)

    async def _verdict(self, patrol: TimetablePatrol) -> Verdict:
        try:
            return await self.doors.weather(patrol)
        except SkypatrolError as exc:
            return Verdict(open=False, text=str(exc), figures={})

    def _other_flight(self, patrol: TimetablePatrol, occurrence: Occurrence) -> str | None:
        """Return why an aircraft of the patrol is not free; None: all are, or its plan says itself that it is none."""
        try:
            aircraft = self.doors.aircraft(patrol)
        except SkypatrolError:
            return None
        for vehicle_id in aircraft:
            other = self._busy.get(vehicle_id)
            if other is not None and other != occurrence:
                return f"{vehicle_id} still flies {other.patrol!r}"
        return None

    async def _fly(
        self,
        patrol: TimetablePatrol,
        occurrence: Occurrence,
        state: OccurrenceState,
        why: str,
        verdict: Verdict | None = None,
    ) -> None:
        """Write that it flies, fly it, write what became of it."""
        figures = verdict.figures if verdict is not None else {}
        try:
            aircraft = self.doors.aircraft(patrol)
            with ExitStack() as held:
                self._hold(aircraft, occurrence, held)
                since_s = self._begun_s(occurrence) if state is OccurrenceState.RESUMED else None
                self._write(occurrence, state, why, figures)
                flown = await self.doors.fly(patrol, occurrence, resume_since_utc_s=since_s)
        except SkypatrolError as exc:
            begun = state is OccurrenceState.RESUMED
            self._write(occurrence, OccurrenceState.CUT_SHORT if begun else OccurrenceState.FAILED, str(exc), figures)
            return
        self._write(occurrence, flown.state, flown.text, figures)

    def _hold(self, aircraft: Iterable[str], occurrence: Occurrence, held: ExitStack) -> None:
        """Hold all aircraft of a flight against every other of this process.

        Raises:
            InputError: one is in another flight.

        """
        for vehicle_id in aircraft:
            if vehicle_id in self._busy:
                raise InputError(f"{vehicle_id} still flies {self._busy[vehicle_id].patrol!r}")
            self._busy[vehicle_id] = occurrence
            held.callback(self._busy.pop, vehicle_id)

    def _write(
        self, occurrence: Occurrence, state: OccurrenceState, text: str, figures: Mapping[str, float] | None = None
    ) -> None:
        change = OccurrenceChange(
            occurrence=occurrence,
            state=state,
            at_utc_s=self.clock.now_utc_s(),
            text=text,
            figures=figures or {},
        )
        self.history.write(change)
        self.on_change(change)
