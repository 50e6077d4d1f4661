"""Scripted worlds for a plan: what happens, where and when, all from one seed."""

import random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, length_m, point_along
from missions.airframe import Airframe
from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.plan import Plan
from missions.scenario import Scenario, ScriptedIncident
from missions.waypoint import LegKind

_END_MARGIN_M = 15.0  # not at the very end of a leg, where the aircraft is already turning away
_LEAD_S = (3.0, 25.0)  # how long before the expected arrival the thing begins


class _Leg(NamedTuple):
    line_enu_m: NDArray[np.float64]  # (2, 2)
    begins_s: float  # after take-off
    speed_m_s: float

    @property
    def length_m(self) -> float:
        return length_m(self.line_enu_m)


def scenario_for(plan: Plan, airframe: Airframe, seed: int) -> Scenario:
    """Return a world in which an e-bike begins to smoke on a street of the plan's first sortie.

    The place is drawn evenly over the legs that are flown to be seen, the start shortly before the aircraft is expected
    there, so that the onset is sometimes the script's and sometimes the first sight's.
    """
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    legs = [leg for leg in _service_legs(plan, airframe, frame) if leg.length_m > 3 * _END_MARGIN_M]
    if not legs:
        raise InputError("no leg is long enough for a scripted incident", remedy=f"legs over {3 * _END_MARGIN_M:g} m")
    draw = random.Random(f"scenario {seed}")
    leg = draw.choices(legs, weights=[leg.length_m for leg in legs])[0]
    at_m = draw.uniform(_END_MARGIN_M, leg.length_m - _END_MARGIN_M)
    arrival_s = leg.begins_s + at_m / leg.speed_m_s
    lat_deg, lon_deg, _ = frame.enu_to_geodetic(point_along(leg.line_enu_m, at_m))[0]
    incident = ScriptedIncident(
        incident_id="scripted-1",
        kind="smoke",
        start_s=max(1.0, arrival_s - draw.uniform(*_LEAD_S)),
        position=GeoPoint(lat_deg=float(lat_deg), lon_deg=float(lon_deg)),
    )
    return Scenario(seed=seed, incidents=(incident,))


def _service_legs(plan: Plan, airframe: Airframe, frame: LocalFrame) -> list[_Leg]:
    """Return the first sortie's service legs with the time at which each is expected to begin."""
    sortie = plan.sorties[0]
    at_s = sortie.takeoff_height_m / airframe.climb_m_s
    here = np.zeros(2)
    legs = []
    for waypoint in sortie.waypoints:
        there = frame.geodetic_to_enu(waypoint.position.lat_deg, waypoint.position.lon_deg)[0, :2]
        leg = _Leg(np.vstack([here, there]), at_s, waypoint.speed_m_s)
        if waypoint.leg is LegKind.SERVICE:
            legs.append(leg)
        at_s += leg.length_m / waypoint.speed_m_s
        here = there
    return legs
