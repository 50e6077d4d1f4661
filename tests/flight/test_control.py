"""Orders to a flight: where they are taken, what they become, and what is refused."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from flight_fakes import ScriptedLink, drawn_plan

from flight import copter_modes as modes
from flight.context import Flight
from flight.control import (
    ChangeSpeed,
    FlightControl,
    HandOver,
    Hold,
    Land,
    Look,
    Order,
    Resume,
    ReturnHome,
    SkipTo,
)
from flight.course import Course, Rest
from flight.events import FlightEvent, FlightUpdate
from flight.orders import carry_out
from flight.settings import FlySettings
from flight.vehicle_state import VehicleState
from missions import FlightError, Message

PLAN = drawn_plan((40, 0), (160, 0))
VIEW = PLAN.sorties[0].waypoints[0]
ORDERS: list[Order] = [
    Hold(),
    Resume(),
    SkipTo(waypoint=1),
    ChangeSpeed(speed_m_s=5.0),
    ReturnHome(),
    Land(),
    HandOver(),
    Look(incident_id="p-001", view=VIEW),
]


def course(seq: int = 1) -> Course:
    """The plan's only sortie, on the way to an item."""
    return Course(plan=PLAN, rest=Rest(sortie=0), seq=seq)


def flight_in(mode: int, told: list[FlightUpdate]) -> Flight:
    """A flight over a vehicle that changes its mode when told to."""

    def vehicle(message: Message) -> list[Message]:
        if message.name == "COMMAND_LONG" and message.integer("command") == 176:  # MAV_CMD_DO_SET_MODE
            now = round(message.number("param2"))
            return [
                Message("COMMAND_ACK", {"command": 176, "result": 0}),
                Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 209, "custom_mode": now}),
            ]
        return []

    link = ScriptedLink(vehicle)
    state = VehicleState(link.clock, patrol_id="p", vehicle_id="uav-1", stream_id="main")
    link.listen(state.hear)
    link.publish(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 209, "custom_mode": mode}))
    return Flight(
        link=link, state=state, plan=PLAN, settings=FlySettings(), control=FlightControl(), on_event=told.append
    )


@pytest.mark.parametrize("order", ORDERS)
async def test_an_aircraft_on_the_ground_takes_no_orders(order: Order) -> None:
    with pytest.raises(FlightError, match=f"cannot {order.words}: the aircraft is not flying"):
        await FlightControl().give(order)


@pytest.mark.parametrize(
    ("door", "order"),
    [
        (FlightControl.hold, Hold()),
        (FlightControl.resume, Resume()),
        (FlightControl.return_home, ReturnHome()),
        (FlightControl.land, Land()),
        (FlightControl.hand_over, HandOver()),
    ],
)
async def test_each_door_gives_its_order_and_returns_the_flights_answer(
    door: Callable[[FlightControl], Any], order: Order
) -> None:
    control = FlightControl()
    control.begin()
    asking = asyncio.ensure_future(door(control))
    await asyncio.sleep(0)
    ask = control.next_ask()
    assert ask is not None
    assert ask.order == order
    ask.answer.set_result("done")
    assert await asking == "done"


async def test_what_still_waits_when_a_flight_ends_is_refused() -> None:
    control = FlightControl()
    control.begin()
    asking = asyncio.ensure_future(control.give(Hold()))
    await asyncio.sleep(0)
    control.end()
    with pytest.raises(FlightError, match="the flight is over"):
        await asking


@pytest.mark.parametrize(
    ("order", "mode", "text"),
    [
        (ReturnHome(), modes.RTL, "returning home, as asked"),
        (ReturnHome(why="the video is lost"), modes.RTL, "returning home, the video is lost"),
        (Land(), modes.LAND, "landing where it is, as asked"),
    ],
)
async def test_an_order_that_ends_a_flight_sets_the_mode_and_says_why(order: Order, mode: int, text: str) -> None:
    told: list[FlightUpdate] = []
    flight = flight_in(modes.AUTO, told)
    await carry_out(flight, order, course())
    assert flight.state.mode == mode
    assert [update.text for update in told if isinstance(update, FlightEvent)] == [text]


@pytest.mark.parametrize("order", [SkipTo(), ChangeSpeed(speed_m_s=5.0), Look(incident_id="p-001", view=VIEW)])
@pytest.mark.parametrize(("mode", "seq"), [(modes.AUTO, 1), (modes.RTL, 7)])
async def test_what_needs_a_leg_is_refused_off_the_route_and_nothing_is_sent(order: Order, mode: int, seq: int) -> None:
    flight = flight_in(mode, [])
    with pytest.raises(FlightError, match=f"cannot {order.words}: the aircraft is"):
        await carry_out(flight, order, course(seq))
    assert isinstance(flight.link, ScriptedLink)
    assert flight.link.sent == []
