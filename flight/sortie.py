"""One sortie in the air: start it, follow it until it has landed, answer requests on the way."""

import asyncio
import math
import time
from dataclasses import dataclass, field

from flight import copter_modes as modes
from flight.clock import VehicleDeadline
from flight.commands import (
    ACCEPTED,
    MAV_CMD_MISSION_START,
    arm,
    ask_command,
    heard_texts,
    set_mode,
)
from flight.context import Flight
from flight.control import HandOver, Land, ReturnHome
from flight.errors import CommandRefused, LinkLost
from flight.events import EventKind, FlightProgress
from flight.legs import Leg, SortieLegs
from flight.orders import carry_out
from flight.report import Outcome, SortieReport, max_cross_track_m, mean_cross_track_m
from flight.settings import OnOverdue
from missions import Breakpoint, FlightError, Message, MissionItem, Sortie, Telemetry
from missions.formats.mav_commands import MAV_CMD_NAV_TAKEOFF
from missions.items import mission_items

_LOOK_S = 0.2
_PROGRESS_S = 0.4
_ARM_FLIGHT_S = 60.0
_START_FLIGHT_S = 10.0
_START_TRIES = 3
_HEARTBEAT_WAIT_S = 5.0
_FAILED = 4  # MAV_RESULT_FAILED
_CLIMB_M_S, _SPOOL_S = 2.5, 5.0  # of any Copter, near enough to tell what is left for the return
_SEVERITY_SHOWN = 4  # MAV_SEVERITY_WARNING and worse


async def start_sortie(flight: Flight) -> None:
    """Arm and start the stored mission.

    Arming in GUIDED and MISSION_START need neither sticks nor AUTO_OPTIONS (Copter 4.0 and later).

    Raises:
        CommandRefused: with the vehicle's reasons.
        ModeRefused: likewise.

    """
    if (flight.state.mission_seq or 0) > 1:
        await flight.link.send(Message("MISSION_SET_CURRENT", {"seq": 0}))
    for attempt in range(_START_TRIES):
        await set_mode(flight.link, modes.GUIDED)
        await arm(flight.link, timeout_s=_ARM_FLIGHT_S)
        flight.tell(EventKind.ARMED, "armed" if attempt == 0 else "armed again: it had disarmed before it was sent off")
        await _send_off(flight)
        if flight.state.armed and flight.state.mode == modes.AUTO:
            flight.tell(EventKind.STARTED, "mission started in AUTO")
            return
    raise CommandRefused("the mission's start: it disarmed each time", result=_FAILED)


async def _send_off(flight: Flight) -> None:
    """Start the mission and wait until the vehicle's heartbeat tells how that went."""
    async with heard_texts(flight.link) as texts:
        result = await ask_command(flight.link, MAV_CMD_MISSION_START, what="the mission's start")
        if result != ACCEPTED:
            raise CommandRefused("the mission's start", result=result, reasons=texts)
    deadline = VehicleDeadline(flight.link.clock, _START_FLIGHT_S)
    with flight.link.subscribe("HEARTBEAT") as heartbeats:
        while await heartbeats.next_or_none(_HEARTBEAT_WAIT_S) is not None and not deadline.passed:
            if flight.state.mode == modes.AUTO:
                return


@dataclass(kw_only=True)
class SortieWatch:
    """Follows one sortie from arming to disarming and remembers what the report needs."""

    flight: Flight
    sortie: Sortie
    number: int
    items: tuple[MissionItem, ...]
    legs: SortieLegs
    seq: int = 0
    reached_return: bool = False
    handed_over: bool = False
    ended_early: str = ""
    began_boot_s: float = 0.0
    battery_start_pct: float | None = None
    energy_start_wh: float | None = None
    height_max_m: float = 0.0
    speed_max_m_s: float = 0.0
    distance_m: float = 0.0
    at: Breakpoint | None = None
    _plan_items: tuple[MissionItem, ...] = ()
    _takeoff_seq: int = 1
    _before: Telemetry | None = None
    _mode: int = modes.AUTO
    _shown_s: float = 0.0
    _warned: bool = False
    _orders: set[asyncio.Task[None]] = field(default_factory=set)
    _leg_ends: VehicleDeadline | None = None
    _sortie_ends: VehicleDeadline | None = None
    _overdue: bool = False
    _return_boot_s: float | None = None

    def __post_init__(self) -> None:
        self._plan_items = mission_items(self.flight.plan, self.sortie)
        self._takeoff_seq = next((item.seq for item in self.items if item.command == MAV_CMD_NAV_TAKEOFF), 1)

    async def follow(self) -> SortieReport:
        """Stay with the sortie until it has landed or was handed over.

        Raises:
            LinkLost: the vehicle was silent for too long.

        """
        state, clock = self.flight.state, self.flight.link.clock
        self.began_boot_s = clock.boot_s
        self.battery_start_pct, self.energy_start_wh = state.battery_pct, state.energy_wh
        self._mode = state.mode
        limit_s = self.sortie.estimate.time_s * self.flight.settings.overdue_factor
        self._sortie_ends = VehicleDeadline(clock, limit_s + self.flight.settings.overdue_extra_flight_s)
        names = ("GLOBAL_POSITION_INT", "HEARTBEAT", "MISSION_CURRENT", "STATUSTEXT")
        self.flight.control.begin()
        try:
            with self.flight.link.subscribe(*names) as news:
                while state.armed and not self.handed_over:
                    message = await news.next_or_none(_LOOK_S)
                    self._watch_link()
                    await self._obey()
                    if message is not None:
                        self._take(message)
                    await self._watch_deadlines()
        finally:
            self.flight.control.end()
        return self._report()

    def _take(self, message: Message) -> None:
        if message.name == "GLOBAL_POSITION_INT" and self.flight.state.telemetry is not None:
            self._fly_on(self.flight.state.telemetry)
        elif message.name == "HEARTBEAT":
            self._watch_mode()
        elif message.name == "STATUSTEXT" and message.integer("severity") <= _SEVERITY_SHOWN:
            self.flight.tell(EventKind.VEHICLE_TEXT, message.text("text"))

    def _watch_link(self) -> None:
        silent_s, settings = self.flight.link.silent_s, self.flight.settings
        if silent_s > settings.lost_wait_s:
            raise LinkLost(f"the vehicle has been silent for {silent_s:.0f} s; its own failsafe flies it")
        if silent_s > settings.lost_warning_wait_s and not self._warned:
            self._warned = True
            self.flight.tell(EventKind.LINK_SILENT, f"nothing heard for {silent_s:.0f} s")
        elif silent_s < 1.0 and self._warned:
            self._warned = False
            self.flight.tell(EventKind.LINK_BACK, "the vehicle is heard again")

    async def _obey(self) -> None:
        ask = self.flight.control.next_ask()
        if ask is None:
            return
        try:
            answer = await carry_out(self.flight, ask.order, self._leg())
        except FlightError as exc:
            self.flight.tell(EventKind.REFUSED, str(exc))
            if not ask.answer.done():
                ask.answer.set_exception(exc)
            return
        if isinstance(ask.order, ReturnHome | Land):
            self.ended_early = self.ended_early or answer
        self.handed_over = isinstance(ask.order, HandOver)
        self._mode = self.flight.state.mode
        if not ask.answer.done():
            ask.answer.set_result(answer)

    def _watch_mode(self) -> None:
        """Tell a mode that we did not ask for: a failsafe, or a pilot."""
        mode = self.flight.state.mode
        if mode == self._mode or not self.flight.state.armed:
            return
        self._mode = mode
        self.flight.tell(EventKind.MODE, f"the vehicle changed to {modes.mode_name(mode)} by itself or its pilot")
        if mode in modes.RETURNING and not self.reached_return:
            self.ended_early = self.ended_early or f"the vehicle changed to {modes.mode_name(mode)}"

    def _fly_on(self, now: Telemetry) -> None:
        east, north, _ = now.velocity_enu_m_s
        self.speed_max_m_s = max(self.speed_max_m_s, (east * east + north * north) ** 0.5)
        self.height_max_m = max(self.height_max_m, now.height_above_home_m)
        if self._before is not None:
            climb_m = now.height_above_home_m - self._before.height_above_home_m
            self.distance_m += math.hypot(self._before.position.distance_m(now.position), climb_m)
        self._before = now
        if self.flight.state.mode == modes.AUTO and now.mission_seq is not None:
            self._reach(now.mission_seq)
            if not self.reached_return:
                self._note(now)
        if time.monotonic() - self._shown_s > _PROGRESS_S:
            self._shown_s = time.monotonic()
            self.flight.show(self._progress(now))

    def _reach(self, seq: int) -> None:
        if seq == self.seq:
            return
        self.seq = seq
        self.reached_return = self.reached_return or seq >= len(self.items) - 1
        if self.reached_return and self._return_boot_s is None:
            self._return_boot_s = self.flight.link.clock.boot_s
        leg = self._leg()
        settings = self.flight.settings
        if leg is not None and not self.reached_return:
            limit_s = leg.length_m / leg.speed_m_s * settings.overdue_factor + settings.overdue_extra_flight_s
            self._leg_ends = VehicleDeadline(self.flight.link.clock, limit_s)
        else:
            self._leg_ends = None

    def _leg(self) -> Leg | None:
        seq = self.legs.next_seq(self.seq)
        return self.legs.legs[seq] if seq is not None else None

    def _note(self, now: Telemetry) -> None:
        leg = self._leg()
        if leg is None:
            return
        climbing = self.seq <= self._takeoff_seq
        if not climbing:
            self.legs.note(leg.seq, now.position)
        fraction = 0.0 if climbing else self.legs.fraction(leg.seq, now.position)
        self.at = Breakpoint(sortie_id=self.sortie.sortie_id, item_seq=self._plan_seq(leg), fraction=fraction)

    def _plan_seq(self, leg: Leg | None) -> int:
        """Return the current item's number in the whole sortie; a resumed flight stores only the rest of it."""
        if self.reached_return:
            return len(self._plan_items) - 1
        if leg is None and len(self.items) == len(self._plan_items):
            return self.seq
        ahead = leg.waypoint if leg is not None else self.legs.legs[min(self.legs.legs)].waypoint + 1
        return next((item.seq for item in self._plan_items if item.waypoint_index == ahead), 0)

    async def _watch_deadlines(self) -> None:
        ends = (self._leg_ends, self._sortie_ends)
        if self._overdue or not any(end is not None and end.passed for end in ends):
            return
        self._overdue = True
        what = "this leg" if self._leg_ends is not None and self._leg_ends.passed else "this sortie"
        policy = self.flight.settings.on_overdue
        self.flight.tell(EventKind.OVERDUE, f"{what} takes far longer than planned; {policy.value}")
        if policy is OnOverdue.RETURN_TO_LAUNCH and self.flight.state.mode not in modes.RETURNING:
            self.ended_early = self.ended_early or f"{what} was overdue"
            await carry_out(self.flight, ReturnHome(), None)
            self._mode = self.flight.state.mode

    def _progress(self, now: Telemetry) -> FlightProgress:
        leg = None if self.reached_return or self.seq <= self._takeoff_seq else self._leg()
        done_m = (
            self.legs.done_m(leg.seq, now.position) if leg else (self.legs.length_m if self.reached_return else 0.0)
        )
        east, north, _ = now.velocity_enu_m_s
        return FlightProgress(
            at_utc_s=now.captured_utc_s,
            sortie_id=self.sortie.sortie_id,
            sortie_number=self.number,
            sortie_count=len(self.flight.plan.sorties),
            item_seq=self._plan_seq(leg),
            item_count=len(self._plan_items),
            leg=leg.kind if leg else None,
            waypoint=leg.waypoint + 1 if leg else (len(self.sortie.waypoints) if self.reached_return else 0),
            waypoint_count=len(self.sortie.waypoints),
            fraction=done_m / self.legs.length_m if self.legs.length_m else 1.0,
            battery_pct=now.battery_pct,
            eta_s=self._eta_s(leg, now),
            speed_m_s=(east * east + north * north) ** 0.5,
            height_m=now.height_above_home_m,
            mode=now.mode,
        )

    def _eta_s(self, leg: Leg | None, now: Telemetry) -> float:
        """Return the seconds to landing: the legs left at their speeds, and the plan's estimate for the rest."""
        all_s = sum(other.length_m / other.speed_m_s for other in self.legs.legs.values())
        overhead_s = max(0.0, self.sortie.estimate.time_s - all_s)
        after_s = max(0.0, overhead_s - self.sortie.takeoff_height_m / _CLIMB_M_S - _SPOOL_S)
        if self._return_boot_s is not None:
            return max(0.0, after_s - (self.flight.link.clock.boot_s - self._return_boot_s))
        if leg is None:
            return all_s + overhead_s
        left_s = sum(other.length_m / other.speed_m_s for other in self.legs.legs.values() if other.seq > leg.seq)
        part = 1.0 - self.legs.fraction(leg.seq, now.position)
        return left_s + part * leg.length_m / leg.speed_m_s + after_s

    def _report(self) -> SortieReport:
        state, records = self.flight.state, self.legs.records()
        complete = self.reached_return and not self.ended_early
        outcome = Outcome.COMPLETE if complete else Outcome.CUT_SHORT
        energy_wh = None
        if state.energy_wh is not None and self.energy_start_wh is not None:
            energy_wh = state.energy_wh - self.energy_start_wh
        here = state.telemetry.position if state.telemetry else None
        return SortieReport(
            sortie_id=self.sortie.sortie_id,
            outcome=Outcome.HANDED_OVER if self.handed_over else outcome,
            item_count=len(self.items),
            planned=self.sortie.estimate,
            flown_distance_m=self.distance_m,
            flown_time_s=self.flight.link.clock.boot_s - self.began_boot_s,
            energy_wh=energy_wh,
            battery_start_pct=self.battery_start_pct,
            battery_end_pct=state.battery_pct,
            height_max_m=self.height_max_m,
            speed_max_m_s=self.speed_max_m_s,
            cross_track_max_m=max_cross_track_m(records),
            cross_track_mean_m=mean_cross_track_m(records),
            legs=records,
            landed_from_dock_m=self.flight.plan.dock.distance_m(here) if here and not state.armed else None,
        )
