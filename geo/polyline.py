"""Polylines as (N, 2) or (N, 3) arrays of metres: length, places along them, nearest places."""

import numpy as np
from numpy.typing import NDArray

Polyline = NDArray[np.float64]  # (N, 2) or (N, 3) metres


def cumulative_m(line: Polyline) -> NDArray[np.float64]:
    """Return the (N,) distance from the start at every vertex."""
    if len(line) == 0:
        return np.zeros(0)
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def length_m(line: Polyline) -> float:
    """Return the length; fewer than two vertices have none."""
    return float(cumulative_m(line)[-1]) if len(line) else 0.0


def point_along(line: Polyline, at_m: float) -> NDArray[np.float64]:
    """Return the place `at_m` from the start, clamped to the ends."""
    stations = cumulative_m(line)
    return np.array([np.interp(at_m, stations, line[:, axis]) for axis in range(line.shape[1])])


def slice_along(line: Polyline, from_m: float, to_m: float) -> Polyline:
    """Return the part between two stations, `from_m` < `to_m`, with the vertices in between."""
    stations = cumulative_m(line)
    inner = line[(stations > from_m + 1e-9) & (stations < to_m - 1e-9)]
    return np.vstack([point_along(line, from_m), inner, point_along(line, to_m)])


def resample(line: Polyline, step_m: float) -> Polyline:
    """Return places at most `step_m` apart, ends kept, evenly spaced."""
    total = length_m(line)
    count = max(2, int(np.ceil(total / step_m)) + 1)
    stations = cumulative_m(line)
    at = np.linspace(0.0, total, count)
    return np.column_stack([np.interp(at, stations, line[:, axis]) for axis in range(line.shape[1])])


def project_onto(line: Polyline, point: NDArray[np.float64]) -> tuple[float, float, int]:
    """Return (station m, distance m, segment index) of the nearest place of the line to the point.

    The line has at least one vertex; with exactly one, the station is 0.
    """
    if len(line) == 1:
        return 0.0, float(np.linalg.norm(point - line[0])), 0
    start, along = line[:-1], np.diff(line, axis=0)
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    fraction = np.clip(((point - start) * along).sum(axis=1) / squared, 0.0, 1.0)
    gaps = np.linalg.norm(start + fraction[:, None] * along - point, axis=1)
    best = int(np.argmin(gaps))
    station = float(cumulative_m(line)[best] + fraction[best] * np.sqrt(squared[best]))
    return station, float(gaps[best]), best


def distance_to_polyline_m(line: Polyline, point: NDArray[np.float64]) -> float:
    """Return the least distance from the point to the line."""
    return project_onto(line, point)[1]
