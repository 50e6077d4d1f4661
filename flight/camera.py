"""The aircraft's own camera: what it was told, told again after each interruption, and what it says it took."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flight.commands import ACCEPTED, ask_command
from flight.errors import COMMAND_RESULTS
from flight.events import EventKind
from missions import FlightError, Message

if TYPE_CHECKING:
    from flight.context import Flight

MAV_CMD_DO_SET_CAM_TRIGG_DIST: Final = 206
MAV_CMD_VIDEO_START_CAPTURE: Final = 2500
MAV_CMD_VIDEO_STOP_CAPTURE: Final = 2501


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraUse:
    """What the aircraft's own camera does along the route; nothing by itself."""

    record: bool = False
    """Film from take-off to landing, on its own card."""
    picture_every_m: float = 0.0
    """Take a picture each so many metres; 0 takes none."""

    @property
    def wanted(self) -> bool:
        """Whether it is to do anything."""
        return self.record or self.picture_every_m > 0


class AircraftCamera:
    """Commands a camera over its autopilot; counts CAMERA_FEEDBACK, which is what ArduPilot sends for a picture."""

    def __init__(self, flight: "Flight", use: CameraUse) -> None:
        self._flight, self._use = flight, use
        self._refused: set[int] = set()
        self._running = False
        self.pictures = 0
        flight.link.listen(self._hear)

    def _hear(self, message: Message) -> None:
        if message.name == "CAMERA_FEEDBACK":
            self.pictures += 1

    async def start(self) -> None:
        """Begin, or say again, what it is to do; a camera that cannot is named once and the flight goes on."""
        if self._use.record:
            await self._ask(MAV_CMD_VIDEO_START_CAPTURE, (0.0, 0.0), "film")
        if self._use.picture_every_m > 0:
            every = (self._use.picture_every_m, 0.0, 0.0)
            await self._ask(MAV_CMD_DO_SET_CAM_TRIGG_DIST, every, "take pictures by distance")
        if not self._running and self._use.wanted:
            self._running = True
            told = "the aircraft's camera does what was asked"
            self._flight.tell(EventKind.CAMERA, told if not self._refused else "the flight goes on without its camera")

    async def stop(self) -> None:
        """End it."""
        if not self._running:
            return
        self._running = False
        if self._use.picture_every_m > 0:
            await self._ask(MAV_CMD_DO_SET_CAM_TRIGG_DIST, (0.0, 0.0, 0.0), "stop taking pictures")
        if self._use.record:
            await self._ask(MAV_CMD_VIDEO_STOP_CAPTURE, (0.0,), "stop filming")

    async def _ask(self, command: int, params: tuple[float, ...], what: str) -> None:
        if command in self._refused:
            return
        try:
            result = await ask_command(self._flight.link, command, params, what=f"the camera to {what}")
        except FlightError as exc:
            self._flight.tell(EventKind.CAMERA, str(exc))
            return
        if result != ACCEPTED:
            self._refused.add(command)
            said = COMMAND_RESULTS.get(result, result)
            self._flight.tell(EventKind.CAMERA, f"the aircraft's camera does not {what} ({said})")
