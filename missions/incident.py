"""What a human reviews: one happening."""

from dataclasses import dataclass
from enum import StrEnum

from missions.detection import Box
from missions.geopoint import GeoPoint


class IncidentKind(StrEnum):
    """Kinds the rules can open."""

    SMOKE = "smoke"
    FIRE = "fire"
    STOPPED_VEHICLE = "stopped_vehicle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One happening, merged by kind, place and time across frames, passes and vehicles.

    A later value with the same `incident_id` replaces the earlier one.
    """

    incident_id: str
    patrol_id: str
    vehicle_id: str
    stream_id: str
    kind: IncidentKind
    began_utc_s: float
    """Capture time of the first evidence, patrol time."""
    opened_utc_s: float
    """Capture time of the picture that made the rule sure, patrol time."""
    last_seen_utc_s: float
    first_pts_s: float
    last_pts_s: float
    score: float
    box_px: Box
    """In the picture at `opened_pts_s`."""
    opened_pts_s: float
    track_ids: tuple[int, ...] = ()
    position: GeoPoint | None = None
    position_error_m: float | None = None
    road_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """A rule asks for a closer look at a place."""

    incident_id: str
    position: GeoPoint
    duration_s: float
    reason: str


class LookAnswer(StrEnum):
    """What became of a look request."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_YET = "not yet"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something heard from outside: a call, a sensor, another system."""

    signal_id: str
    kind: str
    received_utc_s: float
    position: GeoPoint | None = None
    text: str = ""


class Decision(StrEnum):
    """What a reviewer decided."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A reviewer's decision on an incident; the newest holds."""

    incident_id: str
    decision: Decision
    reviewer: str
    decided_wall_s: float
    note: str = ""
