"""COMMAND_LONG and COMMAND_INT: what can be ordered, and the answer to what cannot."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sitl.autopilot.fence import ALL_KINDS
from sitl.autopilot.modes import Mode
from sitl.autopilot.streams import Streams
from sitl.autopilot.vehicle import Vehicle
from sitl.autopilot.wire import Wire, mav

ACCEPTED, TEMPORARILY_REJECTED, DENIED, UNSUPPORTED, FAILED = 0, 1, 2, 3, 4  # MAV_RESULT
_FORCE: Final = 21196
_YAW_LOCK_FLAG: Final = 16
_HOME_POSITION, _AUTOPILOT_VERSION = 242, 148
_REPOSITION: Final = 192
_RELATIVE_FRAMES: Final = (3, 6)
_GLOBAL_FRAMES: Final = (0, 5)


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its seven parameters; x and y are degrees times 1e7."""

    command: int
    params: tuple[float, float, float, float]
    x: int
    y: int
    z: float
    frame: int


def order_from(message: Any) -> Order | None:
    """Return a COMMAND_LONG or COMMAND_INT as an order; None if a number in it is not finite where it has to be."""
    params = (message.param1, message.param2, message.param3, message.param4)
    if message.get_type() == "COMMAND_INT":
        return Order(message.command, params, message.x, message.y, message.z, message.frame)
    if not (math.isfinite(message.param5) and math.isfinite(message.param6)):
        return None
    placed = message.command in (179, 192)
    scale = 1e7 if placed else 1
    if abs(message.param5) * scale > 2**31 - 1 or abs(message.param6) * scale > 2**31 - 1:
        return None
    x, y = int(message.param5 * scale), int(message.param6 * scale)
    return Order(message.command, params, x, y, message.param7, 3 if message.command == 22 else 0)


class CommandServer:
    """Carries orders out and says what came of them."""

    def __init__(self, wire: Wire, vehicle: Vehicle, streams: Streams, reboot: Callable[[], None]) -> None:
        self._wire, self._vehicle, self._streams, self._reboot = wire, vehicle, streams, reboot
        self._orders: dict[int, Callable[[Order], int]] = {
            16: lambda _: UNSUPPORTED,
            17: lambda _: self._mode(Mode.LOITER),
            20: lambda _: self._mode(Mode.RTL),
            21: lambda _: self._mode(Mode.LAND),
            22: self._take_off,
            115: self._yaw,
            176: self._set_mode,
            178: self._change_speed,
            179: self._set_home,
            193: self._pause,
            195: self._look_at,
            197: self._look_ahead,
            201: self._look_at,
            205: self._mount,
            207: self._fence,
            224: self._set_current,
            246: self._restart,
            300: self._start_mission,
            400: self._arm,
            401: self._check,
            410: lambda _: self._send(_HOME_POSITION),
            510: self._get_interval,
            511: self._set_interval,
            512: self._request_message,
            520: lambda _: self._send(_AUTOPILOT_VERSION),
            1000: self._gimbal,
            42428: self._banner,
            42651: self._reset_battery,
        }

    def handle(self, message: Any) -> None:
        """Carry out one command and acknowledge it."""
        order = order_from(message)
        if order is None:
            result = DENIED
        else:
            action = self._orders.get(order.command)
            if order.command == _REPOSITION and message.get_type() == "COMMAND_INT":  # COMMAND_LONG is too coarse
                action = self._reposition
            result = UNSUPPORTED if action is None else action(order)
        self._wire.send(
            mav.MAVLink_command_ack_message(
                message.command, result, 0, 0, message.get_srcSystem(), message.get_srcComponent()
            )
        )

    # -- modes and flight ------------------------------------------------------------------------------------------

    def _mode(self, mode: Mode) -> int:
        return ACCEPTED if self._vehicle.set_mode(mode) else FAILED

    def _set_mode(self, order: Order) -> int:
        if not math.isfinite(order.params[1]) or not int(_finite(order.params[0])) & 1:
            return DENIED
        return ACCEPTED if self._vehicle.set_mode(int(order.params[1])) else FAILED

    def _arm(self, order: Order) -> int:
        forced = order.params[1] == _FORCE
        if order.params[0] == 1:
            return ACCEPTED if self._vehicle.arm(forced=forced) else FAILED
        if order.params[0] == 0:
            return ACCEPTED if self._vehicle.disarm(forced=forced) else FAILED
        return UNSUPPORTED

    def _check(self, order: Order) -> int:  # noqa: ARG002 - every command takes the order
        if self._vehicle.armed:
            return TEMPORARILY_REJECTED
        self._vehicle.say_denials()
        return ACCEPTED

    def _take_off(self, order: Order) -> int:
        if order.frame not in _RELATIVE_FRAMES:
            return DENIED
        return ACCEPTED if self._vehicle.take_off(order.z) else FAILED

    def _start_mission(self, order: Order) -> int:
        if order.params[0] or order.params[1]:
            return DENIED
        return ACCEPTED if self._vehicle.start_mission() else FAILED

    def _set_current(self, order: Order) -> int:
        seq = _finite(order.params[0], -1)
        if seq < 0 or not self._vehicle.mission_flight.set_current(int(seq)):
            return DENIED
        self._streams.send(42)
        return ACCEPTED

    def _change_speed(self, order: Order) -> int:
        kind, speed_m_s = _finite(order.params[0], -1), _finite(order.params[1])
        if speed_m_s <= 0 or kind not in (0, 1, 2, 3):
            return DENIED
        return ACCEPTED if self._vehicle.set_speed(int(kind), speed_m_s) else FAILED

    def _yaw(self, order: Order) -> int:
        angle, relative = order.params[0], order.params[3]
        if not 0 <= angle <= 360 or relative not in (0, 1):
            return FAILED
        body = self._vehicle.body
        turn = angle * (-1 if order.params[2] < 0 else 1)
        body.wanted_heading_deg = (body.heading_deg + turn if relative else angle) % 360
        return ACCEPTED

    def _reposition(self, order: Order) -> int:
        place = self._place(order)
        if place is None:
            return DENIED
        vehicle = self._vehicle
        if not vehicle.failsafes.fence_holds(place):
            return FAILED
        if vehicle.mode is not Mode.GUIDED:
            may_change = math.isfinite(order.params[1]) and int(order.params[1]) & 1
            if not may_change or not vehicle.set_mode(Mode.GUIDED):
                return DENIED
        return ACCEPTED if vehicle.go_to(place) else FAILED

    def _pause(self, order: Order) -> int:
        what = order.params[0]
        if what not in (0, 1):
            return DENIED
        if self._vehicle.go_on() if what else self._vehicle.pause():
            return ACCEPTED
        self._vehicle.say(6, "Failed to resume" if what else "Failed to pause")
        return FAILED

    def _set_home(self, order: Order) -> int:
        vehicle = self._vehicle
        if order.params[0] == 1:
            if not vehicle.position_ok:
                return FAILED
            vehicle.set_home(vehicle.body.believed_m, locked=True)
            return ACCEPTED
        place = self._place(order)
        if place is None or (order.x == 0 and order.y == 0):
            return FAILED
        vehicle.set_home(place, locked=True)
        return ACCEPTED

    def _place(self, order: Order) -> tuple[float, float, float] | None:
        """Return where an order points to, believed ENU; None if it is no place."""
        if abs(order.x) > 900_000_000 or abs(order.y) > 1_800_000_000 or not math.isfinite(order.z):
            return None
        vehicle = self._vehicle
        if order.frame in _RELATIVE_FRAMES:
            up_m = vehicle.home_m[2] + order.z
        elif order.frame in _GLOBAL_FRAMES:
            up_m = order.z - vehicle.settings.home_amsl_m
        else:
            return None
        east, north = vehicle.place_at(order.x, order.y)
        return east, north, up_m

    def _fence(self, order: Order) -> int:
        if order.params[0] not in (0, 1):
            return FAILED
        kinds = int(_finite(order.params[1])) & ALL_KINDS or ALL_KINDS
        return ACCEPTED if self._vehicle.enable_fence(order.params[0] == 1, kinds) else FAILED

    def _restart(self, order: Order) -> int:
        if order.params[0] != 1:
            return UNSUPPORTED
        if self._vehicle.armed:
            return FAILED
        self._reboot()
        return ACCEPTED

    def _reset_battery(self, order: Order) -> int:
        mask, pct = _finite(order.params[0], -1), _finite(order.params[1], -1)
        if mask < 0 or not int(mask) & 1 or not 0 <= pct <= 100:
            return FAILED
        self._vehicle.reset_battery_gauge(pct)
        return ACCEPTED

    # -- gimbal ----------------------------------------------------------------------------------------------------

    def _gimbal(self, order: Order) -> int:
        pitch_deg, yaw_deg, pitch_rate, yaw_rate = order.params
        if not math.isfinite(pitch_deg) and (_finite(pitch_rate) or _finite(yaw_rate)):
            return UNSUPPORTED  # rates are not flown here
        if math.isfinite(pitch_deg) and not -90 <= pitch_deg <= 90:
            return FAILED
        if math.isfinite(yaw_deg) and not -360 <= yaw_deg <= 360:
            return FAILED
        locked = bool(order.x & _YAW_LOCK_FLAG)
        return ACCEPTED if self._vehicle.point_gimbal(pitch_deg, yaw_deg, yaw_locked=locked) else FAILED

    def _mount(self, order: Order) -> int:
        if not math.isfinite(order.z):
            return FAILED
        if int(order.z) == 1:  # MAV_MOUNT_MODE_NEUTRAL
            self._vehicle.gimbal.neutral()
            return ACCEPTED
        if int(order.z) != 2 or not math.isfinite(order.params[0]):
            return UNSUPPORTED
        pointed = self._vehicle.point_gimbal(order.params[0], order.params[2], yaw_locked=False)
        return ACCEPTED if pointed else FAILED

    def _look_at(self, order: Order) -> int:
        if order.x == 0 and order.y == 0:
            return self._look_ahead(order)
        place = self._place(order)
        if place is None or not int(self._vehicle.param("MNT1_TYPE")):
            return FAILED
        self._vehicle.gimbal.place = place
        return ACCEPTED

    def _look_ahead(self, order: Order) -> int:  # noqa: ARG002 - every command takes the order
        self._vehicle.gimbal.place = None
        return ACCEPTED

    # -- messages --------------------------------------------------------------------------------------------------

    def _send(self, number: int) -> int:
        return ACCEPTED if self._streams.send(number) else FAILED

    def _request_message(self, order: Order) -> int:
        number = int(_finite(order.params[0], -1))
        if number == 244:  # MESSAGE_INTERVAL
            return self._get_interval(Order(510, (order.params[1], 0, 0, 0), 0, 0, 0, 0))
        if self._streams.send(number):
            return ACCEPTED
        self._vehicle.say(6, f"No ap_message for mavlink id ({number})")
        return FAILED

    def _get_interval(self, order: Order) -> int:
        number = int(_finite(order.params[0], -1))
        if not 0 <= number <= 65535:
            return FAILED
        self._streams.send_interval(number)
        return ACCEPTED

    def _set_interval(self, order: Order) -> int:
        number, interval_us = int(_finite(order.params[0], -1)), order.params[1]
        if not math.isfinite(interval_us):
            return DENIED
        return ACCEPTED if self._streams.set_interval(number, interval_us) else DENIED

    def _banner(self, order: Order) -> int:  # noqa: ARG002 - every command takes the order
        self._vehicle.say(6, "skypatrol embedded autopilot 0.1.0 (not ArduPilot)")
        self._vehicle.say(6, "Frame: QUAD/X")
        return ACCEPTED


def _finite(value: float, otherwise: float = 0.0) -> float:
    return value if math.isfinite(value) and abs(value) < 1e9 else otherwise
