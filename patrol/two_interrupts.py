"""Ctrl-C twice: once to end what is going on in order, once more to leave at once."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def two_interrupts() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Set the first event at the first Ctrl-C, the second at the next one, while the block runs."""
    first, second = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        (second if first.is_set() else first).set()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield first, second
    finally:
        loop.remove_signal_handler(signal.SIGINT)
