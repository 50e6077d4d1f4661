"""A simulated week of a timetable: a clock that is handed in, weather by the hour, and a process that is killed."""

import asyncio
import datetime as dt
import heapq
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from missions.errors import FlightError
from missions.occurrence import Occurrence, OccurrenceChange, OccurrenceState
from patrol.serve.history import History
from patrol.serve.runner import Flown, Runner
from patrol.serve.timetable import Timetable, TimetableFile, TimetablePatrol, occurrences
from patrol.serve.weather import Verdict

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN_S = dt.datetime(2026, 11, 23, tzinfo=ZONE).timestamp()  # a Monday
DAY_S = 86400.0
OVER = {state for state in OccurrenceState if state.is_over}


class HandedClock:
    """Time that goes on when all who know it are asleep."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now_utc_s(self) -> float:
        """Return what it is."""
        return self.now_s

    async def sleep_until(self, utc_s: float) -> None:
        """Sleep."""
        if utc_s > self.now_s:
            future = asyncio.get_running_loop().create_future()
            heapq.heappush(self._sleepers, (utc_s, next(self._count), future))
            await future

    async def drive(self, work: asyncio.Task[None]) -> None:
        """Let time go on until the work is done."""
        while not work.done():
            for _ in range(12):  # all who can go on without time do
                await asyncio.sleep(0)
            if work.done():
                return
            if self._sleepers:
                at_s, _, future = heapq.heappop(self._sleepers)
                if not future.cancelled():
                    self.now_s = max(self.now_s, at_s)
                    future.set_result(None)


class KilledError(BaseException):
    """What `kill -9` is to a test: no code of the runner runs on."""


class MortalHistory(History):
    """A history whose process dies right after, or right before, its n-th write."""

    writes_left = 10**9
    dies_before = False

    def write(self, change: OccurrenceChange) -> None:
        """Write, or die."""
        self.writes_left -= 1
        if self.writes_left <= 0 and self.dies_before:
            raise KilledError
        super().write(change)
        if self.writes_left <= 0:
            raise KilledError


@dataclass
class World:
    """Aircraft that fly for half an hour, in weather by a function of time; remembers every flight."""

    clock: HandedClock
    wind_m_s: dict[int, float] = field(default_factory=dict)
    """By the hour since the beginning; 3 where not said."""
    flights: list[tuple[str, float, float | None, bool]] = field(default_factory=list)
    in_flight: Counter[str] = field(default_factory=Counter)
    fails: set[float] = field(default_factory=set)
    lasts_s: float = 1800.0

    def aircraft(self, patrol: TimetablePatrol) -> Sequence[str]:
        """Return uav-1 for all, and uav-2 for the pair."""
        return ("uav-1", "uav-2") if patrol.name == "pair" else ("uav-1",)

    async def weather(self, _patrol: TimetablePatrol) -> Verdict:
        """Return the gate's word."""
        wind = self.wind_m_s.get(int((self.clock.now_s - BEGIN_S) // 3600), 3.0)
        text = f"wind {wind:.1f} m/s, at most 9" if wind > 9 else "within its limits"
        return Verdict(open=wind <= 9, text=text, figures={"wind_m_s": wind})

    async def fly(self, patrol: TimetablePatrol, occurrence: Occurrence, *, resume_since_utc_s: float | None) -> Flown:
        """Fly half an hour."""
        if occurrence.due_utc_s in self.fails:
            raise FlightError("no heartbeat")
        names = self.aircraft(patrol)
        self.in_flight.update(names)
        assert max(self.in_flight.values()) == 1, "two runs of one aircraft"
        number = len(self.flights)
        self.flights.append((patrol.name, self.clock.now_s, None, resume_since_utc_s is not None))
        try:
            await self.clock.sleep_until(self.clock.now_s + self.lasts_s)
        finally:
            self.in_flight.subtract(names)
        name, began_s, _, again = self.flights[number]
        self.flights[number] = (name, began_s, self.clock.now_s, again)
        return Flown(state=OccurrenceState.FLOWN, text="flown to its end")


def table(folder: Path, *patrols: dict[str, object]) -> Timetable:
    """Return a timetable."""
    entries = TimetableFile.model_validate({"zone": "Asia/Shanghai", "patrols": patrols})
    return Timetable(entries, folder / "timetable.yaml")


WEEK = (
    {"name": "morning", "plan": "p.json", "at": ["06:30"], "window_min": 45},
    {"name": "evening", "plan": "p.json", "at": ["18:00", "21:00"], "days": ["mon", "wed", "fri"], "window_min": 20},
    {"name": "pair", "plan": "q.json", "at": ["06:45"], "days": ["tue", "sat"], "window_min": 60},
)


async def served(
    table_: Timetable, history: History, world: World, *, days: float, asleep: Sequence[tuple[float, float]] = ()
) -> None:
    """Serve so many days, but for the spans in which no process runs."""
    ends_s = BEGIN_S + days * DAY_S
    for stops_s, again_s in [*asleep, (ends_s, ends_s)]:
        runner = Runner(table=table_, history=history, clock=world.clock, doors=world)
        work = asyncio.create_task(runner.run(until_utc_s=stops_s))
        await world.clock.drive(work)
        work.result()
        world.clock.now_s = max(world.clock.now_s, again_s)


async def test_every_occurrence_of_a_week_has_its_row_and_its_reason(tmp_path: Path) -> None:
    week = table(tmp_path, *WEEK)
    tuesday = 24 + 6
    world = World(
        clock=HandedClock(BEGIN_S),
        wind_m_s={6: 11.2, 7: 11.2, 2 * 24 + 18: 12.5, 3 * 24 + 6: 10.0, **dict.fromkeys(range(tuesday, tuesday), 0.0)},
    )
    failing = dt.datetime(2026, 11, 27, 21, tzinfo=ZONE).timestamp()
    world.fails.add(failing)
    thursday_night = BEGIN_S + 3 * DAY_S + 23 * 3600
    with History.open(tmp_path / "history.sqlite") as history:
        await served(week, history, world, days=7, asleep=[(thursday_night, BEGIN_S + 4 * DAY_S + 12 * 3600)])
        latest = history.latest()
        due = list(occurrences(week, BEGIN_S, BEGIN_S + 7 * DAY_S))
        assert [each.occurrence for each in latest] == due
        assert len(due) == 7 + 6 + 2
        states = {(each.occurrence.patrol, _day(each)): each for each in latest}
        assert states["morning", "mon"].state is OccurrenceState.REFUSED
        assert states["morning", "mon"].figures == {"wind_m_s": 11.2}
        assert states["morning", "mon"].text == "wind 11.2 m/s, at most 9"
        assert states["morning", "thu"].state is OccurrenceState.FLOWN, "the gate opened within its window"
        assert states["morning", "thu"].figures == {"wind_m_s": 3.0}
        assert states["morning", "fri"].state is OccurrenceState.MISSED
        assert "serve did not run" in states["morning", "fri"].text
        wednesday = [each for each in latest if each.occurrence.patrol == "evening" and _day(each) == "wed"]
        assert [each.state for each in wednesday] == [OccurrenceState.REFUSED, OccurrenceState.FLOWN]
        friday = [each for each in latest if each.occurrence.due_utc_s == failing]
        assert [(each.state, each.text) for each in friday] == [(OccurrenceState.FAILED, "no heartbeat")]
        assert states["pair", "tue"].state is OccurrenceState.FLOWN, "it waited until uav-1 was back"
        waited = [each for each in history.changes() if each.occurrence == states["pair", "tue"].occurrence]
        assert waited[0].state is OccurrenceState.WAITING
        assert waited[0].text == "uav-1 still flies 'morning'"


def _day(change: OccurrenceChange) -> str:
    return dt.datetime.fromtimestamp(change.occurrence.due_utc_s, ZONE).strftime("%a").lower()


@pytest.mark.parametrize("dies_before", [False, True])
async def test_a_kill_at_any_write_loses_no_occurrence_and_flies_none_twice(tmp_path: Path, dies_before: bool) -> None:
    days = 2.0
    week = table(tmp_path, *WEEK)
    for fatal in range(1, 40):
        world = World(clock=HandedClock(BEGIN_S), wind_m_s={18: 15.0})
        with MortalHistory.open(tmp_path / f"history-{dies_before}-{fatal}.sqlite") as history:
            history.writes_left, history.dies_before = fatal, dies_before
            work = asyncio.create_task(
                Runner(table=week, history=history, clock=world.clock, doors=world).run(
                    until_utc_s=BEGIN_S + days * DAY_S
                )
            )
            await world.clock.drive(work)
            died = work.exception() is not None
            history.writes_left = 10**9
            world.clock.now_s += 120.0
            world.in_flight.clear()
            await served(week, history, world, days=days)
            due = list(occurrences(week, BEGIN_S, BEGIN_S + days * DAY_S))
            latest = history.latest()
            assert [each.occurrence for each in latest] == due, fatal
            assert all(each.state in OVER for each in latest)
            ends = Counter(each.occurrence for each in history.changes() if each.state in OVER)
            assert set(ends.values()) == {1}, "one end each"
            begun = Counter(each.occurrence for each in history.changes() if each.state is OccurrenceState.FLYING)
            assert all(count == 1 for count in begun.values()), "none begins twice; it is resumed"
        if not died:
            return
    pytest.fail("the week has more writes than were tried")


async def test_a_flight_that_broke_off_long_ago_is_not_taken_up(tmp_path: Path) -> None:
    week = table(tmp_path, WEEK[0])
    due_s = dt.datetime(2026, 11, 23, 6, 30, tzinfo=ZONE).timestamp()
    world = World(clock=HandedClock(due_s + 2 * 3600))
    with History.open(tmp_path / "history.sqlite") as history:
        history.served_since(BEGIN_S)
        occurrence = Occurrence(patrol="morning", due_utc_s=due_s)
        history.write(OccurrenceChange(occurrence=occurrence, state=OccurrenceState.FLYING, at_utc_s=due_s))
        await served(week, history, world, days=0.5)
        (last,) = history.latest()
        assert last.state is OccurrenceState.CUT_SHORT
        assert world.flights == []


async def test_what_was_being_flown_is_resumed_by_the_next_process(tmp_path: Path) -> None:
    week = table(tmp_path, WEEK[0])
    due_s = dt.datetime(2026, 11, 23, 6, 30, tzinfo=ZONE).timestamp()
    world = World(clock=HandedClock(due_s + 300))
    with History.open(tmp_path / "history.sqlite") as history:
        history.served_since(BEGIN_S)
        occurrence = Occurrence(patrol="morning", due_utc_s=due_s)
        history.write(OccurrenceChange(occurrence=occurrence, state=OccurrenceState.FLYING, at_utc_s=due_s))
        await served(week, history, world, days=0.5)
        states = [each.state for each in history.changes()]
        assert states == [OccurrenceState.FLYING, OccurrenceState.RESUMED, OccurrenceState.FLOWN]
        assert [again for *_, again in world.flights] == [True]


def test_clocks_that_change_leave_out_nothing_and_double_nothing(tmp_path: Path) -> None:
    entries = TimetableFile.model_validate(
        {"zone": "Europe/Istanbul", "patrols": [{"name": "night", "plan": "p.json", "at": ["02:30"]}]}
    )
    berlin = entries.model_copy(update={"zone": "Europe/Berlin"})
    for begins in (dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC), dt.datetime(2026, 10, 23, 12, tzinfo=dt.UTC)):
        found = list(
            occurrences(Timetable(berlin, tmp_path / "t.yaml"), begins.timestamp(), begins.timestamp() + 4 * DAY_S)
        )
        assert len(found) == 4
        assert len({each.due_utc_s for each in found}) == 4
