"""The vehicle: body, battery, gimbal, parameters and stored items under one mode, stepped at a fixed rate."""

import math
from collections.abc import Callable
from typing import Final

from sitl.autopilot.air import Air
from sitl.autopilot.arming import denials, health_denials
from sitl.autopilot.battery import Battery
from sitl.autopilot.body import Body
from sitl.autopilot.estimate import EstimateError
from sitl.autopilot.failsafes import Failsafes
from sitl.autopilot.faulty_sensors import FaultySensors
from sitl.autopilot.fence import ALL_KINDS, POLYGON, Fence
from sitl.autopilot.gimbal import Gimbal
from sitl.autopilot.ground_contact import GroundContact
from sitl.autopilot.item_stores import FenceStore, MissionStore, RallyStore
from sitl.autopilot.manoeuvres import MOMENT_S, GoTo, Idle, Manoeuvre, TakeOff
from sitl.autopilot.memory import Memory
from sitl.autopilot.mission_flight import ACTIVE, COMPLETE, MissionFlight
from sitl.autopilot.mode_changes import change_mode, go_on, pause
from sitl.autopilot.modes import AUTO_ALLOW_TAKEOFF_WITHOUT_THROTTLE, Mode
from sitl.autopilot.parameters import ParameterStore
from sitl.autopilot.places import Places, return_place
from sitl.autopilot.settings import CopterSettings, Vec
from sitl.autopilot.speeds import Speeds
from sitl.autopilot.stored_items import RETURN_POINT, StoredItem, binary32
from sitl.autopilot.trajectory import Limits

EMERGENCY, CRITICAL, WARNING, NOTICE, INFO = 0, 2, 4, 5, 6  # MAV_SEVERITY
_TURN_DEG_S_DEFAULT: Final = 60.0
_OF_THE_START: Final = frozenset({"SIM_SPEEDUP"})
"""Parameters that each start says anew, as arducopter's command line does."""


class Vehicle:
    """Everything but the protocol."""

    def __init__(self, settings: CopterSettings, say: Callable[[int, str], None], memory: Memory) -> None:
        self.settings, self.say = settings, say
        self.t_s = 0.0
        self._steps, self._step_s = 0, 0.0
        self.flight_began_s: float | None = None
        self._began_step = 0
        self.parameters = ParameterStore(settings.airframe, self._own_parameters(settings, memory.boots + 1))
        self.parameters.changed = self._parameter_changed
        self.air = Air(
            settings.seed, wind_m_s=settings.wind_m_s, from_deg=settings.wind_from_deg, gust_m_s=settings.gust_m_s
        )
        self.error = EstimateError(settings.telemetry_error, settings.seed)
        self.body = Body(settings, self.air, self.error)
        self.body.limit_lean(self.parameters["ATC_ANGLE_MAX"])
        self.battery = Battery(settings.airframe, settings.battery_start_pct)
        self.gimbal = Gimbal()
        self.places = Places(settings.home)
        self.home_m: Vec = self.body.believed_m
        self.home_locked = False
        self.home_changed: Callable[[], None] = _nothing
        self.item_reached: Callable[[int], None] = _one_nothing
        self.missions = MissionStore(self._home_item, say, lambda: not self.mission_running)
        self.fences = FenceStore(say, self._fence_stored)
        self.rallies = RallyStore(self._count_items)
        self.fence = Fence()
        self.mission_flight = MissionFlight(self, self._mission_may_start)
        self.failsafes = Failsafes(self)
        self.sensors = FaultySensors(self)
        self.mode = Mode.STABILIZE
        self.manoeuvre: Manoeuvre = Idle()
        self.armed = self.auto_armed = False
        self.ground = GroundContact(self)
        self.armed_heading_deg = settings.heading_deg
        self.speeds = Speeds(self.parameters)
        self._mission_version = -1
        self._fence_enable = self.parameters["FENCE_ENABLE"]
        self._fence_switched()
        self._remember(memory)

    @staticmethod
    def _own_parameters(settings: CopterSettings, boots: int) -> dict[str, float]:
        wind = {"SIM_WIND_SPD": settings.wind_m_s, "SIM_WIND_DIR": settings.wind_from_deg}
        own = {"MAV_SYSID": float(settings.system_id), "STAT_BOOTCNT": float(boots)}
        return {**wind, **own, **settings.parameters}

    def _remember(self, memory: Memory) -> None:
        """Take over what was set and stored before the boot."""
        for name, value in memory.parameters.items():
            if name not in _OF_THE_START and self.parameters.index(name) is not None:
                self.parameters.set_from_outside(name, value)
        self.missions.load(memory.mission)
        self.fences.load(memory.fence)
        self.rallies.load(memory.rally)

    def memory(self) -> Memory:
        """Return what a reboot must not lose."""
        return Memory(
            parameters=dict(self.parameters.told),
            mission=self.missions.items,
            fence=tuple(self.fences.items),
            rally=tuple(self.rallies.items),
            boots=int(self.param("STAT_BOOTCNT")),
        )

    @property
    def memory_version(self) -> int:
        """Changes whenever `memory` does."""
        return self.parameters.version + self.missions.version + self.fences.version + self.rallies.version

    # -- what manoeuvres ask ---------------------------------------------------------------------------------------

    def param(self, name: str) -> float:
        """Value of a parameter."""
        return self.parameters[name]

    def limits(self) -> Limits:
        """Speed and acceleration limits now."""
        return self.speeds.limits()

    def place_at(self, x: int, y: int) -> tuple[float, float]:
        """Return believed east, north metres of degrees times 1e7."""
        return self.places.metres(x * 1e-7, y * 1e-7)

    def place_of(self, item: StoredItem) -> Vec:
        """Where a stored item lies, believed ENU; 0, 0 means here, height 0 without a place too."""
        here = self.body.believed_m
        east, north = self.place_at(item.x, item.y) if item.x or item.y else here[:2]
        base = self.home_m[2] if item.frame == 3 else -self.settings.home_amsl_m
        if item.z == 0.0 and not (item.x or item.y):
            return here
        return east, north, base + item.z

    def geodetic(self, place: Vec) -> tuple[float, float, float]:
        """Return latitude, longitude and AMSL of a believed place; heights are measured along home's vertical."""
        return *self.places.degrees(place[0], place[1]), self.settings.home_amsl_m + place[2]

    def return_place(self) -> Vec:
        """Home, or the nearest rally point that is nearer and within RALLY_LIMIT_KM."""
        return return_place(
            self.body.believed_m,
            self.home_m,
            [self.place_of(item) for item in self.rallies.items],
            limit_m=self.param("RALLY_LIMIT_KM") * 1000,
            include_home=bool(self.param("RALLY_INCL_HOME")),
        )

    def set_speed(self, kind: int, speed_m_s: float) -> bool:
        """DO_CHANGE_SPEED: 0 and 1 horizontal, 2 climb, 3 descent; lasts until the mode changes."""
        if not self.speeds.order(kind, speed_m_s):
            return False
        if self.mode is Mode.AUTO:
            self.mission_flight.speed_changed()
        elif isinstance(self.manoeuvre, GoTo):
            self.manoeuvre.change_speed()
        return True

    def point_gimbal(self, pitch_deg: float, yaw_deg: float, *, yaw_locked: bool) -> bool:
        """Aim the gimbal; False without a mount."""
        if not int(self.param("MNT1_TYPE")):
            return False
        limits = (self.param("MNT1_PITCH_MIN"), self.param("MNT1_PITCH_MAX"))
        self.gimbal.point(pitch_deg, yaw_deg, yaw_locked=yaw_locked, limits_deg=limits)
        return True

    def reset_battery_gauge(self, pct: float) -> None:
        """BATTERY_RESET: the gauge starts again at `pct`."""
        self.battery.set_gauge(pct, self.param("BATT_CAPACITY"))
        self.failsafes.fresh_battery()

    def enable_fence(self, enabled: bool, kinds: int = ALL_KINDS) -> bool:
        """DO_FENCE_ENABLE: kinds that FENCE_TYPE names go on, or any off; False where there is none of them."""
        if not enabled:
            self.fence.switch_off(kinds)
            return True
        asked = int(self.param("FENCE_TYPE")) & kinds
        self.fence.on |= asked
        return bool(asked & (~POLYGON if self.fence.empty else ALL_KINDS))

    def _fence_switched(self) -> None:
        """FENCE_ENABLE has changed; kinds that FENCE_TYPE gets later wait for the next switch, as on ArduPilot."""
        if self.param("FENCE_ENABLE"):
            self.fence.on = int(self.param("FENCE_TYPE"))
        else:
            self.fence.switch_off(ALL_KINDS)

    # -- state -----------------------------------------------------------------------------------------------------

    @property
    def landed(self) -> bool:
        """Whether it has been on the ground for a moment."""
        return self.ground.landed

    @property
    def flown(self) -> bool:
        """Whether it has left the ground since boot."""
        return self.ground.flown

    @property
    def attitude_ok(self) -> bool:
        """Whether the estimator has settled since boot."""
        return self.t_s >= self.settings.ready_after_s / 2

    @property
    def position_ok(self) -> bool:
        """Whether the estimator gives a position: for some seconds without GPS too."""
        return self.t_s >= self.settings.ready_after_s and not self.failsafes.position_lost

    @property
    def prearm_ok(self) -> bool:
        """Whether nothing but the mode stands against arming."""
        return not health_denials(self)

    @property
    def mission_running(self) -> bool:
        """Whether the mission is being flown now."""
        return self.mode is Mode.AUTO and self.armed and self.mission_flight.state == ACTIVE

    @property
    def flight_s(self) -> float:
        """Time since the first take-off was begun, always the same multiples of a step; 0 before."""
        return 0.0 if self.flight_began_s is None else (self._steps - self._began_step) * self._step_s

    # -- orders ----------------------------------------------------------------------------------------------------

    def say_denials(self) -> None:
        """Tell what stands against arming, whatever the mode."""
        for reason in health_denials(self):
            self.say(CRITICAL, f"PreArm: {reason}")

    def arm(self, *, forced: bool = False) -> bool:
        """Arm, or say why not."""
        if self.armed:
            return True
        reasons = denials(self, forced=forced)
        for reason in reasons:
            self.say(CRITICAL, f"Arm: {reason}")
        if reasons:
            return False
        self.armed, self.auto_armed = True, False
        self.armed_heading_deg = self.body.heading_deg
        self.ground.idle_from_now()
        self.say(INFO, "Arming motors")
        if not self.home_locked:
            self.set_home(self.body.believed_m, locked=False)
        if self.mode is Mode.AUTO and self.mission_flight.state == COMPLETE:
            self.mission_flight.reset()
        return True

    def disarm(self, *, forced: bool = False) -> bool:
        """Disarm; in the air only when forced."""
        if not self.armed:
            return True
        if not self.landed and not forced:
            return False
        self.armed = self.auto_armed = False
        self.say(INFO, "Disarming motors")
        self.mission_flight.leave()
        self.mission_flight.reset()
        if self.mode is not Mode.AUTO:
            self.manoeuvre = Idle()
        self.speeds.forget()
        return True

    def set_home(self, place: Vec, *, locked: bool) -> None:
        """Move home."""
        self.home_m, self.home_locked = place, locked
        self.home_changed()

    def set_mode(self, number: int) -> bool:
        """Change the mode, or say why not."""
        return change_mode(self, number)

    def pause(self) -> bool:
        """Stand still where it is, within the mode; False where the mode cannot now."""
        return pause(self)

    def go_on(self) -> bool:
        """End a pause; False in modes that know none."""
        return go_on(self)

    def take_off(self, height_m: float) -> bool:
        """NAV_TAKEOFF as a command, in GUIDED."""
        wrong_place = self.mode is not Mode.GUIDED or not self.armed or not self.landed or self.body.airborne
        if wrong_place or not math.isfinite(height_m) or height_m <= self.body.believed_m[2] - self.home_m[2]:
            return False
        self.auto_armed = True
        self.manoeuvre = TakeOff(self, height_m)
        return True

    def begin_flight(self, at_s: float) -> None:
        """A take-off was begun at a whole second: what follows the first one counts from there."""
        if self.flight_began_s is None:
            self.flight_began_s, self._began_step = at_s, round(at_s / self._step_s)

    def go_to(self, place: Vec) -> bool:
        """Fly to a place in GUIDED; False elsewhere, and for a place outside the fence."""
        if self.mode is not Mode.GUIDED or not self.body.airborne or not self.failsafes.fence_holds(place):
            return False
        self.manoeuvre = GoTo(self, place)
        return True

    def start_mission(self) -> bool:
        """MISSION_START: AUTO, without waiting for the throttle."""
        if not self.set_mode(Mode.AUTO):
            return False
        self.auto_armed = True
        return True

    def _mission_may_start(self) -> bool:
        if not self.armed or self.missions.count() < 2 or not self.position_ok:
            return False
        hands_off = int(self.param("AUTO_OPTIONS")) & AUTO_ALLOW_TAKEOFF_WITHOUT_THROTTLE
        if self.body.airborne:
            return True
        on_the_second = abs(self.t_s - round(self.t_s)) < MOMENT_S
        return on_the_second and (self.auto_armed or bool(hands_off))

    # -- time ------------------------------------------------------------------------------------------------------

    def step(self, dt_s: float) -> None:
        """Advance by one step; chance and the pack's drain begin with the first take-off, not with the boot."""
        self._steps, self._step_s = self._steps + 1, dt_s
        self.t_s = self._steps * dt_s
        if self.flight_s > 0:
            self.air.step(dt_s)
        self.sensors.step(dt_s)
        if self.body.airborne and not self.armed:
            self.body.fall(dt_s)
        else:
            if self.armed:
                self.manoeuvre.step()
            self.body.step(dt_s, self.flight_s, self.param("ATC_SLEW_YAW") or _TURN_DEG_S_DEFAULT)
        self.gimbal.step(
            dt_s,
            believed_m=self.body.believed_m,
            heading_deg=self.body.heading_deg,
            rate_deg_s=self.param("MNT1_RATE_DEGS"),
        )
        self.battery.step(
            dt_s if self.flight_s > 0 else 0.0,
            armed=self.armed,
            landed=not self.body.airborne,
            airspeed=self.body.airspeed,
        )
        self.ground.step()
        self.failsafes.step()

    # -- stored things ---------------------------------------------------------------------------------------------

    def _home_item(self) -> StoredItem:
        lat, lon, amsl_m = self.geodetic(self.home_m)
        return StoredItem(command=16, x=round(lat * 1e7), y=round(lon * 1e7), z=binary32(round(amsl_m, 2)))

    def _fence_stored(self) -> None:
        self.fence.load(self.fences.items, self.place_at)
        self._count_items()

    def _count_items(self) -> None:
        corners = sum(item.command != RETURN_POINT for item in self.fences.items)
        self.parameters.put("FENCE_TOTAL", corners + 2 if corners >= 3 else 0)  # as ArduPilot has counted from of old
        self.parameters.put("RALLY_TOTAL", self.rallies.count())

    def count_mission(self) -> None:
        """Keep MIS_TOTAL right."""
        if self._mission_version != self.missions.version:
            self._mission_version = self.missions.version
            self.parameters.put("MIS_TOTAL", self.missions.count())

    def _parameter_changed(self, name: str) -> None:
        p = self.parameters
        match name:
            case "SIM_WIND_SPD" | "SIM_WIND_DIR":
                self.air.set_mean(p["SIM_WIND_SPD"], p["SIM_WIND_DIR"])
            case "SIM_WIND_TURB":
                self.air.gust_m_s = max(0.0, p["SIM_WIND_TURB"])
            case "ATC_ANGLE_MAX":
                self.body.limit_lean(p["ATC_ANGLE_MAX"])
            case "SIM_BATT_VOLTAGE":
                self.battery.full_v = p["SIM_BATT_VOLTAGE"]
            case "SIM_BATT_CAP_AH":
                self.battery.resize(p["SIM_BATT_CAP_AH"])
                self.failsafes.fresh_battery()
            case "FENCE_ENABLE" if p["FENCE_ENABLE"] != self._fence_enable:
                self._fence_enable = p["FENCE_ENABLE"]
                self._fence_switched()
            case "WP_SPD" | "WP_SPD_UP" | "WP_SPD_DN":
                self.speeds.forget(name)
                if self.mode is Mode.AUTO:
                    self.mission_flight.speed_changed()


def _nothing() -> None:
    return


def _one_nothing(_: int) -> None:
    return
