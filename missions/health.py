"""How the parts of a running patrol are."""

from dataclasses import dataclass
from enum import StrEnum


class HealthState(StrEnum):
    """State of a part."""

    OK = "ok"
    DEGRADED = "degraded"
    RESTARTED = "restarted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Something changed about a part: link, watcher, video, world, sender."""

    part: str
    state: HealthState
    at_wall_s: float
    detail: str = ""
