import csv
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from geo import PinholeCamera
from missions.camera import CameraPose
from missions.geopoint import GeoPoint
from vision.pose_check import heading_flaws, heading_offset_deg

CAMERA = PinholeCamera.from_hfov(width_px=1280, height_px=720, hfov_deg=81.1)


def pose(lat_deg: float, lon_deg: float, azimuth_deg: float, height_m: float = 40.0) -> CameraPose:
    return CameraPose(
        captured_utc_s=0.0,
        position=GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg),
        amsl_m=height_m,
        azimuth_deg=azimuth_deg % 360.0,
        pitch_deg=-90.0,
    )


@pytest.mark.parametrize(
    ("azimuth_deg", "offset_deg"),
    [pytest.param(0.0, 0.0, id="north up, flying north"), pytest.param(180.0, -180.0, id="turned pictures")],
)
def test_ground_that_moves_down_the_picture_means_flying_where_its_top_looks(
    azimuth_deg: float, offset_deg: float
) -> None:
    found = heading_offset_deg((0.0, 200.0), pose(46.0, -92.0, azimuth_deg), pose(46.0001, -92.0, azimuth_deg), CAMERA)
    assert found == pytest.approx(offset_deg, abs=0.1)


def test_a_hovering_platform_tells_nothing_about_its_heading() -> None:
    assert heading_offset_deg((1.0, 2.0), pose(46.0, -92.0, 0.0), pose(46.0, -92.0, 0.0), CAMERA) is None


@pytest.mark.shared
def test_the_six_real_stills_that_are_turned_by_180_degrees_are_found_and_no_others(shared_data: Path) -> None:
    folder = shared_data / "formats" / "geotagged_stills"
    rows = list(csv.DictReader((folder / "telemetry.csv").read_text().splitlines()))
    pictures = [np.asarray(cv2.imread(str(folder / row["file"])), np.uint8) for row in rows]
    poses = [pose(float(r["lat"]), float(r["lon"]), float(r["gimbal_yaw"]), float(r["rel_alt_m"])) for r in rows]
    flaws = heading_flaws(pictures, poses, CAMERA)
    assert [int(rows[flaw.index]["file"][4:8]) for flaw in flaws] == list(range(24, 30))
    assert all(math.isclose(abs(flaw.offset_deg), 180.0, abs_tol=15.0) for flaw in flaws)
