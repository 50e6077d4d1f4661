"""Seconds of pictures, centred on one thing each: smoke, fire, or what is taken for them. For the look in time.

Only a window of what a camera of 1280 pixels would see is drawn, for a hundredth of the work. Where the place on the
street, the light, the wind and the camera's motion come from is the seed alone.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions.camera import CameraModel
from missions.detection import Box
from missions.mission import Wind
from missions.scenario import Scenario
from sitl.city import City
from sitl.city_incidents import Plume
from sitl.confusing_things import CONFUSING, Around, confuser
from sitl.render.look import look_of
from sitl.render.renderer import Renderer
from sitl.render.view import TruePose, View
from sitl.training_frames import random_network

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

WINDOW_PX: Final = (320, 184)
PLUMES: Final = ("smoke", "fire")
THEMES: Final = (*PLUMES, *CONFUSING, "street")
"""What a scene can be about; `street` has nothing added."""
FULL_PX: Final = (1280, 720)
"""Of the picture that windows are cut from."""
_SCENES_PER_WORLD: Final = 6


class SceneFrame(NamedTuple):
    """One picture of a scene."""

    image: Image
    """(H, W, 3) BGR: a window of a picture of 1280 pixels."""
    t_s: float
    """Since the scene began."""
    motion: NDArray[np.float32]
    """(2, 3) of the ground in the middle since the picture before, pixels."""
    truth: tuple[tuple[str, Box], ...]
    """Smoke and fire, exactly."""
    confusing: tuple[tuple[str, Box], ...]
    things: tuple[Box, ...]
    """Vehicles, two-wheelers, people."""
    plume_age_s: float | None
    """Since smoke or fire broke out; None before, and where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSettings:
    """How scenes are drawn."""

    seconds: float = 6.0
    hz: float = 5.0
    window_px: tuple[int, int] = WINDOW_PX
    begins_before_s: float = 0.0
    """Smoke and fire break out so long after the scene begins; 0: at any time up to 25 s before."""
    camera: tuple[float, float] = (35.0, 110.0)
    """Least and greatest height, metres."""


def scenes(
    seed: int, themes: tuple[str, ...], settings: SceneSettings
) -> Iterator[tuple[str, int, Iterator[SceneFrame]]]:
    """Yield for each theme its name, the number of its scene and its pictures; the same seed yields the same."""
    world: _World | None = None
    for number, theme in enumerate(themes):
        if number % _SCENES_PER_WORLD == 0:
            world = _World(seed * 1_000_003 + number // _SCENES_PER_WORLD, settings)
        assert world is not None
        yield theme, number, world.scene(theme, number % _SCENES_PER_WORLD)


class _World:
    """One street with its day, for a few scenes."""

    def __init__(self, seed: int, settings: SceneSettings) -> None:
        self._seed, self._settings = seed, settings
        rng = np.random.default_rng([seed, 0x71])
        frame = LocalFrame(lat_deg=float(rng.uniform(-50, 50)), lon_deg=float(rng.uniform(-170, 170)))
        self.wind = Wind(speed_m_s=float(rng.gamma(2.0, 1.6)) % 12.0, from_deg=float(rng.uniform(0, 359.9)))
        scenario = Scenario(
            seed=seed % (2**31),
            incidents=(),
            vehicles_per_km=float(rng.uniform(5, 60)),
            two_wheelers_per_km=float(rng.uniform(5, 50)),
            people_per_km=float(rng.uniform(10, 100)),
        )
        self.city = City(random_network(frame, rng), scenario, frame, wind=self.wind)
        self.city.begin(0.0)
        width, height = settings.window_px
        full_hfov_rad = math.radians(float(rng.uniform(58, 84)))
        half_rad = math.atan(math.tan(full_hfov_rad / 2) * width / FULL_PX[0])
        camera = CameraModel(
            name="window", width_px=width, height_px=height, hfov_deg=math.degrees(2 * half_rad), fps=settings.hz
        )
        look = look_of(seed, varied=True)
        self.renderer = Renderer(self.city, camera, seed % (2**31), look=replace(look, noise=min(look.noise, 5.0)))

    def scene(self, theme: str, number: int) -> Iterator[SceneFrame]:
        """Yield the pictures of one scene."""
        rng = np.random.default_rng([self._seed, 0x72, number])
        around = self._place(rng)
        begin_s = float(rng.uniform(5.0, 60.0))
        plume = self._plume(theme, around, rng) if theme in PLUMES else None
        confusers = [confuser(theme, around, rng, begin_s=begin_s)] if theme in CONFUSING else []
        path = _CameraPath(around.place_m, rng, self._settings)
        quality = int(rng.integers(45, 95))
        before: View | None = None
        for frame in range(round(self._settings.seconds * self._settings.hz)):
            t_s = frame / self._settings.hz
            view = View(pose=path.at(t_s), camera=self.renderer.camera.pinhole)
            age_s = None if plume is None else plume.age_s + t_s
            burning = [replace(plume, age_s=age_s)] if plume is not None and age_s is not None and age_s > 0 else []
            picture = self.renderer.picture(view.pose, begin_s + t_s, plumes=burning, confusers=confusers)
            yield SceneFrame(
                image=_coded(picture.image, quality),
                t_s=t_s,
                motion=_motion(before, view, around.place_m),
                truth=tuple((seen.kind, seen.box_px) for seen in picture.seen if seen.kind in PLUMES),
                confusing=picture.confusing,
                things=tuple(seen.box_px for seen in picture.seen if seen.kind not in PLUMES),
                plume_age_s=age_s if burning else None,
            )
            before = view

    def _place(self, rng: np.random.Generator) -> Around:
        streets = self.city.layout.streets
        street = streets[int(rng.integers(0, len(streets)))]
        index = int(rng.integers(0, len(street.line_m) - 1))
        step = street.line_m[index + 1] - street.line_m[index]
        ahead = step / max(float(np.linalg.norm(step)), 1e-9)
        right = np.array([ahead[1], -ahead[0]])
        aside_m = float(rng.uniform(-1.0, 1.0)) * street.profile.walk_middle_m
        place = street.line_m[index] + float(rng.uniform(0, 1)) * step + aside_m * right
        return Around(place_m=place, ahead=ahead, things=self.city.parked)

    def _plume(self, theme: str, around: Around, rng: np.random.Generator) -> Plume:
        later_s = self._settings.begins_before_s
        age_s = -later_s if later_s > 0 else float(rng.uniform(0.5, 25.0))
        dark = theme == "fire" or rng.random() < 0.2
        return Plume(
            incident_id="scene",
            kind=theme,
            object_id=900_000,
            x_m=float(around.place_m[0]),
            y_m=float(around.place_m[1]),
            z_m=float(rng.uniform(0.3, 1.2)),
            age_s=age_s,
            seed=int(rng.integers(0, 2**31)),
            vigour=float(rng.uniform(0.6, 1.5)),
            shade=float(rng.uniform(0.2, 0.5) if dark else rng.uniform(0.62, 0.95)),
        )


class _CameraPath:
    """A camera that looks at a place while it hovers, goes past or circles, and never quite holds still."""

    def __init__(self, place_m: Array, rng: np.random.Generator, settings: SceneSettings) -> None:
        self._place_m = place_m
        self._up_m = float(rng.uniform(*settings.camera))
        pitch_deg = float(min(90.0, rng.uniform(38, 100)))
        azimuth_rad = float(rng.uniform(0, 2 * math.pi))
        back_m = self._up_m / math.tan(math.radians(pitch_deg)) if pitch_deg < 89.5 else 0.1
        self._turns = back_m > 0.35 * self._up_m  # looking nearly straight down, it neither turns nor goes on
        self._start_m = place_m - back_m * np.array([math.sin(azimuth_rad), math.cos(azimuth_rad)])
        speed = 0.0 if rng.random() < 0.45 or not self._turns else float(rng.uniform(2.0, 10.0))
        course_rad = float(rng.uniform(0, 2 * math.pi))
        self._velocity = speed * np.array([math.sin(course_rad), math.cos(course_rad)])
        self._half_s = settings.seconds / 2
        self._phases = rng.uniform(0, 6.3, 6)
        self._sway_m, self._shake_deg = float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.02, 0.35))
        self._aim_m = rng.normal(0, 1.2, 2)
        self._azimuth_deg = math.degrees(azimuth_rad)

    def at(self, t_s: float) -> TruePose:
        """Return where the camera is and looks."""
        sway = np.sin(np.array([0.9, 1.1, 0.7]) * t_s + self._phases[:3]) * self._sway_m
        at = self._start_m + self._velocity * (t_s - self._half_s) + sway[:2]
        to = self._place_m + self._aim_m - at
        shake = np.sin(np.array([3.1, 2.3, 1.7]) * t_s + self._phases[3:]) * self._shake_deg
        up_m = self._up_m + float(sway[2])
        azimuth_deg = math.degrees(math.atan2(to[0], to[1])) if self._turns else self._azimuth_deg
        pitch_deg = -math.degrees(math.atan2(up_m, float(np.linalg.norm(to)))) + float(shake[0])
        return TruePose(
            east_m=float(at[0]),
            north_m=float(at[1]),
            up_m=up_m,
            azimuth_deg=azimuth_deg + float(shake[1]),
            pitch_deg=float(max(pitch_deg, -90.0)),
            roll_deg=float(shake[2]),
        )


def _motion(before: View | None, view: View, place_m: Array) -> NDArray[np.float32]:
    """Return the (2, 3) motion of the ground about a place between two pictures."""
    if before is None:
        return np.eye(2, 3, dtype=np.float32)
    corners = np.array([(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)]) + place_m
    ground = np.column_stack([corners, np.zeros(4)])
    was, now = before.seen(ground)[0], view.seen(ground)[0]
    known = np.column_stack([was, np.ones(4)])
    solved = np.linalg.lstsq(known, now, rcond=None)[0]
    return np.asarray(solved.T, np.float32)


def _coded(image: Image, quality: int) -> Image:
    """Return the picture as a codec leaves it."""
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
