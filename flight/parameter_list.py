"""All parameters of a vehicle: the stream of them, then what got lost by its place in the list.

The list itself changes when a feature is switched on: it grows, and places move. So a list is of one generation, told
by its length, and begun anew when another length is heard.
"""

from dataclasses import dataclass
from typing import Final

from flight.errors import TransferFailed
from flight.exchange import Exchange, Subscription
from flight.gather import gather
from flight.retry import now_s
from missions import Message

_QUIET_S: Final = 0.6
_SILENCE_S: Final = 15.0
_NO_PLACE: Final = 65535  # of an answer to PARAM_SET or to a read by name
_TRIES: Final = 20
_GENERATIONS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter as the vehicle has it."""

    name: str
    value: float
    mav_type: int
    """MAV_PARAM_TYPE: integers must be sent back with their own."""


def parameter_of(message: Message) -> Parameter:
    """Return the parameter of a PARAM_VALUE."""
    return Parameter(
        name=message.text("param_id"), value=message.number("param_value"), mav_type=message.integer("param_type")
    )


class _OtherListError(Exception):
    """The list changed its length while it was read."""


class ParameterList:
    """One reading of the whole list; takes as long as parameters keep coming."""

    def __init__(self, link: Exchange) -> None:
        self._link = link
        self.total = 0
        """How many there are, once the vehicle said it."""
        self.found: dict[int, Parameter] = {}

    async def read(self) -> tuple[Parameter, ...]:
        """Return them all, in the vehicle's order.

        Raises:
            TransferFailed: the vehicle fell silent, or its list never stays the same.

        """
        with self._link.subscribe("PARAM_VALUE") as values:
            for _ in range(_GENERATIONS):
                self.total, self.found = 0, {}
                try:
                    await self._stream(values)
                    await self._fill_gaps(values)
                except _OtherListError:
                    continue
                return tuple(self.found[index] for index in range(self.total))
        raise TransferFailed("the vehicle's list of parameters changes all the time")

    async def _stream(self, values: Subscription) -> None:
        """Ask for the list and take what comes until it falls silent."""
        ends_s = now_s() + _SILENCE_S
        while not self.total:
            if now_s() > ends_s:
                raise TransferFailed("the vehicle does not list its parameters")
            await self._link.send(Message("PARAM_REQUEST_LIST"))
            while (message := await values.next_or_none(_QUIET_S)) is not None:
                self._take(message)
                if len(self.found) == self.total:
                    break

    async def _fill_gaps(self, values: Subscription) -> None:
        """Ask for what got lost until it is there."""
        while missing := [index for index in range(self.total) if index not in self.found]:
            before = len(self.found)
            await gather(
                self._link,
                values,
                missing,
                lambda index: [Message("PARAM_REQUEST_READ", {"param_index": index, "param_id": ""})],
                self._take,
                tries=_TRIES,
            )
            if len(self.found) == before:
                raise TransferFailed(f"{before} of {self.total} parameters came, then no more")

    def _take(self, message: Message) -> tuple[int, Parameter] | None:
        index, total = message.integer("param_index"), message.integer("param_count")
        if index == _NO_PLACE or index >= total:
            return None
        if self.total not in {0, total}:
            raise _OtherListError
        self.total = total
        self.found[index] = parameter_of(message)
        return index, self.found[index]
