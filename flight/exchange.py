"""Messages between us and one vehicle, fanned out to whoever subscribed.

`VehicleLink` is the real exchange; a test's is a function that plays the vehicle.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from flight.clock import VehicleClock
from flight.dialect import has_field
from flight.link_news import LinkNews, LinkNewsKind, OnLinkNews
from flight.loss import share_pct
from flight.senseless import is_senseless
from flight.status_text import TextJoiner
from missions import Message

_QUEUE_LENGTH = 5000
_TOLD_MOST: Final = 100
_ACCESSORIES_TELL: Final = frozenset(
    {
        "GIMBAL_DEVICE_ATTITUDE_STATUS", "GIMBAL_DEVICE_INFORMATION", "GIMBAL_MANAGER_INFORMATION",
        "GIMBAL_MANAGER_STATUS", "MOUNT_ORIENTATION", "MOUNT_STATUS", "CAMERA_INFORMATION", "CAMERA_SETTINGS",
        "CAMERA_FOV_STATUS", "CAMERA_FEEDBACK", "CAMERA_IMAGE_CAPTURED", "CAMERA_CAPTURE_STATUS",
        "STORAGE_INFORMATION", "VIDEO_STREAM_INFORMATION", "VIDEO_STREAM_STATUS", "OPEN_DRONE_ID_ARM_STATUS",
    }
)  # fmt: skip
"""What a gimbal, a camera or a Remote ID transmitter under the vehicle's system id is listened to for."""
MAV_AUTOPILOT_INVALID = 8
MAV_TYPE_GCS = 6
_MAV_MODE_FLAG_SAFETY_ARMED: Final = 128
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
    signed: int = 0
    """Signed frames that were taken; without a key of ours nobody checked them."""
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
        return share_pct(self.received, self.lost)


def says_armed(heartbeat: Message) -> bool:
    """Whether a vehicle's heartbeat says that its motors are armed."""
    return bool(heartbeat.integer("base_mode") & _MAV_MODE_FLAG_SAFETY_ARMED)


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
        """Take one more; the oldest is dropped, counted, and told the first time, when nobody reads."""
        if len(self._waiting) >= _QUEUE_LENGTH:
            self._waiting.popleft()
            self.dropped += 1
            if self.dropped == 1:
                self._exchange.tell(
                    LinkNewsKind.DROPPED, f"messages come faster than somebody reads them ({message.name} last)"
                )
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
        self.heard_wall_s = time.monotonic()
        """Monotonic wall time of the autopilot's last message."""
        self.senseless = 0
        """Messages left out because they say what cannot be."""
        self.listener_failures = 0
        self._subscriptions: list[Subscription] = []
        self._listeners: list[Callable[[Message], None]] = []
        self._news_listeners: list[OnLinkNews] = []
        self._texts = TextJoiner()
        self._told: set[str] = set()

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

    def unlisten(self, listener: Callable[[Message], None]) -> None:
        """Call it no more."""
        with suppress(ValueError):
            self._listeners.remove(listener)

    def listen_news(self, listener: OnLinkNews) -> None:
        """Call the listener with what happens to the link."""
        self._news_listeners.append(listener)

    def tell(self, kind: LinkNewsKind, text: str) -> None:
        """Tell what happened to the link with this vehicle."""
        self.pass_on(LinkNews(kind=kind, text=text, system_id=self.target_system))

    def pass_on(self, news: LinkNews) -> None:
        """Hand news to who listens; a fault of theirs must not end our heartbeat."""
        for listener in tuple(self._news_listeners):
            try:
                listener(news)
            except Exception:  # noqa: BLE001 - as in `_inform`; there is nobody left to tell
                self.listener_failures += 1

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
        """Hand a received message to the clock, the listeners and the subscribers, where it is our vehicle's.

        Left out are messages of other vehicles and stations, answers to other stations, and what cannot be true.
        """
        if not self._is_vehicle(message) or (_is_answer(message) and not self.is_for_us(message)):
            return
        if is_senseless(message):
            self._leave_out(message, "what it says cannot be")
            return
        if self.target_system == 0 and message.sysid != 0:
            self._queue(message)  # nobody's yet: who waits for a vehicle looks at it
            return
        if self._is_autopilot(message) and not self._hear_autopilot(message):
            self._leave_out(message, "its time is far from the vehicle's")
            return
        texts = self._texts.take(message) if message.name == "STATUSTEXT" else [*self._texts.overdue(), message]
        for whole in texts:
            self._hand_over(whole)

    def publish_all(self, messages: Iterable[Message]) -> None:
        """Hand over several messages."""
        for message in messages:
            self.publish(message)

    @property
    def silent_s(self) -> float:
        """Wall seconds since the vehicle's autopilot was last heard; its accessories do not count."""
        return time.monotonic() - self.heard_wall_s

    def _hear_autopilot(self, message: Message) -> bool:
        """Follow the vehicle's clock; False where the message is not of now."""
        self.heard_wall_s = time.monotonic()
        reboots = self.clock.reboots
        is_believed = self.clock.hear(message)
        if self.clock.reboots != reboots:
            self._rebooted()
        return is_believed

    def _leave_out(self, message: Message, why: str) -> None:
        self.senseless += 1
        self._tell_once(LinkNewsKind.SENSELESS, f"{message.name} is left out: {why}")

    def _hand_over(self, message: Message) -> None:
        self._inform(message)
        self._queue(message)

    def _inform(self, message: Message) -> None:
        self.latest[message.name] = message
        for listener in tuple(self._listeners):
            try:
                listener(message)
            except Exception as exc:  # noqa: BLE001 - a fault in one follower must not cost the others their messages
                self.listener_failures += 1
                self._tell_once(LinkNewsKind.LISTENER_FAILED, f"{message.name}: {type(exc).__name__}: {exc}")

    def _queue(self, message: Message) -> None:
        for subscription in self._subscriptions:
            if not subscription.names or message.name in subscription.names:
                subscription.put(message)

    def _tell_once(self, kind: LinkNewsKind, text: str) -> None:
        if text not in self._told and len(self._told) < _TOLD_MOST:
            self._told.add(text)
            self.tell(kind, text)

    def _rebooted(self) -> None:
        self.tell(LinkNewsKind.REBOOTED, f"vehicle {self.target_system} began anew: it rebooted")

    def _is_vehicle(self, message: Message) -> bool:
        """Whether this comes from our vehicle: its autopilot, or of its accessories what they alone can tell."""
        if self.target_system == 0 or message.sysid == 0:
            return True
        return message.sysid == self.target_system and (
            self._is_autopilot(message) or message.name in _ACCESSORIES_TELL
        )

    def _is_autopilot(self, message: Message) -> bool:
        """Whether the autopilot itself says it, not a gimbal, a camera or a companion under its system id."""
        return self.target_component == 0 or message.compid in {0, self.target_component}


def _is_answer(message: Message) -> bool:
    """Whether a message is one of a dialogue that another station may lead with the same vehicle."""
    return message.name == "COMMAND_ACK" or message.name.startswith("MISSION_")
