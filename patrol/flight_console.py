"""A flight on the terminal: preflight table, progress bar, the operator's word, Ctrl-C, and the report."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.table import Table

from flight.control import FlightControl
from flight.events import Check, CheckState, EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.exchange import LinkQuality
from flight.fly import Briefing
from flight.report import FlightReport, SortieReport
from missions import FlightError, InputError, LegKind
from missions.codec import to_json
from missions.formats.atomic import write_atomically
from patrol.console import progress_bar, stderr

_CHECK_STYLE = {CheckState.PASS: "green", CheckState.FAIL: "red", CheckState.WAIVED: "yellow"}
ALARMS = {
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
    EventKind.FOREIGN_STATION,
    EventKind.RECORD,
}
_QUESTION = "\n[r]eturn home, [h]old, [c]ontinue, [l]and here, s[k]ip the leg, speed as 5.5, hand [o]ver: "
_LEG_WORDS = {LegKind.SERVICE: "along the road", LegKind.DEADHEAD: "to the next road"}


class FlightConsole:
    """What an operator sees of a flight and may say to it. Use as a context manager around the flight."""

    def __init__(self, *, assume_yes: bool = False, interactive: bool | None = None, console: Console = stderr) -> None:
        self._assume_yes = assume_yes
        self._interactive = sys.stdin.isatty() if interactive is None else interactive
        self._console = console
        self._progress: Progress = progress_bar()
        self._task: TaskID | None = None
        self._second: TaskID | None = None
        self._asking = False
        self._background: set[asyncio.Task[None]] = set()
        self.control = FlightControl()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def on_event(self, update: FlightUpdate) -> None:
        """Show one event or progress."""
        if isinstance(update, FlightProgress):
            self._show(update)
            return
        self._print_event(update)
        if update.checks:
            self._console.print(preflight_table(update.checks))
        if update.kind is EventKind.BATTERY_SWAP and update.text.startswith("waiting"):
            self._later(self._ask_battery())

    def _print_event(self, event: FlightEvent) -> None:
        style = "yellow" if event.kind in ALARMS else "default"
        where = f"[dim]{escape(event.sortie_id)}[/dim] " if event.sortie_id else ""
        why = f" [dim]({escape(event.cause)})[/dim]" if event.cause else ""
        self._console.print(f"{where}[{style}]{escape(event.text)}[/{style}]{why}", soft_wrap=True)

    def _show(self, progress: FlightProgress) -> None:
        if self._task is None:
            self._task = self._progress.add_task("", total=1.0, status="")
        self._progress.update(
            self._task, description=describe(progress), completed=progress.fraction, status=status_of(progress)
        )

    def second_line(self, description: str, status: str) -> None:
        """Show something that runs beside the flight, under its bar."""
        if self._second is None:
            self._second = self._progress.add_task("", total=None, status="")
        self._progress.update(self._second, description=description, status=status)

    async def approve(self, briefing: Briefing) -> bool:
        """Show what is about to fly; unless the vehicle is a simulation, wait for its id.

        Raises:
            InputError: there is no terminal to ask on, and `--yes` was not given or several sorties need somebody who
                swaps batteries.

        """
        if briefing.is_simulation:
            return True
        self._console.print(briefing_table(briefing))
        if briefing.sortie_count > 1 and not self._interactive:
            raise InputError(
                f"{briefing.sortie_count} sorties need a battery swap in between, confirmed on a terminal",
                remedy="run it on a terminal",
            )
        if self._assume_yes:
            return True
        if not self._interactive:
            raise InputError(
                f"{briefing.vehicle_id} at {briefing.address} is no simulation, and nobody is here to confirm it",
                field="--yes",
                remedy="confirm on a terminal, or give --yes",
            )
        typed = await self._ask(f"type the vehicle's id to let it fly ({briefing.vehicle_id}): ")
        return typed == briefing.vehicle_id

    async def _ask(self, prompt: str) -> str:
        """Ask on the terminal while the flight goes on."""
        self._progress.stop()
        self._asking = True
        try:
            return (await asyncio.to_thread(input, prompt)).strip()
        except EOFError:
            return ""
        finally:
            self._asking = False
            self._progress.start()

    async def _ask_battery(self) -> None:
        if self._interactive:
            await self._ask("press Enter once a charged battery is in: ")
        self.control.battery_is_swapped()

    @contextlib.contextmanager
    def interrupts(self) -> Iterator[None]:
        """Let Ctrl-C ask the operator, or bring the aircraft home where there is no terminal.

        Raises:
            KeyboardInterrupt: it came while nothing was flying; then the whole work ends.

        """
        loop, work = asyncio.get_running_loop(), asyncio.current_task()
        ended = False

        def interrupt() -> None:
            nonlocal ended
            if self.control.flying:
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

    async def ask_on_interrupt(self) -> None:
        """Ask what the aircraft should do and pass it on."""
        if self._asking:
            return
        self._console.print("interrupted" if not self._interactive else "")
        answer = "r" if not self._interactive else await self._ask(_QUESTION)
        try:
            match answer[:1].lower():
                case "r":
                    await self.control.return_home()
                case "h":
                    await self.control.hold()
                case "c":
                    await self.control.resume()
                case "l":
                    await self.control.land()
                case "k":
                    await self.control.skip()
                case digit if digit.isdigit():
                    await self.control.change_speed(_speed_m_s(answer))
                case "o":
                    await self.control.hand_over()
                case _:
                    self._console.print("nothing changed")
        except FlightError as exc:
            self._console.print(f"[red]{escape(str(exc))}[/red]")

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _speed_m_s(text: str) -> float:
    """Return a speed as typed.

    Raises:
        FlightError: it is none.

    """
    try:
        return float(text)
    except ValueError:
        raise FlightError(f"{text!r} is no speed in m/s") from None


def describe(progress: FlightProgress) -> str:
    """Return which part of the patrol this is."""
    which = f"sortie {progress.sortie_number}/{progress.sortie_count}"
    if progress.leg is None:
        doing = "taking off" if progress.fraction < 1.0 else "returning"
        return f"{which} · {doing}"
    return f"{which} · leg {progress.waypoint}/{progress.waypoint_count} {_LEG_WORDS[progress.leg]}"


def status_of(progress: FlightProgress) -> str:
    """Return the figures beside the bar, with units."""
    battery = f"{progress.battery_pct:.0f} %" if progress.battery_pct is not None else "battery ?"
    minutes, seconds = divmod(round(progress.eta_s), 60)
    flown = f"{battery} · {progress.speed_m_s:.1f} m/s · {progress.height_m:.0f} m · {minutes}:{seconds:02d} to landing"
    return flown if progress.link is None else f"{flown} · {link_words(progress.link)}"


def link_words(link: LinkQuality) -> str:
    """Return how a link is now: the share lost of late, and how long there and back takes."""
    delay = f", {link.latency_ms:.0f} ms" if link.latency_ms is not None else ""
    return f"link {link.window_loss_pct:.0f} % lost{delay}"


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


def briefing_table(briefing: Briefing) -> Table:
    """Return what an operator should know before a vehicle may fly."""
    away = f"{briefing.home_from_dock_m:.1f} m" if briefing.home_from_dock_m is not None else "not known"
    table = Table("", "", title="About to fly", title_justify="left", box=None, show_header=False, pad_edge=False)
    table.add_row("vehicle", f"{briefing.vehicle_id} (system id {briefing.system_id}), {briefing.firmware}")
    table.add_row("link", briefing.address)
    if briefing.foreign_stations:
        others = ", ".join(map(str, briefing.foreign_stations))
        table.add_row("other ground stations", f"[yellow]system id {others}: two undo each other's orders[/yellow]")
    table.add_row("home from the plan's dock", away)
    table.add_row("fence", f"{briefing.fence_corners} corners, up to {briefing.fence_ceiling_m:g} m above home")
    table.add_row("sorties", str(briefing.sortie_count))
    return table


def _metres(value: float | None) -> str:
    return f"{value:.1f} m" if value is not None else "-"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _battery(sortie: SortieReport) -> str:
    if sortie.battery_start_pct is None or sortie.battery_end_pct is None:
        return "-"
    return f"{sortie.battery_start_pct - sortie.battery_end_pct:.0f} %"


def write_report(report: object, path: Path | None) -> None:
    """Write a report as JSON and say where; None writes nothing.

    Raises:
        InputError: it cannot be written.

    """
    if path is not None:
        write_atomically(path, to_json(report, indent=2) + "\n")
        stderr.print(f"report: {path}", soft_wrap=True)


def report_table(report: FlightReport) -> Table:
    """Return planned against flown, sortie by sortie."""
    title = f"{report.vehicle_id}, Copter {report.firmware}: {report.outcome.value.replace('_', ' ')}"
    table = Table("Sortie", "", "Planned", "Flown", title=title, title_justify="left", box=None, pad_edge=False)
    for sortie in report.sorties:
        for number, row in enumerate(_sortie_rows(sortie)):
            table.add_row(escape(sortie.sortie_id) if number == 0 else "", *row)
    table.add_row("link", "lost messages", "", f"{report.link.loss_pct:.1f} % of {report.link.received}")
    if report.link.latency_ms is not None:
        table.add_row("", "there and back", "", f"{report.link.latency_ms:.0f} ms")
    if report.link.channel not in {"", report.link_url}:
        table.add_row("", "at last over", "", report.link.channel)
    return table


def _sortie_rows(sortie: SortieReport) -> list[tuple[str, str, str]]:
    planned = sortie.planned
    return [
        ("distance", f"{planned.distance_m:.0f} m", f"{sortie.flown_distance_m:.0f} m"),
        ("time", f"{_clock(planned.time_s)} min", f"{_clock(sortie.flown_time_s)} min"),
        ("battery", f"{planned.energy_share_pct:.0f} %", _battery(sortie)),
        ("cross-track, largest", "", _metres(sortie.cross_track_max_m)),
        ("cross-track, mean", "", _metres(sortie.cross_track_mean_m)),
        ("height, largest", "", _metres(sortie.height_max_m)),
        ("mission items", str(sortie.item_count), sortie.outcome.value.replace("_", " ")),
        *((("silences", "", _silences(sortie)),) if sortie.silences else ()),
        *(
            (("waypoints left out", "", ", ".join(str(index + 1) for index in sortie.left_out)),)
            if sortie.left_out
            else ()
        ),
        *((("looks flown", "", str(sum(look.done for look in sortie.looks))),) if sortie.looks else ()),
        *((("ended by", "", escape(sortie.ended_by)),) if sortie.ended_by else ()),
    ]


def _silences(sortie: SortieReport) -> str:
    """Return how often and for how long in all the vehicle was not heard."""
    seconds = sum(one.to_utc_s - one.from_utc_s for one in sortie.silences if one.to_utc_s is not None)
    never = ", then never again" if any(one.to_utc_s is None for one in sortie.silences) else ""
    return f"{len(sortie.silences)}, {seconds:.0f} s in all{never}"
