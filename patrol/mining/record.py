"""What an archive tells of its pictures: times, places, tracks, footage."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive import Archive
from geo import LocalFrame
from missions.camera import CameraPose, PoseError
from missions.errors import InputError
from missions.geopoint import GeoPoint
from patrol.run.watching import STREAM_ID
from vision.poses import PoseTrack

if TYPE_CHECKING:
    from vision.detector.judged import Image

ABOUT_S: Final = 1.0
_FRAME_S: Final = 0.02


class PatrolRecord:
    """An archive as `mine` reads it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.tracks = archive.tracks()
        self._captured_utc_s = {each.pts_s: each.captured_utc_s for each in archive.picture_times(STREAM_ID)}
        self.looked_pts_s: list[float] = list(self._captured_utc_s)
        telemetry = archive.telemetry()
        self._poses = PoseTrack(each.camera_pose(PoseError()) for each in telemetry)
        first = telemetry[0].position if telemetry else GeoPoint(lat_deg=0.0, lon_deg=0.0)
        self._frame = LocalFrame(lat_deg=first.lat_deg, lon_deg=first.lon_deg)

    def pose(self, pts_s: float) -> CameraPose | None:
        """Return where the camera was at a looked-at picture; None where that is not known."""
        captured_utc_s = self._captured_utc_s.get(pts_s)
        return None if captured_utc_s is None else self._poses.pose_at(captured_utc_s)

    def place_m(self, pts_s: float) -> tuple[float, float] | None:
        """Return east and north of the camera from where the telemetry begins."""
        pose = self.pose(pts_s)
        if pose is None:
            return None
        east, north, _ = self._frame.geodetic_to_enu(pose.position.lat_deg, pose.position.lon_deg)[0]
        return float(east), float(north)

    def looked_near(self, pts_s: float) -> float | None:
        """Return the looked-at picture nearest in time; None where there is none within a second."""
        near = min(self.looked_pts_s, key=lambda each: abs(each - pts_s), default=None)
        return near if near is not None and abs(near - pts_s) <= ABOUT_S else None

    def footage(self) -> list[tuple[Path, float, float]]:
        """Return the recordings: file, and stream time of its beginning and of the beginning of the next.

        Raises:
            InputError: there is no footage.

        """
        layout = self.archive.layout
        if layout.footage.is_file():
            files = [(layout.footage, self.archive.footage_first_pts_s)]
        else:
            parts = self.archive.footage_parts()
            files = [(layout.folder / part.file, part.first_pts_s) for part in parts]
        files = [(path, first_s) for path, first_s in files if path.is_file()]
        if not files:
            raise InputError("holds no footage", file=layout.folder, remedy="the archive of a patrol that kept it")
        ends = [first_s for _, first_s in files[1:]] + [float("inf")]
        return [(path, first_s, end_s) for (path, first_s), end_s in zip(files, ends, strict=True)]


def stills_of(record: PatrolRecord, times_s: Sequence[float]) -> Iterator[tuple[float, "Image"]]:
    """Yield the time and the picture of each of the ascending stream times, where the footage shows it."""
    from vision.stills import stills_at

    for path, first_s, end_s in record.footage():
        mine = [pts_s for pts_s in times_s if first_s - _FRAME_S <= pts_s < end_s - _FRAME_S]
        for at_s, image in stills_at(path, [pts_s - first_s for pts_s in mine]):
            yield at_s + first_s, image
