"""Tiles lose no object and double none; they are used where an object would be too small without them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from missions.camera import CameraPose, PoseError
from missions.detection import TILE_OVERLAP_PX, Box, Detection, DetectorSpec
from missions.geopoint import GeoPoint
from missions.hardware import load_detector_spec
from missions.mission import Watch
from vision import WatchSpec, watch_source
from vision.detector.letterbox import Letterbox
from vision.events import HealthChanged, WatchProgress
from vision.tiling import EDGE_PX, TileGrid, Tiling, detect_in_tiles, merged, scale_in_tiles, tile_grid

ONTO = (1280, 736)
UHD, FULL_HD = (3840, 2160), (1920, 1080)
SPEC = load_detector_spec("nano")
sizes = st.tuples(st.integers(200, 8000), st.integers(200, 8000))
inputs = st.tuples(st.integers(10, 60), st.integers(10, 60)).map(lambda s: (32 * s[0], 32 * s[1]))


@given(sizes, inputs, st.integers(1, 4), st.data())
def test_every_object_smaller_than_the_overlap_lies_whole_in_one_tile(
    size: tuple[int, int], onto: tuple[int, int], across: int, data: Any
) -> None:
    grid = tile_grid(size, onto, across)
    width, height = (data.draw(st.floats(1, grid.overlap_px)) for _ in range(2))
    x, y = data.draw(st.floats(0, size[0] - width)), data.draw(st.floats(0, size[1] - height))
    assert any(t.x1 <= x and t.y1 <= y and x + width <= t.x2 and y + height <= t.y2 for t in grid.tiles)


@given(sizes, inputs, st.integers(1, 4))
@example(size=(1586, 2048), onto=(320, 320), across=4)
def test_tiles_are_as_many_and_as_large_as_they_should_be(
    size: tuple[int, int], onto: tuple[int, int], across: int
) -> None:
    grid = tile_grid(size, onto, across)
    assert len(grid.tiles) <= across**2
    assert grid.overlap_px >= min(*size, TILE_OVERLAP_PX / grid.scale - 1)
    for tile in grid.tiles:
        assert 0 <= tile.x1 < tile.x2 <= size[0]
        assert 0 <= tile.y1 < tile.y2 <= size[1]
        assert (tile.x2 - tile.x1 - 1) * grid.scale <= onto[0]
        assert (tile.y2 - tile.y1 - 1) * grid.scale <= onto[1]
    if across > 1:
        assert grid.scale >= scale_in_tiles(size, onto, across - 1)


def seen(objects: Sequence[Box], x1: int, y1: int, x2: int, y2: int, *, least_px: float) -> list[Detection]:
    """Return what a perfect detector says of a part: objects cut at its edges, down to a size."""
    found = []
    for box in objects:
        left, top, right, low = max(box.x1, x1), max(box.y1, y1), min(box.x2, x2), min(box.y2, y2)
        if right - left > 1 and low - top > 1 and max(right - left, low - top) >= least_px:
            part = Box(left - x1, top - y1, right - x1, low - y1)
            found.append(Detection(kind="vehicle", score=0.9, box_px=part))
    return found


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 4), st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=12))
def test_every_object_is_told_once_whatever_its_size(across: int, drawn: list[tuple[float, ...]]) -> None:
    grid = tile_grid(UHD, ONTO, across)
    objects: list[Box] = []
    for along, down, size, shape in drawn:
        width = 12 / grid.scale + size**2 * 900
        height = width * (0.4 + shape)
        x, y = along * (UHD[0] - width), down * max(0.0, UHD[1] - height)
        box = Box(x, y, x + width, min(y + height, UHD[1]))
        if all(box.x1 > o.x2 or o.x1 > box.x2 or box.y1 > o.y2 or o.y1 > box.y2 for o in objects):
            objects.append(box)
    scale = ONTO[0] / UHD[0]
    whole = seen(objects, 0, 0, *UHD, least_px=12 / scale)
    in_tiles = [seen(objects, *tile, least_px=6 / grid.scale) for tile in grid.tiles]
    told = merged(whole, in_tiles, grid, UHD)
    assert len(told) == len(objects)
    for box in objects:
        assert any(np.allclose(box, one.box_px, atol=0.01) for one in told)


def test_what_is_too_large_for_the_overlap_is_large_enough_in_the_whole_picture() -> None:
    for across in (2, 3, 4):
        grid = tile_grid(UHD, ONTO, across)
        assert (grid.overlap_px - 2 * EDGE_PX / grid.scale) * scale_in_tiles(UHD, ONTO, 1) > SPEC.smallest_px


def pose(height_m: float, *, pitch_deg: float = -90.0, hfov_deg: float | None = 80.0) -> CameraPose:
    return CameraPose(
        captured_utc_s=0.0,
        position=GeoPoint(lat_deg=30.0, lon_deg=114.0),
        amsl_m=50.0 + height_m,
        ground_amsl_m=50.0,
        azimuth_deg=0.0,
        pitch_deg=pitch_deg,
        roll_deg=0.0,
        hfov_deg=hfov_deg,
        speed_m_s=8.0,
        error=PoseError(),
    )


@pytest.mark.parametrize(
    ("size", "height_m", "tiles"),
    [
        (UHD, 100.0, None),  # an e-bike is 41 px in it and still 13.7 px when it is scaled down
        (UHD, 120.0, 4),  # 34 px, but 11.4 px scaled down
        (UHD, 250.0, 9),
        ((1280, 720), 100.0, None),  # nothing is scaled down
        (FULL_HD, 60.0, None),
        (FULL_HD, 140.0, 4),
    ],
)
def test_tiles_are_used_where_the_smallest_object_would_be_too_small(
    size: tuple[int, int], height_m: float, tiles: int | None
) -> None:
    grid = Tiling("auto", smallest="two_wheeler").grid(size, SPEC, pose(height_m))
    assert (grid and len(grid.tiles)) == tiles


@pytest.mark.parametrize("across", [1, 2, 3, 4])
def test_tiles_together_are_the_input_that_planning_reckons_with(across: int) -> None:
    together = SPEC.in_tiles(across)
    for width, height in (UHD, FULL_HD, (7680, 4320), (1280, 720)):
        fits = min(1.0, together.input_width_px / width, together.input_height_px / height)
        assert scale_in_tiles((width, height), ONTO, across) == pytest.approx(fits)


def test_tiles_are_as_few_as_show_the_object_large_enough() -> None:
    for height_m in range(20, 400, 5):
        grid = Tiling("auto", smallest="two_wheeler").grid(UHD, SPEC, pose(height_m))
        seen_px = UHD[0] / 2 / np.tan(np.radians(40)) * 1.8 / height_m
        scale = grid.scale if grid else scale_in_tiles(UHD, ONTO, 1)
        assert seen_px * scale >= SPEC.smallest_px - 1e-6 or scale == 1.0
        if grid is not None:
            across = 4 if len(grid.tiles) > 9 else int(len(grid.tiles) ** 0.5)
            assert seen_px * scale_in_tiles(UHD, ONTO, across - 1) < SPEC.smallest_px


def test_without_a_pose_the_pictures_size_decides() -> None:
    tiling = Tiling("auto", smallest="two_wheeler")
    looking_up, unknown_lens = replace(pose(80.0), pitch_deg=3.0), pose(80.0, hfov_deg=None)
    for nothing in (None, looking_up, unknown_lens):
        for size, tiles in ((FULL_HD, None), ((2560, 1440), None), (UHD, 4), ((7680, 4320), 16)):
            grid = tiling.grid(size, SPEC, nothing)
            assert (grid and len(grid.tiles)) == tiles


def test_the_setting_goes_before_everything() -> None:
    assert Tiling("off", smallest="person").grid(UHD, SPEC, pose(120.0)) is None
    three = Tiling(3, smallest="vehicle").grid(UHD, SPEC, pose(10.0))
    assert three is not None
    assert (len(three.tiles), three.runs) == (9, 10)
    assert Tiling(3, smallest="vehicle").grid((1280, 720), SPEC, None) is None


class Cutouts:
    """Finds white things that are 12 px or more at its input."""

    spec: DetectorSpec = SPEC

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:  # noqa: D102
        size = (image.shape[1], image.shape[0])
        fitted = Letterbox.fitting(size, ONTO)
        bright = (fitted.apply(image)[:, :, 0] > 200).astype(np.uint8)
        _, _, found, _ = cv2.connectedComponentsWithStats(bright)
        boxes = np.array([[x, y, x + w, y + h] for x, y, w, h, _ in found[1:] if max(w, h) >= 12], np.float32)
        return [
            Detection(kind="vehicle", score=0.8, box_px=Box(*map(float, box)))
            for box in fitted.undo(boxes.reshape(-1, 4), size)
        ]


def test_a_4k_picture_in_tiles_shows_what_the_whole_one_hides() -> None:
    image = np.full((2160, 3840, 3), 60, np.uint8)
    places = [(100, 100), (1915, 1070), (3800, 2120), (2000, 40)]
    for x, y in places:
        image[y : y + 14, x : x + 24] = 255
    image[1300:2000, 1500:2700] = 255  # larger than any tile's overlap
    detector = Cutouts()
    assert len(detector.detect(image)) == 1
    grid: TileGrid = tile_grid(UHD, ONTO, 3)
    told = detect_in_tiles(detector, image, grid)
    assert len(told) == 5
    for x, y in places:
        assert any(np.allclose(one.box_px, (x, y, x + 24, y + 14), atol=3) for one in told)


def test_a_watched_4k_video_is_looked_at_in_tiles_and_says_what_that_takes(tmp_path: Path) -> None:
    image = np.full((2160, 3840, 3), 60, np.uint8)
    image[1070:1084, 1915:1939] = 255
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    told = []
    for tiles in ("auto", "off"):
        spec = WatchSpec(video=str(tmp_path), watch=Watch(tiles=tiles, detect_hz=2.0))
        events = list(watch_source(spec, detector=Cutouts()))
        health = [
            one.health.detail for one in events if isinstance(one, HealthChanged) and one.health.part == "detector"
        ]
        told.append((sum(one.detections for one in events if isinstance(one, WatchProgress)), health))
    assert told == [(4, ["pictures are looked at whole and in 4 tiles: 5 times the work"]), (0, [])]
