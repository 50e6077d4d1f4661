"""Commands with an answer: COMMAND_LONG, modes, message rates, arming."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from flight.clock import VehicleDeadline
from flight.copter_modes import mode_name
from flight.errors import CommandRefused, LinkLost, ModeRefused
from flight.exchange import Exchange, is_autopilot, says_armed
from flight.retry import RoundTrip, now_s
from missions import Message

MAV_CMD_DO_SET_MODE = 176
MAV_CMD_DO_PAUSE_CONTINUE = 193
MAV_CMD_DO_SET_MISSION_CURRENT = 224
MAV_CMD_MISSION_START = 300
MAV_CMD_COMPONENT_ARM_DISARM = 400
MAV_CMD_RUN_PREARM_CHECKS = 401
MAV_CMD_GET_MESSAGE_INTERVAL = 510
MAV_CMD_SET_MESSAGE_INTERVAL = 511
MAV_CMD_REQUEST_MESSAGE = 512
MAV_CMD_BATTERY_RESET = 42651

ACCEPTED, TEMPORARILY_REJECTED, IN_PROGRESS = 0, 1, 5
_ACK = RoundTrip(first_s=0.4)
"""Arming takes a vehicle longer than an answer does on any link, so these waits are not learned."""
_LATE_S = 0.5
_LINES: WeakKeyDictionary[Exchange, dict[int, "_Line"]] = WeakKeyDictionary()
_FORCE_DISARM = 21196.0  # MAV_CMD_COMPONENT_ARM_DISARM's param2
_MODE_ENABLED = 1  # MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
_AUTOPILOT_VERSION_ID = 148


@asynccontextmanager
async def heard_texts(link: Exchange) -> AsyncIterator[list[str]]:
    """Collect what the vehicle says while the block runs."""
    texts: list[str] = []
    with link.subscribe("STATUSTEXT") as said:

        async def collect() -> None:
            while True:
                texts.append((await said.get(3600.0)).text("text"))

        task = asyncio.create_task(collect())
        try:
            yield texts
        finally:
            task.cancel()


async def send_command(
    link: Exchange, command: int, params: Sequence[float] = (), *, what: str, timeout_s: float = 10.0
) -> None:
    """Send a command until it is answered.

    Raises:
        CommandRefused: any answer but "accepted".
        LinkLost: no answer within `timeout_s` of wall time.

    """
    result = await ask_command(link, command, params, what=what, timeout_s=timeout_s)
    if result != ACCEPTED:
        raise CommandRefused(what, result=result)


async def ask_command(
    link: Exchange, command: int, params: Sequence[float] = (), *, what: str, timeout_s: float = 10.0
) -> int:
    """Send a command until it is answered and return the MAV_RESULT.

    Raises:
        LinkLost: no answer within `timeout_s` of wall time.

    """
    return (await command_answer(link, command, params, what=what, timeout_s=timeout_s)).integer("result")


async def command_answer(
    link: Exchange, command: int, params: Sequence[float] = (), *, what: str, timeout_s: float = 10.0
) -> Message:
    """Send a command until it is answered and return the COMMAND_ACK.

    An answer names the command but not which request of it is meant. So one request of a command is open at a time, and
    the next one waits until answers to repetitions of the last one cannot come any more.

    Raises:
        LinkLost: no answer within `timeout_s` of wall time.

    """
    fields: dict[str, object] = {f"param{number}": value for number, value in enumerate(params, start=1)}
    ends_s = now_s() + timeout_s
    line = _line(link, command)
    async with line.one_at_a_time:
        await asyncio.sleep(max(0.0, line.clear_s - now_s()))
        with link.subscribe("COMMAND_ACK") as answers:
            sent = 0
            while now_s() < ends_s:
                await link.send(Message("COMMAND_LONG", {"command": command, "confirmation": min(sent, 255), **fields}))
                sent, sent_s = sent + 1, now_s()
                wait_s = _ACK.wait_s(sent)
                while (left_s := min(sent_s + wait_s, ends_s) - now_s()) > 0:
                    answer = await answers.next_or_none(left_s)
                    if answer is None or answer.integer("command") != command or not link.is_for_us(answer):
                        continue
                    if answer.integer("result") != IN_PROGRESS:
                        line.clear_s = sent_s + max(_LATE_S, 2 * (now_s() - sent_s)) if sent > 1 else 0.0
                        return answer
                    wait_s = timeout_s
            line.clear_s = now_s() + _LATE_S
    raise LinkLost(f"no answer to {what} within {timeout_s:g} s")


@dataclass(slots=True)
class _Line:
    """The requests of one command on one link."""

    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    clear_s: float = 0.0
    """Until then an answer may still be one to a request before."""


def _line(link: Exchange, command: int) -> _Line:
    return _LINES.setdefault(link, {}).setdefault(command, _Line())


async def set_mode(link: Exchange, mode: int, *, timeout_s: float = 10.0) -> None:
    """Change the flight mode and wait until the vehicle's heartbeat says so.

    Raises:
        ModeRefused: it does not, within `timeout_s` of wall time.

    """
    if current_mode(link) == mode:
        return
    async with heard_texts(link) as texts:
        with link.subscribe("HEARTBEAT") as heartbeats:
            result = await ask_command(
                link, MAV_CMD_DO_SET_MODE, (_MODE_ENABLED, mode), what=f"mode {mode_name(mode)}", timeout_s=timeout_s
            )
            if result == ACCEPTED:
                try:
                    async with asyncio.timeout(timeout_s):
                        while current_mode(link) != mode:
                            await heartbeats.get(timeout_s)
                except TimeoutError:
                    pass
                else:
                    return
            raise ModeRefused(mode_name(mode), mode_name(current_mode(link)), texts)


def current_mode(link: Exchange) -> int:
    """Return the mode of the last heartbeat; -1 before the first."""
    heartbeat = link.latest.get("HEARTBEAT")
    return heartbeat.integer("custom_mode") if heartbeat is not None and is_autopilot(heartbeat) else -1


def is_armed(link: Exchange) -> bool:
    """Whether the last heartbeat says armed."""
    heartbeat = link.latest.get("HEARTBEAT")
    return heartbeat is not None and says_armed(heartbeat)


async def request_rate(link: Exchange, message_id: int, hz: float, *, name: str, timeout_s: float = 10.0) -> bool:
    """Ask for a message at a rate; False where the vehicle does not have it.

    Raises:
        LinkLost: no answer within `timeout_s` of wall time.

    """
    interval_us = round(1e6 / hz)
    result = await ask_command(
        link,
        MAV_CMD_SET_MESSAGE_INTERVAL,
        (message_id, interval_us),
        what=f"{name} at {hz:g} Hz",
        timeout_s=timeout_s,
    )
    return result == ACCEPTED


async def request_message(link: Exchange, message_id: int, *, name: str, timeout_s: float = 10.0) -> Message | None:
    """Ask for one message until it comes; None where it is refused, or nothing came in `timeout_s` of wall time."""
    line = _line(link, MAV_CMD_REQUEST_MESSAGE)
    order = Message("COMMAND_LONG", {"command": MAV_CMD_REQUEST_MESSAGE, "param1": message_id})
    ends_s = now_s() + timeout_s
    async with line.one_at_a_time:
        await asyncio.sleep(max(0.0, line.clear_s - now_s()))
        with link.subscribe(name, "COMMAND_ACK") as replies:
            sent = 0
            while now_s() < ends_s:
                await link.send(order)
                sent, sent_s = sent + 1, now_s()
                line.clear_s = sent_s + _LATE_S
                while (left_s := min(sent_s + _ACK.wait_s(sent), ends_s) - now_s()) > 0:
                    reply = await replies.next_or_none(left_s)
                    if reply is not None and reply.name == name:
                        return reply
                    if reply is not None and _refuses(link, reply, MAV_CMD_REQUEST_MESSAGE):
                        return None
    return None


async def request_version(link: Exchange, *, timeout_s: float = 10.0) -> Message | None:
    """Ask a vehicle which firmware and which board it is: AUTOPILOT_VERSION; None where it does not tell."""
    return await request_message(link, _AUTOPILOT_VERSION_ID, name="AUTOPILOT_VERSION", timeout_s=timeout_s)


def _refuses(link: Exchange, answer: Message, command: int) -> bool:
    """Whether a COMMAND_ACK says that this command will never be done."""
    final = answer.integer("result") not in {ACCEPTED, TEMPORARILY_REJECTED, IN_PROGRESS}
    return final and answer.integer("command") == command and link.is_for_us(answer)


async def arm(link: Exchange, *, timeout_s: float) -> None:
    """Arm; tried again while the vehicle gives reasons, for `timeout_s` of the vehicle's time.

    Raises:
        CommandRefused: with the reasons the vehicle gave last.

    """
    deadline = VehicleDeadline(link.clock, timeout_s)
    while True:
        async with heard_texts(link) as texts:
            result = await ask_command(link, MAV_CMD_COMPONENT_ARM_DISARM, (1,), what="arming")
            if result == ACCEPTED:
                return  # at once: a Copter that is not sent off disarms itself after DISARM_DELAY, 10 s of its time
            await asyncio.sleep(0.2)  # the reasons arrive around the answer
            reasons = list(dict.fromkeys(text for text in texts if "rm" in text))
        if deadline.passed:
            raise CommandRefused("arming", result=result, reasons=reasons)
        await asyncio.sleep(0.3)


async def disarm(link: Exchange, *, force: bool, timeout_s: float = 10.0) -> None:
    """Disarm; with `force` in whatever state the vehicle takes itself to be.

    Raises:
        CommandRefused: the vehicle does not.
        LinkLost: no answer within `timeout_s` of wall time.

    """
    magic = _FORCE_DISARM if force else 0.0
    await send_command(link, MAV_CMD_COMPONENT_ARM_DISARM, (0.0, magic), what="disarming", timeout_s=timeout_s)
    with link.subscribe("HEARTBEAT") as heartbeats:
        ends_s = now_s() + timeout_s
        while is_armed(link) and now_s() < ends_s:
            await heartbeats.next_or_none(ends_s - now_s())
