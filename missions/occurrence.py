"""One time that a patrol of a timetable is due, and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class OccurrenceState(StrEnum):
    """What became of an occurrence, or is becoming."""

    WAITING = "waiting"
    """Due, and kept from flying by the weather or a busy aircraft; there is time yet."""
    FLYING = "flying"
    RESUMED = "resumed"
    """Flying again, after whoever flew it had died."""
    FLOWN = "flown"
    CUT_SHORT = "cut_short"
    """It began and did not come to its end."""
    FAILED = "failed"
    """It did not begin: plan, link, vehicle or preflight said no."""
    REFUSED = "refused"
    """By the weather gate, as long as it could have flown."""
    MISSED = "missed"
    """Nobody was there to fly it, or its aircraft were busy."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more becomes of it."""
        return self not in {OccurrenceState.WAITING, OccurrenceState.FLYING, OccurrenceState.RESUMED}

    @property
    def is_in_the_air(self) -> bool:
        """Whether it is being flown, as far as was written."""
        return self in {OccurrenceState.FLYING, OccurrenceState.RESUMED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A patrol of a timetable at one of its times."""

    patrol: str
    due_utc_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceChange:
    """One line of the history: what became of an occurrence, when and why."""

    occurrence: Occurrence
    state: OccurrenceState
    at_utc_s: float
    text: str = ""
    """In the operator's words."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What a gate measured, by names with units."""


def latest_of(changes: Iterable[OccurrenceChange]) -> tuple[OccurrenceChange, ...]:
    """Return the last line of each occurrence, in the order in which they were due; lines come as written."""
    last = {(each.occurrence.due_utc_s, each.occurrence.patrol): each for each in changes}
    return tuple(last[key] for key in sorted(last))
