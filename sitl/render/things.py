"""Vehicles, two-wheelers and people: flat-shaded solids with shadows."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.city_traffic import Things
from sitl.render.look import Look, colours_of
from sitl.render.models import MODELS, Model
from sitl.render.view import View

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Owners = NDArray[np.uint16]

_SUB = 4


class Portrait:
    """One thing in one picture: its corners in pixels, ready to draw."""

    __slots__ = ("colours", "distance_m", "fronts", "model", "object_id", "order", "shadow", "uv")

    def __init__(
        self, *, model: Model, object_id: int, uv: Array, fronts: NDArray[np.bool_], order: list[int], colours: Array,
        shadow: Array, distance_m: float,
    ) -> None:  # fmt: skip
        self.model, self.object_id, self.uv, self.fronts = model, object_id, uv, fronts
        self.order, self.colours, self.shadow, self.distance_m = order, colours, shadow, distance_m


def portraits_of(things: Things, view: View, look: Look, reach_m: float) -> list[Portrait]:
    """Return the things in the picture with all their faces projected and lit."""
    uv, _ = view.seen(np.column_stack([things.xy_m, np.full(len(things.ids), 0.8)]))
    distance = np.linalg.norm(things.xy_m - view.origin_m[:2], axis=1)
    margin = 90.0
    near = (distance < reach_m) & (uv[:, 0] > -margin) & (uv[:, 0] < view.camera.width_px + margin)
    near &= (uv[:, 1] > -margin) & (uv[:, 1] < view.camera.height_px + margin)
    things, distance = things.where(near), distance[near]
    found: list[Portrait] = []
    for number in np.unique(things.model):
        rows = np.flatnonzero(things.model == number)
        found += _portraits(MODELS[number], things.where(things.model == number), distance[rows], view, look)
    return found


def _portraits(model: Model, things: Things, distance: Array, view: View, look: Look) -> list[Portrait]:
    heading = things.heading_rad
    cos, sin = np.cos(heading), np.sin(heading)
    turn = np.zeros((len(heading), 3, 3))  # enu_from_model: x right, y forward
    turn[:, 0, 0], turn[:, 0, 1], turn[:, 1, 0], turn[:, 1, 1], turn[:, 2, 2] = cos, sin, -sin, cos, 1.0
    feet = np.column_stack([things.xy_m, np.zeros(len(heading))])
    points = np.einsum("nij,vj->nvi", turn, model.points_m) + feet[:, None, :]
    uv, _ = view.seen(points)
    normals = np.einsum("nij,fj->nfi", turn, model.normals)
    first = np.array([face[0] for face in model.faces])
    fronts = (normals * (view.origin_m - points[:, first])).sum(axis=2) > 0
    light = 0.66 + 0.50 * np.maximum(0.0, normals @ look.sun_enu) * (1.25 - look.shade)
    light *= 0.92 + 0.12 * normals[:, :, 2]
    middles = np.einsum("nij,pj->npi", turn, model.part_middles_m) + feet[:, None, :]
    orders = np.argsort(-np.linalg.norm(middles - view.origin_m, axis=2), axis=1)
    base = np.column_stack([model.footprint_m, np.zeros(4)])
    tips = base.copy()
    hull = np.vstack([base, tips])
    shadow = np.einsum("nij,vj->nvi", turn, hull) + feet[:, None, :]
    shadow[:, 4:, :2] += look.shadow_per_m * model.height_m * 0.85
    shadow_uv, _ = view.seen(shadow)
    roles = np.array(model.roles)
    return [
        Portrait(
            model=model,
            object_id=int(things.ids[n]),
            uv=uv[n],
            fronts=fronts[n],
            order=orders[n].tolist(),
            colours=np.clip(colours_of(int(things.paint[n]), model.kind)[roles] * light[n][:, None], 0, 255),
            shadow=shadow_uv[n],
            distance_m=float(distance[n]),
        )
        for n in range(len(heading))
        if np.isfinite(uv[n]).all()
    ]


def draw_shadow(image: Image, portrait: Portrait, shade: float) -> None:
    """Darken the ground that the thing keeps the sun from."""
    if not np.isfinite(portrait.shadow).all():
        return
    hull = cv2.convexHull(portrait.shadow.astype(np.float32))[:, 0]
    height, width = image.shape[:2]
    x0, y0 = (int(n) for n in np.clip(np.floor(hull.min(axis=0)), 0, (width, height)))
    x1, y1 = (int(n) for n in np.clip(np.ceil(hull.max(axis=0)) + 1, 0, (width, height)))
    if x0 >= x1 or y0 >= y1:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(mask, _fixed(hull - np.array([x0, y0], float)), 255, shift=_SUB)
    part = image[y0:y1, x0:x1]
    cv2.copyTo(cv2.convertScaleAbs(part, alpha=shade), mask, part)


def draw_thing(image: Image, owners: Owners, portrait: Portrait, number: int) -> None:
    """Draw the faces that look at the camera, far parts first, and write the thing's number over its outline."""
    points = _fixed(portrait.uv)
    model = portrait.model
    colours = portrait.colours.tolist()
    for part in portrait.order:
        start, end = model.parts[part]
        for face in range(start, end):
            if portrait.fronts[face]:
                cv2.fillConvexPoly(image, points[list(model.faces[face])], colours[face], cv2.LINE_AA, _SUB)
    cv2.fillConvexPoly(owners, cv2.convexHull(points), number, shift=_SUB)


def _fixed(uv: Array) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.round(uv * 2**_SUB).astype(np.int32)
    return fixed
