"""The sender: alerts out of the outbox, all at once, each with a deadline and some retries, every step recorded."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from missions.alert import Alert, Delivery, DeliveryState
from missions.ports import Channel
from response.channels import AppriseChannel, channels_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSettings:
    """How hard to try. The defaults give up 39 s after the first try of a dead server."""

    deadline_s: float = 8.0
    """Per try: a push service answers in 1-2 s."""
    backoff_s: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Waits before each further try; their number is the number of retries."""
    drain_s: float = 20.0
    """How long closing waits for what is under way."""


class Sender:
    """Sends alerts concurrently; `async with` gives it its task group.

    Nothing is kept here that the outbox does not have: after a restart hand `submit` the alerts that are still queued
    (`Archive.queued_alerts()`), and they are sent; a try that was cut off midway may have arrived, so across a restart
    delivery is at least once. An id is sent once per life of the sender, however often it is submitted.
    `record` is called in the event loop with every step: QUEUED when taken and again, with the reason, when a try
    failed and another follows; then SENT, or FAILED when nothing helped.
    """

    def __init__(
        self,
        record: Callable[[Delivery], object],
        *,
        console: Callable[[Alert], None],
        settings: SendSettings | None = None,
        channel_of: Callable[[str], Channel] | None = None,
    ) -> None:
        self._settings = settings or SendSettings()
        self._record = record
        self._apprise = AppriseChannel(deadline_s=self._settings.deadline_s)
        self._channel_of = channel_of or channels_for(console, self._apprise)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.drain(self._settings.drain_s)
        for task in self._tasks.values():
            task.cancel()
        results = await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._apprise.close()
        bugs = [r for r in results if isinstance(r, Exception)]
        if bugs and kind is None:
            raise ExceptionGroup("alerts could not be recorded", bugs)

    def submit(self, alerts: Iterable[Alert]) -> None:
        """Take alerts and return at once; those already taken are passed over."""
        for alert in alerts:
            if alert.alert_id not in self._tasks:
                self._tasks[alert.alert_id] = asyncio.get_running_loop().create_task(self._deliver(alert))

    @property
    def pending(self) -> int:
        """How many are under way."""
        return sum(not task.done() for task in self._tasks.values())

    async def drain(self, timeout_s: float) -> bool:
        """Wait until nothing is under way; return False where the time ran out first."""
        waiting = [task for task in self._tasks.values() if not task.done()]
        if not waiting:
            return True
        _, left = await asyncio.wait(waiting, timeout=timeout_s)
        return not left

    async def _deliver(self, alert: Alert) -> None:
        self._note(alert, DeliveryState.QUEUED)
        tries = len(self._settings.backoff_s) + 1
        for number in range(1, tries + 1):
            step = await self._try(alert)
            if step.state is not DeliveryState.FAILED:
                self._record(step)
                return
            if number < tries:
                wait_s = self._settings.backoff_s[number - 1]
                self._note(
                    alert, DeliveryState.QUEUED, f"try {number} of {tries}, again in {wait_s:g} s: {step.detail}"
                )
                await asyncio.sleep(wait_s)
            else:
                self._note(alert, DeliveryState.FAILED, f"gave up after {tries} tries: {step.detail}")

    async def _try(self, alert: Alert) -> Delivery:
        try:
            async with asyncio.timeout(self._settings.deadline_s + 1.0):
                return await self._channel_of(alert.channel).send(alert)
        except Exception as exc:  # noqa: BLE001 - a channel is foreign code; one person's must not silence the others'
            detail = f"{type(exc).__name__}: {exc}"
            return Delivery(alert_id=alert.alert_id, state=DeliveryState.FAILED, at_wall_s=time.time(), detail=detail)

    def _note(self, alert: Alert, state: DeliveryState, detail: str = "") -> None:
        self._record(Delivery(alert_id=alert.alert_id, state=state, at_wall_s=time.time(), detail=detail))
