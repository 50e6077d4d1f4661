"""What a patrol came to, as tables and as one object."""

from dataclasses import dataclass

from rich.table import Table

from archive import Archive
from flight.report import FlightReport
from missions.plan import Plan
from missions.scenario import Truth
from patrol.run.patrol_run import RunOutcome
from patrol.scoring import ScoredAlert, ScoredIncident, score_alerts, score_incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Distance, time and energy, planned or flown."""

    distance_m: float
    time_s: float
    energy_wh: float | None
    battery_used_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundIncident:
    """An incident of a patrol whose truth nobody knows. `opened_s` is patrol seconds after take-off."""

    kind: str
    incident_id: str
    opened_s: float | None
    lat_deg: float | None
    lon_deg: float | None
    position_error_m: float | None
    """As claimed, one sigma."""
    road: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What `--json` prints."""

    patrol_id: str
    state: str
    planned: Figures
    flown: Figures | None
    pictures: int
    pictures_dropped: int
    incidents: tuple[ScoredIncident | FoundIncident, ...]
    alerts: tuple[ScoredAlert, ...]
    archive: str
    error: str | None = None


def summarise(plan: Plan, outcome: RunOutcome, archive: Archive, truths: tuple[Truth, ...] | None) -> RunSummary:
    """Put a run's figures together; with `truths` (a simulated world's) the incidents are scored."""
    incidents, alerts = archive.incidents(), archive.alerts()
    takeoff_utc_s = outcome.takeoff_utc_s or 0.0
    scored: tuple[ScoredIncident, ...] = ()
    rows: tuple[ScoredIncident | FoundIncident, ...]
    if truths is None:
        rows = tuple(
            FoundIncident(
                kind=incident.kind,
                incident_id=incident.incident_id,
                opened_s=incident.opened_utc_s - takeoff_utc_s if outcome.takeoff_utc_s else None,
                lat_deg=incident.position.lat_deg if incident.position else None,
                lon_deg=incident.position.lon_deg if incident.position else None,
                position_error_m=incident.position_error_m,
                road=incident.road_name,
            )
            for incident in incidents
        )
    else:
        rows = scored = score_incidents(incidents, truths, takeoff_utc_s=takeoff_utc_s)
    return RunSummary(
        patrol_id=outcome.patrol_id,
        state=outcome.state,
        planned=Figures(
            distance_m=plan.estimate.distance_m,
            time_s=plan.estimate.time_s,
            energy_wh=plan.estimate.energy_wh,
            battery_used_pct=sum(sortie.estimate.energy_share_pct for sortie in plan.sorties),
        ),
        flown=None if outcome.report is None else _flown(outcome.report),
        pictures=outcome.pictures,
        pictures_dropped=outcome.pictures_dropped,
        incidents=rows,
        alerts=score_alerts(alerts, archive.deliveries(), scored),
        archive=str(outcome.archive),
        error=None if outcome.error is None else str(outcome.error),
    )


def flight_table(summary: RunSummary) -> Table:
    """Return planned against flown."""
    table = Table("", "planned", "flown", "difference", title="planned against flown (patrol time)")
    planned, flown = summary.planned, summary.flown
    rows = (
        ("distance", "m", "distance_m"),
        ("time", "s", "time_s"),
        ("energy", "Wh", "energy_wh"),
        ("battery used", "%", "battery_used_pct"),
    )
    for name, unit, field in rows:
        plan_value: float | None = getattr(planned, field)
        flown_value: float | None = getattr(flown, field) if flown is not None else None
        difference = (
            f"{100 * (flown_value - plan_value) / plan_value:+.1f} %" if plan_value and flown_value is not None else "-"
        )
        table.add_row(name, _with(plan_value, unit), _with(flown_value, unit), difference)
    return table


def incident_table(summary: RunSummary) -> Table:
    """Return the incidents, scored where the truth is known."""
    if any(isinstance(row, FoundIncident) for row in summary.incidents):
        table = Table("incident", "kind", "opened", "place", "road", title="incidents (patrol seconds after take-off)")
        for row in summary.incidents:
            if isinstance(row, FoundIncident):
                place = "no position" if row.lat_deg is None else f"{row.lat_deg:.6f}, {row.lon_deg:.6f}"
                error = "" if row.position_error_m is None else f" ± {row.position_error_m:.1f} m"
                table.add_row(row.incident_id, row.kind, _with(row.opened_s, "s"), place + error, row.road or "")
        return table
    table = Table(
        "kind", "verdict", "began", "first visible", "opened", "onset to opened", "position error",
        title="incidents against the script (patrol seconds after take-off)",
    )  # fmt: skip
    for row in summary.incidents:
        if isinstance(row, ScoredIncident):
            table.add_row(
                row.kind,
                _verdict(row),
                _with(row.began_s, "s"),
                _with(row.first_visible_s, "s"),
                _with(row.opened_s, "s"),
                _with(row.onset_to_opened_s, "s"),
                _with(row.position_error_m, "m"),
            )
    return table


def alert_table(summary: RunSummary) -> Table:
    """Return who was told, and when."""
    table = Table("person", "channel", "opened to sent (wall)", "onset to sent (patrol + wall)", title="alerts")
    for row in summary.alerts:
        table.add_row(row.person, row.channel, _with(row.opened_to_sent_s, "s", 3), _with(row.onset_to_sent_s, "s", 2))
    return table


def _verdict(row: ScoredIncident) -> str:
    if not row.true:
        return "[red]false alarm[/red]"
    return "[green]found[/green]" if row.opened_s is not None else "[red]missed[/red]"


def _with(value: float | None, unit: str, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f} {unit}"


def _flown(report: FlightReport) -> Figures:
    energies = [sortie.energy_wh for sortie in report.sorties if sortie.energy_wh is not None]
    used = [
        sortie.battery_start_pct - sortie.battery_end_pct
        for sortie in report.sorties
        if sortie.battery_start_pct is not None and sortie.battery_end_pct is not None
    ]
    return Figures(
        distance_m=report.flown_distance_m,
        time_s=report.flown_time_s,
        energy_wh=sum(energies) if energies else None,
        battery_used_pct=sum(used) if used else None,
    )
