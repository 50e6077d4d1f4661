"""A recorded flight as a watcher uses it: the clock of the video, all poses, the wind of an instant."""

import bisect
from pathlib import Path

from missions.camera import PoseError
from missions.codec import from_json
from missions.errors import InputError
from missions.mission import Wind
from missions.recorded_flight import RecordedFlight
from vision.poses import PoseTrack
from vision.stream_clock import StreamClock


def load_recorded(path: Path) -> RecordedFlight:
    """Read a recorded flight.

    Raises:
        InputError: it cannot be read or is none.

    """
    try:
        return from_json(RecordedFlight, path.read_bytes(), file=path)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a recorded flight, JSON") from exc


def clock_of(recorded: RecordedFlight) -> StreamClock:
    """Return the clock of the video, with every capture time that is known."""
    clock = StreamClock(keep=None)
    for time in recorded.picture_times:
        clock.tell(time.pts_s, time.captured_utc_s)
    return clock


def poses_of(recorded: RecordedFlight, error: PoseError) -> PoseTrack:
    """Return where the camera was during the whole flight."""
    return PoseTrack(telemetry.camera_pose(error) for telemetry in recorded.telemetry)


def winds_of(recorded: RecordedFlight) -> list[tuple[float, Wind]]:
    """Return what the aircraft told of the wind, with the time of each."""
    return [(told.captured_utc_s, wind) for told in recorded.telemetry if (wind := told.wind) is not None]


def wind_at(winds: list[tuple[float, Wind]], captured_utc_s: float) -> Wind | None:
    """Return the wind that the aircraft had told last at an instant; None where it had told none yet."""
    at = bisect.bisect_right(winds, captured_utc_s, key=lambda told: told[0])
    return winds[at - 1][1] if at else None
