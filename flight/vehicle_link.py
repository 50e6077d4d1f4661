"""What one vehicle says and what is said to it, over whichever channel reaches it best."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Protocol

from flight.errors import LinkSilent
from flight.exchange import Exchange, LinkQuality, is_autopilot
from flight.link_news import LinkNews, LinkNewsKind, OnLinkNews
from flight.telemetry_stream import TelemetryStream
from flight.vehicle_state import VehicleState
from missions import Message, Telemetry

AUTOPILOT_COMPONENT_ID = 1  # MAV_COMP_ID_AUTOPILOT1


class Channels(Protocol):
    """What a vehicle's link needs of the hub."""

    @property
    def address(self) -> str:
        """All addresses, for the operator."""
        ...

    @property
    def news(self) -> Sequence[LinkNews]:
        """What happened to the channels so far, the latest hundred."""
        ...

    def send(self, link: "VehicleLink", message: Message) -> None:
        """Send to a vehicle."""
        ...

    def quality_of(self, link: "VehicleLink") -> LinkQuality:
        """Return what was counted of a vehicle."""
        ...

    def met(self, link: "VehicleLink") -> None:
        """A link knows its vehicle now."""
        ...

    def rebooted(self, system_id: int) -> None:
        """A vehicle began anew."""
        ...


class VehicleLink(Exchange):
    """One vehicle on the channels of a hub; before `wait_vehicle` it is nobody's and hears everybody."""

    def __init__(self, channels: Channels, *, system_id: int = 0) -> None:
        super().__init__()
        self._channels = channels
        self.address = channels.address
        self.target_system = system_id
        self.target_component = AUTOPILOT_COMPONENT_ID if system_id else 0
        self._streams: list[TelemetryStream] = []

    @property
    def quality(self) -> LinkQuality:
        """What was counted of the vehicle, on the channel in use."""
        return self._channels.quality_of(self)

    def listen_news(self, listener: OnLinkNews) -> None:
        """Call the listener with what happens to the link, and at once with what happened to the channels before."""
        super().listen_news(listener)
        for news in tuple(self._channels.news):
            listener(news)

    async def send(self, message: Message) -> None:
        """Send one message to the vehicle."""
        self._channels.send(self, self.addressed(message))

    async def wait_vehicle(self, *, system_id: int | None = None, timeout_s: float = 10.0) -> Message:
        """Return the first heartbeat of an autopilot and make it this link's vehicle.

        Raises:
            LinkSilent: no autopilot (of that system id) within the time.

        """
        others: set[int] = set()
        with self.subscribe("HEARTBEAT") as heartbeats, suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    heartbeat = await heartbeats.get(timeout_s)
                    if is_autopilot(heartbeat):
                        if system_id in {None, heartbeat.sysid}:
                            self._meet(heartbeat)
                            return heartbeat
                        others.add(heartbeat.sysid)
        wanted = "a vehicle" if system_id is None else f"vehicle with system id {system_id}"
        heard = f"; heard only system id {', '.join(map(str, sorted(others)))}" if others else ""
        faults = "".join(f"; {each.text}" for each in self._channels.news if each.kind is LinkNewsKind.OWN_FAULT)
        raise LinkSilent(f"no heartbeat of {wanted} at {self.address} within {timeout_s:g} s{heard}{faults}")

    async def telemetry(
        self, *, patrol_id: str = "", vehicle_id: str = "", stream_id: str = "main"
    ) -> AsyncIterator[Telemetry]:
        """Yield the vehicle's states from now on, until the link closes."""
        stream = TelemetryStream()
        state = VehicleState(self.clock, patrol_id=patrol_id, vehicle_id=vehicle_id, stream_id=stream_id)
        state.listen(stream.put)
        self._streams.append(stream)
        self.listen(state.hear)
        try:
            async for telemetry in stream:
                yield telemetry
        finally:
            self.unlisten(state.hear)
            self._streams.remove(stream)

    def close(self) -> None:
        """End the telemetry that is waited for."""
        for stream in self._streams:
            stream.end()

    def look_for_texts(self) -> None:
        """Hand over texts whose last piece does not come."""
        for text in self._texts.overdue():
            self._hand_over(text)

    def _meet(self, heartbeat: Message) -> None:
        self.target_system, self.target_component = heartbeat.sysid, heartbeat.compid
        self._channels.met(self)
        self.heard_wall_s = time.monotonic()
        self._inform(heartbeat)

    def _rebooted(self) -> None:
        self._channels.rebooted(self.target_system)
        super()._rebooted()
