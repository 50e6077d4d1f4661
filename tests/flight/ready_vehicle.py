"""A vehicle that is ready to fly, played by what it says; tests spoil one thing at a time."""

from collections.abc import Sequence

from flight_fakes import ScriptedLink

from flight.context import Flight
from flight.control import FlightControl
from flight.events import FlightEvent, FlightUpdate
from flight.failsafe_parameters import wanted_parameters
from flight.parameters import Parameter, Parameters
from flight.settings import FlySettings
from flight.vehicle_state import VehicleState
from missions import GeoPoint, Message, Plan
from tests.samples import DOCK

PREARM_BIT, FENCE_BIT, COMPASS_BIT = 0x10000000, 0x100000, 0x04
REAL32, INT8, INT16, INT32 = 9, 2, 4, 6
RUN_PREARM_CHECKS = 401
ALL_BITS = PREARM_BIT | FENCE_BIT | COMPASS_BIT

COPTER_4_6 = {
    "RTL_ALT": (1500.0, INT32),
    "FENCE_ENABLE": (0.0, INT8),
    "FENCE_TYPE": (7.0, INT8),
    "FENCE_ALT_MAX": (100.0, REAL32),
    "FENCE_ACTION": (1.0, INT8),
    "FENCE_MARGIN": (2.0, REAL32),
    "FENCE_AUTOENABLE": (0.0, INT8),
    "FS_GCS_ENABLE": (0.0, INT8),
    "FS_GCS_TIMEOUT": (5.0, REAL32),
    "FS_OPTIONS": (16.0, INT32),
    "FS_EKF_ACTION": (1.0, INT8),
    "FS_EKF_THRESH": (0.8, REAL32),
    "FS_DR_ENABLE": (2.0, INT8),
    "EK3_DRAG_BCOEF_X": (20.0, REAL32),
    "EK3_DRAG_BCOEF_Y": (20.0, REAL32),
    "BATT_CAPACITY": (16000.0, INT32),
    "BATT_FS_LOW_ACT": (0.0, INT8),
    "BATT_FS_CRT_ACT": (0.0, INT8),
    "BATT_LOW_MAH": (0.0, REAL32),
    "BATT_CRT_MAH": (0.0, REAL32),
    "SYSID_MYGCS": (255.0, INT16),
}
"""Names, defaults and types of Copter 4.6, as far as a patrol needs them."""
COPTER_4_7 = {
    **{name: value for name, value in COPTER_4_6.items() if name not in {"RTL_ALT", "SYSID_MYGCS"}},
    "RTL_ALT_M": (15.0, REAL32),
    "MAV_GCS_SYSID": (255.0, INT16),
}


def parameters(table: dict[str, tuple[float, int]] = COPTER_4_6, /, **changes: float) -> Parameters:
    """Return a vehicle's list, but for the changes; a name it did not have is a float."""
    values = {name: Parameter(name=name, value=value, mav_type=kind) for name, (value, kind) in table.items()}
    for name, value in changes.items():
        values[name] = Parameter(name=name, value=value, mav_type=table[name][1] if name in table else REAL32)
    return Parameters(values)


def configured(plan: Plan, table: dict[str, tuple[float, int]] = COPTER_4_6, /, **changes: float) -> Parameters:
    """Return a vehicle's list as the plan wants it, but for the changes."""
    found = parameters(table)
    return parameters(table, **{**wanted_parameters(plan.failsafes, plan, found), **changes})


def health(*, bad_bits: int = 0, absent_bits: int = 0, off_bits: int = 0, battery_pct: int = 100) -> Message:
    """Return a SYS_STATUS with everything on and well, but for some bits."""
    present = ALL_BITS & ~absent_bits
    fields = {
        "onboard_control_sensors_present": present,
        "onboard_control_sensors_enabled": present & ~off_bits,
        "onboard_control_sensors_health": present & ~bad_bits,
        "battery_remaining": battery_pct,
        "voltage_battery": 25200,
        "current_battery": 0,
    }
    return Message("SYS_STATUS", fields)


def vehicle_says(
    at: GeoPoint = DOCK,
    *,
    fix: int = 3,
    ekf: int = 0x33F,
    compass_variance: float = 0.1,
    status: Message | None = None,
    wind: tuple[float, float] | None = None,
) -> list[Message]:
    """Return what a vehicle on the ground tells; `wind` is m/s and where from, degrees."""
    lat, lon = round(at.lat_deg * 1e7), round(at.lon_deg * 1e7)
    place_fields = {"lat": lat, "lon": lon, "alt": 32000, "relative_alt": 0, "vx": 0, "vy": 0, "vz": 0, "hdg": 0}
    felt = [Message("WIND", {"speed": wind[0], "direction": wind[1], "speed_z": 0.0})] if wind else []
    return [
        Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 81, "custom_mode": 0}),
        Message("SYSTEM_TIME", {"time_boot_ms": 50_000, "time_unix_usec": 1_780_000_050_000_000}),
        Message("GPS_RAW_INT", {"fix_type": fix, "satellites_visible": 10, "alt": 32000, "alt_ellipsoid": 17000}),
        Message("EKF_STATUS_REPORT", {"flags": ekf, "compass_variance": compass_variance}),
        Message("HOME_POSITION", {"latitude": lat, "longitude": lon}),
        status or health(),
        *felt,
        Message("GLOBAL_POSITION_INT", {"time_boot_ms": 50_100, **place_fields}),
    ]


class ObedientVehicle:
    """Takes every parameter and command; answers for its list."""

    def __init__(self, found: Parameters) -> None:
        self.values = {name: parameter.value for name, parameter in found.by_name.items()}
        self._types = {name: parameter.mav_type for name, parameter in found.by_name.items()}
        self.stubborn: set[str] = set()
        """Parameters it keeps as they are."""
        self.reasons: list[str] = []
        """What it says when it is asked whether it would arm."""

    def __call__(self, message: Message) -> list[Message]:
        """Answer one message of ours."""
        if message.name == "PARAM_SET":
            name = message.text("param_id")
            if name not in self.stubborn:
                self.values[name] = message.number("param_value")
            return [self._said(name)]
        if message.name == "PARAM_REQUEST_READ":
            return [self._said(message.text("param_id"))] if message.text("param_id") in self.values else []
        if message.name == "COMMAND_LONG":
            says = self.reasons if message.fields.get("command") == RUN_PREARM_CHECKS else []
            texts = [Message("STATUSTEXT", {"severity": 2, "text": reason}) for reason in says]
            return [*texts, Message("COMMAND_ACK", {"command": message.fields.get("command", 0), "result": 0})]
        return []

    def _said(self, name: str) -> Message:
        fields = {
            "param_id": name,
            "param_value": self.values[name],
            "param_type": self._types.get(name, REAL32),
            "param_index": 65535,
            "param_count": len(self.values),
        }
        return Message("PARAM_VALUE", fields)


def flight_of(
    plan: Plan, said: Sequence[Message], found: Parameters, settings: FlySettings | None = None
) -> tuple[Flight, list[FlightUpdate]]:
    """Return a flight with a vehicle that has said all that, and what it tells from now on."""
    link = ScriptedLink(ObedientVehicle(found))
    link.target_system = 1
    state = VehicleState(link.clock, patrol_id="", vehicle_id="uav-1", stream_id="main")
    link.listen(state.hear)
    told: list[FlightUpdate] = []
    flight = Flight(
        link=link,
        state=state,
        plan=plan,
        settings=settings or FlySettings(),
        control=FlightControl(),
        on_event=told.append,
        parameters=found,
    )
    link.publish_all(said)
    return flight, told


def texts(told: Sequence[FlightUpdate]) -> list[str]:
    """Return what was told, in words."""
    return [update.text for update in told if isinstance(update, FlightEvent)]
