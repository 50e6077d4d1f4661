"""A rendered flight along a street as a 1080p30 H.264 file, and its poses as a recorded flight."""

import math
from pathlib import Path
from typing import Final

import av
import numpy as np

from geo import LocalFrame
from missions.camera import CameraModel
from missions.codec import to_json
from missions.formats.atomic import write_atomically
from missions.geopoint import GeoPoint
from missions.mission import Wind
from missions.recorded_flight import PictureTime, RecordedFlight
from missions.scenario import Scenario
from missions.telemetry import Telemetry
from sitl.city import City
from sitl.render.renderer import Renderer
from sitl.render.view import TruePose
from sitl.training_frames import random_network

SIZE_PX: Final = (1920, 1080)
FPS: Final = 30
HFOV_DEG: Final = 70.0
_SEED: Final = 7779
_HEIGHT_M, _PITCH_DEG, _SPEED_M_S = 60.0, -60.0, 8.0
_UTC_S: Final = 1_780_000_000.0
_BEGIN_S: Final = 20.0
_DOWNLINK: Final = {"preset": "veryfast", "tune": "zerolatency", "g": "30", "b": "8000000"}


def street_flight(folder: Path, seconds: float) -> tuple[Path, Path]:
    """Return the video and the recorded flight, made where they are absent."""
    video, flight = folder / f"street-{seconds:g}s.mp4", folder / f"street-{seconds:g}s.json"
    if video.is_file() and flight.is_file():
        return video, flight
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([_SEED, 1])
    frame = LocalFrame(lat_deg=30.4577, lon_deg=114.4140)
    scenario = Scenario(seed=_SEED, incidents=(), vehicles_per_km=50.0, two_wheelers_per_km=40.0, people_per_km=80.0)
    city = City(random_network(frame, rng), scenario, frame, wind=Wind(speed_m_s=3.0, from_deg=200.0))
    city.begin(0.0)
    camera = CameraModel(name="bench", width_px=SIZE_PX[0], height_px=SIZE_PX[1], hfov_deg=HFOV_DEG, fps=FPS)
    line_m = city.layout.streets[0].line_m
    heading = line_m[-1] - line_m[0]
    ahead = heading / np.linalg.norm(heading)
    azimuth_deg = math.degrees(math.atan2(ahead[0], ahead[1])) % 360.0
    poses = [
        TruePose(
            east_m=float(place[0]),
            north_m=float(place[1]),
            up_m=_HEIGHT_M,
            azimuth_deg=azimuth_deg,
            pitch_deg=_PITCH_DEG,
            roll_deg=0.0,
        )
        for place in (line_m[0] + ahead * (_SPEED_M_S * number / FPS) for number in range(round(seconds * FPS)))
    ]
    _film(video, Renderer(city, camera, _SEED), poses)
    write_atomically(flight, to_json(_recorded(poses, frame, ahead)))
    return video, flight


def _film(video: Path, renderer: Renderer, poses: list[TruePose]) -> None:
    scratch = video.with_suffix(".part.mp4")
    with av.open(str(scratch), "w", format="mp4") as sink:
        stream = sink.add_stream("libx264", rate=FPS, options=_DOWNLINK)
        stream.width, stream.height, stream.pix_fmt = *SIZE_PX, "yuv420p"
        for number, pose in enumerate(poses):
            image = renderer.picture(pose, _BEGIN_S + number / FPS).image
            sink.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        sink.mux(stream.encode(None))
    scratch.replace(video)


def _recorded(poses: list[TruePose], frame: LocalFrame, ahead: np.ndarray) -> RecordedFlight:
    places = frame.enu_to_geodetic(np.array([(pose.east_m, pose.north_m, 0.0) for pose in poses]))
    velocity = (float(ahead[0]) * _SPEED_M_S, float(ahead[1]) * _SPEED_M_S, 0.0)
    return RecordedFlight(
        picture_times=tuple(
            PictureTime(pts_s=number / FPS, captured_utc_s=_UTC_S + number / FPS) for number in range(len(poses))
        ),
        telemetry=tuple(
            Telemetry(
                patrol_id="bench",
                vehicle_id="uav-1",
                stream_id="main",
                captured_utc_s=_UTC_S + number / FPS,
                position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon)),
                amsl_m=_HEIGHT_M,
                height_above_home_m=_HEIGHT_M,
                heading_deg=pose.azimuth_deg,
                roll_deg=0.0,
                pitch_deg=0.0,
                velocity_enu_m_s=velocity,
                gimbal_pitch_deg=pose.pitch_deg,
                gimbal_azimuth_deg=pose.azimuth_deg,
            )
            for number, (pose, (lat, lon, _)) in enumerate(zip(poses, places, strict=True))
            if number % 3 == 0
        ),
    )
