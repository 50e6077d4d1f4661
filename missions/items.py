"""A sortie as mission items: the one place where waypoints become what an autopilot stores."""

import math
from collections.abc import Sequence
from typing import Protocol

from missions.formats.mav_commands import (
    MAV_CMD_DO_CHANGE_SPEED,
    MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
    MAV_CMD_DO_SET_ROI_LOCATION,
    MAV_CMD_DO_SET_ROI_NONE,
    MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION,
    MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
    MAV_CMD_NAV_RALLY_POINT,
    MAV_CMD_NAV_RETURN_TO_LAUNCH,
    MAV_CMD_NAV_TAKEOFF,
    MAV_CMD_NAV_WAYPOINT,
)
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.plan import Plan, Sortie
from missions.waypoint import LookAt, MissionItem, Waypoint
from missions.zone import ZoneRule

_GROUND_SPEED = 1.0  # DO_CHANGE_SPEED, param 1
# Copter refuses NaN here and stores whole degrees and rates, so the "leave it alone" of the protocol is a rate of 0.
_NO_RATE = 0.0


class Commanded(Protocol):
    """A place to fly to: a waypoint of ours, or what a file says of one."""

    @property
    def position(self) -> GeoPoint:
        """Where to."""

    @property
    def altitude(self) -> Altitude:
        """How high, and above what."""

    @property
    def speed_m_s(self) -> float | None:
        """Over ground, of the leg that ends here; None says nothing about it."""

    @property
    def gimbal_pitch_deg(self) -> float | None:
        """Of the leg that ends here, -90 straight down; None says nothing about it."""


def mission_items(
    plan: Plan, sortie: Sortie, *, first_waypoint: int = 0, way: Sequence[Waypoint] = ()
) -> tuple[MissionItem, ...]:
    """Return the items of a sortie in `seq` order.

    `first_waypoint` leaves out the waypoints already flown; `way` is flown before it, to where the sortie goes on, and
    its items have no `waypoint_index`.
    """
    return flight_items(
        [*((None, waypoint) for waypoint in way), *list(enumerate(sortie.waypoints))[first_waypoint:]],
        home=plan.dock,
        home_amsl_m=plan.dock_amsl_m,
        takeoff=None if sortie.begins else _height(sortie.takeoff_height_m, AltitudeReference.HOME),
    )


def flight_items(
    waypoints: Sequence[tuple[int | None, Commanded]],
    *,
    home: GeoPoint | None,
    home_amsl_m: float,
    takeoff: Altitude | None,
    ends_with: int | None = MAV_CMD_NAV_RETURN_TO_LAUNCH,
) -> tuple[MissionItem, ...]:
    """Return the items of a flight in `seq` order: home, gimbal, take-off, legs, return to launch.

    Item 0 is home; ArduPilot overwrites it with its own. The gimbal looks down before the climb, so that a watcher does
    not begin with pictures of the horizon; Copter skips such items when it asks whether a mission starts with a
    take-off. Speed and gimbal commands stand before the waypoint whose leg they rule, and only where they change.
    Waypoints come with their index. A waypoint that looks at a place has the region of interest set before it and
    taken back after it, upon which the gimbal is commanded anew.
    """
    rows = _Rows()
    rows.add(MAV_CMD_NAV_WAYPOINT, position=home, altitude=_height(home_amsl_m, AltitudeReference.AMSL))
    if waypoints:
        rows.look(waypoints[0][1].gimbal_pitch_deg)
    if takeoff is not None:
        rows.add(MAV_CMD_NAV_TAKEOFF, position=home, altitude=takeoff)
    for index, waypoint in waypoints:
        rows.speed(waypoint.speed_m_s)
        rows.look_at(waypoint.look_at if isinstance(waypoint, Waypoint) else None)
        rows.look(waypoint.gimbal_pitch_deg)
        rows.add(
            MAV_CMD_NAV_WAYPOINT,
            params=(float(math.ceil(waypoint.hold_s)) if isinstance(waypoint, Waypoint) else 0.0, 0.0, 0.0, 0.0),
            position=waypoint.position,
            altitude=waypoint.altitude,
            waypoint_index=index,
        )
    if ends_with is not None:
        rows.add(ends_with)
    return tuple(rows.items)


class _Rows:
    """Items in the making, numbered as they come; remembers speed and gimbal, to say them only where they change."""

    def __init__(self) -> None:
        self.items: list[MissionItem] = []
        self._speed_m_s: float | None = None
        self._gimbal_pitch_deg: float | None = None
        self._look_at: LookAt | None = None

    def add(
        self,
        command: int,
        *,
        params: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
        position: GeoPoint | None = None,
        altitude: Altitude | None = None,
        waypoint_index: int | None = None,
    ) -> None:
        self.items.append(
            MissionItem(
                seq=len(self.items),
                command=command,
                params=params,
                position=position,
                altitude=altitude,
                waypoint_index=waypoint_index,
            )
        )

    def speed(self, speed_m_s: float | None) -> None:
        if speed_m_s is not None and speed_m_s != self._speed_m_s:
            self._speed_m_s = speed_m_s
            self.add(MAV_CMD_DO_CHANGE_SPEED, params=(_GROUND_SPEED, speed_m_s, -1.0, 0.0))

    def look_at(self, place: LookAt | None) -> None:
        if place == self._look_at:
            return
        self._look_at = place
        if place is None:
            self.add(MAV_CMD_DO_SET_ROI_NONE)
            self._gimbal_pitch_deg = None
        else:
            self.add(MAV_CMD_DO_SET_ROI_LOCATION, position=place.position, altitude=place.altitude)

    def look(self, gimbal_pitch_deg: float | None) -> None:
        if gimbal_pitch_deg is None or self._look_at is not None:
            return  # a region of interest is followed until it is taken back
        whole_deg = float(round(gimbal_pitch_deg))
        if whole_deg != self._gimbal_pitch_deg:
            self._gimbal_pitch_deg = whole_deg
            self.add(MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, params=(whole_deg, 0.0, _NO_RATE, _NO_RATE))


def _height(metres: float, above: AltitudeReference) -> Altitude:
    return Altitude(metres=metres, above=above)


def fence_items(plan: Plan) -> tuple[MissionItem, ...]:
    """Return the fence polygons as items; param 1 of each vertex is its polygon's vertex count."""
    rows: list[MissionItem] = []
    for zone in (plan.fence, *plan.keep_out):
        command = (
            MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
            if zone.rule is ZoneRule.STAY_IN
            else MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION
        )
        first_seq = len(rows)
        rows.extend(
            MissionItem(
                seq=first_seq + offset,
                command=command,
                params=(float(len(zone.corners)), 0.0, 0.0, 0.0),
                position=corner,
                altitude=Altitude(metres=0.0, above=AltitudeReference.AMSL),
            )
            for offset, corner in enumerate(zone.corners)
        )
    return tuple(rows)


def rally_items(plan: Plan) -> tuple[MissionItem, ...]:
    """Return the rally points as items, at the height of an unplanned return, in Copter's whole metres."""
    height_m = float(math.ceil(plan.return_height_m if plan.sorties else 30.0))
    return tuple(
        MissionItem(
            seq=seq,
            command=MAV_CMD_NAV_RALLY_POINT,
            position=point,
            altitude=Altitude(metres=height_m, above=AltitudeReference.HOME),
        )
        for seq, point in enumerate(plan.rally)
    )
