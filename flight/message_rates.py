"""Asking for telemetry: all messages together, each until the vehicle says at which interval it sends it.

The answer to MAV_CMD_SET_MESSAGE_INTERVAL does not say which message was meant, so what counts is the interval that the
vehicle gives back (MESSAGE_INTERVAL), which names the message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flight.commands import MAV_CMD_GET_MESSAGE_INTERVAL, MAV_CMD_SET_MESSAGE_INTERVAL
from flight.exchange import Exchange
from flight.gather import gather
from missions import Message

_TRIES: Final = 14  # a third lost both ways: one stream in 10 000 stays unknown
_NOT_AVAILABLE: Final = 0
_ROUNDED_SHARE: Final = 0.1
_ROUNDED_US: Final = 2000  # a vehicle counts in whole milliseconds or steps of its main loop


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRate:
    """A message that should come at a rate."""

    name: str
    message_id: int
    hz: float

    @property
    def interval_us(self) -> int:
        """Time between two of them, microseconds."""
        return round(1e6 / self.hz)


async def request_rates(link: Exchange, wanted: Mapping[str, tuple[int, float]]) -> tuple[str, ...]:
    """Ask for messages, `name: (message id, Hz)`, all at once; what did not work is a note, never an error.

    Returns:
        The names of those that the vehicle does not have, or did not say that it sends, in their order.

    """
    rates = {number: WantedRate(name=name, message_id=number, hz=hz) for name, (number, hz) in wanted.items()}
    with link.subscribe("MESSAGE_INTERVAL") as replies:

        def answer(message: Message) -> tuple[int, bool] | None:
            rate = rates.get(message.integer("message_id"))
            interval_us = message.integer("interval_us")
            if rate is None:
                return None
            if interval_us == _NOT_AVAILABLE:
                return rate.message_id, False
            near_us = max(_ROUNDED_US, _ROUNDED_SHARE * rate.interval_us)
            return (rate.message_id, True) if abs(interval_us - rate.interval_us) <= near_us else None

        found = await gather(link, replies, rates, lambda number: _orders(rates[number]), answer, tries=_TRIES)
    return tuple(rate.name for number, rate in rates.items() if not found.get(number, False))


def _orders(rate: WantedRate) -> tuple[Message, Message]:
    number, interval_us = rate.message_id, rate.interval_us
    return (
        Message("COMMAND_LONG", {"command": MAV_CMD_SET_MESSAGE_INTERVAL, "param1": number, "param2": interval_us}),
        Message("COMMAND_LONG", {"command": MAV_CMD_GET_MESSAGE_INTERVAL, "param1": number}),
    )
