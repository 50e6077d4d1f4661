"""The ways to reach a person: a callback, the review page, and everything Apprise speaks."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

from missions.alert import Alert, Delivery, DeliveryState, channel_scheme
from missions.ports import Channel

_THREADS = 64  # one per warning under way; they wait for networks and cost nothing meanwhile


def _step(alert: Alert, state: DeliveryState, detail: str = "") -> Delivery:
    return Delivery(alert_id=alert.alert_id, state=state, at_wall_s=time.time(), detail=detail)


class CallbackChannel:
    """Hands alerts to a function of this process: the console."""

    def __init__(self, show: Callable[[Alert], None]) -> None:
        self._show = show

    async def send(self, alert: Alert) -> Delivery:
        """Show it."""
        self._show(alert)
        return _step(alert, DeliveryState.SENT)


class ReviewChannel:
    """The review page reads the archive, so being in the archive is being sent."""

    async def send(self, alert: Alert) -> Delivery:
        """Say so."""
        return _step(alert, DeliveryState.SENT, "on the review page")


class AppriseChannel:
    """WeCom, DingTalk, Feishu, mail, SMS, webhooks...: one Apprise object for the one URL of one alert.

    Several URLs in one object would wait 5.5 s for each other. Apprise blocks, so it runs in a thread.
    """

    def __init__(self, *, deadline_s: float = 8.0) -> None:
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="apprise")
        self._threads.submit(import_module, "apprise")  # takes half a second, which no warning should wait for

    async def send(self, alert: Alert) -> Delivery:
        """Send it; a refusal, an unknown URL and a server that stays silent come back as FAILED."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline_s):
                reason = await loop.run_in_executor(self._threads, _notify, alert, self._deadline_s)
        except TimeoutError:
            reason = f"no answer within {self._deadline_s:g} s"
        return _step(alert, DeliveryState.FAILED if reason else DeliveryState.SENT, reason)

    def close(self) -> None:
        """Start nothing more; a thread that still waits ends with its socket's time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _notify(alert: Alert, deadline_s: float) -> str:
    """Send through Apprise; return why it failed, empty where it did not."""
    import apprise

    plugin = apprise.Apprise.instantiate(alert.channel, suppress_exceptions=True)
    if plugin is None:
        return f"{channel_scheme(alert.channel)}: is not a URL Apprise knows"
    plugin.socket_connect_timeout = plugin.socket_read_timeout = deadline_s
    sender = apprise.Apprise()
    sender.add(plugin)
    result = sender.notify(
        title=alert.title,
        body=alert.body,
        notify_type=apprise.NotifyType.WARNING,
        body_format=apprise.NotifyFormat.TEXT,
    )
    if result:
        return ""
    said = " ".join(entry.message for entry in result.logs())
    return said[:300] or f"{channel_scheme(alert.channel)}: refused"


def channels_for(console: Callable[[Alert], None], apprise_channel: Channel) -> Callable[[str], Channel]:
    """Return the function that finds the channel of an alert: by this table of schemes, else Apprise."""
    by_scheme: dict[str, Channel] = {
        "console": CallbackChannel(console),
        "review": ReviewChannel(),
    }
    return lambda channel: by_scheme.get(channel_scheme(channel), apprise_channel)
