"""A flight that a DroneKit script flies: our link, our heartbeat, our record; and what happens when the script ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from flight.commands import current_mode, is_armed, set_mode
from flight.copter_modes import AUTO, LAND, RETURNING, RTL, mode_name
from flight.dronekit_tap import open_tap
from flight.events import EventKind, FlightEvent, OnEvent
from flight.exchange import Exchange, LinkQuality, is_autopilot, says_armed
from flight.link_watch import TOLD_AS
from flight.message_rates import request_rates
from flight.own_faults import ended_told
from flight.script_process import start_script
from flight.vehicle_state import STREAMS, VehicleState
from missions import FlightError, Telemetry

_WATCHED: Final = ("GLOBAL_POSITION_INT", "SYSTEM_TIME", "SYS_STATUS")
_HZ: Final = 4.0
_LOOK_S: Final = 0.05
_NOTICE: Final = 5  # MAV_SEVERITY; ArduPilot tells a breached fence as one


class AtEnd(StrEnum):
    """What a vehicle does that a script leaves in the air."""

    RETURN = "return"
    """Fly home and land, unless it returns, lands or flies a mission already."""
    LAND = "land"
    """Land where it is, unless as above."""
    LEAVE = "leave"
    """Nothing: it stays as it is, and our heartbeat ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSettings:
    """A script and how it is run. Times named wait are the wall's."""

    script: Path
    arguments: tuple[str, ...] = ()
    at_end: AtEnd = AtEnd.RETURN
    ready_wait_s: float = 60.0
    """For DroneKit to have all parameters; a slow radio needs a minute."""
    lost_warning_wait_s: float = 5.0
    lost_wait_s: float = 60.0
    """Silence after which we stop waiting for a landing; the vehicle's own failsafe acts long before."""
    quiet_stdout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptReport:
    """What a script did, as our link saw it."""

    script: str
    system_id: int
    link_url: str
    problem: str | None
    """Why it failed, or the vehicle was not seen to land, in one line; None where all ended in order."""
    ended_in: str
    """The vehicle's mode when the script ended, and whether it was in the air."""
    armed_at_end: bool
    ended_utc_s: float
    watched_s: float
    """By the vehicle's clock, until nothing was left to wait for."""
    height_max_m: float
    """Above home."""
    messages_sent: int
    messages_refused: int
    """Among them one heartbeat a second, where the script sends its own."""
    link: LinkQuality
    events: tuple[FlightEvent, ...]


@dataclass(slots=True)
class _Flight:
    """The vehicle as we watch it beside the script."""

    link: Exchange
    settings: ScriptSettings
    on_event: OnEvent
    events: list[FlightEvent] = field(default_factory=list)
    height_max_m: float = 0.0

    def tell(self, kind: EventKind, text: str, cause: str = "") -> None:
        """Keep and show one event."""
        event = FlightEvent(kind=kind, at_utc_s=self.link.clock.now_utc_s, text=text, cause=cause)
        self.events.append(event)
        self.on_event(event)

    def take(self, telemetry: Telemetry) -> None:
        """Follow the height."""
        if telemetry.armed:
            self.height_max_m = max(self.height_max_m, telemetry.height_above_home_m)

    async def watch(self) -> None:
        """Tell of arming, modes, what the vehicle says, and silence, for as long as it runs."""
        armed, mode, silent = is_armed(self.link), current_mode(self.link), False
        with self.link.subscribe("HEARTBEAT", "STATUSTEXT") as messages:
            while True:
                message = await messages.next_or_none(1.0)
                if silent is not (self.link.silent_s > self.settings.lost_warning_wait_s):
                    silent = not silent
                    self._tell_silence(silent=silent)
                if message is None:
                    continue
                if message.name == "STATUSTEXT":
                    if message.integer("severity") <= _NOTICE:
                        self.tell(EventKind.VEHICLE_TEXT, f"vehicle: {message.text('text')}")
                    continue
                if not is_autopilot(message):
                    continue
                if (now := message.integer("custom_mode")) != mode:
                    mode = now
                    self.tell(EventKind.MODE, f"mode {mode_name(mode)}")
                if says_armed(message) is not armed:
                    armed = not armed
                    self.tell(*((EventKind.ARMED, "armed") if armed else (EventKind.LANDED, "disarmed")))

    def _tell_silence(self, *, silent: bool) -> None:
        if silent:
            self.tell(EventKind.LINK_SILENT, f"the vehicle is silent for {self.link.silent_s:.0f} s")
        else:
            self.tell(EventKind.LINK_BACK, "the vehicle is heard again")

    async def see_home(self, problem: str | None, halt: asyncio.Event) -> str | None:
        """Do what the operator chose for a vehicle that the script left in the air, and wait until it has landed.

        Returns why it was not seen to land, in one line; None where it was, or was left on purpose.
        """
        mode, cause = current_mode(self.link), problem or "the script has ended"
        if self.settings.at_end is AtEnd.LEAVE:
            self.tell(EventKind.HANDED_OVER, f"left as it is, armed in {mode_name(mode)}", cause)
            return None
        if mode not in RETURNING and (mode != AUTO or problem is not None):
            await self._send_home(mode, cause)
        else:
            self.tell(EventKind.ATTACHED, f"armed in {mode_name(mode)}: waiting until it has landed", cause)
        # Heartbeats are followed by `watch`; here only the latest state matters.
        while is_armed(self.link):
            if halt.is_set():
                self.tell(
                    EventKind.HANDED_OVER, f"left as it is, in {mode_name(current_mode(self.link))}", "interrupted"
                )
                return None
            if self.link.silent_s > self.settings.lost_wait_s:
                return f"the vehicle is silent for {self.link.silent_s:.0f} s; its failsafe has to bring it home"
            await asyncio.sleep(_LOOK_S)
        return None

    async def _send_home(self, mode: int, cause: str) -> None:
        returns = self.settings.at_end is AtEnd.RETURN
        kind, into = (EventKind.RETURNING, RTL) if returns else (EventKind.LANDING, LAND)
        self.tell(kind, f"armed in {mode_name(mode)}: {mode_name(into)}", cause)
        try:
            await set_mode(self.link, into)
        except FlightError as exc:  # it is followed all the same: someone at the sticks may bring it down
            self.tell(EventKind.REFUSED, str(exc), cause)


async def fly_script(
    link: Exchange, settings: ScriptSettings, *, on_event: OnEvent, stop: asyncio.Event, halt: asyncio.Event
) -> ScriptReport:
    """Run a script against the vehicle of this link and see the vehicle home.

    `stop` ends the script; `halt` ends everything, whatever the vehicle does.
    """
    flight = _Flight(link, settings, on_event)
    state = VehicleState(link.clock, patrol_id="script", vehicle_id=f"system {link.target_system}", stream_id="main")
    state.listen(flight.take)
    link.listen(state.hear)
    link.listen_news(lambda news: flight.tell(TOLD_AS[news.kind], news.text))
    await request_rates(link, {name: (STREAMS[name][0], _HZ * STREAMS[name][1]) for name in _WATCHED})
    began_boot_s = link.clock.boot_s
    async with (
        open_tap(link) as tap,
        _background(ended_told(flight.watch(), lambda text: flight.tell(EventKind.OWN_FAULT, text))),
    ):
        async with start_script(
            settings.script,
            settings.arguments,
            link,
            tap.port,
            timeout_s=settings.ready_wait_s,
            quiet_stdout=settings.quiet_stdout,
        ) as script:
            flight.tell(EventKind.SCRIPT_STARTED, f"{settings.script.name} started")
            ended = asyncio.create_task(script.wait())
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not ended.done():
                await script.stop()
            problem = await ended
            if stop.is_set():
                problem = f"{settings.script}: interrupted"
        armed, mode = is_armed(link), mode_name(current_mode(link))
        ended_words = f"{settings.script.name} {'failed' if problem else 'ended'}"
        flight.tell(
            EventKind.SCRIPT_ENDED, f"{ended_words}; the vehicle is {'armed' if armed else 'disarmed'}", problem or ""
        )
        if armed:
            lost = await flight.see_home(problem, halt)
            problem = problem or lost
    return ScriptReport(
        script=str(settings.script),
        system_id=link.target_system,
        link_url=link.address,
        problem=problem,
        ended_in=f"{mode}, {'armed' if armed else 'on the ground'}",
        armed_at_end=is_armed(link),
        ended_utc_s=link.clock.now_utc_s,
        watched_s=link.clock.boot_s - began_boot_s,
        height_max_m=flight.height_max_m,
        messages_sent=tap.sent,
        messages_refused=tap.refused,
        link=link.quality,
        events=tuple(flight.events),
    )


@contextlib.asynccontextmanager
async def _background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
