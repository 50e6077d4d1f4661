"""Shapes of movable things: convex solids of flat faces, x right, y forward, z up, in metres."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Roles of faces; PAINT, CLOTH and TROUSERS are coloured per thing.
PAINT, GLASS, DARK, ROOF, LAMP, TAIL, SKIN, CLOTH, TROUSERS, HAIR, GREY, CARGO = range(12)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A thing's faces, part by part."""

    name: str
    kind: str
    """The detector's class."""
    points_m: Array
    """(V, 3)"""
    parts: tuple[tuple[int, int], ...]
    """Ranges of faces; a part is convex, so its faces never hide each other from outside."""
    part_middles_m: Array
    faces: tuple[tuple[int, ...], ...]
    """Point numbers, counter-clockwise seen from outside."""
    roles: tuple[int, ...]
    normals: Array
    """(F, 3)"""
    footprint_m: Array
    """(4, 2) for the shadow's base."""
    height_m: float


class _Builder:
    """Collects solids and the patches painted on them."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float, float]] = []
        self.faces: list[tuple[int, ...]] = []
        self.roles: list[int] = []
        self.parts: list[tuple[int, int]] = []

    def solid(self, low: Array, high: Array, z: tuple[float, float], *, top: int, sides: tuple[int, ...]) -> "_Builder":
        """Add the convex body between two polygons (n, 2), counter-clockwise from above; `sides` cycles over faces."""
        first, count = len(self.points), len(low)
        self.points += [(float(x), float(y), z[0]) for x, y in low] + [(float(x), float(y), z[1]) for x, y in high]
        start = len(self.faces)
        for side in range(count):
            after = (side + 1) % count
            self.faces.append((first + side, first + after, first + count + after, first + count + side))
            self.roles.append(sides[side % len(sides)])
        self.faces.append(tuple(first + count + number for number in range(count)))
        self.roles.append(top)
        self.parts.append((start, len(self.faces)))
        return self

    def patch(self, corners: list[tuple[float, float, float]], role: int) -> "_Builder":
        """Paint a patch on the last solid."""
        first = len(self.points)
        self.points += corners
        self.faces.append(tuple(range(first, first + len(corners))))
        self.roles.append(role)
        self.parts[-1] = (self.parts[-1][0], len(self.faces))
        return self

    def model(self, name: str, kind: str, width_m: float, length_m: float) -> Model:
        points = np.array(self.points)
        normals = np.array([_normal(points[list(face)]) for face in self.faces])
        middles = [points[sorted({p for face in self.faces[a:b] for p in face})].mean(axis=0) for a, b in self.parts]
        return Model(
            name=name,
            kind=kind,
            points_m=points,
            parts=tuple(self.parts),
            part_middles_m=np.array(middles),
            faces=tuple(self.faces),
            roles=tuple(self.roles),
            normals=normals,
            footprint_m=_box(width_m, length_m),
            height_m=float(points[:, 2].max()),
        )


def _normal(corners: Array) -> Array:
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[1])
    unit: Array = normal / max(float(np.linalg.norm(normal)), 1e-12)
    return unit


def _box(width_m: float, length_m: float, x: float = 0.0, y: float = 0.0) -> Array:
    """Return a rectangle, counter-clockwise from above: rear left, rear right, front right, front left."""
    w, h = width_m / 2, length_m / 2
    return np.array([(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)])


def _oval(width_m: float, length_m: float, x: float = 0.0, y: float = 0.0, count: int = 8) -> Array:
    turn = np.arange(count) / count * 2 * np.pi
    return np.column_stack([x + width_m / 2 * np.cos(turn), y + length_m / 2 * np.sin(turn)])


def _hull(width_m: float, length_m: float, corner_m: float) -> Array:
    """Return a rectangle with cut corners, counter-clockwise from above, starting on the rear face."""
    w, h, c = width_m / 2, length_m / 2, corner_m
    corners = [(-w + c, -h), (w - c, -h), (w, -h + c), (w, h - c), (w - c, h), (-w + c, h), (-w, h - c), (-w, -h + c)]
    return np.array(corners)


def _car(name: str, width_m: float, length_m: float, height_m: float, cabin: tuple[float, float]) -> Model:
    """A saloon: wheels, body with cut corners, glass cabin, painted roof, lamps; `cabin` is rear and front in y."""
    w, h, belt = width_m / 2, length_m / 2, 0.62 * height_m
    rear, front = cabin
    low = _box(width_m - 0.12, front - rear, 0.0, (front + rear) / 2)
    high = _box(width_m - 0.42, (front - rear) * 0.62, 0.0, (front + rear) / 2 - 0.12)
    build = _Builder().solid(
        _hull(width_m - 0.1, length_m - 0.2, 0.3),
        _hull(width_m - 0.1, length_m - 0.2, 0.3),
        (0.1, 0.35),
        top=DARK,
        sides=(DARK,),
    )
    build.solid(
        _hull(width_m, length_m, 0.28),
        _hull(width_m - 0.06, length_m - 0.08, 0.3),
        (0.3, belt),
        top=PAINT,
        sides=(PAINT,),
    )
    for side in (-1, 1):
        for y in (-h * 0.6, h * 0.62):
            x = side * (w + 0.005)
            quad = [(x, y - 0.3, 0.05), (x, y + 0.3, 0.05), (x, y + 0.3, 0.6), (x, y - 0.3, 0.6)]
            build.patch(quad if side > 0 else quad[::-1], DARK)
    for x in (-w * 0.7, w * 0.7):
        build.patch(
            [
                (x - 0.2, h - 0.3, belt + 0.005),
                (x + 0.2, h - 0.3, belt + 0.005),
                (x + 0.2, h - 0.08, belt + 0.005),
                (x - 0.2, h - 0.08, belt + 0.005),
            ],
            LAMP,
        )
        build.patch(
            [
                (x - 0.2, -h + 0.02, belt + 0.005),
                (x + 0.2, -h + 0.02, belt + 0.005),
                (x + 0.2, -h + 0.18, belt + 0.005),
                (x - 0.2, -h + 0.18, belt + 0.005),
            ],
            TAIL,
        )
    build.solid(low, high, (belt, height_m), top=PAINT, sides=(GLASS,))
    return build.model(name, "vehicle", width_m, length_m)


def _boxy(name: str, width_m: float, length_m: float, height_m: float, *, cargo: bool) -> Model:
    """A van, bus or lorry: one tall body, or a cab and a load."""
    w, h = width_m / 2, length_m / 2
    build = _Builder().solid(
        _box(width_m - 0.1, length_m - 0.1), _box(width_m - 0.1, length_m - 0.1), (0.1, 0.5), top=DARK, sides=(DARK,)
    )
    if cargo:
        cab = 2.1
        build.solid(
            _box(width_m, length_m - cab - 0.4, 0, -(cab + 0.4) / 2),
            _box(width_m, length_m - cab - 0.4, 0, -(cab + 0.4) / 2),
            (0.5, height_m),
            top=CARGO,
            sides=(CARGO,),
        )
        build.solid(
            _box(width_m - 0.1, cab, 0, h - cab / 2),
            _box(width_m - 0.2, cab - 0.5, 0, h - cab / 2 - 0.2),
            (0.5, height_m * 0.78),
            top=PAINT,
            sides=(PAINT, PAINT, GLASS, PAINT),
        )
        return build.model(name, "vehicle", width_m, length_m)
    build.solid(
        _hull(width_m, length_m, 0.2),
        _hull(width_m - 0.12, length_m - 0.3, 0.2),
        (0.4, height_m),
        top=PAINT,
        sides=(PAINT,),
    )
    z0, z1 = height_m * 0.52, height_m * 0.86
    for side in (-1, 1):
        x = side * (w - 0.03)
        quad = [(x, -h + 0.5, z0), (x, h - 0.4, z0), (x * 0.985, h - 0.4, z1), (x * 0.985, -h + 0.5, z1)]
        build.patch(quad if side > 0 else quad[::-1], GLASS)
    build.patch(
        [(w - 0.25, h - 0.06, z0), (-w + 0.25, h - 0.06, z0), (-w + 0.3, h - 0.12, z1), (w - 0.3, h - 0.12, z1)], GLASS
    )
    top = height_m + 0.01
    for y in np.arange(-h * 0.6, h * 0.7, max(2.4, h * 0.75)):
        build.patch([(-0.45, y - 0.5, top), (0.45, y - 0.5, top), (0.45, y + 0.5, top), (-0.45, y + 0.5, top)], GREY)
    return build.model(name, "vehicle", width_m, length_m)


def _two_wheeler(name: str, *, scooter: bool, rider: bool) -> Model:
    build = _Builder()
    half = 0.66 if scooter else 0.55
    for y in (-half, half):
        build.solid(_box(0.12, 0.52, 0, y), _box(0.1, 0.3, 0, y), (0.0, 0.55), top=DARK, sides=(DARK,))
    if scooter:
        build.solid(_hull(0.36, 1.15, 0.1), _hull(0.3, 0.95, 0.1), (0.2, 0.72), top=PAINT, sides=(PAINT,))
        build.solid(_box(0.32, 0.3, 0, -0.75), _box(0.32, 0.3, 0, -0.75), (0.65, 1.0), top=GREY, sides=(GREY,))
        build.solid(_box(0.42, 0.14, 0, 0.56), _box(0.3, 0.1, 0, 0.48), (0.3, 1.05), top=PAINT, sides=(PAINT,))
    else:
        build.solid(_box(0.08, 1.0), _box(0.08, 0.7), (0.35, 0.8), top=PAINT, sides=(PAINT,))
    build.solid(_box(0.66, 0.08, 0, 0.45), _box(0.66, 0.08, 0, 0.43), (1.0, 1.07), top=DARK, sides=(DARK,))
    build.solid(_box(0.26, 0.6, 0, -0.2), _box(0.24, 0.55, 0, -0.2), (0.72, 0.82), top=DARK, sides=(DARK,))
    if rider:
        for x in (-0.18, 0.18):
            build.solid(
                _box(0.16, 0.5, x, 0.05), _box(0.16, 0.42, x, 0.0), (0.35, 0.92), top=TROUSERS, sides=(TROUSERS,)
            )
        build.solid(_oval(0.42, 0.3, 0, -0.2), _oval(0.48, 0.28, 0, 0.0), (0.8, 1.4), top=CLOTH, sides=(CLOTH,))
        for x in (-0.27, 0.27):
            build.solid(_box(0.11, 0.5, x, 0.2), _box(0.11, 0.5, x, 0.15), (1.08, 1.25), top=CLOTH, sides=(CLOTH,))
        build.solid(_oval(0.27, 0.3, 0, 0.06), _oval(0.2, 0.22, 0, 0.05), (1.42, 1.72), top=HAIR, sides=(HAIR,))
    return build.model(name, "two_wheeler", 0.6, 1.8)


def _person() -> Model:
    build = _Builder()
    for x, y in ((-0.1, 0.13), (0.1, -0.13)):
        build.solid(_box(0.17, 0.2, x, y), _box(0.17, 0.2, x, y * 0.4), (0.0, 0.85), top=TROUSERS, sides=(TROUSERS,))
    build.solid(_oval(0.38, 0.26), _oval(0.5, 0.28), (0.8, 1.42), top=CLOTH, sides=(CLOTH,))
    for x in (-0.28, 0.28):
        build.solid(_box(0.1, 0.13, x, 0.05), _box(0.1, 0.13, x, 0), (0.85, 1.38), top=CLOTH, sides=(CLOTH,))
    build.solid(_oval(0.19, 0.21), _oval(0.2, 0.22), (1.45, 1.6), top=SKIN, sides=(SKIN,))
    build.solid(_oval(0.22, 0.24), _oval(0.14, 0.15, 0, -0.02), (1.58, 1.75), top=HAIR, sides=(HAIR,))
    return build.model("person", "person", 0.45, 0.35)


MODELS: Final = (
    _car("car", 1.82, 4.6, 1.45, (-1.75, 1.0)),
    _car("suv", 1.92, 4.75, 1.7, (-2.15, 1.0)),
    _boxy("van", 1.95, 5.2, 2.1, cargo=False),
    _boxy("bus", 2.55, 11.5, 3.1, cargo=False),
    _boxy("truck", 2.4, 7.6, 3.2, cargo=True),
    _two_wheeler("scooter", scooter=True, rider=True),
    _two_wheeler("bicycle", scooter=False, rider=True),
    _two_wheeler("scooter_parked", scooter=True, rider=False),
    _two_wheeler("bicycle_parked", scooter=False, rider=False),
    _person(),
)
CAR, SUV, VAN, BUS, TRUCK, SCOOTER, BICYCLE, SCOOTER_PARKED, BICYCLE_PARKED, PERSON = range(10)
