"""Which values the journal holds, and under which key a later one replaces an earlier one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from missions.alert import Alert, Delivery, Dispatch
from missions.health import Health
from missions.incident import Incident, LookRequest, Signal, Verdict
from missions.scenario import Truth


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the patrol should know: an event of the flight, a step of the run."""

    about: str
    text: str
    captured_utc_s: float | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of journal entry."""

    name: str
    type: type[Any]
    key: Callable[[Any], str]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("incident", Incident, lambda v: v.incident_id),
        Kind("alert", Alert, lambda v: v.alert_id),
        Kind("delivery", Delivery, lambda v: v.alert_id),
        Kind("dispatch", Dispatch, lambda v: v.incident_id),
        Kind("verdict", Verdict, lambda v: v.incident_id),
        Kind("look", LookRequest, lambda v: v.incident_id),
        Kind("signal", Signal, lambda v: v.signal_id),
        Kind("health", Health, lambda v: v.part),
        Kind("truth", Truth, lambda v: v.incident_id),
        Kind("note", Note, lambda v: v.about),
    )
}
