"""A link beside the ground station's: hears where the vehicle truly is, and sets what shall break."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

from sitl.autopilot.wire import Wire, mav
from sitl.errors import SitlError
from sitl.faults import Spellings

_OUR_SYSTEM: Final = 250
"""Not a ground station's number, so that the vehicle still notices that it lost its own."""
_HZ: Final = 10.0
_ASK_EVERY_S: Final = 2.0
_ASK_AGAIN_S: Final = 0.1
_QUIET_S: Final = 0.15
"""Without truth for so long it may have rebooted, and then it sends nothing before it is asked again."""
_ANSWER_S: Final = 0.4
_TRIES: Final = 4
_REBOOT_S: Final = 10.0
_UP_S: Final = 30.0
_KEPT: Final = 200_000
_VERSION_KINDS: Final = {0: "-dev", 64: "-alpha", 128: "-beta", 192: "-rc", 255: ""}
_BOOT_COUNT: Final = "STAT_BOOTCNT"
_STREAMS: Final = (
    mav.MAVLINK_MSG_ID_SIM_STATE,
    mav.MAVLINK_MSG_ID_ATTITUDE,  # SIM_STATE has no time
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueState:
    """Where the vehicle really was at an instant."""

    boot: int
    """Counts its starts, as the vehicle does."""
    t_s: float
    """Since that boot."""
    lat_deg: float
    lon_deg: float
    amsl_m: float
    speed_m_s: float
    """Over ground."""
    armed: bool
    mode: int
    """ArduCopter's number."""


def true_place(sim_state: Any) -> tuple[float, float, float]:  # noqa: ANN401 - pymavlink has no message type
    """Return latitude, longitude (deg) and AMSL (m) of a SIM_STATE, by its whole numbers where it has them."""
    whole = bool(getattr(sim_state, "lat_int", 0))
    lat = sim_state.lat_int / 1e7 if whole else sim_state.lat
    lon = sim_state.lon_int / 1e7 if whole else sim_state.lon
    return lat, lon, sim_state.alt


class SideChannel:
    """Listens at a UDP port in a thread of its own. Use as a context manager, or `open` and `close`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._wire = Wire(_OUR_SYSTEM)
        self._states: deque[TrueState] = deque(maxlen=_KEPT)
        self._values: dict[str, float] = {}
        self._version: Any = None
        self._boot: int | None = None
        self._boot_s: float | None = None
        self._heard_s = 0.0
        self._armed, self._mode = False, 0
        self._system: int | None = None
        self._peer: tuple[str, int] | None = None
        self._news = threading.Condition()
        self._open = False
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to listen."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.settimeout(_ASK_AGAIN_S)
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the socket back."""
        self._open = False
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._socket is not None:
            self._socket.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def states(self) -> tuple[TrueState, ...]:
        """Return what was heard of the truth so far; the latest 200 000."""
        with self._news:
            return tuple(self._states)

    def firmware(self) -> str:
        """Return name, version and commit, as the vehicle says itself.

        Raises:
            SitlError: it does not.

        """
        self._until(lambda: self._version is not None, "AUTOPILOT_VERSION")
        number, commit = self._version.flight_sw_version, bytes(self._version.flight_custom_version).split(b"\0")[0]
        kind = _VERSION_KINDS.get(number & 255, "")
        name = "skypatrol embedded autopilot" if commit == b"skyptrl" else "ArduCopter"
        text = f"{name} {number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}{kind}"
        return text if commit == b"skyptrl" else f"{text} ({commit.decode('ascii', 'replace')})"

    def set_first(self, spellings: Spellings) -> None:
        """Set the first of these parameters that the vehicle has.

        Raises:
            SitlError: it has none of them.

        """
        self._until(lambda: self._system is not None, "heartbeat")
        for name, value in spellings:
            if self._set(name, value):
                return
        raise SitlError(f"the vehicle has no parameter {' or '.join(name for name, _ in spellings)}")

    def reboot(self) -> None:
        """Order a reboot and wait until the next boot is heard.

        Raises:
            SitlError: it does not reboot, because it is armed, for example.

        """
        self._until(lambda: self._boot is not None, "boot count")
        with self._news:
            before = self._boot
            for _ in range(_TRIES):
                self._command(mav.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN, 1.0, 0.0)
                self._flush()
                if self._news.wait_for(lambda: self._boot not in (None, before), _REBOOT_S):
                    return
        raise SitlError("the vehicle does not reboot")

    def parameter(self, name: str) -> float:
        """Return a parameter's value.

        Raises:
            SitlError: the vehicle has none of that name.

        """
        self._until(lambda: self._system is not None, "heartbeat")
        asked = mav.MAVLink_param_request_read_message(self._system, 1, name.encode(), -1)
        if not self._answered(name, asked):
            raise SitlError(f"the vehicle has no parameter {name}")
        return self._values[name]

    def _set(self, name: str, value: float) -> bool:
        return self._answered(name, mav.MAVLink_param_set_message(self._system, 1, name.encode(), value, 9))

    def _answered(self, name: str, message: Any) -> bool:  # noqa: ANN401 - pymavlink has no message type
        """Send until the parameter's value comes; False where it never does."""
        with self._news:
            self._values.pop(name, None)
            for _ in range(_TRIES):
                self._wire.send(message)
                self._flush()
                if self._news.wait_for(lambda: name in self._values, _ANSWER_S):
                    return True
        return False

    def _until(self, known: Callable[[], bool], what: str) -> None:
        with self._news:
            if not self._news.wait_for(known, _UP_S):
                raise SitlError(f"no {what} on the side channel within {_UP_S:g} s")

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asked_s = -_ASK_EVERY_S
        self._heard_s = -_QUIET_S
        assert self._socket is not None
        while self._open:
            try:
                data, self._peer = self._socket.recvfrom(65536)
            except (TimeoutError, ConnectionRefusedError):
                data = b""
            with self._news:
                for message in self._wire.parse(data):
                    self._take(message)
                now_s = time.monotonic()
                quiet = now_s - self._heard_s > _QUIET_S
                if quiet:
                    self._boot = self._boot_s = None
                patience_s = _ASK_AGAIN_S if quiet else _ASK_EVERY_S
                if now_s - asked_s >= patience_s:
                    asked_s = now_s
                    self._ask()
                self._news.notify_all()

    def _take(self, message: Any) -> None:  # noqa: ANN401 - pymavlink has no message type
        match message.get_type():
            case "HEARTBEAT" if message.get_srcComponent() == 1:
                self._system = message.get_srcSystem()
                self._armed = bool(message.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED)
                self._mode = message.custom_mode
            case "ATTITUDE":
                self._boot_s = message.time_boot_ms / 1000
            case "SIM_STATE":
                self._heard_s = time.monotonic()
                if self._boot is not None and self._boot_s is not None:
                    self._add(message, self._boot, self._boot_s)
            case "PARAM_VALUE":
                self._values[message.param_id] = message.param_value
                if message.param_id == _BOOT_COUNT:
                    self._boot = int(message.param_value)
            case "AUTOPILOT_VERSION":
                self._version = message

    def _add(self, truth: Any, boot: int, boot_s: float) -> None:  # noqa: ANN401 - pymavlink has no message type
        lat_deg, lon_deg, amsl_m = true_place(truth)
        self._states.append(
            TrueState(
                boot=boot,
                t_s=boot_s,
                lat_deg=lat_deg,
                lon_deg=lon_deg,
                amsl_m=amsl_m,
                speed_m_s=float((truth.ve**2 + truth.vn**2) ** 0.5),
                armed=self._armed,
                mode=self._mode,
            )
        )

    def _ask(self) -> None:
        """Say that we are there and, again and again, what we want to be told."""
        if self._system is None:
            return
        self._wire.send(mav.MAVLink_heartbeat_message(mav.MAV_TYPE_ONBOARD_CONTROLLER, 8, 0, 0, 4, 3))
        # Each time: streams that are asked for again just after a reboot would hide it.
        self._wire.send(mav.MAVLink_param_request_read_message(self._system, 1, _BOOT_COUNT.encode(), -1))
        for number in _STREAMS:
            self._command(mav.MAV_CMD_SET_MESSAGE_INTERVAL, number, 1e6 / _HZ)
        if self._version is None:
            self._command(mav.MAV_CMD_REQUEST_MESSAGE, mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION, 0.0)
        self._flush()

    def _command(self, number: int, first: float, second: float) -> None:
        self._wire.send(mav.MAVLink_command_long_message(self._system, 1, number, 0, first, second, 0, 0, 0, 0, 0))

    def _flush(self) -> None:
        data = self._wire.take()
        if self._socket is not None and self._peer is not None:
            self._socket.sendto(data, self._peer)
