"""Which no-fly zones and obstacles stand in a patrol's way, and as which few corners an autopilot can keep."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo import LocalFrame
from missions import GeoPoint, InputError, PlanningError, Zone
from missions.formats.mav_commands import COPTER_MAX_FENCE_POINTS
from missions.hindrance_sections import ObstacleSection
from missions.mission import Mission
from missions.roads import RoadNetwork
from missions.zones import circle
from missions.zones.of_mission import NoFlyZones
from planner.energy import Floats
from planner.fence import FENCE_CORNERS
from planner.fewer_corners import Area, NoRoomError, fitted
from planner.ground import Ground
from planner.heights import Floor, Heights
from planner.keep_out import CLEARANCE_M
from planner.reach import greatest_above_ground_m, greatest_height_m
from planner.zone_heights import UNDER_ZONE_M, Highest, greater_amsl_m, over_flight_m

REACH_M: Final = 5000.0
"""Round the roads and the dock: what lies farther off is no part of the plan."""
FENCE_ROOM: Final = COPTER_MAX_FENCE_POINTS - FENCE_CORNERS
"""Corners of all keep-out zones together."""
_BESIDE_FLIGHT_M: Final = CLEARANCE_M - 1.0
"""Kept by what is added to zones for the autopilot: just inside the clearance that legs are flown with."""
_OBSTACLE_CORNERS: Final = 8
_FARTHEST_DEG: Final = 0.5
"""About 50 km: beyond it a zone is not even drawn in the planning frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hindrances:
    """What a patrol has to fly round."""

    areas: tuple[Area, ...]
    reach: Polygon
    """Where `areas` holds everything that hinders, ENU."""
    far: tuple[tuple[str, BaseGeometry], ...]
    """Zones outside the reach, but not out of the world."""
    obstacles: tuple[tuple[Floats, float], ...]
    """(2,) ENU middle and radius of each, also of those that are flown over."""
    under: tuple[tuple[Zone, BaseGeometry], ...]
    """Zones that are flown under, and where."""
    dock_amsl_m: float | None
    """None where nobody says how high the dock lies."""
    notes: tuple[str, ...]

    @property
    def corners_m(self) -> tuple[Floats, ...]:
        """(N, 2) ENU corners of each area."""
        return tuple(shapely.get_coordinates(area.shape.exterior)[:-1] for area in self.areas)

    def landing_places(self, places_m: Floats) -> Floats:
        """Return those of (N, 2) places where no obstacle stands."""
        free = np.ones(len(places_m), bool)
        for middle, radius_m in self.obstacles:
            free &= np.linalg.norm(places_m - middle, axis=1) >= radius_m + CLEARANCE_M
        return places_m[free]


def for_autopilot(hindrances: Hindrances, flown: BaseGeometry, fence: Polygon) -> Hindrances:
    """Return the hindrances with no more corners than an autopilot keeps, none nearer to what is flown than is kept.

    Where there are too many, they are made simpler, and larger; those outside the fence, which is never left, get
    what room there is beside the others, or none.

    Raises:
        NoRoomError: it cannot be done beside what is flown.

    """
    if sum(area.corners for area in hindrances.areas) <= FENCE_ROOM:
        return hindrances
    inside = [area for area in hindrances.areas if area.shape.intersects(fence)]
    outside = [area for area in hindrances.areas if area not in inside]
    few, said = fitted(inside, room=FENCE_ROOM, free=flown, free_m=_BESIDE_FLIGHT_M)
    room = FENCE_ROOM - sum(area.corners for area in few)
    try:
        others, also = fitted(outside, room=room, free=flown, free_m=_BESIDE_FLIGHT_M)
    except NoRoomError:
        others, also = (), (f"no-fly zones left out to fit the autopilot, outside the geofence: {len(outside)}",)
    return replace(hindrances, areas=(*few, *others), notes=(*hindrances.notes, *said, *also))


def hindrances_of(
    mission: Mission, no_fly: NoFlyZones, network: RoadNetwork, heights: Heights, frame: LocalFrame, *, room: int
) -> Hindrances:
    """Return what hinders the mission on the kept roads, with `room` corners or fewer; the frame's origin is the dock.

    Raises:
        InputError: a zone drawn in the mission crosses itself.
        PlanningError: more corners are needed than there is room for, or the dock stands beside an obstacle.

    """
    notes = list(no_fly.notes)
    roads = [frame.geodetic_to_enu(*road.lat_lon_deg.T)[:, :2] for road in network.roads]
    reach = box(*_grown(np.vstack([np.zeros((1, 2)), *roads]), REACH_M))
    dock_amsl_m = greater_amsl_m(mission.dock.known_amsl_m, heights.ground)
    low, under = _hindering(no_fly.zones, _highest(heights, np.vstack(roads)), dock_amsl_m, heights.ground, notes)
    near: list[Area] = []
    far: list[tuple[str, BaseGeometry]] = []
    away = 0
    for zone in low:
        if _out_of_the_world(zone, frame, reach):
            away += 1
            continue
        shape = _shape(zone, frame)
        if shape.intersects(reach):
            near.append(Area(area_id=zone.zone_id, shape=shape))
        else:
            far.append((zone.zone_id, shape))
    if far or away:
        notes.append(f"no-fly zones left out, more than {REACH_M / 1000:g} km from the roads: {len(far) + away}")
    near += _obstacle_areas(mission, heights.ground, frame, reach, notes)
    lines = MultiLineString([LineString(road) for road in roads])
    few, said = fitted(near, room=room, free=Point(0.0, 0.0), free_m=CLEARANCE_M + 1.0, roads=lines)
    return Hindrances(
        areas=few,
        reach=reach,
        far=tuple(far),
        obstacles=tuple((_enu([section.point], frame)[0], section.radius_m) for section in mission.obstacles),
        under=tuple(
            (zone, shapely.make_valid(Polygon(_enu(zone.corners, frame))))
            for zone in under
            if not _out_of_the_world(zone, frame, reach)
        ),
        dock_amsl_m=dock_amsl_m,
        notes=(*notes, *said),
    )


def _grown(points_m: Floats, by_m: float) -> tuple[float, float, float, float]:
    (west, south), (east, north) = points_m.min(axis=0) - by_m, points_m.max(axis=0) + by_m
    return float(west), float(south), float(east), float(north)


def _highest(heights: Heights, places_m: Floats) -> Highest:
    """Return how high legs between the roads' places may be at most."""
    return Highest(
        above_home_m=greatest_height_m(heights, places_m),
        above_ground_m=greatest_above_ground_m(heights, places_m),
    )


def _hindering(
    zones: Sequence[Zone], highest: Highest, dock_amsl_m: float | None, ground: Ground | None, notes: list[str]
) -> tuple[list[Zone], list[Zone]]:
    """Return the zones that are not wholly above the flight, and those that are; what is not known hinders."""
    above: list[Zone] = []
    rest: list[Zone] = []
    said: list[str] = []
    for zone in zones:
        over_m = over_flight_m(zone, highest=highest, dock_amsl_m=dock_amsl_m)
        if over_m is not None and over_m >= UNDER_ZONE_M:
            above.append(zone)
            said.append(f"{zone.zone_id} ({over_m:.0f} m over the flight)")
        else:
            rest.append(zone)
    if above:
        more = f" and {len(above) - 4} more" if len(above) > 4 else ""
        level = ", over ground as high as the dock's" if ground is None else ""
        notes.append(f"flown under{level}: {', '.join(said[:4])}{more}")
    return rest, above


def _out_of_the_world(zone: Zone, frame: LocalFrame, reach: Polygon) -> bool:
    """Whether a zone is so far off, in degrees, that the planning frame's plane means nothing there."""
    west, south, east, north = reach.bounds
    (low_lat, low_lon, _), (high_lat, high_lon, _) = frame.enu_to_geodetic([[west, south], [east, north]])
    lat, lon = [corner.lat_deg for corner in zone.corners], [corner.lon_deg for corner in zone.corners]
    return bool(
        min(lat) > high_lat + _FARTHEST_DEG
        or max(lat) < low_lat - _FARTHEST_DEG
        or min(lon) > high_lon + _FARTHEST_DEG
        or max(lon) < low_lon - _FARTHEST_DEG
    )


def _enu(points: Sequence[GeoPoint], frame: LocalFrame) -> Floats:
    return frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]


def _shape(zone: Zone, frame: LocalFrame) -> Polygon:
    shape = Polygon(_enu(zone.corners, frame))
    if not shape.is_valid or not shape.area:
        what = f"the border of {zone.zone_id} crosses itself or holds no area"
        raise InputError(what, field="no_fly", remedy="corners in order")
    return shape


def floors_of(mission: Mission, ground: Ground) -> tuple[Floor, ...]:
    """Return the obstacles that are flown over, each on the ground it stands on."""
    clearance_m = mission.flight.obstacle_clearance_m
    floors = []
    for section in mission.obstacles:
        if _flown_over(section, mission, ground):
            place_m = _enu([section.point], ground.frame)
            foot_m = float(ground.highest_m(place_m)[0])
            lowest_m = foot_m + section.top_agl_m + clearance_m
            floors.append(Floor(centre_m=place_m[0], radius_m=section.radius_m, lowest_m=lowest_m))
    return tuple(floors)


def _flown_over(section: ObstacleSection, mission: Mission, ground: Ground | None) -> bool:
    """Whether the height asked for clears an obstacle, on the ground it stands on where terrain knows that."""
    assert mission.flight.height_m is not None
    if section.top_agl_m + mission.flight.obstacle_clearance_m > mission.flight.height_m:
        return False
    return ground is None or bool(np.isfinite(ground.highest_m(_enu([section.point], ground.frame))[0]))


def _obstacle_areas(
    mission: Mission, ground: Ground | None, frame: LocalFrame, reach: Polygon, notes: list[str]
) -> list[Area]:
    """Return the obstacles that reach the flight's height as areas; its dock stands beside all of them."""
    areas = []
    flown_over = 0
    for section in mission.obstacles:
        obstacle = section.value
        east_m, north_m = _enu([obstacle.position], frame)[0]
        if np.hypot(east_m, north_m) < obstacle.radius_m:
            raise PlanningError(f"the dock is within {obstacle.radius_m:g} m of obstacle {section.id}: move the dock")
        if _flown_over(section, mission, ground):
            flown_over += 1
            continue
        shape = Polygon(_enu(circle(obstacle.position, obstacle.radius_m, sides=_OBSTACLE_CORNERS), frame))
        if shape.intersects(reach):
            areas.append(Area(area_id=f"obstacle {section.id}", shape=shape))
    if flown_over:
        clearance_m = mission.flight.obstacle_clearance_m
        level = " on level ground" if ground is None else ""
        notes.append(f"obstacles flown over{level}, with {clearance_m:g} m or more between: {flown_over}")
    return areas
