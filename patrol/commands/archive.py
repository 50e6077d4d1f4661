"""`patrol archive list|show` and `patrol incidents`: what patrols left behind, at the terminal."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from patrol.commands.options import JsonOption
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from archive import Archive
    from missions.incident import Incident

FolderArg = Annotated[Path, typer.Argument(help="A folder of archives, or one archive.")]
ArchiveArg = Annotated[Path, typer.Argument(help="A patrol's archive.")]


def archive_list(folder: FolderArg = Path("patrols"), json_out: JsonOption = False) -> None:
    """List the patrols in FOLDER, newest first."""
    from archive import list_archives

    rows = [_summary(archive) for archive in list_archives(folder)]
    if json_out:
        print_json({"archives": rows})
        return
    if not rows:
        stdout.print(f"no archives in {folder}")
        return
    table = Table("archive", "mission", "started (UTC)", "state", "incidents", "to review", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row["name"],
            row["mission"],
            _utc(row["created_wall_s"]),
            row["state"],
            str(row["incidents"]),
            str(row["to_review"]),
        )
    stdout.print(table)


def archive_show(archive: ArchiveArg, json_out: JsonOption = False) -> None:
    """Show what ARCHIVE holds."""
    from archive import Archive

    with Archive.open(archive) as opened:
        summary = _summary(opened) | _contents(opened)
    if json_out:
        print_json(summary)
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in summary.items():
        shown = _utc(value) if name == "created_wall_s" else "-" if value is None else str(value)
        table.add_row(name.removesuffix("_wall_s").replace("_", " "), shown)
    stdout.print(table)


def incidents(archive: ArchiveArg, json_out: JsonOption = False) -> None:
    """List the incidents of ARCHIVE in the order they opened."""
    from archive import Archive
    from missions.codec import to_jsonable

    with Archive.open(archive) as opened:
        found = opened.incidents()
        decisions = {verdict.incident_id: verdict for verdict in opened.verdicts()}
    if json_out:
        rows = []
        for incident in found:
            verdict = decisions.get(incident.incident_id)
            rows.append(to_jsonable(incident) | {"verdict": None if verdict is None else to_jsonable(verdict)})
        print_json({"incidents": rows})
        return
    if not found:
        stdout.print("no incidents")
        return
    table = Table(
        "incident", "kind", "opened (patrol UTC)", "road", "place", "± m", "verdict", box=None, pad_edge=False
    )
    for incident in found:
        verdict = decisions.get(incident.incident_id)
        table.add_row(*_incident_cells(incident), verdict.decision if verdict else "-")
    stdout.print(table)


def _incident_cells(incident: "Incident") -> tuple[str, ...]:
    position, error_m = incident.position, incident.position_error_m
    return (
        incident.incident_id,
        incident.kind,
        _utc(incident.opened_utc_s),
        incident.road_name or "-",
        "-" if position is None else f"{position.lat_deg:.5f}, {position.lon_deg:.5f}",
        "-" if error_m is None else f"{error_m:.1f}",
    )


def _summary(archive: "Archive") -> dict[str, Any]:
    found = archive.incidents()
    reviewed = {verdict.incident_id for verdict in archive.verdicts()}
    return {
        "name": archive.layout.folder.resolve().name,
        "patrol_id": archive.patrol_id,
        "mission": archive.plan().mission_name,
        "created_wall_s": archive.created_wall_s,
        "state": str(archive.state),
        "incidents": len(found),
        "to_review": sum(incident.incident_id not in reviewed for incident in found),
    }


def _contents(archive: "Archive") -> dict[str, Any]:
    from missions.alert import DeliveryState

    plan, footage = archive.plan(), archive.footage_path
    alerts = archive.alerts()
    sent = {step.alert_id for step in archive.deliveries() if step.state is DeliveryState.SENT}
    return {
        "vehicle_id": plan.vehicle_id,
        "sorties": len(plan.sorties),
        "planned_distance_m": round(plan.estimate.distance_m, 1),
        "planned_time_s": round(plan.estimate.time_s, 1),
        "alerts": len(alerts),
        "alerts_sent": sum(alert.alert_id in sent for alert in alerts),
        "footage": None if footage is None else str(footage),
        "footage_mb": None if footage is None or not footage.is_file() else round(footage.stat().st_size / 1e6, 2),
        "tlog": str(archive.layout.tlog) if archive.layout.tlog.is_file() else None,
    }


def _utc(utc_s: float) -> str:
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d %H:%M:%S}"
