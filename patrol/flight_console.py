"""A flight on the terminal: preflight table, progress bar, the operator's word, Ctrl-C, and the report."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.table import Table

from flight.control import FlightControl
from flight.events import EventKind, FlightProgress, FlightUpdate
from flight.exchange import LinkQuality
from flight.fly import Briefing
from flight.report import FlightReport, SortieReport
from missions import FlightError, LegKind
from missions.codec import to_json
from missions.formats.atomic import write_atomically
from patrol.console import progress_bar, stderr
from patrol.operator_terminal import OperatorTerminal

_QUESTION = "\n[r]eturn home, [h]old, [c]ontinue, [l]and here, s[k]ip the leg, speed as 5.5, hand [o]ver: "
_LEG_WORDS = {LegKind.SERVICE: "along the road", LegKind.DEADHEAD: "to the next road"}


class FlightConsole(OperatorTerminal):
    """What an operator sees of a flight and may say to it. Use as a context manager around the flight."""

    def __init__(self, *, assume_yes: bool = False, interactive: bool | None = None, console: Console = stderr) -> None:
        self._progress: Progress = progress_bar()
        super().__init__(self._progress, assume_yes=assume_yes, interactive=interactive, console=console)
        self._task: TaskID | None = None
        self._second: TaskID | None = None
        self.control = FlightControl()

    def on_event(self, update: FlightUpdate) -> None:
        """Show one event or progress."""
        if isinstance(update, FlightProgress):
            self._show(update)
            return
        self._tell(update, of=update.sortie_id)
        if update.kind is EventKind.BATTERY_SWAP and update.text.startswith("waiting"):
            self._later(self._ask_battery())

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
        count, whose = briefing.sortie_count, f"{briefing.vehicle_id} at {briefing.address}"
        if self._may_go_unasked(
            unattended=f"{whose} is no simulation, and nobody is here to confirm it",
            swaps=f"{count} sorties need a battery swap in between, confirmed on a terminal" if count > 1 else "",
        ):
            return True
        typed = await self._ask(f"type the vehicle's id to let it fly ({briefing.vehicle_id}): ")
        return typed == briefing.vehicle_id

    async def _ask_battery(self) -> None:
        if self._interactive:
            await self._ask("press Enter once a charged battery is in: ")
        self.control.battery_is_swapped()

    @property
    def _flying(self) -> bool:
        return self.control.flying

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
