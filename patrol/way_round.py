"""The planner's way from place to place for a flight that has to fly what its plan does not hold."""

from collections.abc import Sequence

import numpy as np

from flight.context import FindWay
from missions.geopoint import GeoPoint
from missions.plan import Plan, Sortie
from missions.terrain import Terrain
from missions.waypoint import Waypoint


def way_round(plan: Plan, terrain: Terrain | None) -> FindWay:
    """Return the function that finds ways round the plan's zones and over its hills.

    It raises PlanningError where there is none, and where the plan was made over a terrain that is not given.
    """

    def find(sortie: Sortie, here: GeoPoint, height_m: float, there: Waypoint) -> Sequence[Waypoint]:
        from geo import LocalFrame
        from planner.dead_flight import DeadFlight, enu_m

        flight = DeadFlight.of(plan, sortie, terrain)
        frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
        places = flight.between(np.append(enu_m(frame, [here])[0], height_m), flight.place_of(there))
        return [flight.waypoint(place, gimbal_pitch_deg=there.gimbal_pitch_deg) for place in places[:-1]]

    return find
