"""The aircraft's own camera: told to film, and told again after each interruption."""

from typing import TYPE_CHECKING, Final

from flight.commands import ACCEPTED, ask_command
from flight.errors import COMMAND_RESULTS
from flight.events import EventKind
from missions import FlightError

if TYPE_CHECKING:
    from flight.context import Flight

MAV_CMD_VIDEO_START_CAPTURE: Final = 2500
MAV_CMD_VIDEO_STOP_CAPTURE: Final = 2501


class AircraftCamera:
    """Films from take-off to landing, on the camera's own card; commanded over the autopilot."""

    def __init__(self, flight: "Flight") -> None:
        self._flight = flight
        self._refused: set[int] = set()
        self._running = False

    async def start(self) -> None:
        """Begin to film, or say it again; a camera that cannot is named once and the flight goes on."""
        await self._ask(MAV_CMD_VIDEO_START_CAPTURE, (0.0, 0.0), "film")
        if not self._running:
            self._running = True
            told = "the aircraft's camera does what was asked"
            self._flight.tell(EventKind.CAMERA, told if not self._refused else "the flight goes on without its camera")

    async def stop(self) -> None:
        """End it."""
        if self._running:
            self._running = False
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
