"""Houses and trees: extruded boxes with textured faces, crowns as round sprites."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.city_layout import Building, Layout
from sitl.render.look import Look, roof_texture, tree_sprite, wall_texture
from sitl.render.view import View

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Owners = NDArray[np.uint16]

_WALL_PX_M: Final = 16
_SUB: Final = 4


class Structures:
    """Draws what stands."""

    def __init__(self, layout: Layout, look: Look) -> None:
        self._layout = layout
        self._look = look
        self._walls: dict[tuple[int, int], Image] = {}
        self._roofs: dict[tuple[int, int], Image] = {}
        self._crowns = [_four(*tree_sprite(variant, look.seed)) for variant in range(6)]
        self._sized: dict[tuple[int, int], tuple[Image, Image]] = {}
        self.building_xy_m = np.array([b.corners_m.mean(axis=0) for b in layout.buildings]).reshape(-1, 2)
        self._solids_m = np.array([_solid(b) for b in layout.buildings]).reshape(-1, 8, 3)

    def buildings_in(self, view: View, reach_m: float) -> list[int]:
        """Return the numbers of the houses that may be in the picture."""
        near = np.linalg.norm(self.building_xy_m - view.origin_m[:2], axis=1) < reach_m
        found = []
        for number in np.flatnonzero(near):
            uv, _ = view.seen(self._solids_m[number])
            low, high = uv.min(axis=0), uv.max(axis=0)  # NaN, and so left out, where a corner is behind the camera
            if high[0] > 0 and high[1] > 0 and low[0] < view.camera.width_px and low[1] < view.camera.height_px:
                found.append(int(number))
        return found

    def draw_building(self, image: Image, owners: Owners, view: View, number: int) -> None:
        """Draw the walls that face the camera, then the roof."""
        building, points = self._layout.buildings[number], self._solids_m[number]
        uv, _ = view.seen(points)
        for side in range(4):
            after = (side + 1) % 4
            along = points[after] - points[side]
            normal = np.array([along[1], -along[0], 0.0]) / max(float(np.linalg.norm(along)), 1e-9)
            if normal @ (view.origin_m - points[side]) <= 0:
                continue
            shade = 0.62 + 0.45 * max(0.0, float(normal @ self._look.sun_enu)) * (1 - self._look.shade) * 2
            texture = self._wall(building.wall, shade)
            rows = min(texture.shape[0], int(building.height_m * _WALL_PX_M))
            columns = min(texture.shape[1], max(16, int(np.linalg.norm(along) * _WALL_PX_M)))
            quad = uv[[side + 4, after + 4, after, side]]
            _warped(image, owners, texture[-rows:, :columns], quad)
        roof = self._roof(building.roof, 0.72 + 0.4 * float(self._look.sun_enu[2]))
        _warped(image, owners, roof, uv[[7, 6, 5, 4]])

    def _wall(self, variant: int, shade: float) -> Image:
        key = (variant, round(shade * 12))
        if key not in self._walls:
            self._walls[key] = _brightened(wall_texture(variant, self._look.seed), key[1] / 12)
        return self._walls[key]

    def _roof(self, variant: int, shade: float) -> Image:
        key = (variant, round(shade * 12))
        if key not in self._roofs:
            self._roofs[key] = _brightened(roof_texture(variant, self._look.seed), key[1] / 12)
        return self._roofs[key]

    def trees_in(self, view: View, reach_m: float) -> list[tuple[int, float, float, float]]:
        """Return number, column, row and radius in pixels of the crowns in the picture."""
        trees = self._layout.trees
        uv, depth = view.seen(np.column_stack([trees.xy_m, trees.height_m]))
        radius = trees.radius_m / depth * view.camera.focal_px
        near = np.linalg.norm(trees.xy_m - view.origin_m[:2], axis=1) < reach_m
        near &= (uv[:, 0] > -radius) & (uv[:, 0] < view.camera.width_px + radius)
        near &= (uv[:, 1] > -radius) & (uv[:, 1] < view.camera.height_px + radius)
        return [(int(n), float(uv[n, 0]), float(uv[n, 1]), float(radius[n])) for n in np.flatnonzero(near)]

    def draw_tree(self, image: Image, owners: Owners, tree: tuple[int, float, float, float]) -> None:
        """Paste one crown."""
        number, u, v, radius = tree
        side = max(3, round(2 * radius))
        crown, mask = self._crown(int(self._layout.trees.variant[number]), side)
        left, top = round(u - side / 2), round(v - side / 2)
        a, b = max(0, left), max(0, top)
        c, d = min(image.shape[1], left + side), min(image.shape[0], top + side)
        if a < c and b < d:
            part = mask[b - top : d - top, a - left : c - left]
            cv2.copyTo(crown[b - top : d - top, a - left : c - left], part, image[b:d, a:c])
            owners[b:d, a:c][part > 0] = 0

    def _crown(self, variant: int, side: int) -> tuple[Image, Image]:
        side = side if side < 24 else side // 4 * 4 + side % 4 // 2 * 2
        key = (variant, side)
        if key not in self._sized:
            crown, mask = self._crowns[variant]
            size = (side + 2, side + 2)
            small = cv2.resize(crown, size, interpolation=cv2.INTER_AREA)
            edge = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127
            self._sized[key] = (np.asarray(small, np.uint8), edge.astype(np.uint8) * 255)
        return self._sized[key]


def _four(crown: Image, mask: Image) -> tuple[Image, Image]:
    return np.asarray(cv2.cvtColor(crown, cv2.COLOR_BGR2BGRA), np.uint8), mask


def _brightened(texture: Image, gain: float) -> Image:
    bright = cv2.convertScaleAbs(texture, alpha=gain)
    return np.asarray(cv2.cvtColor(bright, cv2.COLOR_BGR2BGRA), np.uint8)


def _solid(building: Building) -> Array:
    low = np.column_stack([building.corners_m, np.zeros(4)])
    return np.vstack([low, low + np.array([0.0, 0.0, building.height_m])])


def _warped(image: Image, owners: Owners, texture: Image, quad: Array) -> None:
    """Warp a texture onto four corners of the picture (upper left, upper right, lower right, lower left)."""
    height, width = image.shape[:2]
    x0, y0 = (int(n) for n in np.clip(np.floor(quad.min(axis=0)), 0, (width, height)))
    x1, y1 = (int(n) for n in np.clip(np.ceil(quad.max(axis=0)) + 1, 0, (width, height)))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    rows, columns = texture.shape[:2]
    source = np.array([(0, 0), (columns - 1, 0), (columns - 1, rows - 1), (0, rows - 1)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, (quad - (x0, y0)).astype(np.float32))
    size = (x1 - x0, y1 - y0)
    cv2.warpPerspective(texture, matrix, size, image[y0:y1, x0:x1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    cv2.fillConvexPoly(owners, np.round(quad * 2**_SUB).astype(np.int32), 0, shift=_SUB)
