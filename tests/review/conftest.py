"""A small real archive: twelve seconds of H.264 at a variable frame rate, with telemetry, tracks and three incidents.

A white square with a black rim runs through the pictures; track 7 is exactly its box, so that a test can compare what
the player draws with what the picture shows.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from archive import Archive, ArchiveState
from geo import LocalFrame
from missions import (
    Alert,
    Altitude,
    AltitudeReference,
    Box,
    Delivery,
    DeliveryState,
    Dispatch,
    Estimate,
    GeoPoint,
    Incident,
    IncidentKind,
    LegKind,
    MapTrack,
    Plan,
    Sortie,
    Stretch,
    Telemetry,
    Track,
    Waypoint,
    Zone,
    ZoneRule,
)
from missions.mission_file import load_mission
from missions.roads import load_network
from tests.samples import plan_with

FIRST_PTS_S = 100.0
UTC_OF_PTS = 1_780_000_000.0  # patrol time of stream time 0
DOCK = GeoPoint(lat_deg=30.45772, lon_deg=114.41405)
FRAME = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg)
SQUARE_PX = 28
GAPS_S = (0.1, 0.1, 0.24, 0.06, 0.1, 0.133, 0.1, 0.167)


@dataclass(frozen=True)
class Sample:
    """What was put into the archive."""

    folder: Path
    pts_s: tuple[float, ...]
    tracks: tuple[Track, ...]
    incidents: tuple[Incident, ...]


def picture_times(seconds: float) -> tuple[float, ...]:
    times, at, index = [], 0.0, 0
    while at < seconds:
        times.append(round(FIRST_PTS_S + at, 4))
        at += GAPS_S[index % len(GAPS_S)]
        index += 1
    return tuple(times)


def square_at(pts_s: float, width: int, height: int) -> Box:
    at = pts_s - FIRST_PTS_S
    x = round(width * (0.08 + 0.8 * (at % 12.0) / 12.0))
    y = round(height * (0.55 + 0.12 * math.sin(at)))
    return Box(x, y, x + SQUARE_PX, y + SQUARE_PX)


def street(width: int, height: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(5)
    image = np.full((height, width, 3), (86, 104, 92), np.uint8)
    for _ in range(60):
        x, y = int(noise.integers(0, width)), int(noise.integers(0, height))
        cv2.circle(image, (x, y), int(noise.integers(8, 26)), (60, 100, 62), -1)
    cv2.rectangle(image, (0, int(height * 0.42)), (width, int(height * 0.78)), (96, 96, 98), -1)
    for x in range(0, width, 60):
        cv2.rectangle(image, (x, int(height * 0.595)), (x + 28, int(height * 0.605)), (215, 215, 215), -1)
    for x in range(10, width, 190):
        cv2.rectangle(image, (x, 12), (x + 130, int(height * 0.3)), (120, 128, 146), -1)
        cv2.rectangle(image, (x, 12), (x + 130, int(height * 0.3)), (70, 76, 90), 2)
    grain = noise.normal(0, 5, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def draw_picture(background: NDArray[np.uint8], pts_s: float) -> NDArray[np.uint8]:
    image = background.copy()
    height, width = image.shape[:2]
    at = pts_s - FIRST_PTS_S
    for lane, colour in ((0.47, (60, 60, 190)), (0.68, (180, 140, 60))):
        x = int((at * 90 + lane * 700) % (width + 80)) - 60
        cv2.rectangle(image, (x, int(height * lane)), (x + 52, int(height * lane) + 24), colour, -1)
    if at > 3:
        smoke = image.copy()
        for puff in range(9):
            where = (int(width * 0.62 + 9 * math.sin(at * 2 + puff)), int(height * 0.44) - puff * 7)
            cv2.circle(smoke, where, 9 + puff * 2, (205, 205, 208), -1)
        image = cv2.addWeighted(smoke, 0.55, image, 0.45, 0)
    box = square_at(pts_s, width, height)
    corner, end = (int(box.x1), int(box.y1)), (int(box.x2) - 1, int(box.y2) - 1)
    cv2.rectangle(image, corner, end, (0, 0, 0), -1)
    cv2.rectangle(image, (corner[0] + 5, corner[1] + 5), (end[0] - 5, end[1] - 5), (255, 255, 255), -1)
    return image


def encode(path: Path, times: tuple[float, ...], width: int, height: int) -> None:
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    background = street(width, height)
    with av.open(str(path), "w", format="mp4", options=flags) as sink:
        stream = sink.add_stream("libx264", rate=10, options={"preset": "ultrafast", "tune": "zerolatency", "g": "5"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90_000)
        for pts_s in times:
            frame = av.VideoFrame.from_ndarray(draw_picture(background, pts_s), format="bgr24")
            frame.pts, frame.time_base = round((pts_s - times[0]) * 90_000), Fraction(1, 90_000)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))


def place(east_m: float, north_m: float) -> GeoPoint:
    lat, lon, _ = FRAME.enu_to_geodetic([[east_m, north_m]])[0]
    return GeoPoint(lat_deg=float(lat), lon_deg=float(lon))


def sample_plan() -> Plan:
    height = Altitude(metres=60.0, above=AltitudeReference.HOME)
    legs = [place(x, y) for x, y in ((0, 40), (260, 40), (260, -160), (0, -160))]
    waypoints = tuple(
        Waypoint(position=p, altitude=height, speed_m_s=8.0, gimbal_pitch_deg=-60.0, leg=LegKind.SERVICE) for p in legs
    )
    estimate = Estimate(distance_m=940.0, service_m=720.0, time_s=168.0, energy_wh=21.0, energy_share_pct=31.0)
    corners = tuple(place(x, y) for x, y in ((-150, -260), (420, -260), (420, 140), (-150, 140)))
    stretch = Stretch(
        stretch_id="s1", road_ids=("r1",), name="Gaoxin Avenue", road_class="primary", centreline=tuple(legs[:2]),
        length_m=260.0,
    )  # fmt: skip
    sortie = Sortie(sortie_id="1", takeoff_height_m=60.0, waypoints=waypoints, stretch_ids=("s1",), estimate=estimate)
    return plan_with(
        mission_name="Gaoxin Avenue", dock=DOCK, wind_m_s=3.0, wind_from_deg=45.0, stretches=(stretch,),
        sorties=(sortie,), fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=corners), rally=(DOCK,),
        estimate=estimate,
    )  # fmt: skip


def sample_telemetry(seconds: float) -> Iterator[Telemetry]:
    for tick in range(int(seconds * 5)):
        at = tick / 5
        yield Telemetry(
            patrol_id="p1", vehicle_id="uav-1", stream_id="main", captured_utc_s=UTC_OF_PTS + FIRST_PTS_S + at,
            position=place(20 + at * 8, 40), amsl_m=92.0, height_above_home_m=60.0, heading_deg=90.0, roll_deg=0.0,
            pitch_deg=-4.0, velocity_enu_m_s=(8.0, 0.0, 0.0), gimbal_pitch_deg=-60.0, gimbal_azimuth_deg=92.0,
            battery_pct=88.0 - at / 4, mode="AUTO", armed=True,
        )  # fmt: skip


def sample_tracks(times: tuple[float, ...], width: int, height: int) -> Iterator[Track]:
    on_map = MapTrack(position=place(60, 44), error_m=6.1, speed_m_s=3.2, speed_error_m_s=0.8)
    for index, pts_s in enumerate(times):
        common = {
            "patrol_id": "p1", "vehicle_id": "uav-1", "stream_id": "main", "pts_s": pts_s,
            "captured_utc_s": UTC_OF_PTS + pts_s, "on_map": on_map, "interpolated": index % 2 == 1,
        }  # fmt: skip
        yield Track(track_id=7, kind="smoke", score=0.87, box_px=square_at(pts_s, width, height), **common)
        at = pts_s - FIRST_PTS_S
        for track_id, lane in ((11, 0.47), (12, 0.68)):
            x = int((at * 90 + lane * 700) % (width + 80)) - 60
            box = Box(max(x, 0), int(height * lane), max(x, 0) + 52, int(height * lane) + 24)
            if 0 <= x < width - 60:
                yield Track(track_id=track_id, kind="vehicle", score=0.74, box_px=box, **common)


def sample_incidents(width: int, height: int, times: tuple[float, ...]) -> tuple[Incident, ...]:
    moment = next(pts for pts in times if pts >= FIRST_PTS_S + 5.0)
    smoke = Incident(
        incident_id="p1-smoke-1", patrol_id="p1", vehicle_id="uav-1", stream_id="main", kind=IncidentKind.SMOKE,
        began_utc_s=UTC_OF_PTS + 103.4, opened_utc_s=UTC_OF_PTS + moment, last_seen_utc_s=UTC_OF_PTS + 110.2,
        first_pts_s=103.4, last_pts_s=110.2, score=0.91, box_px=square_at(moment, width, height), opened_pts_s=moment,
        track_ids=(7,), position=place(95, 52), position_error_m=6.4, road_name="Gaoxin Avenue",
    )  # fmt: skip
    stopped = replace(
        smoke, incident_id="p1-stopped-2", kind=IncidentKind.STOPPED_VEHICLE, opened_utc_s=UTC_OF_PTS + 108.0,
        first_pts_s=107.0, opened_pts_s=108.0, track_ids=(11,), position=place(210, 36), position_error_m=4.2,
        box_px=Box(200, height * 0.47, 252, height * 0.47 + 24), score=0.78, road_name=None,
    )  # fmt: skip
    fire = replace(
        smoke, incident_id="p1-fire-3", kind=IncidentKind.FIRE, opened_utc_s=UTC_OF_PTS + 110.0, track_ids=(),
        first_pts_s=109.2, opened_pts_s=110.0, position=None, position_error_m=None, score=0.66,
        box_px=Box(width * 0.6, height * 0.3, width * 0.66, height * 0.45),
    )  # fmt: skip
    return smoke, stopped, fire


def fill(archive: Archive, incidents: tuple[Incident, ...]) -> None:
    now_wall_s = time.time()
    for incident in incidents:
        with archive.transaction() as transaction:
            transaction.append("incident", incident)
            for number, (person, channel) in enumerate(
                (("duty-desk", "console:"), ("gate-north", "wecombot://s3cr3t"))
            ):
                alert = Alert(
                    alert_id=f"{incident.incident_id}:{person}:{number}", incident_id=incident.incident_id,
                    person_id=person, channel=channel, language="en", title="t", body="b", created_wall_s=now_wall_s,
                )  # fmt: skip
                transaction.append("alert", alert)
                state = DeliveryState.SENT if number == 0 or incident.position else DeliveryState.FAILED
                step = Delivery(alert_id=alert.alert_id, state=state, at_wall_s=now_wall_s + 0.3 + number * 0.9)
                transaction.append("delivery", step)
    first = incidents[0]
    dispatch = Dispatch(
        dispatch_id="d1", incident_id=first.incident_id, person_id="gate-north", walking_m=84.0, eta_s=72.2,
        planned_wall_s=now_wall_s,
    )  # fmt: skip
    archive.append("dispatch", dispatch)


def build_sample(
    folder: Path, mission_file: Path, *, width: int = 640, height: int = 360, close: bool = True
) -> Sample:
    seconds = 12.0
    times = picture_times(seconds)
    loaded = load_mission(mission_file)
    roads = load_network(loaded.roads_file)
    archive = Archive.create(folder, patrol_id="p1", mission_file=mission_file, roads=roads, plan=sample_plan())
    part = archive.layout.footage_part(0)
    encode(part, times, width, height)
    archive.add_footage_part(part, times[0])
    tracks = tuple(sample_tracks(times, width, height))
    archive.add_tracks(tracks)
    archive.add_telemetry(sample_telemetry(seconds))
    incidents = sample_incidents(width, height, times)
    fill(archive, incidents)
    if close:
        archive.close(ArchiveState.COMPLETE)
    else:
        archive.dispose()
    return Sample(folder=folder, pts_s=times, tracks=tracks, incidents=incidents)


Build = Callable[..., Sample]


@pytest.fixture(scope="session")
def build_in(example_mission: Path) -> Build:
    """Makes an archive in a folder."""
    return lambda folder, **options: build_sample(folder, example_mission, **options)


@pytest.fixture(scope="session")
def sample(build_in: Build, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A closed archive that tests read and do not write."""
    return build_in(tmp_path_factory.mktemp("sample") / "evening")
