"""What a flight tells while it happens."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flight.exchange import LinkQuality
from missions import LegKind


class EventKind(StrEnum):
    """What happened."""

    CONNECTED = "connected"
    PARAMETER_SET = "parameter_set"
    UPLOADED = "uploaded"
    ATTACHED = "attached"
    PREFLIGHT = "preflight"
    ARMED = "armed"
    STARTED = "started"
    MODE = "mode"
    HELD = "held"
    RESUMED = "resumed"
    RETURNING = "returning"
    LANDING = "landing"
    HANDED_OVER = "handed_over"
    LANDED = "landed"
    BATTERY_SWAP = "battery_swap"
    LINK_SILENT = "link_silent"
    LINK_BACK = "link_back"
    VEHICLE_TEXT = "vehicle_text"
    OVERDUE = "overdue"
    REFUSED = "refused"
    FAILSAFE = "failsafe"
    """A fault, and what the vehicle or we do about it by the plan's policy."""
    LINK_FAILOVER = "link_failover"
    """We speak over another channel now."""
    LINK_CHANNEL = "link_channel"
    """A channel closed, or is open again."""
    LINK_ODD = "link_odd"
    """What came was refused, left out or not read."""
    OWN_FAULT = "own_fault"
    """A fault of ours in what runs beside the flight; the flight goes on."""
    RECORD = "record"
    """The tlog or the ledger cannot be written, or the tlog is written again."""
    FOREIGN_STATION = "foreign_station"
    """Another ground station is heard."""
    REBOOTED = "rebooted"
    RECOVERED = "recovered"
    """What a silence, a restart or a failsafe had interrupted goes on."""
    LOOKING = "looking"
    LOOKED = "looked"
    SKIPPED = "skipped"
    SPEED = "speed"
    CAMERA = "camera"
    VIDEO_LOST = "video_lost"
    REMOTE_ID = "remote_id"
    SEPARATION = "separation"
    """One of several aircraft waits for another."""
    SCRIPT_STARTED = "script_started"
    SCRIPT_ENDED = "script_ended"


class CheckState(StrEnum):
    """How a preflight check ended."""

    PASS = "pass"  # noqa: S105 - a check that passed
    FAIL = "fail"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the preflight table."""

    name: str
    state: CheckState
    detail: str
    waived_by: str = ""
    """The operator who answers for it, where it is waived."""
    reason: str = ""
    """The operator's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightEvent:
    """Something that happened, at the vehicle's time."""

    kind: EventKind
    at_utc_s: float
    text: str
    sortie_id: str | None = None
    checks: tuple[Check, ...] = ()
    cause: str = ""
    """Why, in the operator's words, where something else brought it about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightProgress:
    """Where a sortie is."""

    at_utc_s: float
    sortie_id: str
    sortie_number: int
    """Counted from 1."""
    sortie_count: int
    item_seq: int
    """Of the whole sortie's items, also where only the rest of them is flown: a Breakpoint can be made of it."""
    item_count: int
    leg: LegKind | None
    """None: taking off or returning."""
    waypoint: int
    waypoint_count: int
    fraction: float
    """0..1 of the sortie's waypoints, by distance."""
    battery_pct: float | None
    eta_s: float
    """To landing, by the plan's estimate and the part done."""
    speed_m_s: float
    height_m: float
    mode: str
    link: LinkQuality | None = None
    """Of the channel in use; None where nobody counts."""


FlightUpdate = FlightEvent | FlightProgress
OnEvent = Callable[[FlightUpdate], None]
