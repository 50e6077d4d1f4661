"""`patrol watch`: what a recorded video or a live stream shows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer
from rich.table import Table

from missions.detection import Runtime, Tiles
from missions.errors import InputError
from missions.incident import Incident
from missions.mission import Watch
from patrol.commands.detector import RuntimeOption
from patrol.commands.options import JsonOption
from patrol.console import print_json, progress_bar, stderr, stdout

if TYPE_CHECKING:
    from vision.events import TracksSeen, WatchEvent
    from vision.spec import WatchSpec

SourceArg = Annotated[
    str, typer.Argument(help="A video file, a folder of pictures, udp://HOST:PORT (MPEG-TS) or rtsp://...")
]
TelemetryOption = Annotated[
    Path | None,
    typer.Option("--telemetry", help="DJI .SRT sidecar; KLV in the stream counts where it tells no pose."),
]
AnnotateOption = Annotated[
    Path | None, typer.Option("--annotate", help="Write an mp4 with boxes, numbers and incidents drawn in.")
]
RoadsOption = Annotated[
    Path | None, typer.Option("--roads", help="Roads, for rules about carriageways: GeoJSON, OSM or Overpass JSON.")
]
DetectorOption = Annotated[
    str,
    typer.Option(
        "--detector", help="A shipped detector's name, a weights file of ours, or the .yaml map of an ONNX file."
    ),
]
TilesOption = Annotated[
    str,
    typer.Option(
        "--tiles", help="auto: tiles where small objects would be lost in a large picture; off; 2, 3 or 4 across."
    ),
]
HzOption = Annotated[float, typer.Option("--detect-hz", min=0.2, max=30.0, help="Pictures looked at per second.")]
CameraOption = Annotated[
    str | None, typer.Option("--camera", help="Camera whose field of view holds where the stream tells none.")
]
FootageOption = Annotated[
    Path | None, typer.Option("--footage", help="Keep the stream, without re-encoding, in this mp4.")
]

SILENT_END_S = 15.0


@dataclass(slots=True)
class _Summary:
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


def watch(  # noqa: PLR0917 - typer passes options by name
    source: SourceArg,
    telemetry: TelemetryOption = None,
    annotate: AnnotateOption = None,
    roads: RoadsOption = None,
    detector: DetectorOption = "nano",
    runtime: RuntimeOption = "auto",
    tiles: TilesOption = "auto",
    detect_hz: HzOption = 5.0,
    camera: CameraOption = None,
    footage: FootageOption = None,
    json: JsonOption = False,
) -> None:
    """Watch SOURCE: follow what moves, open incidents, say what was seen."""
    from patrol.output_file import refuse_unwritable
    from vision.ingest.source import duration_s, parse_video

    for file, option in ((annotate, "--annotate"), (footage, "--footage")):
        refuse_unwritable(file, option)
    live = parse_video(source).live
    with TemporaryDirectory(prefix="skypatrol-") as scratch:
        kept = footage or (Path(scratch) / "footage.mp4" if live and annotate is not None else None)
        watched = _watched(detector=detector, runtime=runtime, tiles=tiles, detect_hz=detect_hz)
        spec = _spec(source, telemetry=telemetry, roads=roads, watched=watched, camera=camera)
        spec = _with(spec, footage=kept, give_up_after_s=SILENT_END_S if live else None)
        summary = _watch(spec, total_s=duration_s(source), quiet=json)
        if annotate is not None:
            from_footage = live and kept is not None
            _annotate(
                kept if from_footage and kept is not None else Path(source),
                summary,
                annotate,
                first_pts_s=summary.footage_first_pts_s if from_footage else 0.0,
            )
    if json:
        print_json(_as_json(source, summary, annotate))
    else:
        _print(source, summary, annotate)
    if summary.ended == "interrupted":
        raise typer.Exit(130)


def _watched(*, detector: str, runtime: Runtime, tiles: str, detect_hz: float) -> Watch:
    given = int(tiles) if tiles.isdigit() else tiles
    if given not in get_args(Tiles):
        raise InputError(f"{tiles!r} is not a way to cut a picture", field="--tiles", remedy="auto, off, 2, 3 or 4")
    return Watch(detector=detector, runtime=runtime, tiles=cast("Tiles", given), detect_hz=detect_hz)


def _spec(
    source: str,
    *,
    telemetry: Path | None,
    roads: Path | None,
    watched: Watch,
    camera: str | None,
) -> "WatchSpec":
    from patrol.sidecar import refuse_foreign_sidecar
    from vision.spec import TelemetryKind, WatchSpec

    if telemetry is not None:
        refuse_foreign_sidecar(telemetry)
    if roads is not None and not roads.is_file():
        raise InputError("no such file", file=roads)
    return WatchSpec(
        video=source,
        patrol_id="watch",
        telemetry=TelemetryKind.STREAM if telemetry is None else TelemetryKind.SRT,
        telemetry_file=telemetry,
        watch=watched,
        roads_file=roads,
        camera=camera,
    )


def _with(spec: "WatchSpec", **changes: Any) -> "WatchSpec":  # noqa: ANN401 - fields of several types
    from dataclasses import replace

    return replace(spec, **changes)


def _watch(spec: "WatchSpec", *, total_s: float | None, quiet: bool) -> _Summary:
    from vision.watch import watch_source

    summary = _Summary()
    with progress_bar() as bar:
        task = bar.add_task("watching", total=total_s, status="")
        try:
            for event in watch_source(spec):
                for line in _add(summary, event):
                    if not quiet:
                        bar.console.print(line, soft_wrap=True)
                bar.update(task, completed=summary.seconds, status=f"{summary.frames} pictures")
        except KeyboardInterrupt:
            summary.ended = "interrupted"
    return summary


def _add(summary: _Summary, event: "WatchEvent | None") -> Iterator[str]:
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


def _annotate(video: Path, summary: _Summary, out: Path, *, first_pts_s: float) -> None:
    from vision.annotate import annotate

    with progress_bar() as bar:
        task = bar.add_task("drawing", total=max(summary.seconds, 0.1), status="")
        for pts_s in annotate(video, summary.seen, list(summary.incidents.values()), out, first_pts_s=first_pts_s):
            bar.update(task, completed=pts_s - (summary.first_pts_s or 0.0))


def _positions(summary: _Summary) -> str:
    if summary.with_positions == 0:
        return "no positions"
    return f"positions in {100 * summary.with_positions / max(summary.looked, 1):.0f} % of the pictures"


def _print(source: str, summary: _Summary, annotated: Path | None) -> None:
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


def _as_json(source: str, summary: _Summary, annotated: Path | None) -> dict[str, Any]:
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
