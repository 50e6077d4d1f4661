"""Scripted incidents: who acts, where, and the plumes they make, as pure functions of time."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions.scenario import ScriptedIncident
from sitl.city_traffic import Lane, Things
from sitl.render.models import CAR, PERSON, SCOOTER_PARKED, SUV

Array = NDArray[np.float64]

_APPROACH_S: Final = 25.0
"""For so long before its incident a vehicle is on its way."""
_BRAKING_M_S2: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plume:
    """A burning or smoking spot at one instant."""

    incident_id: str
    kind: str
    """`smoke`, or `fire`, which has smoke above it."""
    object_id: int
    x_m: float
    y_m: float
    z_m: float
    age_s: float
    seed: int
    vigour: float = 1.0
    """How fast and thick it grows; 1 is an e-bike's battery."""
    shade: float = 0.86
    """Of the smoke: 0 black, 1 white."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Actor:
    """A vehicle that comes along, stops and stays, and what happens then."""

    script: ScriptedIncident
    begins_s: float
    """City time at which the incident starts."""
    lane: Lane
    stop_station_m: float
    kerb_m: float
    """How far to the right of its lane it pulls over."""
    speed_m_s: float
    first_id: int
    seed: int

    def at(self, t_s: float) -> Things | None:
        """Return the vehicle, and its rider once dismounted; None before it is on its way and after it is over."""
        until_s = self.begins_s - t_s
        if until_s > _APPROACH_S or t_s > self.begins_s + self.script.duration_s + 60.0:
            return None
        braking_s = self.speed_m_s / _BRAKING_M_S2
        if until_s <= 0:
            before_m, speed = 0.0, 0.0
        elif until_s < braking_s:
            before_m, speed = _BRAKING_M_S2 * until_s**2 / 2, _BRAKING_M_S2 * until_s
        else:
            before_m = self.speed_m_s * (until_s - braking_s / 2)
            speed = self.speed_m_s
        xy, heading = self._place(self.stop_station_m - before_m)
        pulled_m = self.kerb_m * float(np.clip(1 - before_m / 12.0, 0, 1))
        xy = xy + np.array([math.cos(heading), -math.sin(heading)]) * pulled_m
        burns = self.script.kind != "stopped_vehicle"
        vehicle = self.seed % 2 if not burns else SCOOTER_PARKED
        rows = [((CAR, SUV)[vehicle] if not burns else vehicle, xy, heading, self.seed, speed)]
        if burns:
            rows.append(self._rider(xy, heading, until_s, speed))
        return Things(
            ids=np.arange(self.first_id, self.first_id + len(rows)),
            model=np.array([row[0] for row in rows]),
            xy_m=np.array([row[1] for row in rows]),
            heading_rad=np.array([row[2] for row in rows]),
            paint=np.array([row[3] for row in rows]),
            speed_m_s=np.array([row[4] for row in rows]),
        )

    def _rider(self, xy: Array, heading: float, until_s: float, speed: float) -> tuple[int, Array, float, int, float]:
        """Return the rider: beside the bike while it moves, then walking 6 m away from it."""
        right = np.array([math.cos(heading), -math.sin(heading)])
        away_m = float(np.clip(-until_s * 1.3, 0.0, 6.0))
        ahead = np.array([math.sin(heading), math.cos(heading)])
        place = xy + right * (0.0 if until_s > 0 else min(0.8 + away_m * 0.3, 2.0)) + ahead * away_m
        return PERSON, place, heading + (math.pi if away_m >= 6.0 else 0.0), self.seed + 7, max(speed, 0.0)

    def _place(self, station_m: float) -> tuple[Array, float]:
        """Return place and heading on the lane; its line has a place every metre and closes on itself."""
        last = len(self.lane.line_m) - 1
        step = float(np.linalg.norm(self.lane.line_m[1] - self.lane.line_m[0]))
        run = (station_m / step) % last
        index, part = int(run), run - int(run)
        xy = self.lane.line_m[index] * (1 - part) + self.lane.line_m[index + 1] * part
        heading = self.lane.heading_rad[index] * (1 - part) + self.lane.heading_rad[index + 1] * part
        return xy, float(heading)

    @property
    def stopped_xy_m(self) -> Array:
        """Where it comes to rest."""
        xy, heading = self._place(self.stop_station_m)
        place: Array = xy + np.array([math.cos(heading), -math.sin(heading)]) * self.kerb_m
        return place

    def plume(self, t_s: float) -> Plume | None:
        """Return the smoke or fire, if it is burning now."""
        age_s = t_s - self.begins_s
        if self.script.kind == "stopped_vehicle" or not 0 < age_s < self.script.duration_s:
            return None
        x, y = self.stopped_xy_m
        fire = self.script.kind == "fire"
        rng = np.random.default_rng([self.seed, 0xF])
        return Plume(
            incident_id=self.script.incident_id,
            kind="fire" if fire else "smoke",
            object_id=self.first_id + 2,
            x_m=float(x),
            y_m=float(y),
            z_m=0.6,
            age_s=age_s,
            seed=self.seed,
            vigour=float(rng.uniform(0.9, 1.3)),
            shade=float(rng.uniform(0.25, 0.4) if fire else rng.uniform(0.76, 0.92)),
        )


def actor_for(
    script: ScriptedIncident, place_m: Array, lanes: tuple[Lane, ...], *, begins_s: float, first_id: int, seed: int
) -> Actor | None:
    """Return who plays the script on the lane nearest to its place; None in a city without lanes."""
    burns = script.kind != "stopped_vehicle"
    fitting = [lane for lane in lanes if lane.for_two_wheelers == burns] or list(lanes)
    if not fitting:
        return None
    lane = min(fitting, key=lambda candidate: candidate.nearest_station(place_m)[1])
    index, _ = lane.nearest_station(place_m)
    step = float(np.linalg.norm(lane.line_m[1] - lane.line_m[0]))
    span = max(1, index - 20), index
    speed = (span[1] - span[0]) * step / max(float(lane.at_s[span[1]] - lane.at_s[span[0]]), 0.5) if index > 1 else 5.0
    return Actor(
        script=script,
        begins_s=begins_s,
        lane=lane,
        stop_station_m=index * step,
        kerb_m=0.5 if burns else 0.0,
        speed_m_s=float(np.clip(speed, 3.0, 12.0)),
        first_id=first_id,
        seed=seed,
    )


def gives_way(lane: Lane, actor: Actor, t_s: float) -> NDArray[np.bool_]:
    """Return which vehicles of the actor's own lane stay: all whose timetable keeps clear of the actor's.

    The rest have left the lane for as long as the actor uses it.
    """
    index = int(np.clip(actor.stop_station_m / 1.0, 0, len(lane.at_s) - 1))
    passes_s = (actor.begins_s - lane.at_s[index]) % lane.period_s
    gap = np.abs((lane.leaves_s - passes_s + lane.period_s / 2) % lane.period_s - lane.period_s / 2)
    active = t_s > actor.begins_s - _APPROACH_S
    stays: NDArray[np.bool_] = (gap > 4.0) | (not active)
    return stays


def swerved(xy_m: Array, heading_rad: Array, actor: Actor, aside_m: float) -> Array:
    """Return the places of a lane's traffic that goes round a stopped actor, moving left in good time."""
    ahead = np.column_stack([np.sin(heading_rad), np.cos(heading_rad)])
    left = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    offset = actor.stopped_xy_m - xy_m
    along = (offset * ahead).sum(axis=1)
    across = np.abs((offset * left).sum(axis=1))
    near = np.clip(1.6 - np.abs(along) / 14.0, 0.0, 1.0)
    near = near * near * (3 - 2 * near) * (across < 2.5)
    moved: Array = xy_m + left * (near * aside_m)[:, None]
    return moved
