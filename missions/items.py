"""A sortie as mission items: the one place where waypoints become what an autopilot stores."""

import math

from missions.formats.mav_commands import (
    MAV_CMD_DO_CHANGE_SPEED,
    MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
    MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION,
    MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
    MAV_CMD_NAV_RALLY_POINT,
    MAV_CMD_NAV_RETURN_TO_LAUNCH,
    MAV_CMD_NAV_TAKEOFF,
    MAV_CMD_NAV_WAYPOINT,
)
from missions.geopoint import Altitude, AltitudeReference
from missions.plan import Plan, Sortie
from missions.waypoint import MissionItem
from missions.zone import ZoneRule

_GROUND_SPEED = 1.0  # DO_CHANGE_SPEED, param 1
# Copter refuses NaN here and stores whole degrees and rates, so the "leave it alone" of the protocol is a rate of 0.
_NO_RATE = 0.0


def mission_items(plan: Plan, sortie: Sortie, *, first_waypoint: int = 0) -> tuple[MissionItem, ...]:
    """Return the items of a sortie in `seq` order: home, take-off, legs, return to launch.

    Item 0 is home; ArduPilot overwrites it with its own. Speed and gimbal commands stand before the waypoint whose leg
    they rule, and only where they change. `first_waypoint` leaves out the waypoints already flown.
    """
    home = Altitude(metres=plan.dock_amsl_m, above=AltitudeReference.AMSL)
    takeoff = Altitude(metres=sortie.takeoff_height_m, above=AltitudeReference.HOME)
    rows: list[MissionItem] = [
        MissionItem(seq=0, command=MAV_CMD_NAV_WAYPOINT, position=plan.dock, altitude=home),
        MissionItem(seq=1, command=MAV_CMD_NAV_TAKEOFF, position=plan.dock, altitude=takeoff),
    ]
    speed_m_s: float | None = None
    gimbal_pitch_deg: float | None = None
    for index, waypoint in enumerate(sortie.waypoints):
        if index < first_waypoint:
            continue
        if waypoint.speed_m_s != speed_m_s:
            speed_m_s = waypoint.speed_m_s
            rows.append(
                MissionItem(
                    seq=len(rows), command=MAV_CMD_DO_CHANGE_SPEED, params=(_GROUND_SPEED, speed_m_s, -1.0, 0.0)
                )
            )
        if round(waypoint.gimbal_pitch_deg) != gimbal_pitch_deg:
            gimbal_pitch_deg = float(round(waypoint.gimbal_pitch_deg))
            rows.append(
                MissionItem(
                    seq=len(rows),
                    command=MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
                    params=(gimbal_pitch_deg, 0.0, _NO_RATE, _NO_RATE),
                )
            )
        rows.append(
            MissionItem(
                seq=len(rows),
                command=MAV_CMD_NAV_WAYPOINT,
                position=waypoint.position,
                altitude=waypoint.altitude,
                waypoint_index=index,
            )
        )
    rows.append(MissionItem(seq=len(rows), command=MAV_CMD_NAV_RETURN_TO_LAUNCH))
    return tuple(rows)


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
    """Return the rally points as items, at the highest take-off height of the plan, in Copter's whole metres."""
    highest_m = max((sortie.takeoff_height_m for sortie in plan.sorties), default=30.0)
    height_m = float(math.ceil(highest_m))
    return tuple(
        MissionItem(
            seq=seq,
            command=MAV_CMD_NAV_RALLY_POINT,
            position=point,
            altitude=Altitude(metres=height_m, above=AltitudeReference.HOME),
        )
        for seq, point in enumerate(plan.rally)
    )
