"""The ground seen from above: an orthophoto of the city, drawn tile by tile when it is first looked at.

Pictures have four channels while they are drawn: OpenCV warps four in less than half the time of three.
"""

import math
from collections import OrderedDict
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.city_layout import Layout, rings
from sitl.render.look import Look, fractal_noise

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

GSD_M: Final = 0.08
TILE_PX: Final = 640
TILE_M: Final = GSD_M * TILE_PX
_KEPT_TILES: Final = 160
GRASS, PAVED, WALK, BAY, CARRIAGE, KERB = range(6)
_SUB: Final = 4  # binary places of cv2's sub-pixel coordinates


class Ground:
    """Tiles of the orthophoto, north up, and mosaics of them."""

    def __init__(self, layout: Layout, look: Look) -> None:
        self._look = look
        self._layout = layout
        self._textures, noise, fine = _textures(look)
        self._white = _paint(look.white, noise, fine)
        self._yellow = _paint(look.yellow, noise, fine)
        worn = noise + 1.2 * cv2.GaussianBlur(fine, (0, 0), 1.2) * 3
        self._unworn = np.where(worn > 3.6, 0, 255).astype(np.uint8)
        reach = look.shadow_per_m
        self._shadow_bounds = [
            _bounds(np.vstack([b.corners_m, b.corners_m + reach * b.height_m])) for b in layout.buildings
        ]
        self._rings = {
            name: [(ring, _bounds(ring)) for ring in rings(shape)] for name, shape in layout.surfaces.items()
        }
        self._quads = {
            name: (quads, quads.min(axis=1), quads.max(axis=1))
            for name, quads in (
                ("worn", layout.markings.worn),
                ("patches", layout.markings.patches),
                ("white", layout.markings.white),
                ("yellow", layout.markings.yellow),
            )
        }
        self._tiles: OrderedDict[tuple[int, int], Image] = OrderedDict()
        self._mosaics: dict[int, tuple[tuple[int, int, int, int], Image]] = {}

    def mosaic(self, low_m: Array, high_m: Array, level: int) -> tuple[Image, Array, float]:
        """Return an image that covers the rectangle, the ENU place of its upper left corner, and its metres per pixel.

        Level n has 2**n times coarser pixels. A mosaic is kept until a rectangle leaves it.
        """
        wanted = (
            math.floor(low_m[0] / TILE_M),
            math.floor(low_m[1] / TILE_M),
            math.floor(high_m[0] / TILE_M),
            math.floor(high_m[1] / TILE_M),
        )
        kept = self._mosaics.get(level)
        if kept is None or not _inside(wanted, kept[0]) or _area(kept[0]) > 4 * _area(wanted):
            kept = (wanted, self._assembled(wanted, level))
            self._mosaics[level] = kept
        corner = np.array([kept[0][0] * TILE_M, (kept[0][3] + 1) * TILE_M])
        return kept[1], corner, GSD_M * 2**level

    def _assembled(self, span: tuple[int, int, int, int], level: int) -> Image:
        size = TILE_PX >> level
        west, south, east, north = span
        image = np.empty(((north - south + 1) * size, (east - west + 1) * size, 4), np.uint8)
        for column in range(west, east + 1):
            for row in range(south, north + 1):
                tile = self._tile(column, row)
                small = cv2.resize(tile, (size, size), interpolation=cv2.INTER_AREA) if level else tile
                top, left = (north - row) * size, (column - west) * size
                image[top : top + size, left : left + size] = small
        return image

    def _tile(self, column: int, row: int) -> Image:
        key = (column, row)
        if key not in self._tiles:
            self._tiles[key] = self._drawn(column, row)
            if len(self._tiles) > _KEPT_TILES:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(key)
        return self._tiles[key]

    def _drawn(self, column: int, row: int) -> Image:
        """Draw one tile: surfaces, wear, paint, then shadows."""
        corner = np.array([column * TILE_M, (row + 1) * TILE_M])
        tile = self._textures[GRASS].copy()
        mask = np.zeros((TILE_PX, TILE_PX), np.uint8)
        for name, number in (("paved", PAVED), ("walk", WALK), ("bays", BAY), ("carriage", CARRIAGE), ("kerb", KERB)):
            shapes = [ring for ring, bounds in self._rings[name] if _meets(bounds, corner)]
            if shapes:
                mask[:] = 0
                cv2.fillPoly(mask, [_pixels(ring, corner) for ring in shapes], 255, shift=_SUB)
                cv2.copyTo(self._textures[number], mask, tile)
        self._wear(tile, corner, mask)
        for name, paint in (("white", self._white), ("yellow", self._yellow)):
            mask[:] = 0
            self._fill(mask, name, corner, 255)
            cv2.copyTo(paint, cv2.bitwise_and(mask, self._unworn), tile)
        lit = cv2.cvtColor(self._light(corner), cv2.COLOR_GRAY2BGR)
        tile = np.asarray(cv2.multiply(tile, lit, scale=1 / 255), np.uint8)
        return np.asarray(cv2.cvtColor(tile, cv2.COLOR_BGR2BGRA), np.uint8)

    def _wear(self, tile: Image, corner: Array, mask: Image) -> None:
        """Darken wheel tracks, and darken or lighten repairs."""
        mask[:] = 0
        self._fill(mask, "worn", corner, 5)
        soft = cv2.cvtColor(cv2.GaussianBlur(mask, (0, 0), 2.0), cv2.COLOR_GRAY2BGR)
        cv2.subtract(tile, soft, tile)
        mask[:] = 0
        self._fill(mask, "patches", corner, int(abs(self._look.patch_shade)))
        patch = cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR)
        (cv2.subtract if self._look.patch_shade < 0 else cv2.add)(tile, patch, tile)

    def _fill(self, mask: Image, name: str, corner: Array, value: int) -> None:
        quads, low, high = self._quads[name]
        near = (low[:, 0] < corner[0] + TILE_M) & (high[:, 0] > corner[0])
        near &= (high[:, 1] > corner[1] - TILE_M) & (low[:, 1] < corner[1])
        for quad in quads[near]:
            cv2.fillConvexPoly(mask, _pixels(quad, corner), value, cv2.LINE_AA, _SUB)

    def _light(self, corner: Array) -> Image:
        """Return what share of the light reaches each pixel past houses and trees, 0..255."""
        lit = np.full((TILE_PX, TILE_PX), 255, np.uint8)
        reach, dark = self._look.shadow_per_m, int(255 * self._look.shade)
        for building, bounds in zip(self._layout.buildings, self._shadow_bounds, strict=True):
            if _meets(bounds, corner):
                hull = np.vstack([building.corners_m, building.corners_m + reach * building.height_m])
                shape = cv2.convexHull(hull.astype(np.float32))[:, 0].astype(float)
                cv2.fillConvexPoly(lit, _pixels(shape, corner), dark, shift=_SUB)
        trees = self._layout.trees
        middles = trees.xy_m + reach * trees.height_m[:, None]
        edge = trees.radius_m[:, None]
        near = (
            (middles - edge < corner + np.array([TILE_M, 0.0])) & (middles + edge > corner - np.array([0.0, TILE_M]))
        ).all(axis=1)
        for middle, radius in zip(middles[near], trees.radius_m[near], strict=True):
            at = _pixels(middle[None], corner)[0]
            cv2.circle(lit, (int(at[0]), int(at[1])), int(radius / GSD_M * 2**_SUB), dark + 12, -1, shift=_SUB)
        return np.asarray(cv2.GaussianBlur(lit, (9, 9), 1.8), np.uint8)


def _textures(look: Look) -> tuple[list[Image], NDArray[np.float32], NDArray[np.float32]]:
    """Return a tile of each surface, and the noises they were made of; all continue across their edges."""
    noise = fractal_noise(TILE_PX, np.random.default_rng([look.seed, 1]), octaves=7)
    fine = np.random.default_rng([look.seed, 2]).normal(0, 1, (TILE_PX, TILE_PX)).astype(np.float32)
    broad = fractal_noise(TILE_PX, np.random.default_rng([look.seed, 3]), octaves=3)
    tiles = []
    for number in range(6):
        texture = look.grain[number] * fine + look.mottle[number] * noise + look.broad[number] * broad
        if number in {PAVED, WALK}:  # slabs
            slab = 8 if number == WALK else 20
            texture[::slab] -= 7
            texture[:, ::slab] -= 7
        tiles.append(np.clip(look.colours[number] + texture[:, :, None], 0, 255).astype(np.uint8))
    return tiles, noise, fine


def _paint(colour: NDArray[np.float32], noise: NDArray[np.float32], fine: NDArray[np.float32]) -> Image:
    return np.clip(colour + (5 * noise + 5 * fine)[:, :, None], 0, 255).astype(np.uint8)


def _bounds(ring: Array) -> tuple[Array, Array]:
    return ring.min(axis=0), ring.max(axis=0)


def _meets(bounds: tuple[Array, Array], corner: Array) -> bool:
    low, high = bounds
    east = low[0] < corner[0] + TILE_M and high[0] > corner[0]
    return bool(east and high[1] > corner[1] - TILE_M and low[1] < corner[1])


def _pixels(points_m: Array, corner: Array) -> NDArray[np.int32]:
    """Return cv2's fixed-point coordinates of places on the tile whose upper left corner is given."""
    uv = np.column_stack([points_m[:, 0] - corner[0], corner[1] - points_m[:, 1]]) / GSD_M - 0.5
    return np.round(uv * 2**_SUB).astype(np.int32)


def _inside(span: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return span[0] >= other[0] and span[1] >= other[1] and span[2] <= other[2] and span[3] <= other[3]


def _area(span: tuple[int, int, int, int]) -> int:
    return (span[2] - span[0] + 1) * (span[3] - span[1] + 1)
