"""Commanded positions and the mission items they become."""

from dataclasses import dataclass
from enum import StrEnum

from missions.geopoint import Altitude, GeoPoint


class LegKind(StrEnum):
    """Why the aircraft flies to a waypoint."""

    SERVICE = "service"  # along a stretch that is to be seen
    DEADHEAD = "deadhead"  # straight flight between stretches or to and from the dock


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAt:
    """A place that a camera is kept on, whichever way the aircraft flies."""

    position: GeoPoint
    altitude: Altitude
    """Of the ground there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """One commanded position of a patrol; the leg that ends here has the kind and the stretch."""

    position: GeoPoint
    altitude: Altitude
    speed_m_s: float
    gimbal_pitch_deg: float
    """0 looks at the horizon, -90 straight down (MAVLink's sign)."""
    leg: LegKind
    stretch_id: str | None = None
    hold_s: float = 0.0
    """Hovered here before the next leg; whole seconds, as an autopilot stores them."""
    look_at: LookAt | None = None
    """What the camera is kept on along the leg and while hovering, instead of straight ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissionItem:
    """One MAVLink mission entry as data: what an autopilot stores under `seq`.

    `command` and `params` are MAVLink's (`missions/formats/mav_commands.py`). A command without a place has
    `position` None and is sent with 0, 0. `altitude` decides the frame.
    """

    seq: int
    command: int
    params: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    position: GeoPoint | None = None
    altitude: Altitude | None = None
    autocontinue: bool = True
    waypoint_index: int | None = None
    """Which waypoint of the sortie this item flies to, if any."""
