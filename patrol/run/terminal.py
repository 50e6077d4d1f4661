"""A run on the terminal: the flight's console, and beside it what the watcher sees and who was told."""

from types import TracebackType
from typing import Self

from rich.markup import escape

from missions.alert import Alert
from missions.health import Health, HealthState
from patrol.console import stderr
from patrol.flight_console import FlightConsole
from patrol.run.incident_desk import Opened
from patrol.run.show import Show
from vision.events import WatchProgress

_HEALTH_STYLE = {HealthState.OK: "green", HealthState.FAILED: "red"}


class RunTerminal:
    """Shows a run on standard error. Use as a context manager around it."""

    def __init__(self, *, assume_yes: bool, interactive: bool | None = None) -> None:
        self.flight = FlightConsole(assume_yes=assume_yes, interactive=interactive)
        self._incidents = 0

    def __enter__(self) -> Self:
        self.flight.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flight.__exit__(kind, error, trace)

    @property
    def show(self) -> Show:
        """The callbacks of a run."""
        return Show(
            flight=self.flight.on_event,
            watching=self._watching,
            opened=self._opened,
            alert=self._alert,
            health=self._health,
        )

    def _watching(self, progress: WatchProgress) -> None:
        where = "" if progress.positions else ", no positions"
        late = f", {progress.dropped} dropped" if progress.dropped else ""
        self.flight.second_line(
            f"watching: {progress.frames} pictures{late}{where}", f"{self._incidents} incident(s) so far"
        )

    def _opened(self, opened: Opened) -> None:
        if not opened.first:
            return
        self._incidents += 1
        incident = opened.incident
        place = "place not known"
        if incident.position is not None:
            place = (
                f"{incident.position.lat_deg:.6f}, {incident.position.lon_deg:.6f} ± {incident.position_error_m:.0f} m"
            )
        road = f" on {incident.road_name}" if incident.road_name else ""
        stderr.print(
            f"[bold red]{escape(incident.incident_id)} {incident.kind}[/bold red]{escape(road)}, {place}",
            soft_wrap=True,
        )
        if opened.dispatch is not None:
            sent = opened.dispatch
            way = f"{sent.walking_m:.0f} m on foot, about {sent.eta_s:.0f} s"
            stderr.print(f"  nearest responder: {escape(sent.person_id)}, {way}", soft_wrap=True)

    def _alert(self, alert: Alert) -> None:
        stderr.print(f"[red]alert to {escape(alert.person_id)}:[/red] {escape(alert.title)}", soft_wrap=True)

    def _health(self, health: Health) -> None:
        style = _HEALTH_STYLE.get(health.state, "yellow")
        stderr.print(f"[{style}]{health.part} {health.state}: {escape(health.detail)}[/{style}]", soft_wrap=True)
