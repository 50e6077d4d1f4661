"""What a mission orders beside flying: DO and CONDITION commands, and what the mission needs of the vehicle."""

from typing import Final, Protocol

from sitl.autopilot.fence import ALL_KINDS
from sitl.autopilot.gimbal import Gimbal
from sitl.autopilot.item_stores import MissionStore
from sitl.autopilot.manoeuvres import Flyer
from sitl.autopilot.settings import Vec
from sitl.autopilot.stored_items import (
    CONDITION_DELAY,
    CONDITION_YAW,
    DELAY,
    DO_CHANGE_SPEED,
    DO_LAND_START,
    FENCE_ENABLE,
    GIMBAL_PITCHYAW,
    LAND,
    LOITER_TIME,
    LOITER_UNLIM,
    MOUNT_CONTROL,
    ROI,
    ROI_LOCATION,
    ROI_NONE,
    RTL,
    TAKEOFF,
    WAYPOINT,
    StoredItem,
)

_YAW_LOCK_FLAG: Final = 16  # GIMBAL_MANAGER_FLAGS_YAW_LOCK
_NAMES: Final = {
    WAYPOINT: "WP",
    LOITER_UNLIM: "LoitUnlim",
    LOITER_TIME: "LoitTime",
    RTL: "RTL",
    LAND: "Land",
    TAKEOFF: "Takeoff",
    DELAY: "Delay",
    CONDITION_DELAY: "CondDelay",
    CONDITION_YAW: "CondYaw",
    DO_CHANGE_SPEED: "ChangeSpeed",
    DO_LAND_START: "LandStart",
    ROI_LOCATION: "SetROILocation",
    ROI_NONE: "SetROINone",
    ROI: "SetROI",
    MOUNT_CONTROL: "MountControl",
    FENCE_ENABLE: "FenceEnable",
    GIMBAL_PITCHYAW: "GimbalPitchYaw",
}
"""As ArduPilot calls them in STATUSTEXT."""


class MissionFlyer(Flyer, Protocol):
    """What AUTO needs of the vehicle beside flying."""

    @property
    def gimbal(self) -> Gimbal:
        """What holds the camera."""
        ...

    @property
    def missions(self) -> MissionStore:
        """The stored items."""
        ...

    def place_of(self, item: StoredItem) -> Vec:
        """Where a stored item lies, believed ENU; 0, 0 means here."""
        ...

    def set_speed(self, kind: int, speed_m_s: float) -> bool:
        """DO_CHANGE_SPEED."""
        ...

    def point_gimbal(self, pitch_deg: float, yaw_deg: float, *, yaw_locked: bool) -> bool:
        """Aim the gimbal."""
        ...

    def enable_fence(self, enabled: bool, kinds: int = ALL_KINDS) -> bool:
        """DO_FENCE_ENABLE."""
        ...

    def item_reached(self, seq: int) -> None:
        """Tell the ground station."""
        ...

    def say(self, severity: int, text: str) -> None:
        """STATUSTEXT."""
        ...


def name_of(item: StoredItem) -> str:
    """Return what ArduPilot calls the command in STATUSTEXT."""
    return _NAMES.get(item.command, "Unknown")


def run_command(flyer: MissionFlyer, item: StoredItem) -> float | None:
    """Do what a command says; return the time until which the commands after it wait, if it says so."""
    p = item.params
    match item.command:
        case c if c == DO_CHANGE_SPEED:
            flyer.set_speed(int(p[0]), p[1])
        case c if c == GIMBAL_PITCHYAW:
            flyer.point_gimbal(p[0], p[1], yaw_locked=bool(item.x & _YAW_LOCK_FLAG))
        case c if c == MOUNT_CONTROL:
            flyer.point_gimbal(p[0], p[2], yaw_locked=False)
        case c if c in (ROI, ROI_LOCATION):
            flyer.gimbal.place = flyer.place_of(item) if item.x or item.y else None
        case c if c == ROI_NONE:
            flyer.gimbal.place = None
        case c if c == FENCE_ENABLE:
            flyer.enable_fence(p[0] > 0)
        case c if c == CONDITION_DELAY:
            return flyer.t_s + p[0]
        case c if c == CONDITION_YAW:
            relative = flyer.body.heading_deg if p[3] else 0.0
            flyer.body.wanted_heading_deg = (p[0] * (p[2] if p[3] and p[2] else 1.0) + relative) % 360.0
    return None
