"""What the vehicle does by itself when something is lost: ground station, battery, fence, GPS."""

from typing import TYPE_CHECKING, Final

from sitl.autopilot.fence import ALT_MIN, NAMES, FenceLimits
from sitl.autopilot.modes import Mode
from sitl.autopilot.settings import Vec

if TYPE_CHECKING:
    from sitl.autopilot.vehicle import Vehicle

_CRITICAL, _WARNING, _NOTICE = 2, 4, 5
_GCS_CONTINUES_IN_AUTO: Final = 2  # FS_OPTIONS
_CONTINUE_LANDING: Final = 8
_GCS_CONTINUES_WITH_PILOT: Final = 16
_FENCE_EVERY_S: Final = 0.1
_PREARM_EVERY_S: Final = 30.0
_FENCE_GIVE_UP_M: Final = 100.0
_POSITION_LASTS_S: Final = 7.0
"""How long the estimator of ArduCopter 4.7.0-dev gives a position without GPS."""
_LANDS_AFTER_S: Final = 8.0
_NOTHING, _LAND, _RTL, _TERMINATE, _BRAKE = "nothing", "land", "rtl", "terminate", "brake"
_BATTERY_ACTIONS: Final = {0: _NOTHING, 1: _LAND, 2: _RTL, 3: _RTL, 4: _LAND, 5: _TERMINATE, 6: _RTL, 7: _BRAKE}
_GCS_ACTIONS: Final = {1: _RTL, 2: _RTL, 3: _RTL, 4: _LAND, 5: _LAND, 6: _RTL, 7: _BRAKE}
_FENCE_ACTIONS: Final = {1: _RTL, 2: _LAND, 3: _RTL, 4: _BRAKE, 5: _LAND}


class Failsafes:
    """Watches and acts; `any_active` is what HEARTBEAT calls critical."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.gcs_heard_s: float | None = None
        """Last heartbeat from MAV_GCS_SYSID, seconds since boot."""
        self._gcs_lost = False
        self._low_since: dict[str, float | None] = {"LOW": None, "CRT": None}
        self._low: set[str] = set()
        self._fence_checked_s = 0.0
        self._gps_lost_s: float | None = None
        self._gps_landed = False

    @property
    def any_active(self) -> bool:
        """Whether any of them has triggered and not cleared."""
        return self._gcs_lost or bool(self._low) or self._gps_landed

    @property
    def position_lost(self) -> bool:
        """Whether GPS has been away for longer than dead reckoning lasts."""
        return self._gps_lost_s is not None and self._vehicle.t_s - self._gps_lost_s >= _POSITION_LASTS_S

    @property
    def battery_state(self) -> int:
        """MAV_BATTERY_CHARGE_STATE."""
        if "CRT" in self._low:
            return 3
        return 2 if "LOW" in self._low else 1

    def step(self) -> None:
        """Look at everything; acts at most once per event."""
        self._watch_gcs()
        self._watch_battery()
        self._watch_gps()
        if self._vehicle.t_s - self._fence_checked_s >= _FENCE_EVERY_S - 1e-9:
            self._fence_checked_s = self._vehicle.t_s
            self._watch_fence()

    def fresh_battery(self) -> None:
        """Forget what was said about the pack before."""
        self._low.clear()
        self._low_since = {"LOW": None, "CRT": None}

    def low_voltage(self, level: str) -> bool:
        """Whether the voltage is below a level's limit now."""
        limit = self._vehicle.param(f"BATT_{level}_VOLT")
        return limit > 0 and self._vehicle.battery.voltage_v < limit

    def low_capacity(self, level: str) -> bool:
        """Whether the counted charge left is below a level's limit now."""
        limit = self._vehicle.param(f"BATT_{level}_MAH")
        left = self._vehicle.param("BATT_CAPACITY") - self._vehicle.battery.consumed_mah
        return limit > 0 and left < limit

    @staticmethod
    def fence_names(kinds: int) -> str:
        """Return the fences' names as ArduPilot lists them."""
        names = [name for kind, name in NAMES.items() if kinds & kind]
        text = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        return f"{text} fence{'s' if len(names) > 1 else ''}"

    def _announce(self, kind: str, doing: str = "") -> None:
        self._vehicle.say(_WARNING, f"{kind} Failsafe" + (f" - {doing}" if doing else ""))

    def _act(self, action: str) -> None:
        vehicle = self._vehicle
        if action == _NOTHING:
            return
        if action == _TERMINATE:
            vehicle.disarm(forced=True)
        elif action == _RTL:
            if not vehicle.set_mode(Mode.RTL):
                vehicle.set_mode(Mode.LAND)
        elif action == _BRAKE:
            if not vehicle.set_mode(Mode.BRAKE):
                vehicle.set_mode(Mode.LAND)
        else:
            vehicle.set_mode(Mode.LAND)

    def _watch_gcs(self) -> None:
        vehicle = self._vehicle
        enabled = int(vehicle.param("FS_GCS_ENABLE"))
        if enabled == 0 or self.gcs_heard_s is None:
            return
        lost = vehicle.t_s - self.gcs_heard_s > vehicle.param("FS_GCS_TIMEOUT")
        if lost == self._gcs_lost:
            return
        self._gcs_lost = lost
        if not lost:
            vehicle.say(_WARNING, "GCS Failsafe Cleared")
            return
        options = int(vehicle.param("FS_OPTIONS"))
        if not vehicle.armed:
            self._announce("GCS")
        elif vehicle.landed and not vehicle.body.airborne:
            vehicle.disarm()
            self._announce("GCS", "Disarming")
        elif vehicle.manoeuvre.landing and options & _CONTINUE_LANDING:
            self._announce("GCS", "Continuing Landing")
        elif vehicle.mode is Mode.AUTO and options & _GCS_CONTINUES_IN_AUTO:
            self._announce("GCS", "Continuing Auto Mode")
        elif vehicle.mode in (Mode.LOITER, Mode.STABILIZE) and options & _GCS_CONTINUES_WITH_PILOT:
            self._announce("GCS", "Continuing Pilot Control")
        else:
            self._announce("GCS")
            self._act(_GCS_ACTIONS.get(enabled, _RTL))

    def _watch_battery(self) -> None:
        vehicle = self._vehicle
        for level, name in (("LOW", "low"), ("CRT", "critical")):
            if level in self._low:
                continue
            low_voltage = self.low_voltage(level)
            since = self._low_since[level]
            if low_voltage and since is None:
                self._low_since[level] = since = vehicle.t_s
            elif not low_voltage:
                self._low_since[level] = since = None
            held = since is not None and vehicle.t_s - since >= vehicle.param("BATT_LOW_TIMER")
            if (held or self.low_capacity(level)) and vehicle.armed:
                self._low.add(level)
                battery = vehicle.battery
                used = f"{battery.voltage_v:.2f}V used {battery.consumed_mah:.0f} mAh"
                vehicle.say(_WARNING, f"Battery 1 is {name} {used}")
                self._battery_event(int(vehicle.param(f"BATT_FS_{level}_ACT")))

    def _battery_event(self, action: int) -> None:
        vehicle = self._vehicle
        if vehicle.landed and not vehicle.body.airborne:
            vehicle.disarm()
            self._announce("Battery", "Disarming")
        elif vehicle.manoeuvre.landing and int(vehicle.param("FS_OPTIONS")) & _CONTINUE_LANDING and action:
            self._announce("Battery", "Continuing Landing")
        else:
            self._announce("Battery")
            self._act(_BATTERY_ACTIONS.get(action, _NOTHING))

    def _watch_gps(self) -> None:
        """Fly on by dead reckoning for a while, then come down blind, as ArduPilot's EKF failsafe does."""
        vehicle = self._vehicle
        if vehicle.param("SIM_GPS1_ENABLE"):
            if self._gps_landed:
                vehicle.say(_CRITICAL, "EKF Failsafe Cleared")
                vehicle.body.find_position()
            self._gps_lost_s, self._gps_landed = None, False
            return
        if self._gps_lost_s is None:
            self._gps_lost_s = vehicle.t_s
        if self._gps_landed or not vehicle.body.airborne or vehicle.t_s - self._gps_lost_s < _LANDS_AFTER_S:
            return
        self._gps_landed = True
        vehicle.say(_CRITICAL, "EKF variance")
        vehicle.body.lose_position()
        if vehicle.param("FS_EKF_ACTION") > 0 and not vehicle.manoeuvre.landing:
            vehicle.set_mode(Mode.LAND)
            vehicle.say(_CRITICAL, f"EKF Failsafe: changed to {vehicle.mode.name} Mode")
        else:
            vehicle.say(_CRITICAL, "EKF Failsafe")

    def fence_limits(self) -> FenceLimits:
        """Today's FENCE_ parameters."""
        param = self._vehicle.param
        return FenceLimits(
            kinds=int(param("FENCE_TYPE")) & self._vehicle.fence.on,
            alt_max_m=param("FENCE_ALT_MAX"),
            alt_min_m=param("FENCE_ALT_MIN"),
            radius_m=param("FENCE_RADIUS"),
            options=int(param("FENCE_OPTIONS")),
        )

    def fence_holds(self, place: Vec) -> bool:
        """Whether a place is within the fences in force."""
        depths = self._vehicle.fence.depths_m(place, self._vehicle.home_m, self.fence_limits())
        return min(depths.values(), default=0.0) >= 0

    def _watch_fence(self) -> None:
        vehicle, fence = self._vehicle, self._vehicle.fence
        if not fence.enabled or not vehicle.position_ok:
            return
        depths = fence.depths_m(vehicle.body.believed_m, vehicle.home_m, self.fence_limits())
        if not vehicle.body.airborne or vehicle.manoeuvre.landing:
            depths.pop(ALT_MIN, None)
        out = sum(kind for kind, depth in depths.items() if depth < 0)
        new = out & ~fence.breached
        if fence.breached and not out and vehicle.body.airborne:
            vehicle.say(_NOTICE, "Fence breach cleared")
        fence.breached = out
        if not new or not vehicle.armed:
            return
        fence.breach_count += 1
        fence.breach_t_s = vehicle.t_s
        if not vehicle.landed:
            vehicle.say(_NOTICE, f"{self.fence_names(new)} breached")
        action = int(vehicle.param("FENCE_ACTION"))
        if action == 0:
            return
        if vehicle.landed:
            vehicle.disarm()
        elif min(depth for kind, depth in depths.items() if kind & new) < -_FENCE_GIVE_UP_M:
            self._act(_LAND)
        else:
            self._act(_FENCE_ACTIONS.get(action, _RTL))
