"""A plume tells the wind it drifts in, and is placed by that where nobody measured the wind."""

import math
from functools import cache

import numpy as np
import pytest
from scenes import avenue

from missions.camera import CameraPose
from missions.detection import Box, Detection
from missions.geopoint import GeoPoint
from missions.hardware import load_camera
from missions.mission import Watch, Wind
from missions.scenario import Scenario, ScriptedIncident
from sitl.city import City
from sitl.render.renderer import Renderer
from sitl.render.view import TruePose
from vision.analysis import Analysis
from vision.events import IncidentSeen
from vision.spec import WatchSpec

BLOWS = Wind(speed_m_s=5.0, from_deg=225.0)
PLANNED = Wind(speed_m_s=5.0, from_deg=45.0)
HZ, UP_M, SECONDS = 5.0, 60.0, 4.0


@cache
def hovered() -> tuple[list[np.ndarray], list[Box], CameraPose, np.ndarray]:
    """Pictures of a street with smoke that began 14 s ago, its boxes, the camera's pose, where it burns (ENU)."""
    network = avenue()
    lat, lon, _ = network.frame.enu_to_geodetic((10.0, -6.0))[0]
    smoking = ScriptedIncident(
        incident_id="i", kind="smoke", start_s=30.0, position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon))
    )
    city = City(network, Scenario(seed=2001, incidents=(smoking,)), network.frame, wind=BLOWS)
    city.begin(0.0)
    renderer = Renderer(city, load_camera("wide-720p"), 2001)
    north_m = -6.0 - UP_M / math.tan(math.radians(70.0))
    at = TruePose(east_m=10.0, north_m=north_m, up_m=UP_M, azimuth_deg=0.0, pitch_deg=-70.0)
    images, boxes = [], []
    for number in range(round(SECONDS * HZ)):
        picture = renderer.picture(at, 44.0 + number / HZ)
        images.append(picture.image)
        boxes.append(next(seen.box_px for seen in picture.seen if seen.kind == "smoke"))
    lat, lon, _ = network.frame.enu_to_geodetic((10.0, north_m))[0]
    pose = CameraPose(
        captured_utc_s=0.0,
        position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon)),
        amsl_m=UP_M,
        azimuth_deg=0.0,
        pitch_deg=-70.0,
        hfov_deg=load_camera("wide-720p").hfov_deg,
    )
    return images, boxes, pose, city.actors[0].stopped_xy_m


def missed_by_m(*, wind: Wind, wind_measured: bool) -> float:
    """How far from where it burns the incident is placed in the end."""
    images, boxes, pose, burns_m = hovered()
    network = avenue()
    analysis = Analysis(WatchSpec(video="none.mp4", watch=Watch(detect_hz=HZ)), network)
    placed: GeoPoint | None = None
    for number, (image, box) in enumerate(zip(images, boxes, strict=True)):
        looked = analysis.look(
            image,
            [Detection(kind="smoke", score=0.8, box_px=box)],
            pts_s=number / HZ,
            captured_utc_s=number / HZ,
            pose=pose,
            wind=wind,
            wind_measured=wind_measured,
        )
        for said in (*looked.told, *analysis.last_words()):
            if isinstance(said, IncidentSeen):
                placed = said.incident.position
    assert placed is not None
    at_m = network.frame.geodetic_to_enu(placed.lat_deg, placed.lon_deg)[0][:2]
    return float(np.linalg.norm(at_m - burns_m))


def test_where_the_wind_was_only_planned_the_plumes_own_drift_is_believed() -> None:
    wrong_m, by_drift_m = (missed_by_m(wind=PLANNED, wind_measured=measured) for measured in (True, False))
    right_m = missed_by_m(wind=BLOWS, wind_measured=True)
    print(f"placed by the planned wind {wrong_m:.1f} m off, by the drift {by_drift_m:.1f}, by the true {right_m:.1f}")  # noqa: T201 - a measured figure
    assert by_drift_m < 0.7 * wrong_m
    assert by_drift_m < right_m + 4.0
    assert pytest.approx(right_m, abs=6.0) == 0.0
