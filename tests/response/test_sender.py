"""Warnings over real sockets: a local HTTP server plays the push service."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from missions import Alert, Delivery, DeliveryState, Incident, Roster
from missions.alert import channel_scheme
from response import AppriseChannel, Sender, SendSettings, alert_times, plan_alerts

QUEUED, SENT, FAILED = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.FAILED
QUICK = SendSettings(deadline_s=5.0, backoff_s=(0.05, 0.05, 0.05), drain_s=20.0)


class PushService(ThreadingHTTPServer):
    """Answers the statuses it was told, then 200, after a wait; keeps what it was sent."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, statuses: list[int], wait_s: float) -> None:
        super().__init__(("127.0.0.1", 0), PushHandler)
        self.statuses, self.wait_s, self.received = statuses, wait_s, []

    @property
    def url(self) -> str:
        """As Apprise writes it."""
        return f"json://127.0.0.1:{self.server_port}/hook"


class PushHandler(BaseHTTPRequestHandler):
    """One request."""

    server: PushService

    def do_POST(self) -> None:
        """Keep it, wait, answer."""
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        time.sleep(self.server.wait_s)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def push_service(*statuses: int, wait_s: float = 0.0) -> Iterator[PushService]:
    with PushService(list(statuses), wait_s) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


async def send_all(*alerts: Alert, settings: SendSettings = QUICK) -> list[Delivery]:
    steps: list[Delivery] = []
    async with Sender(steps.append, console=lambda _: None, settings=settings) as sender:
        sender.submit(alerts)
    return steps


def states(steps: list[Delivery]) -> list[DeliveryState]:
    return [step.state for step in steps]


async def test_a_push_service_gets_the_title_and_the_text(alert: Alert) -> None:
    with push_service() as server:
        steps = await send_all(replace(alert, channel=server.url))
    assert states(steps) == [QUEUED, SENT]
    assert server.received[0]["title"] == "Smoke on Gaoxin Avenue"
    assert server.received[0]["message"] == alert.body


async def test_a_refusal_is_tried_again_and_then_sent(alert: Alert) -> None:
    with push_service(500, 503) as server:
        steps = await send_all(replace(alert, channel=server.url))
    assert states(steps) == [QUEUED, QUEUED, QUEUED, SENT]
    assert "500" in steps[1].detail
    assert len(server.received) == 3


async def test_a_service_that_always_refuses_ends_as_failed_with_its_reason_and_no_exception(alert: Alert) -> None:
    with push_service(*[403] * 9) as server:
        steps = await send_all(replace(alert, channel=server.url))
    assert states(steps) == [QUEUED, QUEUED, QUEUED, QUEUED, FAILED]
    assert "403" in steps[-1].detail
    assert len(server.received) == 4


async def test_a_dead_service_and_an_unknown_url_fail_without_an_exception(alert: Alert) -> None:
    with push_service() as server:
        dead = server.url
    steps = await send_all(
        replace(alert, alert_id="a", channel=dead), replace(alert, alert_id="b", channel="nonsense://x")
    )
    last = {step.alert_id: step for step in steps}
    assert last["a"].state is FAILED
    assert last["b"].state is FAILED
    assert "not a URL" in last["b"].detail


async def test_a_slow_service_meets_its_deadline_and_holds_nobody_else_up(alert: Alert) -> None:
    once = replace(QUICK, deadline_s=2.0, backoff_s=())  # a fast one once took 0.4 s on a busy machine
    with push_service(wait_s=4.0) as slow, push_service() as fast:
        start = time.monotonic()
        steps = await send_all(
            replace(alert, alert_id="slow", channel=slow.url),
            *[replace(alert, alert_id=f"fast-{n}", channel=fast.url) for n in range(5)],
            settings=once,
        )
        took_s = time.monotonic() - start
    order = [step.alert_id for step in steps if step.state is not QUEUED]
    assert order[-1] == "slow"
    assert [s.state for s in steps if s.alert_id == "slow"] == [QUEUED, FAILED]
    assert sum(s.state is SENT for s in steps) == 5
    assert once.deadline_s <= took_s < 5.0


async def test_twenty_people_are_warned_at_once_not_one_after_the_other(alert: Alert) -> None:
    with push_service(wait_s=0.3) as server:
        await send_all(replace(alert, channel=server.url))  # imports Apprise
        start = time.monotonic()
        steps = await send_all(
            *[replace(alert, alert_id=f"n{n}", channel=server.url) for n in range(20)],
            settings=replace(QUICK, deadline_s=8.0),
        )
        took_s = time.monotonic() - start
    assert sum(s.state is SENT for s in steps) == 20
    assert took_s < 3.0  # 6.0 in a row


async def test_console_and_review_need_no_network(smoke: Incident, roster: Roster) -> None:
    shown: list[str] = []
    steps: list[Delivery] = []
    async with Sender(steps.append, console=lambda alert: shown.append(alert.title), settings=QUICK) as sender:
        sender.submit(plan_alerts(smoke, roster, mission_name="Gaoxin", now_wall_s=time.time()))
    assert len(shown) == 3
    assert sum(s.state is SENT for s in steps) == 4


async def test_an_alert_submitted_twice_is_sent_once(alert: Alert) -> None:
    with push_service() as server:
        alert = replace(alert, channel=server.url)
        await send_all(alert, alert, alert)
    assert len(server.received) == 1


async def test_a_console_that_breaks_does_not_keep_the_warning_from_others(alert: Alert) -> None:
    def broken(_: Alert) -> None:
        raise OSError("the terminal is gone")

    steps: list[Delivery] = []
    async with Sender(steps.append, console=broken, settings=QUICK) as sender:
        sender.submit([alert, replace(alert, alert_id="page", channel="review:")])
    assert {s.alert_id: s.state for s in steps} == {alert.alert_id: FAILED, "page": SENT}


async def test_what_a_sender_that_was_cut_off_left_queued_is_sent_by_the_next_one(alert: Alert) -> None:
    with push_service(wait_s=0.5) as server:
        alert = replace(alert, channel=server.url)
        cut_short = replace(QUICK, drain_s=0.05)
        assert states(await send_all(alert, settings=cut_short)) == [QUEUED]
        assert states(await send_all(alert)) == [QUEUED, SENT]


async def test_every_leg_is_timed(alert: Alert) -> None:
    alert = replace(alert, created_wall_s=time.time())
    steps = await send_all(alert)
    (times,) = alert_times([alert], steps)
    assert 0.0 <= times.created_to_sent_s < 5.0
    assert times.reached_wall_s[QUEUED] <= times.reached_wall_s[SENT]
    (unsent,) = alert_times([alert], steps[:1])
    assert unsent.created_to_sent_s is None


async def test_a_refused_url_never_shows_its_secret(alert: Alert) -> None:
    step = await AppriseChannel(deadline_s=1.0).send(replace(alert, channel="nonsense://token-123@host"))
    assert step.state is FAILED
    assert "token-123" not in step.detail
    assert channel_scheme("wecombot://token-123") == "wecombot"
