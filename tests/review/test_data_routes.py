from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from missions import Box
from review.data_routes import DataRoutes
from review.feed import PatrolSet
from review.thumbnails import cut_around

Build = Callable[..., Any]


@asynccontextmanager
async def client_of(folder: Path) -> AsyncIterator[AsyncClient]:
    patrols = PatrolSet(folder)
    app = FastAPI()
    app.include_router(DataRoutes(patrols).router())
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://review") as opened:
        yield opened
    patrols.close()


@pytest.fixture
async def client(sample: Any) -> AsyncIterator[AsyncClient]:
    async with client_of(sample.folder.parent) as opened:
        yield opened


async def test_footage_is_served_by_ranges(client: AsyncClient, sample: Any) -> None:
    whole = (sample.folder / "footage.mp4").read_bytes()
    part = await client.get("/data/evening/footage.mp4", headers={"Range": "bytes=1000-2999"})
    assert part.status_code == 206
    assert part.content == whole[1000:3000]
    assert part.headers["content-range"] == f"bytes 1000-2999/{len(whole)}"
    assert whole.index(b"moov") < whole.index(b"mdat")  # faststart


async def test_every_picture_of_the_footage_is_known_by_its_stream_time(client: AsyncClient, sample: Any) -> None:
    frames = (await client.get("/data/evening/frames")).json()
    assert frames["pts"] == pytest.approx(sample.pts_s, abs=2e-4)


async def test_tracks_come_for_the_span_that_is_asked_for(client: AsyncClient, sample: Any) -> None:
    answer = (await client.get("/data/evening/tracks", params={"from_s": 104.0, "to_s": 106.0})).json()
    square = next(track for track in answer["tracks"] if track["id"] == 7)
    expected = [t for t in sample.tracks if t.track_id == 7 and 104.0 <= t.pts_s <= 106.0]
    assert [state[0] for state in square["at"]] == [t.pts_s for t in expected]
    assert square["at"][0][1:5] == [round(side, 1) for side in expected[0].box_px]
    nothing = (await client.get("/data/evening/tracks", params={"from_s": 900.0, "to_s": 910.0})).json()
    assert nothing["tracks"] == []


async def test_the_map_has_roads_fence_and_the_flown_path_with_its_clock(client: AsyncClient) -> None:
    still = (await client.get("/data/evening/map")).json()
    assert len(still["roads"]) >= 3
    assert len(still["fence"]) == 4
    moving = (await client.get("/data/evening/flown")).json()
    assert len(moving["flown"]) == 60
    assert moving["live"] is False
    first_pts, first_utc = moving["clock"][0]
    assert first_utc - first_pts == pytest.approx(1_780_000_000.0)


async def test_a_thumbnail_shows_the_incident_and_room_around_it(client: AsyncClient) -> None:
    answer = await client.get("/data/evening/thumbnails/p1-smoke-1.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (360, 640, 3)
    centre = image[170:190, 310:330]
    assert centre.min() > 200  # the white core of the square, cut around it


@pytest.mark.parametrize(
    "address",
    [
        "/data/nothing/map",
        "/data/evening/thumbnails/nothing.jpg",
        "/data/..%2Fevening/footage.mp4",
        "/data/evening/thumbnails/..%2F..%2Fmission.jpg",
    ],
)
async def test_what_is_not_there_is_not_found(client: AsyncClient, address: str) -> None:
    assert (await client.get(address)).status_code == 404


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(Box(0, 0, 10, 10), id="corner"),
        pytest.param(Box(1200, 700, 1280, 720), id="other corner"),
        pytest.param(Box(0, 0, 1280, 720), id="whole picture"),
        pytest.param(Box(600, 0, 620, 700), id="tall"),
    ],
)
def test_a_cut_holds_the_object_and_stays_in_the_picture(box: Box) -> None:
    left, top, right, bottom = cut_around(box, 1280, 720)
    assert left >= 0
    assert top >= 0
    assert right <= 1280
    assert bottom <= 720
    assert left <= max(box.x1, 0)
    assert right >= min(box.x2, 1280) - 1
    assert (right - left) / (bottom - top) == pytest.approx(16 / 9, rel=0.02)


async def test_without_footage_the_kept_small_picture_of_the_whole_view_is_cut(build_in: Build, tmp_path: Path) -> None:
    sample = build_in(tmp_path / "p", width=320, height=180)
    (sample.folder / "footage.mp4").unlink()
    async with client_of(tmp_path) as client:
        answer = await client.get("/data/p/thumbnails/p1-smoke-1.jpg")
        assert answer.headers["content-type"] == "image/svg+xml"  # nothing shows the moment, and that is said
        centre_x, centre_y = sample.incidents[0].box_px.centre
        small = np.full((360, 640, 3), 30, np.uint8)  # half the size of the camera's 1280x720
        cv2.circle(small, (round(centre_x / 2), round(centre_y / 2)), 6, (255, 255, 255), -1)
        (sample.folder / "thumbnails" / "p1-smoke-1.jpg").write_bytes(cv2.imencode(".jpg", small)[1].tobytes())
        answer = await client.get("/data/p/thumbnails/p1-smoke-1.jpg")
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    left, top, right, _ = cut_around(sample.incidents[0].box_px, 1280, 720)
    scale = 640 / (right - left)
    assert image[round((centre_y - top) * scale), round((centre_x - left) * scale)].min() > 200
