"""What the vehicle says about itself, followed message by message, and as timed Telemetry values."""

import math
from collections.abc import Callable

from flight.clock import VehicleClock
from flight.copter_modes import mode_name
from flight.exchange import is_autopilot, says_armed
from missions import GeoPoint, Message, Telemetry

OnTelemetry = Callable[[Telemetry], None]

STREAMS = {
    "GLOBAL_POSITION_INT": (33, 1.0),
    "ATTITUDE": (30, 1.0),
    "GIMBAL_DEVICE_ATTITUDE_STATUS": (285, 1.0),
    "MISSION_CURRENT": (42, 0.5),
    "SYS_STATUS": (1, 0.2),
    "BATTERY_STATUS": (147, 0.1),
    "SYSTEM_TIME": (2, 0.1),
    "EKF_STATUS_REPORT": (193, 0.2),
    "GPS_RAW_INT": (24, 0.1),
    "EXTENDED_SYS_STATE": (245, 0.2),
    "HOME_POSITION": (242, 0.05),
    "WIND": (168, 0.1),
    "WIND_COV": (231, 0.1),
    "VFR_HUD": (74, 0.2),
}
"""Message id and share of the telemetry rate at which each is asked for."""

_YAW_IN_EARTH_FRAME = 16 | 64  # GIMBAL_DEVICE_FLAGS_YAW_LOCK, ..._YAW_IN_EARTH_FRAME
_UNKNOWN_16 = 65535


class VehicleState:
    """The latest of everything; telemetry goes out with every position."""

    def __init__(self, clock: VehicleClock, *, patrol_id: str, vehicle_id: str, stream_id: str) -> None:
        self._clock = clock
        self._ids = (patrol_id, vehicle_id, stream_id)
        self._listeners: list[OnTelemetry] = []
        self._roll_pitch_deg = (0.0, 0.0)
        self._heading_deg = 0.0
        self._gimbal_deg: tuple[float, float, bool] | None = None  # pitch, yaw, yaw is from north
        self.gimbal_rides_body = False
        """Whether the gimbal reports angles against the body, as ArduPilot's servo mounts do, not the horizon."""
        self._newest = (0, 0.0)  # reboots before the latest position, and its time since boot
        self.telemetry: Telemetry | None = None
        self.armed = False
        self.mode = -1
        self.mission_seq: int | None = None
        self.battery_pct: float | None = None
        self.battery_v: float | None = None
        self.battery_a: float | None = None
        self.satellites: int | None = None
        self.throttle_pct: float | None = None
        """Of the thrust it has, what it gives now; None where it does not tell."""
        self.energy_wh: float | None = None
        """Drawn from the battery since boot, as the vehicle counts it."""
        self._wind: tuple[float | None, float | None] = (None, None)  # where from, degrees; m/s

    def listen(self, listener: OnTelemetry) -> None:
        """Call the listener with every Telemetry."""
        self._listeners.append(listener)

    def hear(self, message: Message) -> None:
        """Learn from one message of the vehicle."""
        reader = _READERS.get(message.name)
        if reader is not None:
            reader(self, message)

    def _heartbeat(self, message: Message) -> None:
        if is_autopilot(message):
            self.armed = says_armed(message)
            self.mode = message.integer("custom_mode")

    def _attitude(self, message: Message) -> None:
        self._heading_deg = math.degrees(message.number("yaw"))
        self._roll_pitch_deg = (math.degrees(message.number("roll")), math.degrees(message.number("pitch")))

    def _gimbal_device(self, message: Message) -> None:
        quaternion = message.fields["q"]
        if isinstance(quaternion, list | tuple):
            from_north = self.gimbal_rides_body or bool(message.integer("flags") & _YAW_IN_EARTH_FRAME)
            if self.gimbal_rides_body:
                roll_deg, pitch_deg = self._roll_pitch_deg
                body = quaternion_of(roll_deg, pitch_deg, self._heading_deg)
                quaternion = product(body, (quaternion[0], quaternion[1], quaternion[2], quaternion[3]))
            pitch_deg, yaw_deg = viewing_angles_deg(*quaternion)
            if not math.isnan(pitch_deg):
                self._gimbal_deg = (pitch_deg, yaw_deg, from_north)

    def _mount(self, message: Message) -> None:
        pitch_deg, absolute_deg = message.number("pitch"), message.number("yaw_absolute")
        if math.isnan(absolute_deg):
            self._gimbal_deg = (pitch_deg, message.number("yaw"), False)
        else:
            self._gimbal_deg = (pitch_deg, absolute_deg, True)

    def _mission(self, message: Message) -> None:
        self.mission_seq = message.integer("seq")

    def _system(self, message: Message) -> None:
        percent, millivolts, centiamps = (
            message.integer(name) for name in ("battery_remaining", "voltage_battery", "current_battery")
        )
        self.battery_pct = float(percent) if percent >= 0 else None
        self.battery_v = millivolts / 1000 if millivolts != _UNKNOWN_16 else None
        self.battery_a = centiamps / 100 if centiamps >= 0 else None

    def _battery(self, message: Message) -> None:
        hectojoules = message.integer("energy_consumed")
        if message.integer("id") == 0 and hectojoules >= 0:
            self.energy_wh = hectojoules * 100 / 3600

    def _hud(self, message: Message) -> None:
        self.throttle_pct = float(message.integer("throttle"))

    def _gps(self, message: Message) -> None:
        count = message.integer("satellites_visible")
        self.satellites = count if count != 255 else None

    def _ardupilots_wind(self, message: Message) -> None:
        self._feel(message.number("direction") % 360.0, message.number("speed"))

    def _wind_covariance(self, message: Message) -> None:
        north_m_s, east_m_s = message.number("wind_x"), message.number("wind_y")
        self._feel(math.degrees(math.atan2(-east_m_s, -north_m_s)) % 360.0, math.hypot(north_m_s, east_m_s))

    def _feel(self, from_deg: float, speed_m_s: float) -> None:
        if math.isfinite(from_deg) and math.isfinite(speed_m_s):  # not a number: the estimator does not know
            self._wind = (from_deg, max(0.0, speed_m_s))

    def _position(self, message: Message) -> None:
        lat, lon = message.integer("lat"), message.integer("lon")
        if lat == 0 and lon == 0:
            return  # no fix yet
        boot_s = message.integer("time_boot_ms") / 1000
        if not self._clock.has_utc or not self._clock.is_near(boot_s):
            return  # a time that cannot be placed is no patrol time
        if (self._clock.reboots, boot_s) < self._newest:
            return  # late, over a slower channel
        self._newest = (self._clock.reboots, boot_s)
        heading = message.integer("hdg")
        heading_deg = heading / 100 if heading != _UNKNOWN_16 else 0.0
        pitch_deg, azimuth_deg = self._viewing(heading_deg)
        patrol_id, vehicle_id, stream_id = self._ids
        self.telemetry = Telemetry(
            patrol_id=patrol_id,
            vehicle_id=vehicle_id,
            stream_id=stream_id,
            captured_utc_s=self._clock.utc_s(boot_s),
            position=GeoPoint(lat_deg=lat / 1e7, lon_deg=lon / 1e7),
            amsl_m=message.integer("alt") / 1000,
            height_above_home_m=message.integer("relative_alt") / 1000,
            heading_deg=heading_deg,
            roll_deg=self._roll_pitch_deg[0],
            pitch_deg=self._roll_pitch_deg[1],
            velocity_enu_m_s=(
                message.integer("vy") / 100,
                message.integer("vx") / 100,
                -message.integer("vz") / 100,
            ),
            gimbal_pitch_deg=pitch_deg,
            gimbal_azimuth_deg=azimuth_deg,
            battery_pct=self.battery_pct,
            battery_v=self.battery_v,
            mode=mode_name(self.mode),
            armed=self.armed,
            mission_seq=self.mission_seq,
            satellites=self.satellites,
            wind_from_deg=self._wind[0],
            wind_speed_m_s=self._wind[1],
        )
        for listener in self._listeners:
            listener(self.telemetry)

    def _viewing(self, heading_deg: float) -> tuple[float, float]:
        """Return pitch and azimuth of the camera; without a gimbal it looks where the body points."""
        if self._gimbal_deg is None:
            return self._roll_pitch_deg[1], heading_deg
        pitch_deg, yaw_deg, from_north = self._gimbal_deg
        return pitch_deg, (yaw_deg if from_north else heading_deg + yaw_deg) % 360.0


_READERS: dict[str, Callable[[VehicleState, Message], None]] = {
    "HEARTBEAT": VehicleState._heartbeat,  # noqa: SLF001 - the table of this class's own readers
    "ATTITUDE": VehicleState._attitude,  # noqa: SLF001 - as above
    "GIMBAL_DEVICE_ATTITUDE_STATUS": VehicleState._gimbal_device,  # noqa: SLF001 - as above
    "MOUNT_ORIENTATION": VehicleState._mount,  # noqa: SLF001 - as above
    "MISSION_CURRENT": VehicleState._mission,  # noqa: SLF001 - as above
    "SYS_STATUS": VehicleState._system,  # noqa: SLF001 - as above
    "BATTERY_STATUS": VehicleState._battery,  # noqa: SLF001 - as above
    "VFR_HUD": VehicleState._hud,  # noqa: SLF001 - as above
    "GPS_RAW_INT": VehicleState._gps,  # noqa: SLF001 - as above
    "WIND": VehicleState._ardupilots_wind,  # noqa: SLF001 - as above
    "WIND_COV": VehicleState._wind_covariance,  # noqa: SLF001 - as above
    "GLOBAL_POSITION_INT": VehicleState._position,  # noqa: SLF001 - as above
}


def viewing_angles_deg(w: float, x: float, y: float, z: float) -> tuple[float, float]:
    """Return pitch (positive up) and yaw (clockwise) of the forward axis a quaternion turns, NED/FRD.

    Looking straight down the forward axis has no azimuth; then the top of the picture gives the yaw.
    """
    north, east, down = 1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)
    pitch_deg = math.degrees(math.asin(max(-1.0, min(1.0, -down))))
    if math.hypot(north, east) < 1e-3:
        up_north, up_east = -2 * (x * z + w * y), -2 * (y * z - w * x)
        sign = 1.0 if down > 0 else -1.0
        return pitch_deg, math.degrees(math.atan2(sign * up_east, sign * up_north)) % 360.0
    return pitch_deg, math.degrees(math.atan2(east, north)) % 360.0


Quaternion = tuple[float, float, float, float]


def quaternion_of(roll_deg: float, pitch_deg: float, yaw_deg: float) -> Quaternion:
    """Return w, x, y, z of the rotation that yaws, then pitches, then rolls."""
    cr, sr = math.cos(math.radians(roll_deg) / 2), math.sin(math.radians(roll_deg) / 2)
    cp, sp = math.cos(math.radians(pitch_deg) / 2), math.sin(math.radians(pitch_deg) / 2)
    cy, sy = math.cos(math.radians(yaw_deg) / 2), math.sin(math.radians(yaw_deg) / 2)
    return (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )


def product(first: Quaternion, second: Quaternion) -> Quaternion:
    """Return the rotation `second` seen from outside the frame that `first` turns."""
    a, b, c, d = first
    w, x, y, z = second
    return (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )
