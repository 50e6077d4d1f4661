"""Faults of our own in what runs beside a link: told as news, once each, and what failed goes on.

A heartbeat or a reconnection that died without a word would leave an aircraft alone, and nobody would know why.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Final

from flight.link_news import LinkNews, LinkNewsKind, OnLinkNews

_AGAIN_S: Final = 0.5
_TOLD_MOST: Final = 100


async def ended_told(work: Coroutine[None, None, None], tell: Callable[[str], None]) -> None:
    """Run something that may end; a fault in it is told, and ends it alone."""
    try:
        await work
    except Exception as exc:  # noqa: BLE001 - as below
        tell(f"{getattr(work, '__qualname__', 'what runs')} beside the flight failed: {type(exc).__name__}: {exc}")


class OwnFaults:
    """Tells each fault the first time it happens; `count` has all of them."""

    def __init__(self, tell: OnLinkNews) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self.count = 0

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Tell of a fault in the block, and go on after it."""
        try:
            yield
        except Exception as exc:  # noqa: BLE001 - whatever it is, aircraft may be in the air
            self.count += 1
            text = f"{what} failed: {type(exc).__name__}: {exc}"
            if text not in self._told and len(self._told) < _TOLD_MOST:
                self._told.add(text)
                self._tell(LinkNews(kind=LinkNewsKind.OWN_FAULT, text=text))

    async def keep(self, what: str, loop: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run an endless loop, for ever: after a fault it is begun anew."""
        while True:
            with self.told(what):
                await loop()
            await asyncio.sleep(_AGAIN_S)
