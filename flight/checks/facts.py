"""What checks look at, and what they find."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flight.context import Flight
from flight.item_codec import WireItem
from missions import Breakpoint, GeoPoint, Sortie


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A vehicle that is about to fly a sortie, or what is left of it."""

    flight: Flight
    sortie: Sortie
    start: Breakpoint | None
    """Where it goes on; None flies all of it."""
    stored: Sequence[WireItem]
    """The mission as the vehicle gave it back."""
    reasons: Sequence[str]
    """Why it would not arm, in its own words."""
    folder: Path
    """Where the flight is recorded."""

    @property
    def home(self) -> GeoPoint | None:
        """Where the vehicle will come back to: its home, else where it stands."""
        return home_of(self.flight)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check came out."""

    ok: bool
    text: str
    """What is good, or what is wrong."""


def good(text: str) -> Finding:
    """Return a check that passes."""
    return Finding(ok=True, text=text)


def bad(text: str) -> Finding:
    """Return a check that fails."""
    return Finding(ok=False, text=text)


def home_of(flight: Flight) -> GeoPoint | None:
    """Return where the vehicle will come back to: its home, else where it stands."""
    home = flight.link.latest.get("HOME_POSITION")
    if home is not None and home.integer("latitude"):
        return GeoPoint(lat_deg=home.integer("latitude") / 1e7, lon_deg=home.integer("longitude") / 1e7)
    return flight.state.telemetry.position if flight.state.telemetry else None
