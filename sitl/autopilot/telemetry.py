"""What the vehicle reports about itself: one function per message, from the believed and delayed pose."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sitl.autopilot.body import wrap_180
from sitl.autopilot.mission_flight import PAUSED
from sitl.autopilot.modes import Mode
from sitl.autopilot.settings import VehicleState
from sitl.autopilot.wire import mav

if TYPE_CHECKING:
    from sitl.autopilot.vehicle import Vehicle

Build = Callable[["Reporter"], Any]
_NO_MISSION, _NOT_STARTED = 1, 2  # MISSION_STATE
_QUADROTOR, _ARDUPILOTMEGA = 2, 3
_BASE_MODE: Final = 1 + 16 + 64  # custom mode enabled, stabilised, manual input: what Copter always claims
_GUIDED_FLAG, _ARMED_FLAG = 8, 128
_STANDBY, _ACTIVE, _CRITICAL = 3, 4, 5  # MAV_STATE
_SENSORS: Final = 1 | 2 | 4 | 8 | 32 | 1024 | 2048 | 4096 | 8192 | 16384 | 32768 | 2097152 | 33554432
_COMPASS_SENSOR, _GPS_SENSOR, _FENCE_SENSOR, _PREARM_SENSOR = 4, 32, 1048576, 268435456
_EKF_ALL: Final = 1 | 2 | 4 | 8 | 16 | 32 | 256 | 512
_EKF_NO_POSITION: Final = 1 | 2 | 4 | 32 | 128
_EKF_UNINITIALISED: Final = 1024
_EKF_GPS_GLITCHING: Final = 32768
_GIMBAL_FLAGS: Final = 4 | 8 | 32  # roll and pitch against the horizon, yaw in the vehicle's frame
_GIMBAL_YAW_LOCK: Final = 16  # held against north, though still reported in the vehicle's frame, as ArduPilot does


class Reporter:
    """The vehicle and the pose that it reports now."""

    def __init__(self, vehicle: "Vehicle", reported: Callable[[], VehicleState]) -> None:
        self.vehicle, self._reported = vehicle, reported

    @property
    def boot_ms(self) -> int:
        """Milliseconds since boot."""
        return round(self.vehicle.t_s * 1000)

    @property
    def pose(self) -> VehicleState:
        """Reported pose."""
        return self._reported()


def heartbeat(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle = r.vehicle
    base = _BASE_MODE | (_ARMED_FLAG if vehicle.armed else 0)
    if vehicle.body.airborne and vehicle.mode is not Mode.STABILIZE:
        base |= _GUIDED_FLAG
    state = _STANDBY if vehicle.landed else _ACTIVE
    if vehicle.failsafes.any_active:
        state = _CRITICAL
    return mav.MAVLink_heartbeat_message(_QUADROTOR, _ARDUPILOTMEGA, base, int(vehicle.mode), state, 3)


def attitude(r: Reporter) -> Any:  # noqa: D103 - named as its message
    pose = r.pose
    roll, pitch, yaw = (math.radians(a) for a in (pose.roll_deg, pose.pitch_deg, wrap_180(pose.heading_deg)))
    rate = math.radians(r.vehicle.body.heading_rate_deg_s)
    return mav.MAVLink_attitude_message(r.boot_ms, roll, pitch, yaw, 0.0, 0.0, rate)


def global_position_int(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle, pose = r.vehicle, r.pose
    if vehicle.t_s < vehicle.settings.ready_after_s / 2:  # no origin yet
        return mav.MAVLink_global_position_int_message(r.boot_ms, 0, 0, 0, 0, 0, 0, 0, 65535)
    lat, lon, amsl_m = vehicle.geodetic(pose.enu_m)
    east, north, up = pose.velocity_enu_m_s
    return mav.MAVLink_global_position_int_message(
        r.boot_ms,
        round(lat * 1e7),
        round(lon * 1e7),
        round(amsl_m * 1000),
        round((pose.enu_m[2] - vehicle.home_m[2]) * 1000),
        round(north * 100),
        round(east * 100),
        round(-up * 100),
        round(pose.heading_deg * 100) % 36000,
    )


def gps_raw_int(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle, pose = r.vehicle, r.pose
    if not vehicle.param("SIM_GPS1_ENABLE") or not vehicle.attitude_ok:
        return mav.MAVLink_gps_raw_int_message(0, 0, 0, 0, 0, 65535, 65535, 0, 0, 0)
    ahead = vehicle.sensors.gps_ahead_m
    lat, lon, amsl_m = vehicle.geodetic((pose.enu_m[0] + ahead[0], pose.enu_m[1] + ahead[1], pose.enu_m[2]))
    east, north, _ = pose.velocity_enu_m_s
    course = round(math.degrees(math.atan2(east, north)) % 360 * 100) % 36000
    return mav.MAVLink_gps_raw_int_message(
        round(vehicle.t_s * 1e6),
        6,
        round(lat * 1e7),
        round(lon * 1e7),
        round(amsl_m * 1000),
        121,
        200,
        round(math.hypot(east, north) * 100),
        course,
        10,
        0,
        300,
        300,
        200,
        0,
        0,
    )


def sys_status(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle = r.vehicle
    present = _SENSORS | _PREARM_SENSOR | _FENCE_SENSOR
    enabled = present if vehicle.fence.enabled else present & ~_FENCE_SENSOR
    health = present
    if not vehicle.position_ok:
        health &= ~_GPS_SENSOR
    if not vehicle.sensors.compass_ok:
        health &= ~_COMPASS_SENSOR
    if vehicle.fence.breached:
        health &= ~_FENCE_SENSOR
    if not vehicle.prearm_ok:
        health &= ~_PREARM_SENSOR
    battery = vehicle.battery
    return mav.MAVLink_sys_status_message(
        present,
        enabled,
        health,
        120,
        round(battery.voltage_v * 1000),
        min(32767, round(battery.current_a * 100)),
        battery.gauge_pct(vehicle.param("BATT_CAPACITY")),
        0,
        0,
        0,
        0,
        0,
        0,
    )


def battery_status(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle, battery = r.vehicle, r.vehicle.battery
    voltages = [min(65534, round(battery.voltage_v * 1000))] + [65535] * 9
    return mav.MAVLink_battery_status_message(
        0,
        0,
        1,
        32767,
        voltages,
        min(32767, round(battery.current_a * 100)),
        round(battery.consumed_mah),
        round(battery.used_wh * 36),
        battery.gauge_pct(vehicle.param("BATT_CAPACITY")),
        0,
        vehicle.failsafes.battery_state,
    )


def system_time(r: Reporter) -> Any:  # noqa: D103 - named as its message
    utc_s = r.vehicle.settings.start_utc_s + r.vehicle.t_s
    return mav.MAVLink_system_time_message(round(utc_s * 1e6), r.boot_ms)


def vfr_hud(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle, pose = r.vehicle, r.pose
    east, north, up = pose.velocity_enu_m_s
    air = vehicle.body.airspeed
    share = vehicle.battery.power_w / vehicle.settings.airframe.climb_w
    return mav.MAVLink_vfr_hud_message(
        math.hypot(air[0], air[1]),
        math.hypot(east, north),
        round(pose.heading_deg) % 360,
        max(0, min(100, round(50 * share))) if vehicle.armed else 0,
        vehicle.settings.home_amsl_m + pose.enu_m[2],
        up,
    )


def wind(r: Reporter) -> Any:
    """As ArduPilot tells it: where it comes from, within 180 degrees; nothing without an estimate."""
    told = r.pose.wind
    return None if told is None else mav.MAVLink_wind_message(wrap_180(told.from_deg), told.speed_m_s, 0.0)


def ekf_status_report(r: Reporter) -> Any:  # noqa: D103 - named as its message
    flags = _EKF_ALL if r.vehicle.position_ok else _EKF_NO_POSITION
    if r.vehicle.sensors.glitching:
        flags |= _EKF_GPS_GLITCHING
    if not r.vehicle.attitude_ok:
        flags = _EKF_UNINITIALISED
    return mav.MAVLink_ekf_status_report_message(flags, 0.05, max(0.05, r.vehicle.sensors.innovation), 0.03, 0.05, 0.0)


def mission_current(r: Reporter) -> Any:  # noqa: D103 - named as its message
    flight, store = r.vehicle.mission_flight, r.vehicle.missions
    if store.count() < 2:
        return mav.MAVLink_mission_current_message(0, 0, _NO_MISSION, 0)
    state = _NOT_STARTED if flight.state == PAUSED else flight.state  # ArduPilot calls a paused mission not started
    mode = 1 if r.vehicle.mode is Mode.AUTO else 2  # active, suspended
    return mav.MAVLink_mission_current_message(flight.seq, store.count() - 1, state, mode)


def nav_controller_output(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle = r.vehicle
    place, here = vehicle.manoeuvre.destination, vehicle.body.believed_m
    bearing, away = 0.0, 0.0
    climb_m = 0.0
    if place is not None:
        east, north = place[0] - here[0], place[1] - here[1]
        bearing, away, climb_m = math.degrees(math.atan2(east, north)), math.hypot(east, north), place[2] - here[2]
    body = vehicle.body
    return mav.MAVLink_nav_controller_output_message(
        body.roll_deg,
        body.pitch_deg,
        round(wrap_180(body.wanted_heading_deg)),
        round(bearing),
        min(65535, round(away)),
        climb_m,
        0.0,
        0.0,
    )


def gimbal_device_attitude_status(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle, pose = r.vehicle, r.pose
    if not int(vehicle.param("MNT1_TYPE")):
        return None
    yaw_deg = wrap_180(pose.gimbal_azimuth_deg - pose.heading_deg)
    pitch, yaw = math.radians(pose.gimbal_pitch_deg) / 2, math.radians(yaw_deg) / 2
    q = [
        math.cos(pitch) * math.cos(yaw),
        -math.sin(pitch) * math.sin(yaw),
        math.sin(pitch) * math.cos(yaw),
        math.cos(pitch) * math.sin(yaw),
    ]
    unknown = math.nan
    return mav.MAVLink_gimbal_device_attitude_status_message(
        0,
        0,
        r.boot_ms,
        _GIMBAL_FLAGS | (_GIMBAL_YAW_LOCK if vehicle.gimbal.yaw_locked else 0),
        q,
        unknown,
        unknown,
        unknown,
        0,
        unknown,
        unknown,
        1,
    )


def simstate(r: Reporter) -> Any:
    """The truth, as ArduPilot's simulator tells it."""
    vehicle, body = r.vehicle, r.vehicle.body
    lat, lon, _ = vehicle.geodetic(body.true_m)
    return mav.MAVLink_simstate_message(
        math.radians(body.roll_deg),
        math.radians(body.pitch_deg),
        math.radians(wrap_180(body.heading_deg)),
        0.0,
        0.0,
        -9.81,
        0.0,
        0.0,
        0.0,
        round(lat * 1e7),
        round(lon * 1e7),
    )


def sim_state(r: Reporter) -> Any:
    """The whole truth, as ArduPilot's simulator tells it on request."""
    vehicle, body = r.vehicle, r.vehicle.body
    lat, lon, amsl_m = vehicle.geodetic(body.true_m)
    roll, pitch, yaw = (math.radians(a) for a in (body.roll_deg, body.pitch_deg, wrap_180(body.heading_deg)))
    east, north, up = body.velocity
    motion = (0.0, 0.0, -9.81, 0.0, 0.0, 0.0)  # specific force and rates are not simulated
    return mav.MAVLink_sim_state_message(
        1.0,
        0.0,
        0.0,
        0.0,
        roll,
        pitch,
        yaw,
        *motion,
        lat,
        lon,
        amsl_m,
        0.0,
        0.0,
        north,
        east,
        -up,
        round(lat * 1e7),
        round(lon * 1e7),
    )


def home_position(r: Reporter) -> Any:  # noqa: D103 - named as its message
    vehicle = r.vehicle
    lat, lon, amsl_m = vehicle.geodetic(vehicle.home_m)
    q = [math.nan] * 4
    return mav.MAVLink_home_position_message(
        round(lat * 1e7), round(lon * 1e7), round(amsl_m * 1000), 0.0, 0.0, 0.0, q, 0.0, 0.0, 0.0, r.boot_ms * 1000
    )


def fence_status(r: Reporter) -> Any:  # noqa: D103 - named as its message
    fence = r.vehicle.fence
    if not fence.enabled:
        return None
    kind = 0
    if fence.breached:
        kind = 2 if fence.breached & 1 else 1 if fence.breached & 8 else 3  # FENCE_BREACH
    return mav.MAVLink_fence_status_message(
        1 if fence.breached else 0, fence.breach_count, kind, round(fence.breach_t_s * 1000)
    )


def autopilot_version(r: Reporter) -> Any:
    """Honest: version 0.1.0 dev of skypatrol's embedded autopilot, not ArduPilot's firmware."""
    capabilities = (
        2  # parameters as floats
        | 4  # MISSION_INT
        | 8  # COMMAND_INT
        | 256  # position targets, global
        | 8192  # MAVLink 2
        | 16384  # fence
        | 32768  # rally
    )
    version = 0 << 24 | 1 << 16 | 0 << 8  # 0.1.0, FIRMWARE_VERSION_TYPE_DEV
    name = list(b"skyptrl\x00")
    return mav.MAVLink_autopilot_version_message(
        capabilities, version, 0, 0, 0, name, [0] * 8, [0] * 8, 0, 0, r.vehicle.settings.system_id
    )


MESSAGES: Final[dict[int, tuple[Build, float]]] = {
    0: (heartbeat, 1.0),
    1: (sys_status, 2.0),
    2: (system_time, 1.0),
    24: (gps_raw_int, 2.0),
    30: (attitude, 10.0),
    33: (global_position_int, 10.0),
    42: (mission_current, 1.0),
    62: (nav_controller_output, 2.0),
    74: (vfr_hud, 4.0),
    108: (sim_state, 0.0),
    147: (battery_status, 1.0),
    148: (autopilot_version, 0.0),
    162: (fence_status, 1.0),
    164: (simstate, 1.0),
    168: (wind, 1.0),
    193: (ekf_status_report, 1.0),
    242: (home_position, 0.0),
    285: (gimbal_device_attitude_status, 10.0),
}
"""Message id to its builder and default rate in Hz; 0 is sent only on request."""
GROUPS: Final = {
    1: (1,),
    2: (24, 42, 62, 162),
    3: (),
    4: (),
    6: (33,),
    10: (30, 164, 285),
    11: (74,),
    12: (2, 147, 168, 193),
}
"""REQUEST_DATA_STREAM's groups; 0 means all of them."""
