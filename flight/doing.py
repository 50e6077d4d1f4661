"""An order that is being carried out, and the answer to whoever asked for it."""

import asyncio
from dataclasses import dataclass

from flight.control import Ask, Order
from flight.report import LookRecord
from missions import FlightError


@dataclass(eq=False, slots=True)
class Doing:
    """Runs beside the following of its sortie; `ask` is None where nobody waits for the answer."""

    order: Order | None
    ask: Ask | None
    task: asyncio.Task[tuple[str, LookRecord | None]]

    def answer(self, text: str) -> None:
        """Say that it was done."""
        if self.ask is not None and not self.ask.answer.done():
            self.ask.answer.set_result(text)

    def refuse(self, error: FlightError) -> None:
        """Say why it was not."""
        if self.ask is not None and not self.ask.answer.done():
            self.ask.answer.set_exception(error)

    async def give_up(self) -> None:
        """End it, for something more urgent or because the flight is over."""
        self.task.cancel()
        try:
            await asyncio.wait([self.task])  # unlike its own end, a cancellation of whoever waits here is not held up
        finally:
            self.refuse(FlightError("it was given up for another order, or the flight is over"))
        if not self.task.cancelled() and not isinstance(self.task.exception(), FlightError):
            self.task.result()
