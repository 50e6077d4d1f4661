"""Commands and rates over links that lose messages, and answers that are not meant for us."""

import asyncio
import random
from collections.abc import Callable

import pytest
from flight_fakes import ScriptedLink

from flight import commands, retry
from flight.commands import ask_command, request_message, set_mode
from flight.errors import LinkLost
from flight.message_rates import request_rates
from missions import Message

RATES = {f"STREAM_{number}": (number, 10.0) for number in range(30, 43)}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_SHORTEST_S", "_JITTER_S", "_FIRST_S", "_LONGEST_S"):
        monkeypatch.setattr(retry, name, 0.005)
    monkeypatch.setattr(commands, "_ACK", retry.RoundTrip(0.01))


def ack(command: int, result: int = 0, **fields: object) -> Message:
    return Message("COMMAND_ACK", {"command": command, "result": result, **fields})


async def test_a_command_is_sent_until_it_is_answered() -> None:
    dice = random.Random(2)
    link = ScriptedLink(lambda message: [ack(message.integer("command"), 4)] if dice.random() < 0.2 else [])
    assert await ask_command(link, 300, what="the start") == 4
    assert len(link.sent) > 1
    assert [m.fields["confirmation"] for m in link.sent] == list(range(len(link.sent)))


async def test_a_vehicle_that_never_answers_ends_a_command_by_its_time() -> None:
    with pytest.raises(LinkLost, match=r"no answer to the start within 0\.1 s"):
        await ask_command(ScriptedLink(lambda _message: []), 300, what="the start", timeout_s=0.1)


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param(ack(300, 0, target_system=250, target_component=190), id="to another station"),
        pytest.param(ack(300, 0, target_system=255, target_component=7), id="to another component of ours"),
        pytest.param(ack(511, 0), id="of another command"),
    ],
)
async def test_an_answer_that_is_not_ours_confirms_nothing(strange: Message) -> None:
    ours = ack(300, 2, target_system=255, target_component=190)
    link = ScriptedLink(lambda _message: [strange] if len(link.sent) < 3 else [strange, ours])
    assert await ask_command(link, 300, what="the start") == 2


async def test_a_command_under_way_is_waited_for() -> None:
    link = ScriptedLink(lambda _message: [ack(300, 5)])

    async def end() -> None:
        await asyncio.sleep(0.05)
        link.publish(ack(300, 0))

    task = asyncio.create_task(end())
    assert await ask_command(link, 300, what="the start") == 0
    await task
    assert len(link.sent) == 1


async def test_a_late_answer_to_one_request_is_not_taken_for_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_LATE_S", 0.1)
    loop = asyncio.get_running_loop()

    def vehicle(message: Message) -> list[Message]:
        refused = message.number("param1") == 2
        loop.call_later(0.05, link.publish, ack(178, 4 if refused else 0))
        return []

    link = ScriptedLink(vehicle)
    first, second = (ask_command(link, 178, (number,), what=f"speed {number}") for number in (1, 2))
    assert list(await asyncio.gather(first, second)) == [0, 4]


async def test_a_mode_is_taken_when_the_heartbeat_says_so_though_messages_get_lost() -> None:
    dice = random.Random(4)

    def vehicle(message: Message) -> list[Message]:
        mode = round(message.number("param2"))
        replies = [ack(176), Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 81, "custom_mode": mode})]
        return [reply for reply in replies if dice.random() < 0.7] if dice.random() < 0.7 else []

    await set_mode(ScriptedLink(vehicle), 4)


async def test_a_message_is_asked_for_until_it_comes_or_is_refused() -> None:
    def vehicle(_message: Message) -> list[Message]:
        return [ack(512), *([Message("AUTOPILOT_VERSION", {"uid": 7})] if len(link.sent) > 3 else [])]

    link = ScriptedLink(vehicle)
    version = await request_message(link, 148, name="AUTOPILOT_VERSION")
    assert version is not None
    assert version.integer("uid") == 7
    assert await request_message(ScriptedLink(lambda _: [ack(512, 4)]), 148, name="AUTOPILOT_VERSION") is None
    assert await request_message(ScriptedLink(lambda _: []), 148, name="AUTOPILOT_VERSION", timeout_s=0.05) is None


def streaming(intervals: dict[int, int], lost: Callable[[], bool], absent: frozenset[int]) -> ScriptedLink:
    """A vehicle that keeps the interval of each message, over a link that loses some."""

    def vehicle(message: Message) -> list[Message]:
        if lost():
            return []
        command, number = message.integer("command"), round(message.number("param1"))
        if command == 511:
            if number not in absent:
                intervals[number] = round(message.number("param2"))
            return [] if lost() else [ack(511, 2 if number in absent else 0)]
        told = 0 if number in absent else intervals.get(number, -1)
        answer = Message("MESSAGE_INTERVAL", {"message_id": number, "interval_us": told})
        return [reply for reply in (answer, ack(510)) if not lost()]

    return ScriptedLink(vehicle)


@pytest.mark.parametrize("seed", range(6))
async def test_streams_are_asked_for_together_and_read_back_though_a_third_is_lost_both_ways(seed: int) -> None:
    dice = random.Random(seed)
    intervals: dict[int, int] = {}
    link = streaming(intervals, lambda: dice.random() < 0.3, frozenset({33}))
    assert await request_rates(link, RATES) == ("STREAM_33",)
    assert intervals == {number: 100_000 for number, _ in RATES.values() if number != 33}


async def test_streams_that_nobody_answers_for_are_a_note_and_no_error() -> None:
    assert await request_rates(ScriptedLink(lambda _message: []), RATES) == tuple(RATES)
    assert await request_rates(ScriptedLink(lambda message: [ack(message.integer("command"))]), RATES) == tuple(RATES)
