"""Watching one stream, from its address to its events, in this process."""

import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from missions.camera import CameraPose
from missions.detection import Detection
from missions.errors import InputError
from missions.formats import st0601
from missions.health import Health, HealthState
from missions.mission import Wind
from missions.ports import Detector
from missions.recorded_flight import RecordedFlight
from missions.roads import RoadNetwork
from missions.telemetry import Telemetry
from vision.analysis import Analysis
from vision.between import tracks_between
from vision.events import (
    FootageStarted,
    HealthChanged,
    StreamEnded,
    TracksSeen,
    WatchEvent,
    WatchProgress,
)
from vision.ingest.messages import FootageBegun, KlvRead, ReadingEnded, ReadSpec
from vision.ingest.reader import FromVideo, Patience, Picture, VideoReader
from vision.plumes import wind_to_trust
from vision.poses import KEEP_S, PoseTrack
from vision.recorded import clock_of, load_recorded, poses_of, wind_at, winds_of
from vision.spec import TelemetryKind, WatchSpec
from vision.stream_clock import StreamClock
from vision.tiling import TileGrid, Tiling, detect_in_tiles

LANDED_M = 2.0
"""Above ground: a camera lower than this is on its dock and sees no ground; nothing is said about that."""
LEAST_SCORES = {"smoke": 0.03, "fire": 0.03}
"""Smoke and fire are decided by what adds up over pictures, so that weak detections of them count."""
CONTRADICTIONS = 20
"""Packets in a row over which the median is taken: the first ones of a flight are off now and then."""
MOST_CONTRADICTION_DEG = 5.0
"""Between a packet's attitude and its own frame centre; the median of real streams that keep to the standard is
below 0.2."""
POSELESS_S = 1.0
"""Of stream time without a pose before it is said that there are no positions."""


class Inbox(Protocol):
    """What control says while the watcher runs."""

    def telemetry(self) -> list[Telemetry]:
        """Return what came since the last call."""
        ...

    @property
    def stop(self) -> bool:
        """Whether the watcher is to finish with what has arrived."""
        ...

    @property
    def gone(self) -> bool:
        """Whether nobody listens any more."""
        ...


class NobodySpeaks:
    """The inbox of a watcher that runs alone."""

    stop = False
    gone = False

    def telemetry(self) -> list[Telemetry]:
        """Return nothing."""
        return []


def watch_source(
    spec: WatchSpec, *, detector: Detector | None = None, inbox: Inbox | None = None
) -> Iterator[WatchEvent | None]:
    """Yield what is seen in a stream until it ends; `None` now and then while nothing comes.

    `detector` overrides the one the spec names. Closing the iterator ends the reading and finishes the footage.

    Raises:
        InputError: the video, its telemetry, its roads or the detector's weights are not what they should be.
        VisionError: a recorded video failed half way.

    """
    watching = _Watching(spec, inbox or NobodySpeaks())
    reader = VideoReader(
        ReadSpec(
            video=spec.video,
            look_hz=spec.watch.detect_hz,
            footage=spec.footage,
            folder_fps=spec.folder_fps,
            open_timeout_s=spec.open_timeout_s,
        ),
        Patience(open_s=spec.open_timeout_s, silent_s=spec.silent_after_s, give_up_s=spec.give_up_after_s),
    )
    try:
        if detector is None:  # while the reading process starts
            from vision.detector import load_detector

            detector = load_detector(spec.watch.detector, runtime=spec.watch.runtime, conf=LEAST_SCORES)
        yield from watching.run(reader, detector)
    finally:
        reader.close()


class _Watching:
    """The state of one run of `watch_source`."""

    def __init__(self, spec: WatchSpec, inbox: Inbox) -> None:
        self._spec, self._inbox = spec, inbox
        self._analysis = Analysis(spec, _network(spec.roads_file))
        self._recorded = _recorded(spec)
        self._recorded_winds = winds_of(self._recorded) if self._recorded is not None else []
        self._clock = StreamClock() if self._recorded is None else clock_of(self._recorded)
        self._klv_poses = PoseTrack(keep_s=KEEP_S)
        self._pushed_poses = (
            PoseTrack(keep_s=KEEP_S) if self._recorded is None else poses_of(self._recorded, spec.pose_error)
        )
        self._sidecar = _sidecar(spec)
        self._tiling = Tiling(spec.watch.tiles, smallest=spec.watch.smallest, camera=spec.camera)
        self._most_tiles = 1
        self._klv_wind: Wind | None = None
        self._pushed_wind: Wind | None = None
        self._contradictions_deg: deque[float] = deque(maxlen=CONTRADICTIONS)
        self._doubted = False
        self._heard_wall_s = 0.0
        self._has_klv = False
        self._first_pts_s: float | None = None
        self._waiting: list[float] = []
        self._before: TracksSeen | None = None
        self._frames = self._dropped = self._good_klv = self._bad_klv = 0
        self._positions: bool | None = None
        self._groundless = False

    def run(self, reader: VideoReader, detector: Detector) -> Iterator[WatchEvent | None]:
        """Yield the events of everything the reader gives."""
        asked = False
        for said in reader.readings():
            self._listen()
            if self._inbox.gone:
                return
            if self._inbox.stop and not asked:
                asked = True
                reader.stop()
            if isinstance(said, Picture):
                yield from self._picture(said, detector)
                reader.finished()
            elif isinstance(said, ReadingEnded):
                yield from self._analysis.last_words()
                yield StreamEnded(reason=said.reason, frames=self._frames, dropped=self._dropped)
                return
            else:
                yield self._other(said)

    def _other(self, said: FromVideo) -> WatchEvent | None:
        if isinstance(said, KlvRead):
            return self._klv(said)
        if isinstance(said, FootageBegun):
            return FootageStarted(path=said.path, first_pts_s=said.first_pts_s)
        if isinstance(said, Health):
            return HealthChanged(health=said)
        return None

    def _listen(self) -> None:
        for telemetry in self._inbox.telemetry():
            self._pushed_poses.add(telemetry.camera_pose(self._spec.pose_error))
            self._pushed_wind = telemetry.wind or self._pushed_wind
            self._heard_wall_s = time.monotonic()

    def _klv(self, said: KlvRead) -> HealthChanged | None:
        try:
            packet = st0601.decode(said.data)
        except InputError as exc:
            self._bad_klv += 1
            return _health("telemetry", HealthState.DEGRADED, f"metadata: {exc}") if self._bad_klv == 1 else None
        if packet.captured_utc_s is not None:
            self._has_klv = True
            self._good_klv += 1
            self._clock.tell(said.pts_s, packet.captured_utc_s)
        self._klv_wind = st0601.wind_of(packet) or self._klv_wind
        pose = st0601.camera_pose(packet, self._spec.pose_error)
        # A sensor whose place is told but whose ray meets no ground: it stands on its dock, or looks at the sky.
        self._groundless = pose is None and packet.sensor_lat_deg is not None and packet.frame_centre_lat_deg is None
        if pose is not None:
            self._groundless = pose.amsl_m - pose.ground_amsl_m <= LANDED_M
            self._klv_poses.add(pose)
            return self._doubt(st0601.contradiction_deg(packet, pose))
        return None

    def _doubt(self, contradiction_deg: float | None) -> HealthChanged | None:
        """Say it once if the metadata's attitude does not look at its own frame centre: its places are wrong then."""
        if contradiction_deg is None or self._doubted:
            return None
        self._contradictions_deg.append(contradiction_deg)
        off_deg = median(self._contradictions_deg)
        if len(self._contradictions_deg) < CONTRADICTIONS or off_deg <= MOST_CONTRADICTION_DEG:
            return None
        self._doubted = True
        what = (
            f"metadata: attitude and frame centre are {off_deg:.0f} degrees apart; places of this stream are doubtful"
        )
        return _health("telemetry", HealthState.DEGRADED, what)

    def _picture(self, picture: Picture, detector: Detector) -> Iterator[WatchEvent]:
        self._frames += 1
        self._dropped += picture.dropped
        if self._first_pts_s is None:
            self._first_pts_s = picture.pts_s
        if picture.image is None:
            self._waiting.append(picture.pts_s)
            return
        captured_utc_s = self._captured_utc_s(picture.pts_s)
        pose = self._pose(captured_utc_s, picture.pts_s)
        if self._recorded is not None:
            self._pushed_wind = wind_at(self._recorded_winds, captured_utc_s)
        low = (pose is not None or self._groundless) and not self._analysis.judges(pose)
        detections: Sequence[Detection] = ()
        if not low:  # most of a picture's time, where nothing is judged
            grid = self._tiling.grid((picture.image.shape[1], picture.image.shape[0]), detector.spec, pose)
            yield from self._say_tiles(grid)
            detections = _detected(detector, picture.image, grid)
        wind = wind_to_trust(self._klv_wind, self._pushed_wind, planned=self._spec.wind)
        looked = self._analysis.look(
            picture.image,
            detections,
            pts_s=picture.pts_s,
            captured_utc_s=captured_utc_s,
            pose=pose,
            wind=wind,
            wind_measured=wind is not self._spec.wind,
        )
        seen = TracksSeen(captured_utc_s=captured_utc_s, pts_s=picture.pts_s, tracks=looked.tracks, detected=True)
        yield from self._between(seen)
        yield seen
        yield from looked.told
        if not self._groundless:
            yield from self._say_positions(looked.has_pose, pose, picture.pts_s)
        yield WatchProgress(
            captured_utc_s=captured_utc_s,
            pts_s=picture.pts_s,
            frames=self._frames,
            detections=len(detections),
            detections_by_kind=tuple(sorted(Counter(d.kind for d in detections).items())),
            positions=looked.has_pose,
            dropped=self._dropped,
            metadata=self._good_klv,
            bad_metadata=self._bad_klv,
        )

    def _say_tiles(self, grid: TileGrid | None) -> Iterator[HealthChanged]:
        """Yield how many parts a picture is looked at in, whenever they are more than before: it costs as much."""
        if grid is not None and len(grid.tiles) > self._most_tiles:
            self._most_tiles = len(grid.tiles)
            what = f"pictures are looked at whole and in {len(grid.tiles)} tiles: {grid.runs} times the work"
            yield _health("detector", HealthState.OK, what)

    def _between(self, seen: TracksSeen) -> Iterator[TracksSeen]:
        """Yield the pictures since the last looked-at one, now that both ends are known."""
        before = self._before
        for pts_s in self._waiting if before is not None else ():
            assert before is not None
            captured_utc_s = self._captured_utc_s(pts_s)
            tracks = tracks_between(before.tracks, seen.tracks, pts_s=pts_s, captured_utc_s=captured_utc_s)
            yield TracksSeen(captured_utc_s=captured_utc_s, pts_s=pts_s, tracks=tracks, detected=False)
        self._waiting.clear()
        self._before = seen

    def _captured_utc_s(self, pts_s: float) -> float:
        """Return patrol time: the metadata's, else by the newest pushed telemetry, else from the first picture on."""
        newest = self._pushed_poses.newest_utc_s
        if not self._has_klv and self._spec.telemetry.is_pushed and newest is not None:
            self._clock.arrived(pts_s, newest + time.monotonic() - self._heard_wall_s)
            return self._clock.captured_utc_s(pts_s)
        if self._has_klv or self._recorded is not None:
            return self._clock.captured_utc_s(pts_s)
        return pts_s - (self._first_pts_s or 0.0)

    def _pose(self, captured_utc_s: float, pts_s: float) -> CameraPose | None:
        """Return the pose of a picture: of the telemetry named for the stream, else of its KLV, else of the link's."""
        in_stream = self._klv_poses.pose_at(captured_utc_s)
        if self._sidecar is not None:  # timed from the start of the video, whatever the time of day was
            beside = self._sidecar.pose_at(pts_s - (self._first_pts_s or 0.0))
            return in_stream if beside is None else replace(beside, captured_utc_s=captured_utc_s)
        pushed = self._pushed_poses.pose_at(captured_utc_s)
        return pushed or in_stream if self._spec.telemetry is TelemetryKind.FEED else in_stream or pushed

    def _say_positions(self, has_pose: bool, pose: CameraPose | None, pts_s: float) -> Iterator[HealthChanged]:
        """Yield a change between having and not having positions; the first second may be without."""
        if self._positions is None and not has_pose and pts_s - (self._first_pts_s or 0.0) < POSELESS_S:
            return
        if has_pose is self._positions or (has_pose and self._positions is None):
            self._positions = has_pose
            return
        self._positions = has_pose
        if has_pose:
            yield _health("telemetry", HealthState.OK, "positions are known again")
        else:
            why = "no pose" if pose is None else "no field of view"
            yield _health("telemetry", HealthState.DEGRADED, f"no positions: {why} of the camera is known")


def _detected(detector: Detector, image: NDArray[np.uint8], grid: TileGrid | None) -> Sequence[Detection]:
    return detector.detect(image) if grid is None else detect_in_tiles(detector, image, grid)


def _health(part: str, state: HealthState, detail: str) -> HealthChanged:
    return HealthChanged(health=Health(part=part, state=state, at_wall_s=time.time(), detail=detail))


def _network(roads_file: Path | None) -> RoadNetwork | None:
    if roads_file is None:
        return None
    from missions.roads import load_network

    return load_network(roads_file)


def _recorded(spec: WatchSpec) -> RecordedFlight | None:
    if spec.telemetry is not TelemetryKind.REPLAYED:
        return None
    if spec.telemetry_file is None:
        raise InputError("no recorded flight is named", field="telemetry_file", remedy="a recorded flight, JSON")
    return load_recorded(spec.telemetry_file)


def _sidecar(spec: WatchSpec) -> PoseTrack | None:
    if spec.telemetry is not TelemetryKind.SRT:
        return None
    if spec.telemetry_file is None:
        raise InputError("no sidecar is named", field="telemetry_file", remedy="a DJI .SRT file")
    from vision.srt import load_srt

    return load_srt(spec.telemetry_file, spec.pose_error)
