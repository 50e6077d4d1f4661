"""What happens to a link and is worth a line to the operator."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class LinkNewsKind(StrEnum):
    """What happened."""

    CHANNEL_LOST = "channel_lost"
    """A socket or a line closed, or cannot be opened; it is tried again."""
    CHANNEL_BACK = "channel_back"
    FAILOVER = "failover"
    """We speak to the vehicle over another channel now."""
    FOREIGN_STATION = "foreign_station"
    """Another ground station is heard for the first time."""
    REBOOTED = "rebooted"
    """The vehicle's time began anew."""
    REFUSED = "refused"
    """Frames without a right signature came; told when it begins, then counted."""
    SENSELESS = "senseless"
    """A message says what cannot be; told once for each name, then counted."""
    LISTENER_FAILED = "listener_failed"
    """A fault of ours in what follows the telemetry; the flight goes on."""
    OWN_FAULT = "own_fault"
    """A fault of ours in what keeps the link; it is begun anew."""
    DROPPED = "dropped"
    """Somebody of ours does not read what he subscribed to."""
    RECORD_FAILED = "record_failed"
    """The tlog cannot be written; tried again with every frame."""
    RECORD_BACK = "record_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkNews:
    """One of them."""

    kind: LinkNewsKind
    text: str
    system_id: int = 0
    """Of the vehicle or station it is about; 0 for a channel."""
    at_wall_s: float = field(default_factory=time.time)


OnLinkNews = Callable[[LinkNews], None]
