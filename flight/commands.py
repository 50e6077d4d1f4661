"""Commands with an answer: COMMAND_LONG, modes, message rates, arming."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from flight.clock import VehicleDeadline
from flight.copter_modes import mode_name
from flight.errors import CommandRefused, LinkLost, ModeRefused
from flight.exchange import Exchange, is_autopilot
from missions import Message

MAV_CMD_NAV_RETURN_TO_LAUNCH = 20
MAV_CMD_DO_SET_MODE = 176
MAV_CMD_DO_CHANGE_SPEED = 178
MAV_CMD_DO_PAUSE_CONTINUE = 193
MAV_CMD_DO_SET_MISSION_CURRENT = 224
MAV_CMD_MISSION_START = 300
MAV_CMD_COMPONENT_ARM_DISARM = 400
MAV_CMD_RUN_PREARM_CHECKS = 401
MAV_CMD_SET_MESSAGE_INTERVAL = 511
MAV_CMD_REQUEST_MESSAGE = 512
MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW = 1000
MAV_CMD_BATTERY_RESET = 42651

ACCEPTED, IN_PROGRESS = 0, 5
_ACK_S = 1.5
_TRIES = 4
_MODE_ENABLED = 1  # MAV_MODE_FLAG_CUSTOM_MODE_ENABLED


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
    fields: dict[str, object] = {f"param{number}": value for number, value in enumerate(params, start=1)}
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + timeout_s
    with link.subscribe("COMMAND_ACK") as answers:
        for attempt in range(_TRIES):
            await link.send(Message("COMMAND_LONG", {"command": command, "confirmation": attempt, **fields}))
            wait_s = _ACK_S
            while (answer := await answers.next_or_none(min(wait_s, max(0.05, ends_s - loop.time())))) is not None:
                if answer.integer("command") != command:
                    continue
                if answer.integer("result") != IN_PROGRESS:
                    return answer.integer("result")
                wait_s = timeout_s
            if loop.time() >= ends_s:
                break
    raise LinkLost(f"no answer to {what} within {timeout_s:g} s")


async def set_mode(link: Exchange, mode: int, *, timeout_s: float = 5.0) -> None:
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
    return heartbeat is not None and bool(heartbeat.integer("base_mode") & 128)  # MAV_MODE_FLAG_SAFETY_ARMED


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


async def request_message(link: Exchange, message_id: int, *, name: str, timeout_s: float = 5.0) -> Message | None:
    """Ask for one message; None where the vehicle does not send it within `timeout_s` of wall time."""
    with link.subscribe(name) as messages:
        result = await ask_command(link, MAV_CMD_REQUEST_MESSAGE, (message_id,), what=name)
        return await messages.next_or_none(timeout_s) if result == ACCEPTED else None


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
