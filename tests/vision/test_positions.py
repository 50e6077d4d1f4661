import csv
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from geo import LocalFrame
from missions.camera import CameraPose, PoseError
from missions.detection import Box, Detection
from missions.geopoint import GeoPoint
from vision.positions import GroundCaster, MapTracker, ground_pixel, locate

FRAME = LocalFrame(lat_deg=30.4577, lon_deg=114.4140)
NO_ERROR = PoseError(position_m=0, height_m=0, azimuth_deg=0, pitch_deg=0, roll_deg=0, lag_s=0)


def pose_at(east_m: float, north_m: float, **changes: object) -> CameraPose:
    lat, lon, _ = FRAME.enu_to_geodetic([east_m, north_m])[0]
    values: dict[str, object] = {
        "captured_utc_s": 0.0,
        "position": GeoPoint(lat_deg=float(lat), lon_deg=float(lon)),
        "amsl_m": 92.0,
        "ground_amsl_m": 32.0,
        "azimuth_deg": 90.0,
        "pitch_deg": -60.0,
        "hfov_deg": 70.0,
        **changes,
    }
    return CameraPose(**values)  # type: ignore[arg-type]  # fields of several types


def a_box(u: float, v: float, *, kind: str = "vehicle", side: float = 40.0) -> Detection:
    return Detection(kind=kind, score=0.8, box_px=Box(u - side / 2, v - side / 2, u + side / 2, v + side / 2))


def seen_at(pose: CameraPose, place_m: tuple[float, float], side: float = 40.0) -> Detection:
    """The box of a vehicle that stands at a place, as a perfect detector would see it."""
    from geo import pixels_from_enu

    caster = GroundCaster(FRAME, None)
    camera = caster.camera(pose, 1280, 720)
    assert camera is not None
    u, v = pixels_from_enu(
        np.array([[*place_m, 0.0]]),
        camera,
        origin_enu_m=caster.origin_m(pose),
        azimuth_deg=pose.azimuth_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    )[0]
    down_deg = -pose.pitch_deg + math.degrees(math.atan2(v - 360.0, camera.focal_px))
    foot_v = ground_pixel(a_box(u, v, side=side), down_deg)[1]
    return a_box(float(u), float(2 * v - foot_v), side=side)


def test_a_box_seen_from_straight_above_stands_under_its_middle_and_a_flat_one_near_its_lower_edge() -> None:
    above = ground_pixel(a_box(100, 100), 90.0)
    flat = ground_pixel(a_box(100, 100), 20.0)
    assert above == pytest.approx((100.0, 100.0))
    assert 110.0 < flat[1] < 120.0


def test_a_place_is_found_where_it_was_projected_from() -> None:
    pose = pose_at(0.0, 0.0, error=NO_ERROR)
    caster = GroundCaster(FRAME, None)
    camera = caster.camera(pose, 1280, 720)
    assert camera is not None
    (found,) = locate([seen_at(pose, (45.0, -12.0))], pose, camera, caster)
    assert found is not None
    assert found.point_m == pytest.approx([45.0, -12.0], abs=0.3)


def test_nothing_is_placed_above_the_horizon() -> None:
    pose = pose_at(0.0, 0.0, pitch_deg=-5.0)
    caster = GroundCaster(FRAME, None)
    camera = caster.camera(pose, 1280, 720)
    assert camera is not None
    assert locate([a_box(640.0, 100.0)], pose, camera, caster) == [None]


def test_without_a_field_of_view_there_is_no_projection() -> None:
    caster = GroundCaster(FRAME, None)
    assert caster.camera(pose_at(0.0, 0.0, hfov_deg=None), 1280, 720) is None


@pytest.mark.parametrize("seed", range(4))
def test_the_error_told_covers_the_error_made(seed: int) -> None:
    rng = np.random.default_rng(seed)
    error = PoseError(lag_s=0.0)
    within = 0
    for _ in range(60):
        true = pose_at(0.0, 0.0, azimuth_deg=float(rng.uniform(0, 360)))
        told = pose_at(
            float(rng.normal(0, error.position_m)),
            float(rng.normal(0, error.position_m)),
            azimuth_deg=true.azimuth_deg + float(rng.normal(0, error.azimuth_deg)),
            pitch_deg=true.pitch_deg + float(rng.normal(0, error.pitch_deg)),
            roll_deg=float(rng.normal(0, error.roll_deg)),
            amsl_m=92.0 + float(rng.normal(0, error.height_m)),
            error=error,
        )
        range_m, side_m = rng.uniform(10, 70), rng.uniform(-25, 25)
        azimuth = math.radians(true.azimuth_deg)
        place = (
            range_m * math.sin(azimuth) + side_m * math.cos(azimuth),
            range_m * math.cos(azimuth) - side_m * math.sin(azimuth),
        )
        caster = GroundCaster(FRAME, None)
        camera = caster.camera(told, 1280, 720)
        assert camera is not None
        (found,) = locate([seen_at(true, place)], told, camera, caster)
        assert found is not None
        within += float(np.linalg.norm(found.point_m - np.array(place))) <= found.error_m
    # The radius is the root sum of both axes: between 63 % (round) and 68 % (a line) of the errors are smaller.
    assert 0.5 <= within / 60 <= 0.95


def follow(
    speed_m_s: tuple[float, float], *, seconds: float = 4.0, bias: PoseError | None = None, seed: int = 0
) -> tuple[float | None, float | None, float | None]:
    """A drone passes at 8 m/s with a pose that is wrong by about one sigma; returns speed, error, course."""
    rng = np.random.default_rng(seed)
    error = bias or PoseError()
    wrong = rng.normal(0.0, 1.0, 5)
    caster = GroundCaster(FRAME, None)
    tracker = MapTracker(caster)
    told = None
    for at_s in np.arange(0.0, seconds, 0.2):
        true = pose_at(8.0 * at_s, 0.0, captured_utc_s=float(at_s), speed_m_s=8.0)
        reported = pose_at(
            8.0 * at_s + error.position_m * wrong[0],
            error.position_m * wrong[1],
            captured_utc_s=float(at_s),
            azimuth_deg=90.0 + error.azimuth_deg * wrong[2],
            pitch_deg=-60.0 + error.pitch_deg * wrong[3],
            amsl_m=92.0 + error.height_m * wrong[4],
            speed_m_s=8.0,
            error=error,
        )
        place = (45.0 + speed_m_s[0] * at_s, -8.0 + speed_m_s[1] * at_s)
        box = seen_at(true, place)
        jitter = rng.normal(0.0, 1.5, 2)
        moved = Box(*(side + jitter[axis % 2] for axis, side in enumerate(box.box_px)))
        camera = caster.camera(reported, 1280, 720)
        assert camera is not None
        (found,) = locate([Detection(kind="vehicle", score=0.8, box_px=moved)], reported, camera, caster)
        assert found is not None
        (told,) = tracker.update([(1, found, True)])
    assert told is not None
    return told.speed_m_s, told.speed_error_m_s, told.course_deg


@pytest.mark.parametrize("seed", range(6))
def test_a_standing_vehicle_seen_from_a_passing_drone_stands_within_its_error(seed: int) -> None:
    speed, error, _ = follow((0.0, 0.0), seed=seed)
    assert speed is not None
    assert error is not None
    assert speed <= 3.0 * error
    assert error < 1.5


@pytest.mark.parametrize("seed", range(6))
def test_a_moving_vehicle_has_its_speed_and_course(seed: int) -> None:
    speed, error, course = follow((0.0, 10.0), seed=seed)
    assert speed is not None
    assert error is not None
    assert abs(speed - 10.0) <= 3.0 * error
    assert course is not None
    assert min(course, 360.0 - course) < 15.0


def test_speed_is_not_told_from_less_than_a_second() -> None:
    assert follow((0.0, 10.0), seconds=0.8) == (None, None, None)


def test_speed_is_not_told_with_a_pose_too_vague_for_it() -> None:
    vague = PoseError(azimuth_deg=25.0, pitch_deg=6.0)
    assert follow((0.0, 0.0), bias=vague) == (None, None, None)


def parked_cars(folder: Path) -> dict[str, dict[int, np.ndarray]]:
    """The places of the parked cars, by car and still, metres."""
    rows = {row["file"]: row for row in csv.DictReader((folder / "telemetry.csv").read_text().splitlines())}
    told = json.loads((folder / "parked_vehicles.json").read_text())
    hfov_deg = math.degrees(2 * math.atan(told["camera"]["sensor_width_mm"] / 2 / told["camera"]["focal_mm"]))
    caster = GroundCaster(LocalFrame(lat_deg=46.8426, lon_deg=-91.9940), hfov_deg)
    places: dict[str, dict[int, np.ndarray]] = {}
    for file, boxes in told["vehicles"].items():
        row, number = rows[file], int(file[4:8])
        turned_deg = 180.0 if 24 <= number <= 29 else 0.0  # the flaw test_pose_check.py finds by itself
        pose = CameraPose(
            captured_utc_s=float(number),
            position=GeoPoint(lat_deg=float(row["lat"]), lon_deg=float(row["lon"])),
            amsl_m=float(row["rel_alt_m"]),
            azimuth_deg=(float(row["gimbal_yaw"]) + turned_deg) % 360.0,
            pitch_deg=float(row["gimbal_pitch"]),
        )
        camera = caster.camera(pose, 1280, 720)
        assert camera is not None
        cars = [Detection(kind="vehicle", score=1.0, box_px=Box(*box)) for box in boxes.values()]
        for name, found in zip(boxes, locate(cars, pose, camera, caster), strict=True):
            assert found is not None
            places.setdefault(name, {})[number] = found.point_m
    return places


@pytest.mark.shared
def test_real_parked_cars_meet_within_a_metre_and_a_half_in_one_leg(shared_data: Path) -> None:
    places = parked_cars(shared_data / "formats" / "geotagged_stills")
    apart_m = [
        float(np.linalg.norm(seen[a] - seen[b]))
        for seen in places.values()
        for a, b in itertools.combinations(seen, 2)
        if (a >= 30) == (b >= 30)
    ]
    print(f"parked cars: {len(apart_m)} pairs in one leg, at most {max(apart_m):.2f} m apart")  # noqa: T201 - a measured figure
    assert len(apart_m) == 10
    assert max(apart_m) <= 1.5
