"""One looked-at picture: detections to tracks to places to findings to incidents. No input or output."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, PinholeCamera, footprint_enu_m
from missions.camera import CameraPose
from missions.detection import Detection
from missions.hardware import load_camera
from missions.incident import LookRequest
from missions.mission import Wind
from missions.roads import RoadNetwork
from missions.track import MapTrack, Track
from vision.clip import Clip, with_picture
from vision.events import IncidentSeen, LookWanted
from vision.incidents import IncidentMerger
from vision.plumes import drift_enu, upwind_enu
from vision.positions import GroundCaster, Located, MapTracker, locate
from vision.rules import Finding, Rule, Scene, Sighting, rules_for
from vision.rules.smoke_fire import KINDS
from vision.second_look import load_second_look
from vision.second_look.drift import DriftWind, drift_of
from vision.second_look.strip import strip_of
from vision.spec import WatchSpec
from vision.stirring import load_stirring
from vision.tracking import PLUMES, Tracked, Tracker

THUMBNAIL_WIDTH_PX = 640
LEAST_DRIFTING = 0.15
"""Score of smoke whose drift is believed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """What one picture gave."""

    tracks: tuple[Track, ...]
    told: tuple[IncidentSeen | LookWanted, ...]
    has_pose: bool


class Analysis:
    """Everything between the detector and the incidents of one stream."""

    def __init__(self, spec: WatchSpec, network: RoadNetwork | None) -> None:
        self._spec = spec
        self._tracker = Tracker(look_hz=spec.watch.detect_hz)
        self._rules: tuple[Rule, ...] = rules_for(spec.watch, network)
        self._hfov_deg = load_camera(spec.camera).hfov_deg if spec.camera is not None else None
        self._upwind: NDArray[np.float64] | None = None
        self._wind_measured = True
        self._wants_plumes = not set(KINDS.values()).isdisjoint(spec.watch.incidents)
        self._drift = DriftWind()
        self._clip = Clip()
        self._caster: GroundCaster | None = None
        self._map_tracker: MapTracker | None = None
        self._merger = IncidentMerger(
            patrol_id=spec.patrol_id,
            vehicle_id=spec.vehicle_id,
            stream_id=spec.stream_id,
            known=spec.known_incidents,
        )
        if network is not None:
            self._settle(network.frame)

    def look(
        self,
        image: NDArray[np.uint8],
        detections: Sequence[Detection],
        *,
        pts_s: float,
        captured_utc_s: float,
        pose: CameraPose | None,
        wind: Wind | None = None,
        wind_measured: bool = True,
    ) -> Looked:
        """Return the tracks of a picture and what its rules have to say.

        `wind` is that of the hour; where nobody measured it, the drift of the plumes seen is believed before it.
        """
        self._upwind, self._wind_measured = upwind_enu(wind), wind_measured
        height_px, width_px = image.shape[:2]
        tracked = self._tracker.update(image, detections, pts_s)
        self._clip = with_picture(
            self._clip,
            image,
            pts_s=pts_s,
            motion=self._tracker.motion.latest,
            sure=self._tracker.motion.sure,
            things_px=np.array([d.box_px for d in detections if d.kind not in PLUMES], float).reshape(-1, 4),
        )
        stirs = self._stirs()
        places, view_m = self._places(detections, stirs, pose, width_px, height_px)
        owner = {id(t.source): t for t in tracked}
        tracks = self._tracks(
            [(owner[id(d)], place) for d, place in zip(detections, places, strict=False) if id(d) in owner],
            pts_s,
            captured_utc_s,
        )
        scene = Scene(
            captured_utc_s=captured_utc_s,
            pts_s=pts_s,
            width_px=width_px,
            height_px=height_px,
            sightings=tuple(
                Sighting(
                    detection=d,
                    located=place,
                    track_id=owner[id(d)].track_id if id(d) in owner else None,
                    stirs=stirring,
                )
                for (d, stirring), place in zip(
                    [*((d, False) for d in detections), *((d, True) for d in stirs)], places, strict=True
                )
            ),
            tracks=tracks,
            has_pose=view_m is not None,
            view_m=view_m,
            motion=self._tracker.motion.latest,
            motion_sure=self._tracker.motion.sure,
            upwind=self._upwind,
            clip=self._clip,
        )
        told = self._judge(scene, image) if self.judges(pose) else []
        return Looked(tracks=tracks, told=tuple(told), has_pose=scene.has_pose)

    def _stirs(self) -> list[Detection]:
        """Return what stirs like smoke, where anybody wants to know; nobody follows it, only rules look at it."""
        return load_stirring().proposals(self._clip) if self._wants_plumes else []

    def judges(self, pose: CameraPose | None) -> bool:
        """Return whether rules are asked about a picture taken from there, which is not so in a climb or a landing."""
        if pose is None:  # a recording tells none; an aircraft that tells poses has none only on its dock
            return not self._spec.telemetry.is_pushed
        return pose.amsl_m - pose.ground_amsl_m >= self._spec.least_height_m

    def last_words(self) -> list[IncidentSeen]:
        """Return the incidents whose newest state was not told yet."""
        return [IncidentSeen(incident=incident) for incident in self._merger.last_words()]

    def _settle(self, frame: LocalFrame) -> None:
        self._caster = GroundCaster(frame, self._hfov_deg)
        self._map_tracker = MapTracker(self._caster)
        self._merger.settle(frame)

    def _places(
        self,
        detections: Sequence[Detection],
        stirs: Sequence[Detection],
        pose: CameraPose | None,
        width_px: int,
        height_px: int,
    ) -> tuple[list[Located | None], NDArray[np.float64] | None]:
        """Return the places of the detections and of what stirs, and the ground in view; nothing without a pose."""
        nowhere: list[Located | None] = [None] * (len(detections) + len(stirs))
        if pose is None or pose.amsl_m <= pose.ground_amsl_m:
            return nowhere, None
        if self._caster is None:
            self._settle(LocalFrame(lat_deg=pose.position.lat_deg, lon_deg=pose.position.lon_deg))
        assert self._caster is not None
        camera = self._caster.camera(pose, width_px, height_px)
        if camera is None:
            return nowhere, None
        view_m = footprint_enu_m(
            camera,
            origin_enu_m=self._caster.origin_m(pose),
            azimuth_deg=pose.azimuth_deg,
            pitch_deg=pose.pitch_deg,
        )
        if not self._wind_measured:
            self._see_drift(detections, pose, camera, self._caster.origin_m(pose))
        return locate([*detections, *stirs], pose, camera, self._caster, upwind=self._upwind), view_m

    def _see_drift(
        self, detections: Sequence[Detection], pose: CameraPose, camera: PinholeCamera, origin_m: NDArray[np.float64]
    ) -> None:
        """Let the likeliest smoke tell the wind, from some pictures on that accord."""
        smokes = [d for d in detections if d.kind == "smoke" and d.score >= LEAST_DRIFTING]
        if smokes:
            box = max(smokes, key=lambda d: d.score).box_px
            strip = strip_of(self._clip, box)
            believed = strip is not None and load_second_look().odds_of(strip) > 0.0
            drift_px_s = drift_of(strip) if strip is not None and believed else None
            if drift_px_s is not None:
                self._drift.take(drift_enu(box, drift_px_s, pose=pose, camera=camera, origin_m=origin_m))
        seen = self._drift.upwind
        self._upwind = self._upwind if seen is None else seen

    def _tracks(
        self, tracked: Sequence[tuple[Tracked, Located | None]], pts_s: float, captured_utc_s: float
    ) -> tuple[Track, ...]:
        on_map: dict[int, MapTrack] = {}
        if self._map_tracker is not None:
            placed = [(t.track_id, place, t.kind not in PLUMES) for t, place in tracked if place is not None]
            on_map = dict(zip((number for number, _, _ in placed), self._map_tracker.update(placed), strict=True))
        return tuple(
            Track(
                patrol_id=self._spec.patrol_id,
                vehicle_id=self._spec.vehicle_id,
                stream_id=self._spec.stream_id,
                track_id=t.track_id,
                kind=t.kind,
                score=t.source.score,
                pts_s=pts_s,
                captured_utc_s=captured_utc_s,
                box_px=t.source.box_px,
                on_map=on_map.get(t.track_id),
            )
            for t, _ in tracked
        )

    def _judge(self, scene: Scene, image: NDArray[np.uint8]) -> list[IncidentSeen | LookWanted]:
        told: list[IncidentSeen | LookWanted] = []
        for rule in self._rules:
            for said in rule.update(scene):
                if isinstance(said, Finding):
                    opened = self._merger.take(said, rule.name)
                    if opened is not None:
                        picture = thumbnail_jpeg(image) if opened.new else b""
                        told.append(IncidentSeen(incident=opened.incident, thumbnail_jpeg=picture))
                else:
                    told.append(
                        LookWanted(
                            request=LookRequest(
                                incident_id=f"{self._spec.patrol_id}-{rule.name}-look-{said.site:03d}",
                                position=said.position,
                                duration_s=said.duration_s,
                                reason=said.reason,
                            )
                        )
                    )
        return told


def thumbnail_jpeg(image: NDArray[np.uint8]) -> bytes:
    """Return the picture as JPEG, at most 640 px wide."""
    height_px, width_px = image.shape[:2]
    if width_px > THUMBNAIL_WIDTH_PX:
        size = (THUMBNAIL_WIDTH_PX, round(height_px * THUMBNAIL_WIDTH_PX / width_px))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 82])
    return bytes(data)
