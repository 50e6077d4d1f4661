"""What one flight of the matrix came to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(kw_only=True)
class Verdict:
    """Filled while a trial runs; nothing broken means that it held."""

    broken: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    """Measured values, by what they are called in the table."""
    firmware: str = ""

    def must(self, held: object, what: str) -> None:
        """Note what did not hold."""
        if not held:
            self.broken.append(what)


Trial = Callable[[int, Path, Verdict], Awaitable[None]]
"""Given a seed and an empty folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the matrix."""

    name: str
    what: str
    must: str
    trial: Trial
    longest_wall_s: float = 240.0
    finding: str = ""
    """What its broken trials have shown so far, where that needs more than their own words."""
