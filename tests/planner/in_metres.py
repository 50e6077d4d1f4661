"""Roads and missions made in the planning frame, so that a test states metres."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from geo import LocalFrame
from missions import GeoPoint
from missions.mission import Mission
from missions.roads import Road, RoadNetwork
from planner.sorties import geo_points

DOCK = {"lat": 30.5, "lon": 114.4, "amsl_m": 30.0}
DOCK_POINT = GeoPoint(lat_deg=30.5, lon_deg=114.4)
FRAME = LocalFrame(lat_deg=30.5, lon_deg=114.4)

Places = Sequence[tuple[float, float]]
Mast = tuple[float, float, float, float]
"""East, north, radius and top above the ground, metres."""


def network_of(lines: Sequence[Places], names: Sequence[str] = ()) -> RoadNetwork:
    """Roads of ENU polylines in metres from the dock; equal places are junctions."""
    roads = []
    for number, line in enumerate(lines):
        geodetic = FRAME.enu_to_geodetic(np.array(line, float))[:, :2]
        name = names[number] if number < len(names) else ""
        ids = tuple(f"{east:.2f},{north:.2f}" for east, north in line)
        roads.append(
            Road(
                road_id=f"r{number}",
                name=name,
                road_class="residential",
                oneway=False,
                lanes=2,
                node_ids=ids,
                lat_lon_deg=geodetic,
            )
        )
    return RoadNetwork(roads=tuple(roads), source="test.geojson")


def mission_of(zones: Sequence[Places] = (), watch: dict[str, Any] | None = None, **flight: Any) -> Mission:
    """A mission with the dock at the origin and no-fly zones in ENU metres; the rest are fields of `flight`."""
    airframe = flight.pop("airframe", "quad-5kg")
    return Mission.model_validate(
        {
            "name": "Test",
            "roads": {"file": "test.geojson"},
            "dock": DOCK,
            "aircraft": {"airframe": airframe},
            "flight": flight,
            "no_fly": _no_fly(zones),
            "watch": watch or {},
        }
    )


def mission_amid(network: RoadNetwork, **flight: Any) -> Mission:
    """A mission over all of a real network, with the dock in the middle of it; the rest are fields of `flight`."""
    south, west, north, east = network.bounds_deg
    return Mission.model_validate(
        {
            "name": "Amid",
            "roads": {"file": network.source},
            "dock": {"lat": (south + north) / 2, "lon": (west + east) / 2},
            "flight": flight,
        }
    )


def fleet_mission_of(
    docks: Places,
    fleet: Sequence[int],
    *,
    roads: Any = None,
    day: Any = None,
    zones: Sequence[Places] = (),
    airframes: Sequence[str] = (),
    **flight: Any,
) -> Mission:
    """A mission with docks in ENU metres, one more metre above the sea each, and an aircraft per entry of `fleet`."""
    places = FRAME.enu_to_geodetic(np.array(docks, float))
    return Mission.model_validate(
        {
            "name": "Fleet",
            "roads": {"file": "test.geojson", **(roads or {})},
            **({"day": day} if day else {}),
            "docks": [
                {"id": f"d{n}", "lat": lat, "lon": lon, "amsl_m": 30.0 + n} for n, (lat, lon, _) in enumerate(places)
            ],
            "fleet": [
                {
                    "vehicle_id": f"uav-{n}",
                    "system_id": n,
                    "dock": f"d{dock}",
                    "airframe": airframes[n - 1] if airframes else "quad-5kg",
                }
                for n, dock in enumerate(fleet, start=1)
            ],
            "no_fly": _no_fly(zones),
            "flight": flight,
        }
    )


def _no_fly(zones: Sequence[Places]) -> list[dict[str, Any]]:
    return [
        {"id": f"z{number}", "corners": [{"lat": p.lat_deg, "lon": p.lon_deg} for p in points_of(zone)]}
        for number, zone in enumerate(zones)
    ]


def points_of(places: Places) -> tuple[GeoPoint, ...]:
    """Positions of ENU places."""
    return geo_points(DOCK_POINT, np.array(places, float))


def place_of(east_m: float, north_m: float) -> GeoPoint:
    """The position of an ENU place."""
    return points_of([(east_m, north_m)])[0]


def square_of(middle: tuple[float, float], half_m: float) -> Places:
    """The corners of a square."""
    east, north = middle
    return [(east + a * half_m, north + b * half_m) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def with_masts(mission: Mission, masts: Sequence[Mast]) -> Mission:
    """The mission with those obstacles, m0 first."""
    rows = []
    for number, (east, north, radius_m, top_agl_m) in enumerate(masts):
        place = place_of(east, north)
        rows.append(
            {
                "id": f"m{number}",
                "lat": place.lat_deg,
                "lon": place.lon_deg,
                "radius_m": radius_m,
                "top_agl_m": top_agl_m,
            }
        )
    return changed(mission, obstacles=rows)


def changed(mission: Mission, **fields: Any) -> Mission:
    """The mission with other fields at its top, checked again."""
    whole = mission.model_dump(exclude_unset=True)
    if mission.docks:
        whole = {key: value for key, value in whole.items() if key not in {"dock", "aircraft"}}
    return Mission.model_validate(whole | fields)
