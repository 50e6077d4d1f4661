"""Scenes for rule tests, made of literals; no video, no detector."""

import math

import numpy as np

from geo import LocalFrame
from missions.detection import Box, Detection
from missions.geopoint import GeoPoint
from missions.roads import Road, RoadNetwork
from missions.track import MapTrack, Track
from vision.clip import Clip
from vision.positions import Located
from vision.rules import Scene, Sighting

FRAME = LocalFrame(lat_deg=30.4577, lon_deg=114.4140)
STILL = np.eye(2, 3, dtype=np.float32)


def road(road_id: str, line_m: list[tuple[float, float]], nodes: list[str], *, lanes: int = 4) -> Road:
    return Road(
        road_id=road_id,
        name=f"Road {road_id}",
        road_class="primary",
        oneway=False,
        lanes=lanes,
        node_ids=tuple(nodes),
        lat_lon_deg=FRAME.enu_to_geodetic(np.array(line_m))[:, :2],
    )


def avenue() -> RoadNetwork:
    """400 m of four lanes along the east axis, a side street across its middle; `FRAME` is the network's own frame."""
    return RoadNetwork(
        roads=(
            road("a", [(-200, 0), (0, 0), (200, 0)], ["w", "m", "e"]),
            road("b", [(0, -120), (0, 0), (0, 120)], ["s", "m", "n"], lanes=2),
        ),
        source="test",
    )


def geopoint(place_m: tuple[float, float]) -> GeoPoint:
    lat, lon, _ = FRAME.enu_to_geodetic(place_m)[0]
    return GeoPoint(lat_deg=float(lat), lon_deg=float(lon))


def located(place_m: tuple[float, float], at_s: float, error_m: float = 3.0) -> Located:
    return Located(
        captured_utc_s=at_s,
        point_m=np.array(place_m, float),
        shifts_m=np.zeros((5, 2)),
        jitter_m=0.5,
        error_m=error_m,
    )


def plume(
    score: float,
    uv: tuple[float, float] = (640.0, 360.0),
    *,
    kind: str = "smoke",
    side: float = 30.0,
    place: Located | None = None,
    stirs: bool = False,
) -> Sighting:
    half = side / 2
    box = Box(uv[0] - half, uv[1] - half, uv[0] + half, uv[1] + half)
    return Sighting(detection=Detection(kind=kind, score=score, box_px=box), located=place, track_id=1, stirs=stirs)


def vehicle(
    track_id: int,
    place_m: tuple[float, float],
    *,
    speed_m_s: float | None = 0.1,
    speed_error_m_s: float | None = 0.3,
    error_m: float = 2.0,
    at_s: float = 0.0,
) -> Track:
    return Track(
        patrol_id="p",
        vehicle_id="v",
        stream_id="s",
        track_id=track_id,
        kind="vehicle",
        score=0.8,
        pts_s=at_s,
        captured_utc_s=at_s,
        box_px=Box(600, 300, 660, 340),
        on_map=MapTrack(
            position=geopoint(place_m), error_m=error_m, speed_m_s=speed_m_s, speed_error_m_s=speed_error_m_s
        ),
    )


def view_around(place_m: tuple[float, float], half_m: float = 40.0) -> np.ndarray:
    east, north = place_m
    corners = [(-half_m, half_m), (half_m, half_m), (half_m, -half_m), (-half_m, -half_m)]
    return np.array([[east + x, north + y] for x, y in corners])


def scene(
    at_s: float,
    *,
    sightings: tuple[Sighting, ...] = (),
    tracks: tuple[Track, ...] = (),
    view_m: np.ndarray | None = None,
    motion: np.ndarray = STILL,
    clip: Clip | None = None,
) -> Scene:
    return Scene(
        captured_utc_s=at_s,
        pts_s=at_s,
        width_px=1280,
        height_px=720,
        sightings=sightings,
        tracks=tracks,
        has_pose=view_m is not None,
        view_m=view_m,
        motion=motion,
        motion_sure=True,
        clip=clip,
    )


def shift(right_px: float, down_px: float) -> np.ndarray:
    return np.array([[1, 0, right_px], [0, 1, down_px]], np.float32)


def course_m(at_s: float, speed_m_s: float, azimuth_deg: float) -> tuple[float, float]:
    angle = math.radians(azimuth_deg)
    return speed_m_s * at_s * math.sin(angle), speed_m_s * at_s * math.cos(angle)
