"""Video and telemetry to tracks on the map to incidents; the only home of torch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vision.events import (
        FootageStarted,
        HealthChanged,
        IncidentSeen,
        LookWanted,
        StreamEnded,
        TracksSeen,
        WatchEvent,
        WatchFailed,
        WatchProgress,
    )
    from vision.spec import TelemetryKind, WatchSpec
    from vision.watch import watch_source
    from vision.watcher import WatcherProcess

# Loaded when asked for: the reading process imports this package and needs neither tracker nor detector.
_HOMES = {
    "FootageStarted": "vision.events",
    "HealthChanged": "vision.events",
    "IncidentSeen": "vision.events",
    "LookWanted": "vision.events",
    "StreamEnded": "vision.events",
    "TelemetryKind": "vision.spec",
    "TracksSeen": "vision.events",
    "WatchEvent": "vision.events",
    "WatchFailed": "vision.events",
    "WatchProgress": "vision.events",
    "WatchSpec": "vision.spec",
    "WatcherProcess": "vision.watcher",
    "load_detector": "vision.detector",
    "watch_source": "vision.watch",
}

__all__ = [
    "FootageStarted",
    "HealthChanged",
    "IncidentSeen",
    "LookWanted",
    "StreamEnded",
    "TelemetryKind",
    "TracksSeen",
    "WatchEvent",
    "WatchFailed",
    "WatchProgress",
    "WatchSpec",
    "WatcherProcess",
    "load_detector",
    "watch_source",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
