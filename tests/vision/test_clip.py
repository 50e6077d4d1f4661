"""Whether a place in a picture changes: rendered streets through the downlink's codec, and real clips."""

import csv
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from scenes import avenue

from missions.detection import Box
from missions.geopoint import GeoPoint
from missions.hardware import load_camera
from missions.mission import Wind
from missions.scenario import Scenario, ScriptedIncident
from sitl.city import City
from sitl.render.renderer import Renderer
from sitl.render.view import TruePose, View
from vision.camera_motion import CameraMotion
from vision.clip import Clip, with_picture

STILL = 0.7
"""As in the settings of the rule."""
FPS, HEIGHT_M, SPEED_M_S, SECONDS = 10, 60.0, 8.0, 3.0


def coded(images: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The pictures as the downlink's H.264 leaves them."""
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = images[0].shape[1], images[0].shape[0], "yuv420p"
    codec.framerate, codec.time_base = Fraction(FPS), Fraction(1, FPS)
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "26", "x264-params": "keyint=5:min-keyint=5"}
    decoder: Any = av.CodecContext.create("h264", "r")
    given = []
    for number, image in enumerate(images):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24").reformat(format="yuv420p")
        frame.pts = number
        for packet in codec.encode(frame):
            given += decoder.decode(av.Packet(bytes(packet)))
    given += decoder.decode(None)
    return [frame.to_ndarray(format="bgr24") for frame in given]


@cache
def flown() -> tuple[list[np.ndarray], list[dict[str, Box]], list[np.ndarray], list[View]]:
    """Pictures at 5 Hz over an avenue with an e-bike that began to smoke 6 s ago, boxes of smoke, traffic, views."""
    network = avenue()
    lat, lon, _ = network.frame.enu_to_geodetic((10.0, -6.0))[0]
    smoking = ScriptedIncident(
        incident_id="i", kind="smoke", start_s=30.0, position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon))
    )
    city = City(network, Scenario(seed=2001, incidents=(smoking,)), network.frame, wind=Wind(speed_m_s=3, from_deg=45))
    city.begin(0.0)
    camera = load_camera("wide-720p")
    renderer = Renderer(city, camera, 2001)
    images, plumes, traffic, views = [], [], [], []
    for number in range(round(SECONDS * FPS)):
        at_s = number / FPS
        back_m = HEIGHT_M / math.tan(math.radians(60.0))
        pose = TruePose(
            east_m=10.0 + SPEED_M_S * (at_s - SECONDS / 2) - back_m,
            north_m=0.0,
            up_m=HEIGHT_M,
            azimuth_deg=90.0 + 0.6 * math.sin(2.0 * at_s),
            pitch_deg=-60.0,
        )
        picture = renderer.picture(pose, 36.0 + at_s)
        images.append(picture.image)
        plumes.append({seen.kind: seen.box_px for seen in picture.seen if seen.kind == "smoke"})
        boxes = [seen.box_px for seen in picture.seen if seen.kind != "smoke"]
        traffic.append(np.array(boxes, float).reshape(-1, 4))
        views.append(View(pose=pose, camera=camera.pinhole))
    return coded(images)[::2], plumes[::2], traffic[::2], views[::2]


def clips() -> Iterator[tuple[int, Clip]]:
    """The clip after each looked-at picture of the flight."""
    images, _, traffic, _ = flown()
    camera, clip = CameraMotion(), Clip()
    for number, image in enumerate(images):
        motion = camera.estimate(image, traffic[number])
        clip = with_picture(clip, image, pts_s=number / 5.0, motion=motion, sure=camera.sure, things_px=traffic[number])
        yield number, clip


def changes(boxes: Sequence[Box | None]) -> list[float]:
    """What the clip says about one place, one box per looked-at picture, where it can be told."""
    said = [clip.change(box) for number, clip in clips() if (box := boxes[number]) is not None]
    return [change for change in said if change is not None]


def on_ground(east_m: float, north_m: float, side_px: float) -> list[Box | None]:
    """A box that a detector would see at a place on the ground, picture by picture."""
    boxes: list[Box | None] = []
    for view in flown()[3]:
        u, v = view.seen(np.array([[east_m, north_m, 0.0]]))[0][0]
        inside = side_px < u < 1280 - side_px and side_px < v < 720 - side_px
        half = side_px / 2
        boxes.append(Box(u - half, v - half, u + half, v + half) if inside else None)
    return boxes


def test_smoke_changes_from_the_second_in_which_it_can_be_compared() -> None:
    told = changes([plume.get("smoke") for plume in flown()[1]])
    assert len(told) >= 8
    assert np.median(told[:3]) > STILL
    assert np.median(told) > 1.5


@pytest.mark.parametrize("side_px", [40.0, 120.0])
@pytest.mark.parametrize("place_m", [(0.0, 3.0), (20.0, 4.0), (25.0, 14.0)])
def test_asphalt_and_pavement_keep_still_under_a_moving_camera(place_m: tuple[float, float], side_px: float) -> None:
    told = changes(on_ground(*place_m, side_px))
    assert len(told) >= 4
    assert np.median(told) < STILL


def test_of_a_box_too_small_nothing_is_said() -> None:
    assert changes(on_ground(0.0, 3.0, 20.0)) == []


def test_nothing_is_said_before_there_is_something_to_compare() -> None:
    for number, clip in clips():
        if number <= 1:
            assert clip.change(Box(600.0, 300.0, 660.0, 360.0)) is None


def drawn(number: int, *, thing: Box | None = None, sure: bool = True, boxed: bool = True) -> dict[str, Any]:
    """A still, grainy picture, with a bright thing somewhere."""
    coarse = np.random.default_rng(3).normal(0, 20, (90, 160)).astype(np.float32)
    image = cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC) + 110
    image += np.random.default_rng(number).normal(0, 3, image.shape)
    if thing is not None:
        x1, y1, x2, y2 = (int(side) for side in thing)
        image[y1:y2, x1:x2] = 230
    things = np.array([thing], float) if thing is not None and boxed else np.zeros((0, 4))
    return {
        "image": cv2.merge([np.clip(image, 0, 255).astype(np.uint8)] * 3),
        "pts_s": number / 5.0,
        "motion": np.eye(2, 3, dtype=np.float32),
        "sure": sure,
        "things_px": things,
    }


def clip_of(pictures: Sequence[dict[str, Any]]) -> Clip:
    clip = Clip()
    for picture in pictures:
        clip = with_picture(clip, **picture)
    return clip


PLACE = Box(300.0, 160.0, 360.0, 220.0)


def test_a_car_that_drives_through_is_no_smoke_where_it_is_known_and_is_change_where_not() -> None:
    cars = [Box(180.0 + 30 * n, 180.0, 205.0 + 30 * n, 196.0) for n in range(6)]
    told = clip_of([drawn(n, thing=car) for n, car in enumerate(cars)]).change(PLACE)
    assert told is not None
    assert told < STILL
    unknown = clip_of([drawn(n, thing=car, boxed=False) for n, car in enumerate(cars)]).change(PLACE)
    assert unknown is not None
    assert unknown > told


def test_a_parked_car_covers_nothing() -> None:
    car = Box(305.0, 165.0, 355.0, 215.0)
    told = clip_of([drawn(n, thing=car) for n in range(6)]).change(PLACE)
    assert told is not None
    assert told < STILL


@pytest.mark.parametrize(
    "pictures",
    [
        pytest.param([drawn(n, sure=n != 4) for n in range(6)], id="the camera's motion is unsure"),
        pytest.param([drawn(0), drawn(9)], id="the picture before is too old"),
        pytest.param(
            [drawn(n, thing=Box(200.0 + 40 * n, 100.0, 340.0 + 40 * n, 280.0)) for n in range(4)], id="behind a bus"
        ),
    ],
)
def test_what_cannot_be_told_is_not(pictures: list[dict[str, Any]]) -> None:
    assert clip_of(pictures).change(PLACE) is None


@pytest.mark.shared
def test_a_real_fire_changes_and_the_wall_beside_it_does_not(shared_data: Path) -> None:
    folder = shared_data / "vision" / "clips" / "house_fire"
    fires: dict[int, Box] = {}
    for frame, x, y, w, h, _ in list(csv.reader((folder / "gt.csv").read_text().splitlines()))[1:]:
        if float(w) * float(h) > 200:
            fires.setdefault(int(frame), Box(float(x), float(y), float(x) + float(w), float(y) + float(h)))
    fire, wall = [], []
    clip, camera = Clip(), CameraMotion()
    with av.open(str(folder / "video.mp4")) as video:
        for number, frame in enumerate(video.decode(video=0)):
            if number % 6 or number > 240:
                continue
            image = frame.to_ndarray(format="bgr24")
            motion = camera.estimate(image)
            clip = with_picture(
                clip, image, pts_s=number / 29.97, motion=motion, sure=camera.sure, things_px=np.zeros((0, 4))
            )
            if number in fires:
                fire.append(clip.change(fires[number]))
            wall.append(clip.change(Box(25.0, 112.0, 63.0, 150.0)))
    assert np.median([c for c in fire if c is not None]) > 1.0
    assert np.median([c for c in wall if c is not None]) < STILL


@pytest.mark.shared
def test_parked_cars_under_a_real_moving_camera_keep_still(shared_data: Path) -> None:
    folder = shared_data / "vision" / "clips" / "kit_munich_street02"
    parked = (4, 5, 9, 11, 15, 17, 21, 23, 26, 29, 32)
    rows = [[float(cell) for cell in row[:6]] for row in csv.reader((folder / "gt.txt").read_text().splitlines())]
    told: list[float] = []
    clip, camera = Clip(), CameraMotion()
    for number, path in enumerate(sorted((folder / "frames").iterdir())[:10], start=1):
        boxes = {int(row[1]): Box(row[2], row[3], row[2] + row[4], row[3] + row[5]) for row in rows if row[0] == number}
        image = np.asarray(cv2.imread(str(path)), np.uint8)
        things = np.array(list(boxes.values()), float).reshape(-1, 4)
        motion = camera.estimate(image, things)
        clip = with_picture(clip, image, pts_s=number / 2.0, motion=motion, sure=camera.sure, things_px=things)
        told += [c for i in parked if i in boxes and (c := clip.change(around(boxes[i], 40.0))) is not None]
    assert len(told) >= 20
    assert np.mean(np.array(told) < STILL) > 0.85


def around(box: Box, side_px: float) -> Box:
    """A square box of the same middle."""
    (u, v), half = box.centre, side_px / 2
    return Box(u - half, v - half, u + half, v + half)
