"""What a watched stream showed, as it adds up: lines to show at once, a table and JSON at the end."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from missions.incident import Incident
from patrol.console import stderr, stdout

if TYPE_CHECKING:
    from vision.events import TracksSeen, WatchEvent


@dataclass(slots=True)
class WatchSummary:
    """What was seen, as it adds up."""

    frames: int = 0
    looked: int = 0
    with_positions: int = 0
    dropped: int = 0
    seconds: float = 0.0
    first_pts_s: float | None = None
    footage_first_pts_s: float = 0.0
    detections: Counter[str] = field(default_factory=Counter)
    tracks: dict[int, str] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    looks_wanted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: "list[TracksSeen]" = field(default_factory=list)
    ended: str = ""


def add(summary: WatchSummary, event: "WatchEvent | None") -> Iterator[str]:
    """Add one event to the summary; yields lines to show now."""
    from vision import events

    if isinstance(event, events.WatchProgress):
        summary.first_pts_s = event.pts_s if summary.first_pts_s is None else summary.first_pts_s
        summary.seconds = event.pts_s - summary.first_pts_s
        summary.frames, summary.dropped = event.frames, event.dropped
        summary.looked += 1
        summary.with_positions += event.positions
        summary.detections.update(dict(event.detections_by_kind))
    elif isinstance(event, events.FootageStarted):
        summary.footage_first_pts_s = event.first_pts_s
    elif isinstance(event, events.TracksSeen):
        summary.tracks.update({track.track_id: track.kind for track in event.tracks})
        summary.seen.append(event)
    elif isinstance(event, events.IncidentSeen):
        known = event.incident.incident_id in summary.incidents
        summary.incidents[event.incident.incident_id] = event.incident
        if not known:
            yield f"[red]{_incident_line(event.incident)}[/red]"
    elif isinstance(event, events.LookWanted):
        summary.looks_wanted.append(event.request.reason)
        yield f"worth a closer look: {event.request.reason}"
    elif isinstance(event, events.HealthChanged):
        summary.notes.append(f"{event.health.part}: {event.health.detail}")
        yield f"[yellow]{event.health.part}:[/yellow] {event.health.detail}"
    elif isinstance(event, events.StreamEnded):
        summary.ended, summary.frames, summary.dropped = event.reason, event.frames, event.dropped


def _incident_line(incident: Incident) -> str:
    line = f"{incident.incident_id}  {incident.kind.value} at {incident.opened_pts_s:.1f} s"
    if incident.position is not None:
        line += f", {incident.position.lat_deg:.6f}, {incident.position.lon_deg:.6f}"
        line += f" ± {incident.position_error_m:.0f} m"
    return line + (f", {incident.road_name}" if incident.road_name else "")


def _positions(summary: WatchSummary) -> str:
    if summary.with_positions == 0:
        return "no positions"
    return f"positions in {100 * summary.with_positions / max(summary.looked, 1):.0f} % of the pictures"


def print_summary(source: str, summary: WatchSummary, annotated: Path | None) -> None:
    """Print what a stream showed."""
    table = Table(title=source, title_justify="left", show_header=False)
    table.add_row("pictures", f"{summary.frames}, {summary.looked} looked at, {summary.dropped} dropped")
    table.add_row("seconds of video", f"{summary.seconds:.1f}")
    found = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.detections.items()))
    table.add_row("detections", found or "none")
    followed = Counter(summary.tracks.values())
    table.add_row("tracks", ", ".join(f"{count} {kind}" for kind, count in sorted(followed.items())) or "none")
    table.add_row("places", _positions(summary))
    for incident in summary.incidents.values():
        table.add_row("incident", f"[red]{_incident_line(incident)}[/red]")
    if not summary.incidents:
        table.add_row("incidents", "none")
    if annotated is not None:
        table.add_row("annotated", str(annotated))
    stdout.print(table)
    if summary.ended not in ("end of video", ""):
        stderr.print(f"ended: {summary.ended}")


def summary_as_json(source: str, summary: WatchSummary, annotated: Path | None) -> dict[str, Any]:
    """Return what a stream showed as dicts, lists, strings and numbers."""
    from missions.codec import to_jsonable

    return {
        "source": source,
        "ended": summary.ended,
        "frames": summary.frames,
        "looked": summary.looked,
        "dropped": summary.dropped,
        "seconds": round(summary.seconds, 3),
        "detections": dict(sorted(summary.detections.items())),
        "tracks": dict(sorted(Counter(summary.tracks.values()).items())),
        "positions": _positions(summary),
        "incidents": [to_jsonable(incident) for incident in summary.incidents.values()],
        "looks_wanted": summary.looks_wanted,
        "notes": summary.notes,
        "annotated": None if annotated is None else str(annotated),
    }
