"""AUTO: flies the stored mission item by item."""

import math
from collections.abc import Callable
from typing import Final

from sitl.autopilot.manoeuvres import MOMENT_S, Hold, Idle, LandAt, Manoeuvre, ReturnHome, TakeOff, WatchedLeg, face
from sitl.autopilot.mission_commands import MissionFlyer, name_of, run_command
from sitl.autopilot.settings import Vec
from sitl.autopilot.stored_items import (
    DELAY,
    DO_JUMP,
    LAND,
    LOITER_TIME,
    LOITER_UNLIM,
    NAVIGATION,
    RTL,
    TAKEOFF,
    WAYPOINT,
    StoredItem,
)
from sitl.autopilot.trajectory import Leg, leg_between, may_overlap

NOT_STARTED, ACTIVE, PAUSED, COMPLETE = 2, 3, 4, 5  # MISSION_STATE
_LEGS: Final = frozenset({WAYPOINT, LOITER_UNLIM, LOITER_TIME})
_INFO, _CRITICAL = 6, 2
_JUMPS_AT_ONCE: Final = 64


class MissionFlight:
    """Runs the mission while it is active; keeps its place while it is not."""

    def __init__(self, flyer: MissionFlyer, may_start: Callable[[], bool]) -> None:
        self._flyer, self._may_start = flyer, may_start
        self.seq = 0
        """The navigation item being flown to; 0 before the start."""
        self.state = NOT_STARTED
        self.manoeuvre: Manoeuvre = Idle()
        self._leg: Leg | None = None
        self._next: Leg | None = None
        self._next_seq = 0
        self._next_begun = self._paused = False
        self._reached_s: float | None = None
        self._jumps: dict[int, int] = {}
        self._pending: list[tuple[int, StoredItem]] = []
        self._wait_until_s = 0.0
        self._version = 0
        self._item = StoredItem(command=WAYPOINT)
        """The one being flown; kept, because an upload may take it out of the store."""
        self._ahead: tuple[StoredItem, ...] = ()

    # -- manoeuvre -------------------------------------------------------------------------------------------------

    done = False

    @property
    def landing(self) -> bool:
        """Whether the present item is a landing that is coming down."""
        return self.manoeuvre.landing

    @property
    def destination(self) -> Vec | None:
        """Where the present item leads."""
        return self.manoeuvre.destination

    def step(self) -> None:
        """Fly on."""
        if self.state != ACTIVE:
            if self.state != COMPLETE and self._may_start():
                self._resume()
            return
        if self._version != self._flyer.missions.version:
            self._version = self._flyer.missions.version
            if self._leg is not None and self._exists(self.seq) and self._looking_ahead() != self._ahead:
                self._flyer.say(_CRITICAL, "Auto mission changed, restarted command")
                self._start_item(self.seq)
        self._run_pending()
        self.manoeuvre.step()
        if self._item_complete():
            self._flyer.item_reached(self.seq)
            self._advance(self.seq + 1)

    # -- orders ----------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """AUTO begins: hold until the mission may start."""
        self.manoeuvre = Hold(self._flyer) if self._flyer.body.airborne else Idle()
        self._leg = self._next = None
        if self._flyer.param("MIS_RESTART") == 1 or self.state == COMPLETE:
            self.state = NOT_STARTED
            self.reset()

    def leave(self) -> None:
        """AUTO ends: remember where."""
        self._paused = False
        if self.state == ACTIVE:
            self.state = PAUSED
        self._leg = self._next = None
        self._pending = []

    def reset(self) -> None:
        """Forget the place in the mission; that it was completed is remembered until the next start."""
        self.seq, self.state = 0, COMPLETE if self.state == COMPLETE else NOT_STARTED
        self.manoeuvre = Idle()
        self._jumps.clear()

    def landed(self) -> None:
        """The landing item, or the return, has ended on the ground."""
        if self.state == ACTIVE:
            self._flyer.item_reached(self.seq)
            if not self._exists(self.seq + 1):
                self.state = COMPLETE

    def set_current(self, seq: int) -> bool:
        """Jump to an item; at once when the mission is being flown."""
        seq = max(1, seq)
        if not self._exists(seq):
            return False
        if self.state == ACTIVE:
            self._advance(seq)
        else:
            self.seq, self.state = seq, PAUSED
        return True

    def pause(self) -> bool:
        """Stand still on the way to a waypoint; False elsewhere."""
        if self.state != ACTIVE or self._leg is None or self._leg.remaining_s <= 0:
            return False
        self.manoeuvre = Hold(self._flyer)
        self._leg = self._next = None
        self._next_begun, self._paused = False, True
        return True

    def go_on(self) -> None:
        """Fly on to the waypoint that the pause kept it from."""
        if self._paused:
            self._start_leg(self._item, None)

    def speed_changed(self) -> None:
        """Fly the present leg at today's limits."""
        path, limits = self._flyer.body.trajectory, self._flyer.limits()
        if self._next_begun and self._next is not None:  # already turning: the leg that begins is the one to change
            self._next = path.change_speed(self._next, limits)
        elif self._leg is not None and self._leg.remaining_s > 0:
            self._leg = path.change_speed(self._leg, limits)
            self._plan_next()

    # -- progress --------------------------------------------------------------------------------------------------

    def _looking_ahead(self) -> tuple[StoredItem, ...]:
        """Return the present item and what follows it up to the next leg: a change there restarts the command."""
        store, items, seq = self._flyer.missions, [], self.seq
        while self._exists(seq):
            items.append(store.get(seq))
            if seq > self.seq and items[-1].command in NAVIGATION:
                break
            seq += 1
        return tuple(items)

    def _exists(self, seq: int) -> bool:
        return 0 < seq < self._flyer.missions.count()

    def _resume(self) -> None:
        self.state = ACTIVE
        self._version = self._flyer.missions.version
        self._advance(self.seq or 1)  # repeats no DO command before it, as on ArduPilot

    def _advance(self, seq: int) -> None:
        """Run what stands before the next navigation item from `seq` on, then fly to it."""
        store = self._flyer.missions
        self._pending = []
        for _ in range(store.count() + _JUMPS_AT_ONCE):
            if not self._exists(seq):
                self._complete()
                return
            item = store.get(seq)
            if item.command in NAVIGATION:
                self._run_pending()
                self._start_item(seq)
                return
            if item.command == DO_JUMP:
                seq = self._jump(seq, item)
                continue
            self._pending.append((seq, item))
            seq += 1
        self._complete()

    def _jump(self, seq: int, item: StoredItem) -> int:
        target, times = int(item.params[0]), int(item.params[1])
        done = self._jumps.get(seq, 0)
        if 0 <= times <= done:
            return seq + 1
        self._jumps[seq] = done + 1
        return target

    def _complete(self) -> None:
        self.state = COMPLETE
        self._leg = self._next = None
        self.manoeuvre = Hold(self._flyer) if self._flyer.body.airborne else Idle()

    def _start_item(self, seq: int) -> None:
        flyer, item = self._flyer, self._flyer.missions.get(seq)
        begun = self._next if self._next_begun and self._next_seq == seq else None
        self.seq, self._item, self._reached_s = seq, item, None
        self._ahead = self._looking_ahead()
        flyer.say(_INFO, f"Mission: {seq} {name_of(item)}")
        self._leg = self._next = None
        self._next_begun = self._paused = False
        if item.command in _LEGS:
            self._start_leg(item, begun)
        elif item.command == TAKEOFF:
            self.manoeuvre = TakeOff(flyer, flyer.place_of(item)[2] - flyer.home_m[2])
        elif item.command == RTL:
            self.manoeuvre = ReturnHome(flyer)
        elif item.command == LAND:
            self.manoeuvre = LandAt(flyer, flyer.place_of(item) if item.x or item.y else None)
        elif flyer.body.airborne:  # DELAY
            self.manoeuvre = Hold(flyer, turning=True)

    def _start_leg(self, item: StoredItem, begun: Leg | None) -> None:
        self._paused = False
        path, target = self._flyer.body.trajectory, self._flyer.place_of(item)
        self.manoeuvre = WatchedLeg(target)
        if begun is None:
            if not self._flyer.body.airborne:
                self._flyer.say(_CRITICAL, "Auto: Missing Takeoff Cmd")
                return
            if not path.resting:
                path.brake(self._flyer.limits())
            start = path.rest_point
            begun = leg_between(start, target, self._flyer.limits())
            path.add(begun)
        face(self._flyer, path.position, target)
        self._leg = begun
        self._plan_next()

    def _plan_next(self) -> None:
        """Look one navigation item ahead: a leg without a stop may begin before this one ends."""
        self._next, self._next_begun = None, False
        store = self._flyer.missions
        present = self._item
        if present.command != WAYPOINT or present.params[0] > 0:
            return
        seq = self.seq + 1
        for _ in range(_JUMPS_AT_ONCE):
            if not self._exists(seq):
                return
            item = store.get(seq)
            if item.command in NAVIGATION:
                break
            if item.command == DO_JUMP:
                times = int(item.params[1])
                seq = seq + 1 if 0 <= times <= self._jumps.get(seq, 0) else int(item.params[0])
            else:
                seq += 1
        else:
            return
        if item.command in _LEGS:
            here, there = self._flyer.place_of(present), self._flyer.place_of(item)
            self._next, self._next_seq = leg_between(here, there, self._flyer.limits()), seq

    def _item_complete(self) -> bool:
        item = self._item
        if item.command in _LEGS:
            return self._leg_complete(item)
        if item.command == TAKEOFF:
            return self.manoeuvre.done
        if item.command == DELAY:
            return self._waited(item.params[0])
        return False

    def _leg_complete(self, item: StoredItem) -> bool:
        if self._leg is None:
            return False
        if self._next is not None:
            return self._passed(self._leg, self._next)
        if self._reached_s is None:
            here, place = self._flyer.body.believed_m, self._flyer.place_of(item)
            if self._leg.remaining_s > 0 or math.dist(here, place) > self._flyer.param("WP_RADIUS_M"):
                return False
        return item.command != LOITER_UNLIM and self._waited(item.params[0])

    def _passed(self, leg: Leg, following: Leg) -> bool:
        """Begin the following leg as soon as it may overlap; the waypoint counts as passed half-way through."""
        if not self._next_begun:
            if leg.remaining_s > 0 and not may_overlap(leg, following, self._flyer.limits()):
                return False
            self._flyer.body.trajectory.add(following)
            self._next_begun = True
        if following.t_s < leg.remaining_s:
            return False
        self._flyer.say(_INFO, f"Reached command #{self.seq}")
        return True

    def _waited(self, seconds: float) -> bool:
        now_s = self._flyer.t_s
        if self._reached_s is None:
            self._reached_s = now_s
        if now_s - self._reached_s + MOMENT_S < seconds:
            return False
        if self._item.command != DELAY:
            self._flyer.say(_INFO, f"Reached command #{self.seq}")
        return True

    # -- DO commands -----------------------------------------------------------------------------------------------

    def _run_pending(self) -> None:
        while self._pending and self._flyer.t_s + MOMENT_S >= self._wait_until_s:
            seq, item = self._pending.pop(0)
            self._flyer.say(_INFO, f"Mission: {seq} {name_of(item)}")
            until_s = run_command(self._flyer, item)
            if until_s is not None:
                self._wait_until_s = until_s
            self._flyer.item_reached(seq)
