"""The operator at a terminal while something flies: questions, Ctrl-C, and what happened as lines."""

import asyncio
import contextlib
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flight.events import Check, CheckState, EventKind, FlightEvent
from missions import InputError

_CHECK_STYLE: Final = {CheckState.PASS: "green", CheckState.FAIL: "red", CheckState.WAIVED: "yellow"}
_ALARMS: Final = {
    EventKind.VEHICLE_TEXT,
    EventKind.LINK_SILENT,
    EventKind.OVERDUE,
    EventKind.MODE,
    EventKind.REFUSED,
    EventKind.FAILSAFE,
    EventKind.REBOOTED,
    EventKind.VIDEO_LOST,
    EventKind.LINK_CHANNEL,
    EventKind.LINK_FAILOVER,
    EventKind.LINK_ODD,
    EventKind.OWN_FAULT,
    EventKind.FOREIGN_STATION,
    EventKind.RECORD,
    EventKind.SEPARATION,
}


class Moving(Protocol):
    """What moves on the terminal: a bar or a table, which makes room for a question."""

    def start(self) -> None:
        """Show it."""

    def stop(self) -> None:
        """Take it away."""


class OperatorTerminal(ABC):
    """What every console of flights has: it tells events, asks while flights go on, and hears Ctrl-C.

    Use as a context manager around the flights.
    """

    def __init__(self, moving: Moving | None, *, assume_yes: bool, interactive: bool | None, console: Console) -> None:
        self._moving = moving
        self._assume_yes = assume_yes
        self._interactive = sys.stdin.isatty() if interactive is None else interactive
        self._console = console
        self._asking = False
        self._background: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._go_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pause()

    def _go_on(self) -> None:
        if self._moving is not None:
            self._moving.start()

    def _pause(self) -> None:
        if self._moving is not None:
            self._moving.stop()

    @property
    @abstractmethod
    def _flying(self) -> bool:
        """Whether Ctrl-C is a word to an aircraft in the air."""

    @abstractmethod
    async def ask_on_interrupt(self) -> None:
        """Ask what should be done and pass it on."""

    def _tell(self, event: FlightEvent, *, of: str | None) -> None:
        """Show an event as a line, and the preflight checks it holds; `of` names whose it is."""
        style = "yellow" if event.kind in _ALARMS else "default"
        whose = f"[dim]{escape(of)}[/dim] " if of else ""
        why = f" [dim]({escape(event.cause)})[/dim]" if event.cause else ""
        self._console.print(f"{whose}[{style}]{escape(event.text)}[/{style}]{why}", soft_wrap=True)
        if event.checks:
            self._console.print(preflight_table(event.checks))

    def _may_go_unasked(self, *, unattended: str, swaps: str) -> bool:
        """Whether `--yes` lets it fly; `swaps` says which batteries have to be swapped by hand, if any.

        Raises:
            InputError: nobody is here to confirm the flight (`unattended` says which), or to swap batteries.

        """
        if swaps and not self._interactive:
            raise InputError(swaps, remedy="run it on a terminal")
        if self._assume_yes:
            return True
        if not self._interactive:
            raise InputError(unattended, field="--yes", remedy="confirm on a terminal, or give --yes")
        return False

    async def _ask(self, prompt: str) -> str:
        """Ask on the terminal while flights go on."""
        self._pause()
        self._asking = True
        try:
            return (await asyncio.to_thread(input, prompt)).strip()
        except EOFError:
            return ""
        finally:
            self._asking = False
            self._go_on()

    @contextlib.contextmanager
    def interrupts(self) -> Iterator[None]:
        """Let Ctrl-C ask the operator, or bring what flies home where there is no terminal.

        Raises:
            KeyboardInterrupt: it came while nothing was flying; then the whole work ends.

        """
        loop, work = asyncio.get_running_loop(), asyncio.current_task()
        ended = False

        def interrupt() -> None:
            nonlocal ended
            if self._flying:
                self._later(self.ask_on_interrupt())
            elif work is not None:
                ended = True
                work.cancel()

        loop.add_signal_handler(signal.SIGINT, interrupt)
        try:
            yield
        except asyncio.CancelledError:
            if ended:
                raise KeyboardInterrupt from None
            raise
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            for task in tuple(self._background):
                task.cancel()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside the flights."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def preflight_table(checks: tuple[Check, ...]) -> Table:
    """Return the preflight checks as a table."""
    table = Table("Check", "", "", title="Preflight", title_justify="left", box=None, pad_edge=False)
    for check in checks:
        style = _CHECK_STYLE[check.state]
        table.add_row(check.name, f"[{style}]{check.state.value}[/{style}]", escape(told(check)))
    return table


def told(check: Check) -> str:
    """Return what a check found, and who answers for it where it is waived."""
    if not check.waived_by:
        return check.detail
    because = f": {check.reason}" if check.reason else ""
    return f"{check.detail}; waived by {check.waived_by}{because}"
