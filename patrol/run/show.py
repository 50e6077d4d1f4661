"""What a run tells the one who watches it: a port, so that a terminal, a script and a test see the same."""

from collections.abc import Callable
from dataclasses import dataclass

from flight.events import FlightUpdate
from missions.alert import Alert
from missions.health import Health
from patrol.run.incident_desk import Opened
from vision.events import WatchProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Callbacks, each called in the event loop, none of which waits."""

    flight: Callable[[FlightUpdate], None]
    watching: Callable[[WatchProgress], None]
    opened: Callable[[Opened], None]
    alert: Callable[[Alert], None]
    """An alert of the console channel."""
    health: Callable[[Health], None]
