"""A flight that hears what a test tells of its vehicle, and the orders that come of it."""

import asyncio
from dataclasses import replace
from typing import Any

from flight_fakes import drawn_plan, place
from ready_vehicle import configured, flight_of, vehicle_says

from flight import copter_modes as modes
from flight.context import Flight
from flight.control import Disarm, Order
from flight.events import FlightEvent, FlightUpdate
from flight.trouble import Trouble
from missions import FailsafePolicy, FlightError, Message
from missions.telemetry import Telemetry

PLAN = drawn_plan((0, 80), (80, 80))
FALLS_M_S2 = 0.1 * 9.81
"""With an idle throttle attitude control keeps thrust below 0.9 of what hovering takes."""
HZ = 5


class Sky:
    """A flight in the air that tells where it is five times a second; its orders are answered, or refused."""

    def __init__(self, *, lean_deg: float = 30.0, **policy: object) -> None:
        plan = replace(PLAN, failsafes=FailsafePolicy.model_validate(policy))
        made: tuple[Flight, list[FlightUpdate]] = flight_of(
            plan, vehicle_says(), configured(plan, ANGLE_MAX=lean_deg * 100)
        )
        self.flight, self.told = made
        self.flight.control.begin()
        self.trouble = Trouble(self.flight)
        self.orders: list[Order] = []
        self.refuses: tuple[type, ...] = ()
        self.now_s = 1000.0
        self.flight.state.armed = True
        assert self.flight.state.telemetry is not None
        self.at = replace(self.flight.state.telemetry, armed=True, mission_seq=3, height_above_home_m=15.0)

    async def fly(self, seconds: float, *, mode: int = modes.AUTO, throttle: float | None = 40.0, **now: Any) -> None:
        """Let time pass in a state."""
        climb_m_s = now.get("velocity_enu_m_s", (0.0, 0.0, 0.0))[2]
        self.flight.state.mode, self.flight.state.throttle_pct = mode, throttle
        for _ in range(round(seconds * HZ)):
            self.now_s += 1 / HZ
            self.at = replace(self.at, captured_utc_s=self.now_s, **now)
            self.at = replace(self.at, height_above_home_m=self.at.height_above_home_m + climb_m_s / HZ)
            self.trouble.hear(self.at)
            await self._answer()

    async def _answer(self) -> None:
        for _ in range(4):
            await asyncio.sleep(0)
            while (ask := self.flight.control.next_ask()) is not None:
                self.orders.append(ask.order)
                forced = isinstance(ask.order, Disarm) and ask.order.force
                if isinstance(ask.order, self.refuses) and not forced:
                    ask.answer.set_exception(FlightError("refused"))
                else:
                    ask.answer.set_result("done")

    def says(self, text: str) -> None:
        """Have the vehicle say something."""
        self.trouble.hear_text(Message("STATUSTEXT", {"text": text, "severity": 0}))

    def lines(self) -> list[str]:
        """Return what an operator reads."""
        return [f"{each.text}: {each.cause}" for each in self.told if isinstance(each, FlightEvent)]


STILL = Telemetry(
    patrol_id="",
    vehicle_id="",
    stream_id="",
    captured_utc_s=0.0,
    position=place(0, 0),
    amsl_m=32.0,
    height_above_home_m=0.0,
    heading_deg=0.0,
    roll_deg=0.0,
    pitch_deg=0.0,
    velocity_enu_m_s=(0.0, 0.0, 0.0),
    gimbal_pitch_deg=0.0,
    gimbal_azimuth_deg=0.0,
)
