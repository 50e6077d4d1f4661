"""Does a road set lie where another of the same place says the roads are, or beside it by the shift of a datum?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import LocalFrame, resample, wgs84_to_bd09, wgs84_to_gcj02
from missions.errors import InputError
from missions.roads.datums import TO_WGS84, Datum
from missions.roads.network import RoadNetwork

ON_ROAD_M: Final = 10.0
"""A place so near to a road of the reference, and heading as it does, lies on it: half a carriageway and its error."""
_HEADING_COSINE: Final = float(np.cos(np.radians(20.0)))
_STEP_M: Final = 25.0
_MOST_PIECES: Final = 4000
_BEYOND_M: Final = 500.0
"""Roads so far outside the reference count: shifted ones lie there."""
_FITS_PCT: Final = 25.0
"""Measured on seven Chinese cities: 84 to 100 % in the right datum, 42 % where most of the set is missing from the
reference, at most 7 % in a wrong one."""
_TIMES_BETTER: Final = 3.0
_FORWARD: Final = {"wgs84": None, "gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumFit:
    """How well the roads lie on those of the reference if the file is taken to be in one datum."""

    datum: Datum
    on_road_pct: float
    """Share of the roads' length, where the reference has roads, that lies on one."""
    median_m: float | None
    """Half of it is nearer than this to a road of the reference; None where none of it is in the same area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A road set compared with a reference under every datum."""

    reference: str
    stated: DatumFit
    fits: tuple[DatumFit, ...]
    """Every datum, the best fit first; where two fit alike the stated one."""

    @property
    def shifted(self) -> bool:
        """Whether another datum fits, and clearly better than the stated one."""
        best_pct = self.fits[0].on_road_pct
        return best_pct >= _FITS_PCT and best_pct >= _TIMES_BETTER * self.stated.on_road_pct

    @property
    def warning(self) -> str | None:
        """What is to be said of it in one line; None where it lies as it should."""
        best, stated = self.fits[0], self.stated
        if self.shifted:
            return (
                f"the roads look shifted: read as {stated.datum} {stated.on_road_pct:.0f} % of them lie on roads of "
                f"{self.reference}, read as {best.datum} {best.on_road_pct:.0f} % (datum {best.datum}?)"
            )
        if best.on_road_pct < _FITS_PCT:
            return f"the roads lie on those of {self.reference} in no datum: {best.on_road_pct:.0f} % at best"
        return None


@dataclass(frozen=True, slots=True)
class _Reference:
    """Straight pieces of the reference, found by place."""

    frame: LocalFrame
    headings: NDArray[np.float64]
    bounds_m: NDArray[np.float64]
    tree: shapely.STRtree

    @classmethod
    def of(cls, network: RoadNetwork) -> "_Reference":
        pieces = np.concatenate([_pieces_m(road.lat_lon_deg, network.frame) for road in network.roads])
        lines = np.atleast_1d(np.asarray(shapely.linestrings(pieces), dtype=object))
        bounds_m = shapely.total_bounds(lines) + np.array([-1.0, -1.0, 1.0, 1.0]) * _BEYOND_M
        return cls(network.frame, _headings(pieces), bounds_m, shapely.STRtree(lines))

    def fit(self, datum: Datum, lines_deg: Iterable[NDArray[np.float64]]) -> DatumFit:
        """Return how roads, (N, 2) degrees each, lie on the reference, of those that lie where it has roads."""
        pieces = np.concatenate([_pieces_m(line, self.frame) for line in lines_deg])
        middles = pieces.mean(axis=1)
        near = ((middles >= self.bounds_m[:2]) & (middles <= self.bounds_m[2:])).all(axis=1)
        pieces, middles = pieces[near], middles[near]
        if len(pieces) == 0:
            return DatumFit(datum=datum, on_road_pct=0.0, median_m=None)
        chosen = np.unique(np.linspace(0, len(pieces) - 1, min(len(pieces), _MOST_PIECES)).astype(np.int64))
        points = shapely.points(middles[chosen])
        found, gaps_m = self.tree.query_nearest(points, return_distance=True, all_matches=False)
        turned = np.abs((_headings(pieces[chosen]) * self.headings[found[1]]).sum(axis=1))
        on_road = (gaps_m <= ON_ROAD_M) & (turned >= _HEADING_COSINE)
        return DatumFit(datum=datum, on_road_pct=100.0 * float(on_road.mean()), median_m=float(np.median(gaps_m)))


def alignment(network: RoadNetwork, reference: RoadNetwork, *, stated: Datum) -> Alignment:
    """Compare a network that was read as `stated` with a reference that is WGS84.

    Raises:
        InputError: the two have no place in common.

    """
    beside = _Reference.of(reference)
    datums: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")
    fits = [beside.fit(datum, _as_if(network, stated, datum)) for datum in datums]
    if all(fit.median_m is None for fit in fits):
        what = f"has no road where {network.source} has some"
        raise InputError(what, file=reference.source, field="--against", remedy="a reference of the same place")
    best_first = sorted(fits, key=lambda fit: (-fit.on_road_pct, fit.datum != stated))
    own = next(fit for fit in fits if fit.datum == stated)
    return Alignment(reference=reference.source, stated=own, fits=tuple(best_first))


def _as_if(network: RoadNetwork, stated: Datum, datum: Datum) -> Iterator[NDArray[np.float64]]:
    """Yield the roads as they would lie on WGS84 had the file been read as `datum`."""
    back, there = _FORWARD[stated], TO_WGS84[datum]
    for road in network.roads:
        places = [(float(lat), float(lon)) for lat, lon in road.lat_lon_deg]
        if datum != stated:
            places = [back(*place) for place in places] if back else places
            places = [there(*place) for place in places] if there else places
        yield np.array(places, float)


def _pieces_m(lat_lon_deg: NDArray[np.float64], frame: LocalFrame) -> NDArray[np.float64]:
    """Return the straight pieces of a road at most 25 m long, (P, 2, 2) metres."""
    line_m = frame.geodetic_to_enu(lat_lon_deg[:, 0], lat_lon_deg[:, 1])[:, :2]
    even = resample(line_m, _STEP_M)
    return np.stack([even[:-1], even[1:]], axis=1)


def _headings(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    along = pieces[:, 1] - pieces[:, 0]
    unit: NDArray[np.float64] = along / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    return unit
