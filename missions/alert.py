"""People, the warnings they get, and who goes there."""

from dataclasses import dataclass
from enum import StrEnum

from missions.geopoint import GeoPoint


def channel_scheme(channel: str) -> str:
    """Return what may be shown of a channel: its kind; the rest of an Apprise URL is a secret."""
    return channel.split(":", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of staff: every one is warned of every incident."""

    person_id: str
    name: str
    channels: tuple[str, ...]
    """`console:`, `review:` or an Apprise URL each."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """Someone who can go there on foot."""

    person_id: str
    position: GeoPoint
    walking_m_s: float = 1.35
    equipment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who is on duty."""

    staff: tuple[Person, ...]
    responders: tuple[Responder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One warning for one person over one channel; an outbox row."""

    alert_id: str
    incident_id: str
    person_id: str
    channel: str
    language: str
    title: str
    body: str
    created_wall_s: float


class DeliveryState(StrEnum):
    """What is known of a warning; each state is recorded apart, none is inferred from another."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One step in the life of an alert."""

    alert_id: str
    state: DeliveryState
    at_wall_s: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """The nearest fit responder for an incident."""

    dispatch_id: str
    incident_id: str
    person_id: str
    walking_m: float
    """Along the roads."""
    eta_s: float
    planned_wall_s: float
