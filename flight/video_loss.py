"""The policy on a lost video: the vehicle knows nothing of it, so the flight itself does what was chosen."""

from typing import Final

from flight.context import Flight
from flight.control import Hold, Land, Order, Resume, ReturnHome
from flight.events import EventKind
from flight.preflight_inputs import Pictures
from missions import FailsafeAction, FlightError
from missions.telemetry import Telemetry

_WHY: Final = "because the video was lost"


class VideoLoss:
    """Counts pictures by the vehicle's clock, and gives the policy's order once none came for too long.

    A simulation whose clock stands still loses nothing. A hold ends with the next picture, unless somebody gave another
    order meanwhile; a return or a landing goes on to its end. Pictures count from the first that came in the air.
    """

    def __init__(self, flight: Flight, pictures: Pictures) -> None:
        self._flight, self._pictures = flight, pictures
        self._count = pictures()
        self._seen_utc_s: float | None = None
        self._lost = False
        self._held = False

    def hear(self, telemetry: Telemetry) -> None:
        """Look at the time that has passed, with each telemetry of the vehicle."""
        now_utc_s, count = telemetry.captured_utc_s, self._pictures()
        if count != self._count or self._seen_utc_s is None or not telemetry.armed or now_utc_s < self._seen_utc_s:
            came = count != self._count
            self._count, self._seen_utc_s = count, now_utc_s
            if came and self._lost:
                self._back()
            return
        policy = self._flight.plan.failsafes
        silent_s = now_utc_s - self._seen_utc_s
        if not self._lost and silent_s > policy.video_loss_after_s and self._flight.control.flying:
            self._lost = True
            self._lose(policy.on_video_loss, silent_s)

    def _lose(self, action: FailsafeAction, silent_s: float) -> None:
        text = f"no picture for {silent_s:.0f} s; by the plan's failsafes: {action.value}"
        self._flight.tell(EventKind.VIDEO_LOST, text)
        orders: dict[FailsafeAction, Order] = {
            FailsafeAction.HOLD: Hold(),
            FailsafeAction.RETURN: ReturnHome(why=_WHY),
            FailsafeAction.LAND: Land(why=_WHY),
        }
        if action in orders:
            self._held = action is FailsafeAction.HOLD
            self._flight.beside(self._give(orders[action]))

    def _back(self) -> None:
        self._lost = False
        self._flight.tell(EventKind.RECOVERED, "pictures come again")
        if self._held:
            self._held = False
            if self._flight.control.last_order == Hold():
                self._flight.beside(self._give(Resume()))

    async def _give(self, order: Order) -> None:
        try:
            await self._flight.control.give(order)
        except FlightError as exc:
            self._flight.tell(EventKind.REFUSED, str(exc))
