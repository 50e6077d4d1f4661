"""The camera on the aircraft: when it takes a picture, what it says about its pose, and what it saw in truth."""

import math
import time
from typing import Final

import numpy as np

from geo import LocalFrame
from missions.camera import CameraModel
from missions.formats.st0601 import Klv, relative_angles
from missions.hardware import load_camera
from missions.roads import load_network
from missions.roads_section import KeepRoads
from sitl.autopilot import VehicleState
from sitl.city import City
from sitl.downlink import Downlink
from sitl.render.renderer import Renderer, Seen
from sitl.render.view import TruePose
from sitl.world_spec import WorldSpec
from sitl.world_truth import TruthLog

_LENS_ABOVE_GROUND_M: Final = 0.4
_FARTHEST_M: Final = 20_000.0


class Cameraman:
    """Takes pictures at whole multiples of the frame time: all of them in flight, one a second on the ground."""

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec
        self.camera = load_camera(spec.camera)
        self.city = city_of(spec)
        self.frame = self.city.frame
        self.downlink = Downlink(spec.video_url, self.camera)
        self.truth = TruthLog(self.city, start_utc_s=spec.scenario.start_utc_s, path=spec.truth_path)
        self.boot_utc_s = spec.scenario.start_utc_s
        """The vehicle's clock at boot."""
        self._renderer: Renderer | None = None
        self._next = round(self.camera.fps)  # a second after boot
        self.render_s = 0.0
        self.encode_s = 0.0

    def due(self, t_s: float, *, flying: bool) -> bool:
        """Whether a picture is to be taken now."""
        fps = self.camera.fps
        if flying:
            self._next = min(self._next, math.ceil(t_s * fps - 1e-6))
        return t_s * fps >= self._next - 1e-6

    def next_s(self) -> float:
        """Return when the next picture is due."""
        return self._next / self.camera.fps

    def skip(self, *, flying: bool) -> None:
        """Go on to the next instant without a picture."""
        self._next += 1 if flying else max(1, round(self.camera.fps))

    def begin_flight(self, t_s: float, city_s: float) -> None:
        """Begin the flight's pictures: their times in the city are known, the encoder forgets those before them."""
        self.truth.start_utc_s = self.boot_utc_s + t_s - city_s
        self.downlink.begin_anew()

    def take_off(self, city_s: float) -> None:
        """Begin the scripted incidents."""
        self.city.begin(city_s)

    def shoot(
        self, t_s: float, city_s: float, true: VehicleState, reported: VehicleState, *, flying: bool
    ) -> tuple[Seen, ...]:
        """Take a picture at the true pose, send it with the reported one, note and return what it shows."""
        if self._renderer is None:  # drawn late: a world without a reader needs none
            self._renderer = Renderer(self.city, self.camera, self.spec.scenario.seed)
        before_s = time.thread_time()
        picture = self._renderer.picture(true_pose(true), city_s)
        between_s = time.thread_time()
        klv = metadata(reported, self.camera, self.frame, captured_utc_s=self.boot_utc_s + t_s)
        self.downlink.send(picture.image, klv, t_s)
        self.encode_s += time.thread_time() - between_s
        self.render_s += between_s - before_s
        self.truth.note(city_s, picture.seen)
        self.skip(flying=flying)
        return picture.seen

    def close(self) -> None:
        """Send what is left and give the sockets back."""
        self.downlink.close()


def camera_figures(camera: Cameraman) -> dict[str, float | int]:
    """Return what the camera and the downlink did so far."""
    downlink = camera.downlink
    pictures = max(downlink.total, 1)
    return {
        "pictures_sent": downlink.total,
        "pictures_lost": downlink.lost,
        "reader_sessions": downlink.credits.sessions if downlink.credits else 0,
        "render_cpu_ms": round(camera.render_s / pictures * 1e3, 2),
        "encode_cpu_ms": round(camera.encode_s / pictures * 1e3, 2),
    }


def city_of(spec: WorldSpec) -> City:
    """Return the city over the spec's roads, in the dock's frame."""
    frame = LocalFrame(lat_deg=spec.dock.lat_deg, lon_deg=spec.dock.lon_deg, alt_m=spec.dock_amsl_m)
    corners = frame.enu_to_geodetic(np.array([[-spec.reach_m, -spec.reach_m], [spec.reach_m, spec.reach_m]]))
    (south, west), (north, east) = corners[:, :2].tolist()
    keep = KeepRoads(bbox=(south, west, north, east))
    network = load_network(spec.roads, datum=spec.roads_datum, keep=keep)
    return City(network, spec.scenario, frame, wind=spec.wind)


def true_pose(state: VehicleState) -> TruePose:
    """Return where the camera really is; its gimbal takes roll out."""
    east, north, up = state.enu_m
    return TruePose(
        east_m=east,
        north_m=north,
        up_m=max(up, 0.0) + _LENS_ABOVE_GROUND_M,
        azimuth_deg=state.gimbal_azimuth_deg,
        pitch_deg=state.gimbal_pitch_deg,
    )


def metadata(state: VehicleState, camera: CameraModel, frame: LocalFrame, *, captured_utc_s: float) -> Klv:
    """Return what the aircraft says about a picture: its (reported) pose under the time of capture."""
    lat, lon, amsl_m = frame.enu_to_geodetic(np.array([state.enu_m]))[0]
    platform = (state.heading_deg % 360.0, state.pitch_deg, state.roll_deg)
    azimuth, elevation, roll = relative_angles(
        platform_deg=platform, camera_deg=(state.gimbal_azimuth_deg, state.gimbal_pitch_deg, 0.0)
    )
    slant_m, centre = _frame_centre(state, frame)
    return Klv(
        captured_utc_s=captured_utc_s,
        platform_heading_deg=platform[0],
        platform_pitch_deg=platform[1],
        platform_roll_deg=platform[2],
        sensor_lat_deg=float(lat),
        sensor_lon_deg=float(lon),
        sensor_amsl_m=float(amsl_m),
        hfov_deg=camera.hfov_deg,
        vfov_deg=math.degrees(2 * math.atan(camera.height_px / 2 / camera.pinhole.focal_px)),
        sensor_azimuth_deg=azimuth,
        sensor_elevation_deg=elevation,
        sensor_roll_deg=roll,
        slant_range_m=slant_m,
        frame_centre_lat_deg=None if centre is None else centre[0],
        frame_centre_lon_deg=None if centre is None else centre[1],
        frame_centre_amsl_m=None if centre is None else frame.alt_m,
        wind_from_deg=None if state.wind is None else state.wind.from_deg,
        wind_speed_m_s=None if state.wind is None else state.wind.speed_m_s,
    )


def _frame_centre(state: VehicleState, frame: LocalFrame) -> tuple[float | None, tuple[float, float] | None]:
    """Return slant range and place where the middle of the picture meets the dock's level, as far as it does."""
    east, north, up = state.enu_m
    down = math.radians(-state.gimbal_pitch_deg)
    if up <= 0.1 or math.sin(down) * _FARTHEST_M <= up:
        return None, None
    flat_m = up / math.tan(down) if down < math.pi / 2 - 1e-9 else 0.0
    azimuth = math.radians(state.gimbal_azimuth_deg)
    place = np.array([[east + flat_m * math.sin(azimuth), north + flat_m * math.cos(azimuth), 0.0]])
    lat, lon, _ = frame.enu_to_geodetic(place)[0]
    return up / math.sin(down), (float(lat), float(lon))
