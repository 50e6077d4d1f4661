"""The camera: a picture of the city from a true pose, and exact boxes of what it shows."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.camera import CameraModel
from missions.detection import Box
from sitl.city import City
from sitl.city_incidents import Plume
from sitl.render.blending import blended
from sitl.render.confusers import Confuser
from sitl.render.ground import GSD_M, Ground
from sitl.render.look import Look, look_of
from sitl.render.plume import Puffs, extents, flame_puffs, smoke_puffs, summed
from sitl.render.structures import Structures
from sitl.render.things import Portrait, draw_shadow, draw_thing, portraits_of
from sitl.render.view import TruePose, View

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

LEAST_VISIBLE: Final = 0.3
"""A thing of which less is seen has no box."""
_NOISE_TILES: Final = 5
_NOISES: Final = (1.5, 3.0, 5.0, 8.0)
_ROAM_PX: Final = 160


class Seen(NamedTuple):
    """One thing in one picture."""

    kind: str
    box_px: Box
    """Of what is seen of it, clipped to the picture."""
    visible: float
    """Share of its outline that is in the picture and not hidden, 0..1."""
    object_id: int


class Picture(NamedTuple):
    """What the camera delivers, and what is in it."""

    image: Image
    """(H, W, 3) BGR."""
    seen: tuple[Seen, ...]
    confusing: tuple[tuple[str, Box], ...] = ()
    """Name and box of what was drawn to be taken for smoke or fire."""


class Renderer:
    """Draws a city for one camera; the same seed, pose and time give the same picture."""

    def __init__(self, city: City, camera: CameraModel, seed: int, *, look: Look | None = None) -> None:
        cv2.setNumThreads(1)
        self.city = city
        self.camera = camera
        self.look = look or look_of(seed)
        self._pinhole = camera.pinhole
        self._ground = Ground(city.layout, self.look)
        self._structures = Structures(city.layout, self.look)
        self._noise = _noise_bank(
            camera.width_px, camera.height_px, min(_NOISES, key=lambda n: abs(n - self.look.noise))
        )
        self._seed = seed
        wind = city.wind
        toward = math.radians(wind.from_deg + 180.0)
        self._wind_m_s = np.array([math.sin(toward), math.cos(toward)]) * wind.speed_m_s
        self._haze_colour = (222.0, 214.0, 206.0)

    def picture(
        self, pose: TruePose, t_s: float, *, plumes: Sequence[Plume] = (), confusers: Sequence[Confuser] = ()
    ) -> Picture:
        """Return the picture at city time `t_s`, with more in it than the city has."""
        view = View(pose=pose, camera=self._pinhole)
        reach_m = self._reach_m(view)
        image = self._ground_picture(view, reach_m)
        owners = np.zeros(image.shape[:2], np.uint16)
        portraits = self._draw_things(image, owners, view, t_s, reach_m)
        seen = _boxes(owners, portraits)
        for plume in (*self.city.plumes_at(t_s), *plumes):
            seen += self._draw_plume(image, view, plume)
        drawn = [(one.name, one.draw(image, view, t_s, self._wind_m_s)) for one in confusers]
        confusing = tuple((name, box) for name, box in drawn if box is not None)
        return Picture(self._through_lens(image, view, t_s), tuple(seen), confusing)

    def _reach_m(self, view: View) -> float:
        """Return how far from below the camera the picture reaches; low cameras see little of a street."""
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float) * (self.camera.width_px, self.camera.height_px)
        limit_m = min(600.0, 60.0 + 9.0 * view.pose.up_m)
        return float(np.linalg.norm(view.ground_at(corners, limit_m) - view.origin_m[:2], axis=1).max())

    def _ground_picture(self, view: View, reach_m: float) -> Image:
        """Warp the orthophoto into the picture, coarser levels for rows that look farther."""
        width, height = self.camera.width_px, self.camera.height_px
        image = np.empty((height, width, 4), np.uint8)
        for top, bottom, level in self._bands(view):
            edges = np.array([(0, top), (width, top), (width, bottom), (0, bottom)], float)
            places = view.ground_at(edges, reach_m)
            mosaic, corner_m, gsd_m = self._ground.mosaic(places.min(axis=0), places.max(axis=0), level)
            matrix = view.image_from_mosaic(corner_m, gsd_m)
            matrix[1] -= top * matrix[2]
            cv2.warpPerspective(
                mosaic,
                matrix,
                (width, bottom - top),
                image[top:bottom],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=self._haze_colour,
            )
        self._veil_horizon(image, view, reach_m)
        return image

    def _veil_horizon(self, image: Image, view: View, reach_m: float) -> None:
        """Cover what lies beyond `reach_m`, and the sky, with haze."""
        width, height = self.camera.width_px, self.camera.height_px
        top = view.ground_at(np.array([(0.0, -1.0), (width, -1.0)]), 10.0 * reach_m)
        if (np.linalg.norm(top - view.origin_m[:2], axis=1) < reach_m + 0.5).all():
            return
        rows = np.arange(-1.0, height + 1.0)
        edge = []
        for column in (0.0, float(width)):
            places = view.ground_at(np.column_stack([np.full(len(rows), column), rows]), 10.0 * reach_m)
            far = np.linalg.norm(places - view.origin_m[:2], axis=1) > reach_m + 1.0
            edge.append((column, float(rows[np.flatnonzero(far)[-1]]) if far.any() else -2.0))
        if max(row for _, row in edge) >= 0:
            corners = np.array([(0.0, -2.0), *edge, (float(width), -2.0)])[[0, 1, 2, 3]]
            cv2.fillConvexPoly(image, np.round(corners).astype(np.int32), self._haze_colour)

    def _bands(self, view: View) -> list[tuple[int, int, int]]:
        """Return row spans (top, bottom, level) of like resolution."""
        height, middle = self.camera.height_px, self.camera.width_px / 2
        rows = np.arange(0, height, 48)
        places = view.ground_at(np.column_stack([np.full(len(rows), middle), rows + 24.0]), 600.0)
        depth = np.linalg.norm(
            np.column_stack([places - view.origin_m[:2], np.full(len(rows), -view.pose.up_m)]), axis=1
        )
        gsd = depth / self._pinhole.focal_px * np.sqrt(depth / view.pose.up_m)
        levels = np.clip(np.floor(np.log2(gsd / GSD_M) + 0.35), 0, 3).astype(int)
        bands: list[tuple[int, int, int]] = []
        for row, level in zip(rows, levels, strict=True):
            if bands and bands[-1][2] == level:
                bands[-1] = (bands[-1][0], min(int(row) + 48, height), int(level))
            else:
                bands.append((int(row), min(int(row) + 48, height), int(level)))
        return bands

    def _draw_things(
        self, image: Image, owners: NDArray[np.uint16], view: View, t_s: float, reach_m: float
    ) -> list[Portrait]:
        """Draw shadows, then everything that stands up, far things first."""
        portraits = portraits_of(self.city.things_at(t_s), view, self.look, reach_m)
        for portrait in portraits:
            draw_shadow(image, portrait, self.look.shade)
        origin, structures = view.origin_m[:2], self._structures
        queue: list[tuple[float, int, int]] = [(p.distance_m, 0, n) for n, p in enumerate(portraits)]
        trees = structures.trees_in(view, reach_m)
        tree_xy = self.city.layout.trees.xy_m
        queue += [(float(np.hypot(*(tree_xy[tree[0]] - origin))), 1, n) for n, tree in enumerate(trees)]
        for number in structures.buildings_in(view, reach_m + 30.0):
            queue.append((float(np.hypot(*(structures.building_xy_m[number] - origin))), 2, number))
        for _, sort, number in sorted(queue, reverse=True):
            if sort == 0:
                draw_thing(image, owners, portraits[number], number + 1)
            elif sort == 1:
                structures.draw_tree(image, owners, trees[number])
            else:
                structures.draw_building(image, owners, view, number)
        return portraits

    def _draw_plume(self, image: Image, view: View, plume: Plume) -> list[Seen]:
        """Blend smoke, and flames under it, into the picture."""
        seen = self._draw_smoke(image, view, plume)
        return seen + (self._draw_flames(image, view, plume) if plume.kind == "fire" else [])

    def _draw_smoke(self, image: Image, view: View, plume: Plume) -> list[Seen]:
        puffs = smoke_puffs(plume, self._wind_m_s)
        light = 0.55 + 0.25 * np.sin(puffs.sprite * 2.4) + 0.2 * np.clip((puffs.middle_m[:, 2] - plume.z_m) / 5.0, 0, 1)
        scale = 2
        found = self._puff_sums(view, puffs, [puffs.depth, puffs.depth * light], scale)
        if found is None:
            return []
        region, (depth, lit) = found
        cover = np.float32(1.0) - np.exp(-depth)
        tone = lit / np.maximum(depth, 1e-3)
        grey = 255.0 * plume.shade * (0.66 + 0.34 * np.clip(tone, 0, 1))
        blended(image, region, cover, grey[:, :, None] * np.array([1.0, 0.985, 0.97], np.float32))
        return _plume_box("smoke", extents(cover > 0.22, region, scale), plume.object_id, puffs, view)

    def _draw_flames(self, image: Image, view: View, plume: Plume) -> list[Seen]:
        puffs = flame_puffs(plume, self._wind_m_s)
        found = self._puff_sums(view, puffs, [puffs.depth, puffs.depth * puffs.heat], 1)
        if found is None:
            return []
        region, (depth, hot) = found
        cover = np.clip(1.35 * (1.0 - np.exp(-1.6 * depth)), 0, 1).astype(np.float32)
        heat = np.clip(hot / 1.6, 0, 1)
        colour = np.stack([30 + 190 * heat**2.2, 70 + 180 * heat**0.8, np.full_like(heat, 252)], axis=2)
        blended(image, region, cover, colour)
        return _plume_box("fire", extents(cover > 0.3, region, 1), plume.object_id + 1, puffs, view)

    def _puff_sums(
        self, view: View, puffs: Puffs, weights: list[Array], scale: int
    ) -> tuple[tuple[int, int, int, int], list[NDArray[np.float32]]] | None:
        uv, depth = view.seen(puffs.middle_m)
        radius = puffs.radius_m * 1.35 / depth * self._pinhole.focal_px
        return summed(uv, radius, puffs, weights, scale=scale, size=(self.camera.width_px, self.camera.height_px))

    def _through_lens(self, image: Image, view: View, t_s: float) -> Image:
        """Add haze, exposure, the lens' softness and the sensor's noise."""
        far_m = float(np.linalg.norm(view.ground_at(np.array([self._pinhole.centre_px]), 600.0)[0] - view.origin_m[:2]))
        haze = 1 - (1 - self.look.haze) ** (math.hypot(far_m, view.pose.up_m) / 100.0)
        gain = self.look.exposure * (1 - haze)
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), np.uint8)
        cv2.convertScaleAbs(image, image, gain, 214.0 * haze)
        cv2.GaussianBlur(image, (3, 3), self.look.blur_px, image)
        rng = np.random.default_rng([self._seed, 0x40, round(t_s * 1000) & 0xFFFFFFFF])
        bright, dark = self._noise[int(rng.integers(0, _NOISE_TILES))]
        x, y = (int(n) for n in rng.integers(0, _ROAM_PX, 2))
        height, width = image.shape[:2]
        cv2.add(image, bright[y : y + height, x : x + width], image)
        cv2.subtract(image, dark[y : y + height, x : x + width], image)
        return image


@lru_cache(maxsize=4)
def _noise_bank(width: int, height: int, deviation: float) -> list[tuple[Image, Image]]:
    """Return pairs of what is added and what is taken away; a picture uses a random part of one pair."""
    bank = []
    for number in range(_NOISE_TILES):
        rng = np.random.default_rng([0x41, number])
        size = (height + _ROAM_PX, width + _ROAM_PX)
        luma = rng.standard_normal(size, np.float32)[:, :, None] * deviation
        chroma = rng.standard_normal((*size, 3), np.float32) * (0.6 * deviation)
        noise = np.round(luma + cv2.GaussianBlur(chroma, (3, 3), 0.8))
        bank.append((np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)))
    return bank


def _plume_box(
    kind: str, box: tuple[int, int, int, int] | None, object_id: int, puffs: Puffs, view: View
) -> list[Seen]:
    """Return the box of what can be told from the background, and how much of the whole plume is in the picture."""
    if box is None:
        return []
    uv, _ = view.seen(puffs.middle_m)
    size = np.array([view.camera.width_px, view.camera.height_px])
    inside = ((uv >= 0) & (uv < size)).all(axis=1)
    weight = puffs.depth * puffs.radius_m**2
    visible = float(weight[inside].sum() / max(float(weight.sum()), 1e-9))
    return [Seen(kind, Box(*(float(n) for n in box)), visible, object_id)] if visible >= LEAST_VISIBLE else []


def _boxes(owners: NDArray[np.uint16], portraits: list[Portrait]) -> list[Seen]:
    """Return the boxes of the pixels that each thing owns in the end."""
    height, width = owners.shape
    found = []
    for number, portrait in enumerate(portraits, start=1):
        low = np.floor(portrait.uv.min(axis=0)).astype(int)
        high = np.ceil(portrait.uv.max(axis=0)).astype(int) + 2
        x0, y0, x1, y1 = max(0, low[0] - 1), max(0, low[1] - 1), min(width, high[0]), min(height, high[1])
        if x0 >= x1 or y0 >= y1:
            continue
        own = owners[y0:y1, x0:x1] == number
        count = int(np.count_nonzero(own))
        hull = cv2.convexHull(portrait.uv.astype(np.float32))
        whole = float(cv2.contourArea(hull)) + 0.5 * float(cv2.arcLength(hull, closed=True)) + 1.0
        visible = min(1.0, count / whole)
        if visible >= LEAST_VISIBLE:
            columns, rows = np.flatnonzero(own.any(axis=0)), np.flatnonzero(own.any(axis=1))
            box = Box(
                float(x0 + columns[0]), float(y0 + rows[0]), float(x0 + columns[-1] + 1), float(y0 + rows[-1] + 1)
            )
            found.append(Seen(portrait.model.kind, box, visible, portrait.object_id))
    return found
