"""Traffic as a pure function of time: vehicles round their lanes, people up and down the footways.

All vehicles of a lane share one periodic timetable (slow in turns, quick on straights) and differ only in when they set
out, so gaps never close: following distance is a matter of departure times.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo import cumulative_m, resample, slice_along
from missions.scenario import Scenario
from sitl.city_streets import Line, Street, offset_line
from sitl.render.models import BICYCLE, BUS, CAR, PERSON, SCOOTER, SUV, TRUCK, VAN

Array = NDArray[np.float64]

HEADWAY_S: Final = 2.6
_SPEED_M_S: Final = {1: 7.0, 2: 10.0, 3: 12.0}
_TURN_M_S: Final = 3.0
_ACCELERATION_M_S2: Final = 1.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Things:
    """Movable things at one instant, one row each."""

    ids: NDArray[np.int64]
    model: NDArray[np.int64]
    """Index into `sitl.render.models.MODELS`."""
    xy_m: Array
    heading_rad: Array
    """(N,) clockwise from north."""
    paint: NDArray[np.int64]
    """Which of the paints this one wears; any number, the renderer folds it."""
    speed_m_s: Array

    @classmethod
    def joined(cls, parts: list["Things"]) -> "Things":
        """Return the rows of all parts."""
        return cls(
            ids=np.concatenate([part.ids for part in parts]),
            model=np.concatenate([part.model for part in parts]),
            xy_m=np.concatenate([part.xy_m.reshape(-1, 2) for part in parts]),
            heading_rad=np.concatenate([part.heading_rad for part in parts]),
            paint=np.concatenate([part.paint for part in parts]),
            speed_m_s=np.concatenate([part.speed_m_s for part in parts]),
        )

    def where(self, keep: NDArray[np.bool_]) -> "Things":
        """Return the rows that are kept."""
        return Things(
            ids=self.ids[keep],
            model=self.model[keep],
            xy_m=self.xy_m[keep],
            heading_rad=self.heading_rad[keep],
            paint=self.paint[keep],
            speed_m_s=self.speed_m_s[keep],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lane:
    """A closed (or, on one-way streets, open) way with a timetable, and who drives it."""

    street_id: int
    line_m: Line
    """(S, 2) every metre."""
    heading_rad: Array
    """(S,) unwrapped."""
    at_s: Array
    """(S,) time since setting out."""
    ids: NDArray[np.int64]
    model: NDArray[np.int64]
    paint: NDArray[np.int64]
    leaves_s: Array
    """(N,) when each sets out, 0..period."""
    sway_m: Array
    """(N,) sideways wandering of two-wheelers."""
    for_two_wheelers: bool

    @property
    def period_s(self) -> float:
        """Time of one round."""
        return float(self.at_s[-1])

    def nearest_station(self, point_m: Array) -> tuple[int, float]:
        """Return the index of the lane's place nearest to the point, and the distance."""
        gaps = np.linalg.norm(self.line_m - point_m, axis=1)
        best = int(np.argmin(gaps))
        return best, float(gaps[best])


_APART: Final = 1e6
"""More than any lane's period or footway's length: keeps them apart in one sorted table."""


class Traffic:
    """All lanes in one table, so that an instant costs one look-up."""

    def __init__(self, lanes: tuple[Lane, ...]) -> None:
        self.lanes = lanes
        counts = [len(lane.ids) for lane in lanes]
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(int)
        """Row at which each lane's vehicles begin."""
        self._lane = np.repeat(np.arange(len(lanes)), counts)
        self._at_s = _stacked([lane.at_s + _APART * number for number, lane in enumerate(lanes)])
        self._line_m = _stacked([lane.line_m for lane in lanes]).reshape(-1, 2)
        self._heading = _stacked([lane.heading_rad for lane in lanes])
        self._period_s = np.array([lane.period_s for lane in lanes])[self._lane] if lanes else np.zeros(0)
        self._leaves_s = _stacked([lane.leaves_s for lane in lanes])
        self._sway_m = _stacked([lane.sway_m for lane in lanes])
        self._ids = _stacked([lane.ids for lane in lanes]).astype(np.int64)
        self._model = _stacked([lane.model for lane in lanes]).astype(np.int64)
        self._paint = _stacked([lane.paint for lane in lanes]).astype(np.int64)

    def at(self, t_s: float) -> Things:
        """Return everybody on the lanes, lane by lane."""
        clock = (t_s - self._leaves_s) % self._period_s
        key = clock + _APART * self._lane
        index = np.searchsorted(self._at_s, key, side="right") - 1
        index = np.minimum(index, np.searchsorted(self._at_s, _APART * (self._lane + 1)) - 2)
        span = self._at_s[index + 1] - self._at_s[index]
        part = (key - self._at_s[index]) / span
        step = self._line_m[index + 1] - self._line_m[index]
        heading = self._heading[index] * (1 - part) + self._heading[index + 1] * part
        sway = self._sway_m * np.sin(0.5 * clock + self._leaves_s)
        aside = np.column_stack([np.cos(heading), -np.sin(heading)]) * sway[:, None]
        return Things(
            ids=self._ids,
            model=self._model,
            xy_m=self._line_m[index] + step * part[:, None] + aside,
            heading_rad=heading,
            paint=self._paint,
            speed_m_s=np.hypot(step[:, 0], step[:, 1]) / span,
        )


def _stacked(parts: list[Any]) -> Any:  # noqa: ANN401 - whole numbers and floats alike
    return np.concatenate(parts) if parts else np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footway:
    """People going up and down one footway."""

    line_m: Line
    ids: NDArray[np.int64]
    paint: NDArray[np.int64]
    start_m: Array
    speed_m_s: Array
    aside_m: Array


class Walkers:
    """All footways in one table."""

    def __init__(self, footways: tuple[Footway, ...]) -> None:
        self.footways = footways
        stations = [cumulative_m(way.line_m) for way in footways]
        self._way = np.repeat(np.arange(len(footways)), [len(way.ids) for way in footways])
        self._stations_m = _stacked([s + _APART * number for number, s in enumerate(stations)])
        self._line_m = _stacked([way.line_m for way in footways]).reshape(-1, 2)
        self._length_m = np.array([s[-1] for s in stations])[self._way] if footways else np.zeros(0)
        self._start_m = _stacked([way.start_m for way in footways])
        self._speed_m_s = _stacked([way.speed_m_s for way in footways])
        self._aside_m = _stacked([way.aside_m for way in footways])
        self._ids = _stacked([way.ids for way in footways]).astype(np.int64)
        self._paint = _stacked([way.paint for way in footways]).astype(np.int64)

    def at(self, t_s: float) -> Things:
        """Return everybody on the footways."""
        run = (self._start_m + self._speed_m_s * t_s) % (2 * self._length_m)
        back = run > self._length_m
        key = np.where(back, 2 * self._length_m - run, run) + _APART * self._way
        index = np.searchsorted(self._stations_m, key, side="right") - 1
        index = np.minimum(index, np.searchsorted(self._stations_m, _APART * (self._way + 1)) - 2)
        along = self._line_m[index + 1] - self._line_m[index]
        along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        xy = self._line_m[index] + along * (key - self._stations_m[index])[:, None]
        return Things(
            ids=self._ids,
            model=np.full(len(self._ids), PERSON),
            xy_m=xy + np.column_stack([along[:, 1], -along[:, 0]]) * self._aside_m[:, None],
            heading_rad=np.arctan2(along[:, 0], along[:, 1]) + np.where(back, math.pi, 0.0),
            paint=self._paint,
            speed_m_s=self._speed_m_s,
        )


def lanes_of(streets: tuple[Street, ...], scenario: Scenario, first_id: int) -> tuple[Lane, ...]:
    """Return the lanes with their traffic, ids counted from `first_id`."""
    rng = np.random.default_rng([scenario.seed, 0x7A])
    lanes: list[Lane] = []
    for street in (s for s in streets if s.profile.drivable):
        kilometres = street.length_m / 1000.0
        cars = _shares(round(scenario.vehicles_per_km * kilometres), street.profile.lanes_each, rng)
        bikes = round(scenario.two_wheelers_per_km * kilometres)
        for number, count in enumerate([*cars, bikes]):
            lane = _lane(street, number, count, first_id, rng)
            if lane is not None:
                lanes.append(lane)
                first_id += len(lane.ids)
    return tuple(lanes)


def footways_of(streets: tuple[Street, ...], scenario: Scenario, first_id: int) -> tuple[Footway, ...]:
    """Return the people on both footways of every street."""
    rng = np.random.default_rng([scenario.seed, 0x3C])
    groups: list[Footway] = []
    for street in streets:
        counts = _shares(round(scenario.people_per_km * street.length_m / 1000.0), 2, rng)
        for side, count in zip((-1.0, 1.0), counts, strict=True):
            line = offset_line(street.line_m, side * street.profile.walk_middle_m)
            stations = cumulative_m(line)
            if count == 0 or stations[-1] < 5:
                continue
            groups.append(
                Footway(
                    line_m=line,
                    ids=np.arange(first_id, first_id + count),
                    paint=rng.integers(0, 1000, count),
                    start_m=rng.uniform(0, 2 * stations[-1], count),
                    speed_m_s=rng.uniform(0.9, 1.5, count),
                    aside_m=rng.uniform(-0.4, 0.4, count) * street.profile.walk_m,
                )
            )
            first_id += count
    return tuple(groups)


def _shares(total: int, parts: int, rng: np.random.Generator) -> list[int]:
    return [int(n) for n in rng.multinomial(total, [1 / parts] * parts)] if parts else []


def _lane(street: Street, number: int, count: int, first_id: int, rng: np.random.Generator) -> Lane | None:
    """Build lane `number` from the middle; the one after the motor lanes is for two-wheelers."""
    profile = street.profile
    bikes = number == profile.lanes_each
    right_m = profile.motor_m + profile.bike_m / 2 if bikes else (number + 0.5) * profile.lane_m
    way = _round_way(street, right_m)
    if way is None:
        return None
    top = 5.0 if bikes else _SPEED_M_S.get(profile.lanes_each, 12.0) - 0.8 * number
    line, heading, at_s = _timetable(way, top, closed=not street.oneway)
    count = max(0, min(count, int(at_s[-1] / (HEADWAY_S * 1.5))))
    slot_s = at_s[-1] / max(count, 1)
    leaves = (np.arange(count) + rng.uniform(0, max(0.0, 1 - HEADWAY_S / slot_s), count)) * slot_s
    models, chances = ([SCOOTER, BICYCLE], [0.75, 0.25]) if bikes else ([CAR, SUV, VAN, BUS, TRUCK], _MIX)
    return Lane(
        street_id=street.street_id,
        line_m=line,
        heading_rad=heading,
        at_s=at_s,
        ids=np.arange(first_id, first_id + count),
        model=rng.choice(models, count, p=chances).astype(np.int64),
        paint=rng.integers(0, 1000, count),
        leaves_s=leaves,
        sway_m=rng.uniform(-0.35, 0.35, count) if bikes else np.zeros(count),
        for_two_wheelers=bikes,
    )


_MIX: Final = [0.56, 0.22, 0.09, 0.05, 0.08]


def _round_way(street: Street, right_m: float) -> Line | None:
    """Return the way out on the right, a turn, and the way back on the left; a one-way street has only the way out."""
    turn_m = street.profile.carriage_m  # all lanes turn about one point, so that nobody cuts across a neighbour
    start_m, end_m = 2.0 + turn_m, street.length_m - 2.0 - turn_m
    for station, half_m in street.junctions_m:
        if station < 1.0:
            start_m = max(start_m, half_m + 10.0 + turn_m)
        elif station > street.length_m - 1.0:
            end_m = min(end_m, street.length_m - half_m - 10.0 - turn_m)
    if end_m - start_m < 20.0:
        return None
    middle = slice_along(street.line_m, start_m, end_m)
    out = offset_line(middle, right_m)
    if street.oneway:
        return out
    back = offset_line(middle, -right_m)[::-1]
    return np.vstack([out, _half_circle(out, back), back, _half_circle(back, out), out[:1]])


def _half_circle(arriving: Line, leaving: Line) -> Line:
    """Return the inner places of the left-hand turn from the end of one line to the start of the other."""
    middle = (arriving[-1] + leaving[0]) / 2
    arm = arriving[-1] - middle
    turn = np.radians(np.arange(15.0, 180.0, 15.0))
    ahead = np.array([-arm[1], arm[0]])
    circle: Line = middle + np.cos(turn)[:, None] * arm + np.sin(turn)[:, None] * ahead
    return circle


def _timetable(way: Line, top_m_s: float, *, closed: bool) -> tuple[Line, Array, Array]:
    """Return places every metre, headings there and the time since setting out; slower where the way bends."""
    line = resample(way, 1.0)
    steps = np.diff(line, axis=0)
    heading = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
    heading = np.append(
        heading, heading[0] + 2 * math.pi * round((heading[-1] - heading[0]) / (2 * math.pi)) if closed else heading[-1]
    )
    heading = np.convolve(np.pad(heading, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    gaps = np.maximum(np.linalg.norm(steps, axis=1), 1e-6)
    bend = np.abs(np.diff(heading)) / gaps
    limit = np.where(bend > 0.04, _TURN_M_S, top_m_s)
    for _ in range(2 if closed else 1):  # twice round, so that the start knows of the end
        for order in (1, -1):
            limit = _eased(limit[::order], gaps[::order], closed=closed)[::order]
    at_s = np.concatenate([[0.0], np.cumsum(gaps / limit)])
    return line, heading, at_s


def _eased(limit: Array, gaps: Array, *, closed: bool) -> Array:
    """Return speeds that never rise faster than the acceleration allows."""
    eased = limit.copy()
    for index in range(0 if closed else 1, len(eased)):
        before = eased[index - 1]
        eased[index] = min(eased[index], math.sqrt(before**2 + 2 * _ACCELERATION_M_S2 * gaps[index]))
    return eased
