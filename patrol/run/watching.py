"""What a run's watcher is told, whether its video comes from the air or from an archive."""

from pathlib import Path

from archive import Archive
from missions.plan import Plan
from patrol.run.prepare import Prepared
from vision.spec import TelemetryKind, WatchSpec

STREAM_ID = "main"
_PATROL_HEIGHT_SHARE = 0.7  # from there on the aircraft patrols; below, it climbs or lands


def watch_spec(
    prepared: Prepared,
    archive: Archive,
    *,
    video: str,
    telemetry: TelemetryKind,
    telemetry_file: Path | None,
    open_timeout_s: float,
) -> WatchSpec:
    """Return how to watch the video of a patrol into its archive."""
    mission, plan = prepared.loaded.mission, prepared.plan
    return WatchSpec(
        video=video,
        patrol_id=archive.patrol_id,
        vehicle_id=plan.vehicle_id,
        stream_id=STREAM_ID,
        telemetry=telemetry,
        telemetry_file=telemetry_file,
        watch=mission.watch.model_copy(update={"detector": prepared.loaded.detector}),
        roads_file=archive.layout.roads,
        camera=plan.camera,
        wind=mission.flight.wind,
        least_height_m=_PATROL_HEIGHT_SHARE * _patrol_height_m(plan),
        footage=archive.next_footage_part(),
        known_incidents=tuple(archive.incidents()),
        open_timeout_s=open_timeout_s,
    )


def _patrol_height_m(plan: Plan) -> float:
    """Return the lowest height above home that the plan patrols at."""
    return min(waypoint.altitude.metres for sortie in plan.sorties for waypoint in sortie.waypoints)
