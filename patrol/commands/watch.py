"""`patrol watch`: what recorded videos or live streams show."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer
from rich.markup import escape

from missions.detection import Runtime, Tiles
from missions.errors import InputError
from missions.mission import Watch
from patrol.commands.detector import RuntimeOption
from patrol.commands.options import JsonOption
from patrol.console import print_json, progress_bar
from patrol.watch_summary import WatchSummary, add, print_summary, summary_as_json

if TYPE_CHECKING:
    from vision.spec import WatchSpec

SourcesArg = Annotated[
    list[str],
    typer.Argument(
        help="Video files, folders of pictures, udp://HOST:PORT (MPEG-TS) or rtsp://...", metavar="SOURCE..."
    ),
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


def watch(  # noqa: PLR0917 - typer passes options by name
    sources: SourcesArg,
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
    """Watch SOURCES: follow what moves, open incidents, say what was seen; several at once share one detector."""
    from patrol.output_file import refuse_unwritable
    from vision.ingest.source import parse_video

    for file, option in ((annotate, "--annotate"), (footage, "--footage"), (telemetry, "--telemetry")):
        if len(sources) > 1 and file is not None:
            raise InputError(f"is of one stream, and {len(sources)} are watched", field=option, remedy="one SOURCE")
    for file, option in ((annotate, "--annotate"), (footage, "--footage")):
        refuse_unwritable(file, option)
    live = [parse_video(source).live for source in sources]
    with TemporaryDirectory(prefix="skypatrol-") as scratch:
        kept = footage or (Path(scratch) / "footage.mp4" if live[0] and annotate is not None else None)
        watched = _watched(detector=detector, runtime=runtime, tiles=tiles, detect_hz=detect_hz)
        specs = [
            replace(
                _spec(source, telemetry=telemetry, roads=roads, watched=watched, camera=camera),
                patrol_id="watch" if len(sources) == 1 else f"watch{number}",
                footage=kept,
                give_up_after_s=SILENT_END_S if is_live else None,
            )
            for number, (source, is_live) in enumerate(zip(sources, live, strict=True), 1)
        ]
        summaries = _watch(specs, quiet=json)
        if annotate is not None:
            _annotate(Path(sources[0]), kept if live[0] else None, summaries[0], annotate)
    told = list(zip(sources, summaries, strict=True))
    if json:
        streams = [summary_as_json(source, summary, annotate) for source, summary in told]
        print_json(streams[0] if len(streams) == 1 else {"streams": streams})
    else:
        for source, summary in told:
            print_summary(source, summary, annotate)
    if any(summary.ended == "interrupted" for summary in summaries):
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


def _watch(specs: "list[WatchSpec]", *, quiet: bool) -> list[WatchSummary]:
    from vision.ingest.source import duration_s
    from vision.several import watch_sources

    summaries = [WatchSummary() for _ in specs]
    with progress_bar() as bar:
        tasks = [bar.add_task("watching", total=duration_s(spec.video), status="") for spec in specs]
        try:
            for number, event in watch_sources(specs):
                summary = summaries[number]
                for line in add(summary, event):
                    if not quiet:
                        of = "" if len(specs) == 1 else f"{specs[number].video}: "
                        bar.console.print(f"{escape(of)}{line}", soft_wrap=True)
                bar.update(tasks[number], completed=summary.seconds, status=f"{summary.frames} pictures")
        except KeyboardInterrupt:
            for summary in summaries:
                summary.ended = summary.ended or "interrupted"
    return summaries


def _annotate(video: Path, kept: Path | None, summary: WatchSummary, out: Path) -> None:
    """Draw into a copy of the video, of a live stream into one of its footage."""
    from vision.annotate import annotate

    first_pts_s = 0.0 if kept is None else summary.footage_first_pts_s
    incidents = list(summary.incidents.values())
    with progress_bar() as bar:
        task = bar.add_task("drawing", total=max(summary.seconds, 0.1), status="")
        for pts_s in annotate(kept or video, summary.seen, incidents, out, first_pts_s=first_pts_s):
            bar.update(task, completed=pts_s - (summary.first_pts_s or 0.0))
