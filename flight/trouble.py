"""What the vehicle does not notice itself: too little thrust, too much wind, the ground under running motors.

The flight notices, and orders what the plan's failsafes say. Each is told in one line with its cause. An aircraft is
never disarmed in the air: `standing.py` says what is taken for evidence of the ground, and LAND has to be on before.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Final

from flight import copter_modes as modes
from flight.context import Flight
from flight.control import Disarm, Land, Order, ReturnHome
from flight.events import EventKind
from flight.failsafe_names import FENCE_VALUES
from flight.parameter_names import FENCE_ACTION
from flight.parameters import set_parameter
from flight.standing import Standing
from flight.strong_wind import WindFight, largest_lean
from flight.thrust_loss import ThrustLoss
from missions import FailsafeAction, FlightError, Message, Telemetry

_OURS: Final = frozenset({modes.AUTO, modes.GUIDED, modes.RTL, modes.SMART_RTL, modes.AUTO_RTL, modes.BRAKE})
"""Modes in which nobody holds the sticks."""
_STANDS_S, _STRAINS_S = 10.0, 15.0
_LANDED_S: Final = 10.0
"""In LAND, and still with an idle throttle; a Copter that knows that it has landed disarms within two seconds."""
_ROSE_M: Final = 2.0
_AFTER_TAKE_OFF: Final = 2
"""The item behind the take-off."""
_DOWN: Final = frozenset({FailsafeAction.LAND, FailsafeAction.REPORT})
"""What a fence may do while it has to come down: nothing that would have it rise again."""


class Trouble:
    """Listens to a flight and gives orders; a flight that is silent tells nothing, so nothing is ordered then."""

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._standing, self._thrust = Standing(), ThrustLoss()
        self._wind: WindFight | None = None
        self._mode = -1
        self._start_m: float | None = None
        self._rose = False
        self._told: set[str] = set()
        """What was done, or told, in this flight and is not done again."""
        self._work: asyncio.Task[None] | None = None

    def hear_text(self, message: Message) -> None:
        """Take a STATUSTEXT."""
        if message.name == "STATUSTEXT":
            self._thrust.hear_text(message.text("text"), self._flight.link.clock.now_utc_s)

    def hear(self, now: Telemetry) -> None:
        """Look at one position."""
        if not now.armed or not self._flight.control.flying:
            self._forget()
            return
        throttle_pct, mode = self._flight.state.throttle_pct, self._flight.state.mode
        if mode != self._mode:
            self._mode = mode
            self._standing.forget()  # what a mode makes of an aircraft on the ground shows after a while
        self._watch_height(now)
        self._standing.hear(now, throttle_pct)
        sinks = self._thrust.hear(now, throttle_pct)
        lost = self._fight().hear(now, throttle_pct)
        if self._work is not None and not self._work.done():
            return
        if self._on_ground(now, mode) or mode not in _OURS:
            return
        policy = self._flight.plan.failsafes
        if sinks is not None and "thrust" not in self._told:
            self._told.add("thrust")
            self._act(policy.on_thrust_loss, "on_thrust_loss", sinks, "because a motor gives too little thrust")
        elif lost is not None and self._may_act_on_wind(policy.on_strong_wind, mode):
            self._told.add("wind")
            self._fight().forget()
            what = f"the wind is stronger than the aircraft: {lost.words}"
            self._act(policy.on_strong_wind, "on_strong_wind", what, "because the wind is stronger than the aircraft")

    def _may_act_on_wind(self, action: FailsafeAction, mode: int) -> bool:
        """Whether it was not done yet; a landing that a failsafe has ended is ordered again."""
        return "wind" not in self._told or (action is FailsafeAction.LAND and mode != modes.LAND)

    def _fight(self) -> WindFight:
        if self._wind is None:
            most = largest_lean(self._flight.parameters)
            self._wind = WindFight(most[1] if most is not None else 90.0)
        return self._wind

    def _forget(self) -> None:
        self._standing.forget()
        self._thrust.forget()
        self._wind = self._start_m = None
        self._rose = False
        self._told.clear()

    def _watch_height(self, now: Telemetry) -> None:
        if self._start_m is None:
            self._start_m = now.height_above_home_m
        past_take_off = now.mission_seq is not None and now.mission_seq >= _AFTER_TAKE_OFF
        self._rose = self._rose or past_take_off or now.height_above_home_m - self._start_m > _ROSE_M

    # -- orders ----------------------------------------------------------------------------------------------------

    def _act(self, action: FailsafeAction, policy: str, what: str, why: str) -> None:
        self._flight.tell(EventKind.FAILSAFE, what, cause=f"{policy}: {action.value}")
        if action is FailsafeAction.LAND:
            self._begin(self._come_down(why))
        elif action is FailsafeAction.RETURN:
            self._begin(self._give(ReturnHome(why=why)))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._work = self._flight.beside(work)

    async def _give(self, order: Order) -> None:
        with suppress(FlightError):  # the flight tells what it refuses
            await self._flight.control.give(order)

    async def _come_down(self, why: str) -> None:
        """Land; a fence that is crossed on the way down must not send it up again."""
        await self._give(Land(why=why, where_it_must=True))
        flight = self._flight
        action = flight.parameters.resolve(FENCE_ACTION)
        if action is None or flight.plan.failsafes.on_fence_breach in _DOWN:
            return
        known = action[0]
        flight.replaced.setdefault(known.name, known.value)
        flight.keep_replaced(flight.replaced)
        with suppress(FlightError):
            await set_parameter(flight.link, flight.parameters, known.name, FENCE_VALUES[FailsafeAction.LAND])

    # -- the ground ------------------------------------------------------------------------------------------------

    def _on_ground(self, now: Telemetry, mode: int) -> bool:
        """Do what is due where it stands on the ground; whether it does."""
        idle_s, full_s = self._standing.idle_s, self._standing.full_s
        if mode == modes.LAND:
            if idle_s >= _LANDED_S and "disarm" not in self._told:
                self._told.add("disarm")
                self._stop_motors(now)
            return idle_s >= _LANDED_S
        stands = (self._rose and idle_s >= _STANDS_S) or full_s >= _STRAINS_S
        if stands and mode in _OURS and "land" not in self._told:
            self._told.add("land")
            how = f"still for {full_s:.0f} s at full throttle" if full_s >= _STRAINS_S else "still, throttle idle"
            self._flight.tell(EventKind.FAILSAFE, f"it stands on the ground {self._away(now)}, armed", cause=how)
            self._begin(self._give(Land(why="because it stands on the ground", stands=True)))
        return stands

    def _away(self, now: Telemetry) -> str:
        return f"{self._flight.plan.dock.distance_m(now.position):.0f} m from the dock"

    def _stop_motors(self, now: Telemetry) -> None:
        action = self._flight.plan.failsafes.on_grounded
        what = f"it has landed {self._away(now)} and its motors run on"
        self._flight.tell(EventKind.FAILSAFE, what, cause=f"on_grounded: {action.value}")
        if action is not FailsafeAction.REPORT:
            self._begin(self._disarm(force=action is FailsafeAction.FORCE_DISARM))

    async def _disarm(self, *, force: bool) -> None:
        flight = self._flight
        try:
            await flight.control.give(Disarm())
        except FlightError:
            if not force:
                flight.tell(EventKind.REFUSED, "stop its motors by hand, or choose on_grounded: force_disarm")
            elif flight.state.armed and self._standing.idle_s >= _LANDED_S:
                await self._give(Disarm(force=True))
