"""What the preflight table is told from outside: what the operator waives, and what only rooms above flight know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flight.events import Check
from flight.ledger import Ledger
from missions import Breakpoint, Sortie
from missions.mission import Wind

Probe = Callable[[], Check]
"""A row of the table that is judged elsewhere, now: video, metadata, the archive's disk, the weather."""

EnergyNeeded = Callable[[Sortie, Breakpoint | None, Wind], float]
"""Wh that a sortie takes in this wind: all of it, or what is left of it from a breakpoint; without any reserve."""

Pictures = Callable[[], int]
"""How many pictures of the flight's video have been looked at so far."""


class Departures(Protocol):
    """Who says when a sortie may take off: a timetable, and the other aircraft in the air."""

    async def due(self, sortie: Sortie) -> None:
        """Return once it is time to prepare the sortie."""
        ...

    async def cleared(self, sortie: Sortie) -> None:
        """Return once it may take off; it is armed at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundSide:
    """What rooms above give a flight; without any of it a flight knows its vehicle only."""

    energy_needed: EnergyNeeded | None = None
    """None: a sortie takes what its plan says."""
    probes: tuple[Probe, ...] = ()
    pictures: Pictures | None = None
    """None: no video is watched."""
    ledger: Ledger | None = None
    """Of this vehicle; None remembers nothing once the flight is over."""
    departures: Departures | None = None
    """None: a sortie takes off as soon as it is ready."""
    resume_after_utc_s: float = 0.0
    """A ledger that was last written before is of an earlier patrol: nothing goes on from it. This machine's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An operator's word that one check may fail."""

    check: str
    """The check's name in the table."""
    operator: str
    """Who answers for it."""
    reason: str = ""

    def __post_init__(self) -> None:
        for name, value in (("check", self.check), ("operator", self.operator)):
            if not value.strip():
                raise ValueError(f"a waiver names its {name}")
