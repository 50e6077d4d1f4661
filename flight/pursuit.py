"""One sortie in the air: followed until it has landed, through orders, silences and failsafes."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass

from flight import copter_modes as modes
from flight.commands import request_message
from flight.context import Flight
from flight.control import Ask, Climb, HandOver, Hold, Land, Look, Order, Resume, ReturnHome
from flight.course import Course
from flight.deadlines import Deadlines
from flight.doing import Doing
from flight.errors import LinkLost
from flight.events import EventKind
from flight.exchange import Subscription
from flight.flown import Flown
from flight.guided import set_speed
from flight.orders import carry_out, ended_by
from flight.recovery import Found, Step, fault_shown, next_step
from flight.rejoin import rejoin
from flight.report import LookRecord, Outcome, Silence, SortieReport
from flight.settings import OnOverdue
from flight.verdict import Cause, Fault, Listener, fault_said
from missions import FlightError, Message, Telemetry

_LOOK_S = 0.2
_PROGRESS_S = 0.4
_SETTLE_FLIGHT_S = 2.0
"""From a change of mode to its judgement: the vehicle's words arrive around it."""
_SEVERITY_SHOWN = 4  # MAV_SEVERITY_WARNING and worse
_REBOOT_S = 5.0
"""A clock that goes back by more was started anew."""
_REBOOT_WAIT_S = 6.0
_POSITION_WAIT_S = 2.0
_SYSTEM_TIME_ID = 2
_AIRBORNE_M = 3.0
_GAP_FLIGHT_S = 2.5
"""Without a position; they come ten times a second."""


@dataclass(kw_only=True)
class Pursuit:
    """Follows one sortie from arming to disarming and remembers what the report needs."""

    flight: Flight
    course: Course
    handed_over: bool = False
    ended_early: str = ""
    ordered_home: bool = False
    rebooted: bool = False
    fly_again: bool = False
    """Whether what is left may be flown without anybody's word: it came home because the link was lost."""
    held: bool = False
    begins_with: Step = Step.FOLLOW
    """What is done first, with an aircraft that was found flying."""
    _mode: int = modes.AUTO
    _unjudged: tuple[int, float] | None = None
    """A mode that nobody had ordered, and when it was seen by the vehicle's clock."""
    _silent: bool = False
    _mode_known: bool = True
    """Whether a heartbeat has come since the last silence: positions may come first."""
    _pace: float = 1.0
    """Vehicle seconds per wall second, before a silence."""
    _heard_s: float | None = None
    """Time since boot of the last position heard; by it and not by the wall, because a simulation may run ahead."""
    _shown_s: float = 0.0
    _doing: Doing | None = None
    _boot_s: float = 0.0
    _last_flown: Telemetry | None = None

    def __post_init__(self) -> None:
        clock, state = self.flight.link.clock, self.flight.state
        self.deadlines = Deadlines(clock, self.course, self.flight.settings)
        self.listener = Listener(policy=self.flight.plan.failsafes)
        self.flown = Flown(
            began_boot_s=clock.boot_s, battery_start_pct=state.battery_pct, energy_start_wh=state.energy_wh
        )
        self._boot_s = clock.boot_s

    def explain_found(self, fault: Fault | None) -> None:
        """Say why an aircraft that was found off its mission is where it is."""
        mode = self.flight.state.mode
        if mode in {modes.AUTO, modes.GUIDED}:
            return
        name = modes.mode_name(mode)
        why = "ordered before" if self.ordered_home else self.listener.cause(self.flight.link.clock.boot_s).line
        if fault is Fault.LINK and not self.ordered_home:
            why = f"it lost its ground station, on_link_loss: {self.flight.plan.failsafes.on_link_loss.value}"
        self.flight.tell(EventKind.MODE, f"it was found in {name}", cause=why)
        if mode in modes.RETURNING and not self.course.reached_return:
            self.ended_early = f"it was found in {name}: {why}"

    async def follow(self) -> SortieReport:
        """Stay with the sortie until it has landed or was handed over.

        Raises:
            LinkLost: it was silent for longer than it could have flown; carries what was flown as a SortieReport.

        """
        state = self.flight.state
        self._mode = state.mode
        self.deadlines.begin()
        self.flight.control.begin()
        self._take_step(self.begins_with)
        names = ("GLOBAL_POSITION_INT", "HEARTBEAT", "MISSION_CURRENT", "STATUSTEXT")
        try:
            with self.flight.link.subscribe(*names) as news:
                while state.armed and not self.handed_over:
                    message = await news.next_or_none(_LOOK_S)
                    self._watch_boot()
                    self._watch_link()
                    await self._obey()
                    if message is not None:
                        self._take(message)
                    self._watch_deadlines()
                await self._hear_where_it_landed(news)
                await self._tell_reboot_from_landing()
        finally:
            self.flight.control.end()
            await self._stop_doing()
        if self._unjudged is None and not self.rebooted and state.mode != self._mode:
            self._unjudged = (state.mode, self.flight.link.clock.boot_s)  # it landed while nothing was heard
        if self._unjudged is not None:
            self._judge(self.listener.cause(self.flight.link.clock.boot_s))
        return self.report()

    # -- what is heard ---------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        if message.name == "GLOBAL_POSITION_INT" and self.flight.state.telemetry is not None:
            self._watch_gap(message.integer("time_boot_ms") / 1000)
            self._fly_on(self.flight.state.telemetry)
        elif message.name == "HEARTBEAT":
            self._mode_known = True
            self._watch_mode()
        elif message.name == "STATUSTEXT":
            self._hear(message.text("text"), message.integer("severity"))

    def _hear(self, text: str, severity: int) -> None:
        self.listener.hear(text, self.flight.link.clock.boot_s)
        if severity <= _SEVERITY_SHOWN or fault_said(text) is not None:
            self.flight.tell(EventKind.VEHICLE_TEXT, text)

    def _fly_on(self, now: Telemetry) -> None:
        self.flown.take(now, self.flight.link)
        self._last_flown = now
        on_mission = self.flight.state.mode == modes.AUTO and self._mode_known and not self._is_rejoining
        if on_mission and now.mission_seq is not None:
            if self.course.reach(now.mission_seq, self.flight.link.clock.boot_s):
                self._begin_leg()
            self.course.note(now)
            self.flight.control.at(self.course.at)
            self.flight.keeper.move(self.course.at)
        if time.monotonic() - self._shown_s > _PROGRESS_S:
            self._shown_s = time.monotonic()
            boot_s, quality = self.flight.link.clock.boot_s, self.flight.link.quality
            self.flight.show(self.course.progress(now, boot_s, quality))
            if (failure := self.flight.keeper.new_failure()) is not None:
                self.flight.tell(EventKind.RECORD, f"the ledger {failure}")

    def _begin_leg(self) -> None:
        self.deadlines.begin_leg()
        if self.course.ordered_speed_m_s is not None and self._doing is None:
            self.course.ordered_speed_m_s = None
            ahead = self.course.ahead()
            if ahead is not None:
                self._begin(None, self._speed_again(ahead[1].speed_m_s))

    async def _speed_again(self, speed_m_s: float) -> tuple[str, None]:
        await set_speed(self.flight, speed_m_s)
        return "", None

    # -- the link --------------------------------------------------------------------------------------------------

    def _watch_link(self) -> None:
        silent_s, settings, clock = self.flight.link.silent_s, self.flight.settings, self.flight.link.clock
        if silent_s < 1.0:
            self._pace = clock.pace
        if not self._silent and silent_s > settings.lost_warning_wait_s:
            self._silent = True
            self.flown.silences.append(Silence(from_utc_s=clock.now_utc_s, to_utc_s=None))
            self.flight.tell(EventKind.LINK_SILENT, f"nothing heard for {silent_s:.0f} s")
        if silent_s > max(settings.lost_wait_s, self.deadlines.longest_flight_wait_s(self._last_flown, self._pace)):
            self.ended_early = f"the vehicle has been silent for {silent_s:.0f} s; its own failsafe flies it"
            error = LinkLost(self.ended_early)
            error.report = self.report(Outcome.LOST)
            raise error

    def _watch_gap(self, heard_s: float) -> None:
        """Note a silence that a position ends."""
        before_s, self._heard_s = self._heard_s, heard_s
        gap_s = heard_s - before_s if before_s is not None else 0.0
        if gap_s < _GAP_FLIGHT_S and not self._silent:
            return
        clock = self.flight.link.clock
        heard_utc_s = clock.utc_s(heard_s)
        if self._silent:
            self.flown.silences.pop()
        self._silent = self._mode_known = False
        self.flown.silences.append(Silence(from_utc_s=heard_utc_s - gap_s, to_utc_s=heard_utc_s))
        self.listener.silent(gap_s, heard_s)
        self.flight.tell(EventKind.LINK_BACK, f"the vehicle is heard again after {gap_s:.0f} s of its time")

    def _watch_boot(self) -> None:
        boot_s = self.flight.link.clock.boot_s
        if boot_s < self._boot_s - _REBOOT_S and not self.rebooted:
            self.rebooted = True
            self.ended_early = self.ended_early or "the vehicle was started anew in flight"
            self.flight.tell(EventKind.REBOOTED, "the vehicle was started anew", cause="its clock began again")
        self._boot_s = boot_s

    async def _hear_where_it_landed(self, news: Subscription) -> None:
        """Wait for a position where the last one was in mid-air: it may have come down while nothing was heard."""
        ends_s = time.monotonic() + _POSITION_WAIT_S
        while not self.handed_over and not self.rebooted and self._seems_airborne and time.monotonic() < ends_s:
            message = await news.next_or_none(_LOOK_S)
            self._watch_boot()
            if message is not None and not self.rebooted:
                self._take(message)

    @property
    def _seems_airborne(self) -> bool:
        return self._last_flown is not None and self._last_flown.height_above_home_m >= _AIRBORNE_M

    async def _tell_reboot_from_landing(self) -> None:
        """Ask for its clock where it is disarmed in mid-air: that tells whether it was started anew."""
        last = self._last_flown
        if self.handed_over or last is None or not self._seems_airborne:
            return
        ends_s, link = time.monotonic() + _REBOOT_WAIT_S, self.flight.link
        while not self.rebooted and time.monotonic() < ends_s:
            with suppress(FlightError):  # it has no streams yet: what it sends by itself tells no time
                await request_message(link, _SYSTEM_TIME_ID, name="SYSTEM_TIME", timeout_s=1.0)
            self._watch_boot()
        if not self.rebooted:
            height = f"{last.height_above_home_m:.0f} m above home"
            self.ended_early = self.ended_early or f"it was disarmed {height}, for no reason that it told"

    # -- modes that nobody ordered ---------------------------------------------------------------------------------

    def _watch_mode(self) -> None:
        """Notice a mode that we did not ask for, and judge it once its reason may be there."""
        mode, boot_s = self.flight.state.mode, self.flight.link.clock.boot_s
        if not self.flight.state.armed or self._doing is not None:
            return
        if mode == self._mode:
            self._unjudged = None
        elif self._unjudged is None or self._unjudged[0] != mode:
            self._unjudged = (mode, boot_s)
        elif boot_s - self._unjudged[1] >= _SETTLE_FLIGHT_S and not self._silent:
            self._judge(self.listener.cause(boot_s))

    def _judge(self, cause: Cause) -> None:
        assert self._unjudged is not None
        mode, self._unjudged = self._unjudged[0], None
        self._mode = mode
        name = modes.mode_name(mode)
        told = EventKind.FAILSAFE if cause.fault is not None else EventKind.MODE
        by = "" if cause.fault is not None else " by itself or its pilot"
        self.flight.tell(told, f"the vehicle changed to {name}{by}", cause=cause.line)
        if mode in modes.RETURNING and not self.course.reached_return:
            self.ended_early = self.ended_early or f"the vehicle changed to {name}: {cause.line}"
        if self.flight.state.armed:
            self._take_step(next_step(self.found(cause.fault), self.flight.plan.failsafes))
        self.listener.forget()

    def found(self, fault: Fault | None) -> Found:
        """Return the aircraft as it is now; a fault that its telemetry shows goes before a lost link."""
        state = self.flight.state
        shown = fault_shown(self.flight)
        return Found(
            mode=state.mode,
            ordered_home=self.ordered_home,
            held=self.held,
            fault=shown if fault in {None, Fault.LINK} and shown is not None else fault,
            height_m=state.telemetry.height_above_home_m if state.telemetry is not None else 0.0,
            on_return_leg=self.course.reached_return,
        )

    def _take_step(self, step: Step) -> None:
        match step:
            case Step.GO_ON:
                self._begin(None, self._rejoin())
            case Step.AGAIN:
                self.fly_again = True
            case Step.STAY_HELD:
                self.held = True
                self.flight.tell(EventKind.HELD, "it is held, as ordered before; resume to go on")
            case Step.FOLLOW:
                pass

    async def _rejoin(self) -> tuple[str, None]:
        try:
            answer = await rejoin(self.flight, self.course)
        except FlightError:
            self.fly_again = self.flight.state.mode in modes.RETURNING
            raise
        self.ended_early = ""
        return answer, None

    @property
    def _is_rejoining(self) -> bool:
        return self._doing is not None and self._doing.order is None and self.ended_early != ""

    # -- orders ----------------------------------------------------------------------------------------------------

    def _begin(
        self, order: Order | None, work: Coroutine[None, None, tuple[str, LookRecord | None]], ask: Ask | None = None
    ) -> None:
        self._doing = Doing(order, ask, asyncio.create_task(work))
        self.deadlines.pause()

    async def _obey(self) -> None:
        if self._doing is not None:
            if not self._doing.task.done():
                await asyncio.wait({self._doing.task}, timeout=0)
                urgent = self.flight.control.next_ask(urgent=True)
                if urgent is None:
                    return
                await self._stop_doing()
                self._start_order(urgent)
                return
            self._settle()
            return
        ask = self.flight.control.next_ask()
        if ask is not None:
            self._start_order(ask)

    def _start_order(self, ask: Ask) -> None:
        self._begin(ask.order, carry_out(self.flight, ask.order, self.course), ask)

    async def _stop_doing(self) -> None:
        """End what is being done, for something more urgent or because the flight is over."""
        doing, self._doing = self._doing, None
        if doing is None:
            return
        await doing.give_up()

    def _settle(self) -> None:
        """Take the end of what was being done."""
        assert self._doing is not None
        doing, self._doing = self._doing, None
        error = doing.task.exception()
        if error is not None and not isinstance(error, FlightError):
            raise error
        if isinstance(error, FlightError):
            self.flight.tell(EventKind.REFUSED, str(error))
            doing.refuse(error)
            if self.flight.state.mode in {modes.AUTO, modes.GUIDED}:
                self._mode = self.flight.state.mode
        else:
            self._done(doing, *doing.task.result())
        if not self.held and self._mode == modes.AUTO:
            self.deadlines.go_on()

    def _done(self, doing: Doing, answer: str, record: LookRecord | None) -> None:
        order = doing.order
        if record is not None:
            self.flown.looks.append(record)
        if isinstance(order, ReturnHome | Land):
            over = self.course.is_over(self._last_flown, self.flight.settings.home_tolerance_m)
            self.ended_early = self.ended_early or ended_by(order, answer, over=over)
            self.ordered_home, self.held = True, False
        self.handed_over = isinstance(order, HandOver)
        self.held = (
            isinstance(order, Hold | Climb)
            or (isinstance(order, Look) and not order.back)
            or (self.held and order is not None and not isinstance(order, Resume))
        )
        self._mode = self.flight.state.mode
        doing.answer(answer)

    def _watch_deadlines(self) -> None:
        what = self.deadlines.passed()
        if what is None:
            return
        policy = self.flight.settings.on_overdue
        self.flight.tell(EventKind.OVERDUE, f"{what} takes far longer than planned; {policy.value}")
        if policy is OnOverdue.RETURN_TO_LAUNCH and self.flight.state.mode not in modes.RETURNING:
            self.ended_early = self.ended_early or f"{what} was overdue"
            order = ReturnHome(why=f"because {what} was overdue")
            self._begin(order, carry_out(self.flight, order, self.course))

    # -- report ----------------------------------------------------------------------------------------------------

    def report(self, outcome: Outcome | None = None) -> SortieReport:
        """Return the sortie as flown so far."""
        complete = self.course.reached_return and not self.ended_early
        found = Outcome.COMPLETE if complete else Outcome.CUT_SHORT
        if self.handed_over:
            found = Outcome.HANDED_OVER
        ended_by = "" if found is Outcome.COMPLETE else self.ended_early or "it landed before its end"
        return self.flown.report(self.course, self.flight.state, ended_by=ended_by, outcome=outcome or found)
