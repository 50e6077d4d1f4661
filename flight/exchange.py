"""Messages between us and one vehicle, fanned out to whoever subscribed.

`MavLink` is the real exchange; a test's is a function that plays the vehicle.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from flight.clock import VehicleClock
from flight.dialect import has_field
from missions import Message

_QUEUE_LENGTH = 5000
MAV_AUTOPILOT_INVALID = 8
MAV_TYPE_GCS = 6
GCS_SYSTEM_ID = 255
GCS_COMPONENT_ID = 190  # MAV_COMP_ID_MISSIONPLANNER, what ground stations use


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkQuality:
    """What was counted on a link since it was opened, and how it is now."""

    received: int
    lost: int
    """By gaps in the senders' sequence numbers."""
    sent: int
    bad_bytes: int
    window_loss_pct: float = 0.0
    """Share lost of the vehicle's messages of the last seconds; 0 also where nobody counts by time."""
    latency_ms: float | None = None
    """There and back, of the last answers; None where nothing was measured."""
    unsigned: int = 0
    """Refused: without a signature on a signed link."""
    bad_signatures: int = 0
    """Refused: signed with another key, or changed on the way."""
    replayed: int = 0
    """Refused: signed no later than what came before."""
    channel: str = ""
    """Its address."""
    foreign_stations: tuple[int, ...] = ()
    """System ids of other ground stations heard on it, ascending."""

    @property
    def loss_pct(self) -> float:
        """Share of the vehicle's messages that never arrived."""
        total = self.received + self.lost
        return 100.0 * self.lost / total if total else 0.0


def is_autopilot(heartbeat: Message) -> bool:
    """Whether a heartbeat is a vehicle's, not a ground station's or an accessory's."""
    return heartbeat.integer("autopilot") != MAV_AUTOPILOT_INVALID and heartbeat.integer("type") != MAV_TYPE_GCS


class Subscription:
    """The messages of some names, in order. Use as a context manager."""

    def __init__(self, exchange: "Exchange", names: frozenset[str]) -> None:
        self.names = names
        self.dropped = 0
        self._exchange = exchange
        self._waiting: deque[Message] = deque()
        self._arrived = asyncio.Event()

    def put(self, message: Message) -> None:
        """Take one more; the oldest is dropped, and counted, when nobody reads."""
        if len(self._waiting) >= _QUEUE_LENGTH:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(message)
        self._arrived.set()

    async def get(self, timeout_s: float) -> Message:
        """Return the next message.

        Raises:
            TimeoutError: none within `timeout_s` of wall time.

        """
        if not self._waiting:
            self._arrived.clear()
            async with asyncio.timeout(timeout_s):
                await self._arrived.wait()
        return self._waiting.popleft()

    async def next_or_none(self, timeout_s: float) -> Message | None:
        """Return the next message, None when none comes within `timeout_s` of wall time."""
        with suppress(TimeoutError):
            return await self.get(timeout_s)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._exchange.unsubscribe(self)


class Exchange(ABC):
    """One vehicle's messages: send, subscribe, and the latest of each name."""

    def __init__(self) -> None:
        self.clock = VehicleClock()
        self.target_system = 0
        self.target_component = 0
        self.own_system_id = GCS_SYSTEM_ID
        self.own_component_id = GCS_COMPONENT_ID
        self.latest: dict[str, Message] = {}
        """Last message of each name from the vehicle's autopilot or its gimbal."""
        self.address = "scripted"
        self.is_loopback = True
        self.heard_wall_s = time.monotonic()
        """Monotonic wall time of the vehicle's last message."""
        self._subscriptions: list[Subscription] = []
        self._listeners: list[Callable[[Message], None]] = []

    @abstractmethod
    async def send(self, message: Message) -> None:
        """Send one message; target fields that are not given are the vehicle's."""

    @property
    def quality(self) -> LinkQuality:
        """What was counted so far."""
        return LinkQuality(received=0, lost=0, sent=0, bad_bytes=0)

    def subscribe(self, *names: str) -> Subscription:
        """Return the messages of these names from now on; no name means all."""
        subscription = Subscription(self, frozenset(names))
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        with suppress(ValueError):
            self._subscriptions.remove(subscription)

    def listen(self, listener: Callable[[Message], None]) -> None:
        """Call the listener at once with each message of the vehicle."""
        self._listeners.append(listener)

    def addressed(self, message: Message) -> Message:
        """Return the message with its target fields filled in."""
        fields = dict(message.fields)
        for name, value in (("target_system", self.target_system), ("target_component", self.target_component)):
            if name not in fields and has_field(message.name, name):
                fields[name] = value
        return Message(message.name, fields)

    def is_for_us(self, message: Message) -> bool:
        """Whether a message is addressed to us, or to all: 0, or no target fields at all."""
        system, component = message.fields.get("target_system", 0), message.fields.get("target_component", 0)
        return system in {0, self.own_system_id} and component in {0, self.own_component_id}

    def publish(self, message: Message) -> None:
        """Hand a received message to the clock, the listeners and the subscribers."""
        if not self._is_vehicle(message):
            return
        self.heard_wall_s = time.monotonic()
        self.clock.hear(message)
        self.latest[message.name] = message
        for listener in self._listeners:
            listener(message)
        for subscription in self._subscriptions:
            if not subscription.names or message.name in subscription.names:
                subscription.put(message)

    def publish_all(self, messages: Iterable[Message]) -> None:
        """Hand over several messages."""
        for message in messages:
            self.publish(message)

    @property
    def silent_s(self) -> float:
        """Wall seconds since the vehicle was last heard."""
        return time.monotonic() - self.heard_wall_s

    def _is_vehicle(self, message: Message) -> bool:
        """Whether this comes from our vehicle; other ground stations and other vehicles are not ours."""
        return self.target_system == 0 or message.sysid in {0, self.target_system}
