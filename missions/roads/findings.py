"""What was wrong with a road file: repaired, or left and said."""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What an importer finds in a dirty network."""

    ZERO_LENGTH = "zero_length"
    """Points that stood twice in a row; one was dropped."""
    DRAWN_TWICE = "drawn_twice"
    """Whole lines that lay on others; dropped."""
    OVERLAP = "overlap"
    """Stretches of lines that lay on others; cut away."""
    GAP_CLOSED = "gap_closed"
    """Ends that did not quite meet; joined. Metres are what the ends were moved, together."""
    CROSSING = "crossing"
    """Crossings without a common point: bridges, or junctions nobody drew. Left as they are."""
    ISLAND = "island"
    """Parts not connected with the largest one. Left as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of dirt, how often and how much of it."""

    kind: FindingKind
    count: int
    metres: float

    @property
    def repaired(self) -> bool:
        """Whether the network was changed for it."""
        return self.kind not in {FindingKind.CROSSING, FindingKind.ISLAND}
