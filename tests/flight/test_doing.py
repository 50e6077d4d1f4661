"""What is given up ends first, and its end is told from that of whoever waits for it."""

import asyncio
from collections.abc import Coroutine

import pytest

from flight.control import Ask, Hold
from flight.doing import Doing
from flight.report import LookRecord
from missions import FlightError

Carried = tuple[str, LookRecord | None]


async def begun(work: Coroutine[None, None, Carried]) -> Doing:
    doing = Doing(Hold(), Ask(Hold()), asyncio.create_task(work))
    await asyncio.sleep(0)
    return doing


def why(doing: Doing) -> str:
    assert doing.ask is not None
    return str(doing.ask.answer.exception())


async def slow_to_end(ends: asyncio.Event) -> Carried:
    try:
        await asyncio.sleep(60.0)
    finally:
        await ends.wait()
    return "", None


@pytest.mark.parametrize("end", [None, FlightError("it did not brake")])
async def test_what_is_given_up_is_refused_however_it_ends(end: FlightError | None) -> None:
    async def work() -> Carried:
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            raise end or asyncio.CancelledError from None
        return "", None

    doing = await begun(work())
    await doing.give_up()
    assert doing.task.done()
    assert "given up for another order" in why(doing)


async def test_a_bug_in_what_is_given_up_is_told() -> None:
    async def work() -> Carried:
        try:
            await asyncio.sleep(60.0)
        finally:
            raise ZeroDivisionError

    doing = await begun(work())
    with pytest.raises(ZeroDivisionError):
        await doing.give_up()
    assert "given up for another order" in why(doing)


async def test_a_cancellation_of_whoever_waits_for_its_end_is_not_taken_for_its_own() -> None:
    ends = asyncio.Event()
    doing = await begun(slow_to_end(ends))
    giving_up = asyncio.create_task(doing.give_up())
    await asyncio.sleep(0)
    giving_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving_up
    assert "given up for another order" in why(doing)
    ends.set()
    await asyncio.wait([doing.task])
