"""Telemetry as an async iterator: one value after the other, the oldest left out when nobody takes them."""

import asyncio
from collections import deque
from typing import Final, Self

from missions import Telemetry

_KEPT: Final = 600  # a minute at 10 Hz


class TelemetryStream:
    """Values as they come; `async for` ends when the link closes."""

    def __init__(self) -> None:
        self._waiting: deque[Telemetry] = deque(maxlen=_KEPT)
        self._arrived = asyncio.Event()
        self._ended = False

    def put(self, telemetry: Telemetry) -> None:
        """Take one more."""
        self._waiting.append(telemetry)
        self._arrived.set()

    def end(self) -> None:
        """Nothing comes any more."""
        self._ended = True
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Telemetry:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()
