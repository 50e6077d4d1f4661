"""A lost video: the flight does what the plan's failsafes say, by the vehicle's clock."""

import asyncio
from dataclasses import replace

import pytest
from flight_fakes import drawn_plan
from ready_vehicle import configured, flight_of, texts, vehicle_says

from flight.context import Flight
from flight.control import Hold, Land, Order, Resume, ReturnHome
from flight.events import EventKind, FlightEvent, FlightUpdate
from flight.video_loss import VideoLoss
from missions import FailsafePolicy

PLAN = drawn_plan((0, 80), (80, 80))


class Sky:
    """A flight in the air whose orders are carried out at once."""

    def __init__(self, action: str) -> None:
        plan = replace(
            PLAN, failsafes=FailsafePolicy.model_validate({"on_video_loss": action, "video_loss_after_s": 10})
        )
        made: tuple[Flight, list[FlightUpdate]] = flight_of(plan, vehicle_says(), configured(plan))
        self.flight, self.told = made
        self.flight.control.begin()
        self.pictures = 5
        self.loss = VideoLoss(self.flight, lambda: self.pictures)
        self.orders: list[Order] = []

    async def fly(self, seconds: int, *, from_s: int, with_pictures: bool, armed: bool = True) -> None:
        """Let the vehicle tell where it is once a second, and answer what is ordered."""
        telemetry = self.flight.state.telemetry
        assert telemetry is not None
        for second in range(from_s, from_s + seconds):
            self.pictures += 5 * with_pictures
            self.loss.hear(replace(telemetry, captured_utc_s=1000.0 + second, armed=armed))
            await asyncio.sleep(0)
            while (ask := self.flight.control.next_ask()) is not None:
                self.orders.append(ask.order)
                ask.answer.set_result("done")
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("action", "orders"),
    [
        ("report", []),
        ("hold", [Hold()]),
        ("return", [ReturnHome(why="because the video was lost")]),
        ("land", [Land(why="because the video was lost")]),
    ],
)
async def test_each_choice_is_ordered_once_after_its_time(action: str, orders: list[Order]) -> None:
    sky = Sky(action)
    await sky.fly(20, from_s=0, with_pictures=True)
    await sky.fly(10, from_s=20, with_pictures=False)
    assert sky.orders == []
    await sky.fly(20, from_s=30, with_pictures=False)
    assert sky.orders == orders
    lost = [text for text in texts(sky.told) if "no picture" in text]
    assert lost == [f"no picture for 11 s; by the plan's failsafes: {action}"]


async def test_a_hold_ends_with_the_next_picture() -> None:
    sky = Sky("hold")
    await sky.fly(20, from_s=0, with_pictures=False)
    await sky.fly(3, from_s=20, with_pictures=True)
    assert sky.orders == [Hold(), Resume()]
    kinds = [update.kind for update in sky.told if isinstance(update, FlightEvent)]
    assert kinds == [EventKind.VIDEO_LOST, EventKind.RECOVERED]
    await sky.fly(20, from_s=23, with_pictures=False)
    assert sky.orders == [Hold(), Resume(), Hold()], "and it may be lost again"


async def test_a_picture_does_not_undo_what_an_operator_ordered_meanwhile() -> None:
    sky = Sky("hold")
    await sky.fly(20, from_s=0, with_pictures=False)
    asking = asyncio.create_task(sky.flight.control.return_home())
    await sky.fly(3, from_s=20, with_pictures=False)
    await asking
    await sky.fly(3, from_s=23, with_pictures=True)
    assert sky.orders == [Hold(), ReturnHome()]


async def test_nothing_is_lost_on_the_ground_nor_while_the_vehicles_clock_stands_still() -> None:
    sky = Sky("land")
    await sky.fly(60, from_s=0, with_pictures=False, armed=False)
    for _ in range(100):
        await sky.fly(1, from_s=60, with_pictures=False)
    assert sky.orders == []
