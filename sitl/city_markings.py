"""Paint on carriageways: lane lines, edges, stop lines, crossings and parking bays, as quads in ENU metres."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import cumulative_m
from sitl.city_streets import KERB_M, Line, Street, offset_line

Quads = NDArray[np.float64]  # (K, 4, 2)
_REAL_STREET_M: Final = 3.0
"""Half width from which a joining street gets crossings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Markings:
    """Painted quads and the wear of the surface under the wheels."""

    white: Quads
    yellow: Quads
    worn: Quads
    """Darker tracks along the lanes."""
    patches: Quads
    """Repairs in another asphalt."""


def markings_of(streets: tuple[Street, ...], rng: np.random.Generator) -> Markings:
    """Return the paint of all streets."""
    white: list[Quads] = []
    yellow: list[Quads] = []
    worn: list[Quads] = []
    patches: list[Quads] = []
    for street in (s for s in streets if s.profile.drivable):
        profile = street.profile
        spans = _spans_between_junctions(street)
        if not street.oneway and profile.lanes_each > 1:
            yellow += [_stripes(street, side * 0.15, 0.12, spans, None) for side in (-1, 1)]
        elif not street.oneway:
            white.append(_stripes(street, 0.0, 0.12, spans, (4.0, 4.0)))
        for side in (-1, 1):
            white += [
                _stripes(street, side * lane * profile.lane_m, 0.15, spans, (4.0, 6.0))
                for lane in range(1, profile.lanes_each)
            ]
            if profile.bike_m > 1.0:
                white.append(_stripes(street, side * profile.motor_m, 0.15, spans, None))
            worn += _worn(street, side, spans)
            if profile.parking_m:
                white.append(_bay_lines(street, side, spans))
        white += _crossings(street)
        patches.append(_patches(street, rng))
    return Markings(white=_stack(white), yellow=_stack(yellow), worn=_stack(worn), patches=_stack(patches))


def _stack(parts: list[Quads]) -> Quads:
    return np.concatenate([np.zeros((0, 4, 2)), *parts])


def _spans_between_junctions(street: Street) -> list[tuple[float, float]]:
    """Return the station spans that no joining carriageway crosses."""
    spans, start = [], 0.0
    for station, half_m in sorted(street.junctions_m):
        clear_m = half_m + (9.6 if half_m >= _REAL_STREET_M else 1.0)  # room for a crossing and its stop line
        spans.append((start, station - clear_m))
        start = max(start, station + clear_m)
    spans.append((start, street.length_m))
    return [(a, b) for a, b in spans if b - a > 1.0]


def _frames(line: Line, at_m: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (K, 2) places and (K, 2) unit directions at stations."""
    stations = cumulative_m(line)
    index = np.clip(np.searchsorted(stations, at_m, side="right") - 1, 0, len(line) - 2)
    along = np.diff(line, axis=0)[index]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    return line[index] + along * (at_m - stations[index])[:, None], along


def _quads(starts: NDArray[np.float64], ends: NDArray[np.float64], width_m: float) -> Quads:
    """Return (K, 4, 2) rectangles from starts to ends."""
    along = ends - starts
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    side = np.column_stack([-along[:, 1], along[:, 0]]) * width_m / 2
    return np.stack([starts - side, ends - side, ends + side, starts + side], axis=1)


def _stripes(
    street: Street,
    right_m: float,
    width_m: float,
    spans: list[tuple[float, float]],
    dash_m: tuple[float, float] | None,
) -> Quads:
    """Return a line along the street; `dash_m` is (painted, gap), None paints it through."""
    line = offset_line(street.line_m, right_m)
    scale = cumulative_m(line)[-1] / max(street.length_m, 1e-9)
    on, off = dash_m or (3.0, 0.0)
    starts = np.concatenate([np.arange(a, b - 0.5, on + off) for a, b in spans] or [np.zeros(0)])
    last = np.concatenate([np.full(len(np.arange(a, b - 0.5, on + off)), b) for a, b in spans] or [np.zeros(0)])
    ends = np.minimum(starts + on, last)
    return _quads(_frames(line, starts * scale)[0], _frames(line, ends * scale)[0], width_m)


def _worn(street: Street, side: int, spans: list[tuple[float, float]]) -> list[Quads]:
    profile = street.profile
    return [
        _stripes(street, side * ((lane + 0.5) * profile.lane_m + wheel), 0.55, spans, None)
        for lane in range(profile.lanes_each)
        for wheel in (-0.8, 0.8)
    ]


def _bay_lines(street: Street, side: int, spans: list[tuple[float, float]]) -> Quads:
    profile = street.profile
    inner_m = side * (profile.carriage_m + KERB_M)
    outer_m = side * (profile.carriage_m + KERB_M + profile.parking_m)
    at = np.concatenate([np.arange(a + 5.0, b - 5.0, 6.2) for a, b in spans] or [np.zeros(0)])
    feet, along = _frames(street.line_m, at)
    right = np.column_stack([along[:, 1], -along[:, 0]])
    return _quads(feet + right * inner_m, feet + right * outer_m, 0.1)


def _crossings(street: Street) -> list[Quads]:
    """Return zebra crossings and stop lines on both sides of every junction with a real street."""
    found = []
    reach_m = street.profile.carriage_m - 0.4
    for station, half_m in street.junctions_m:
        if half_m < _REAL_STREET_M:
            continue
        for side in (-1, 1):
            at = station + side * (half_m + 6.0)
            if not 4.0 < at < street.length_m - 4.0:
                continue
            across = np.arange(-reach_m, reach_m, 0.9) + 0.45
            feet, along = _frames(street.line_m, np.full(len(across), at))
            right = np.column_stack([along[:, 1], -along[:, 0]])
            middle = feet + right * across[:, None]
            found.append(_quads(middle - along * 1.7, middle + along * 1.7, 0.45))
            foot, direction = _frames(street.line_m, np.array([at + side * 3.2]))
            right = np.column_stack([direction[:, 1], -direction[:, 0]])
            inner_m, outer_m = (0.2, reach_m) if side < 0 else (-reach_m, -0.2)
            found.append(_quads(foot + right * inner_m, foot + right * outer_m, 0.35))
    return found


def _patches(street: Street, rng: np.random.Generator) -> Quads:
    count = int(street.length_m / 18)
    feet, along = _frames(street.line_m, rng.uniform(0, street.length_m, count))
    right = np.column_stack([along[:, 1], -along[:, 0]])
    middle = feet + right * (rng.uniform(-1, 1, count) * (street.profile.carriage_m - 1.5))[:, None]
    reach = along * rng.uniform(0.4, 4.0, count)[:, None]
    quads = _quads(middle - reach, middle + reach, 1.0)
    width = rng.uniform(0.5, 2.2, count)[:, None, None]
    centre = quads.mean(axis=1, keepdims=True)
    across = right[:, None, :] * ((quads - centre) * right[:, None, :]).sum(axis=2, keepdims=True)
    patched: Quads = quads + across * (width - 1.0)
    return patched
