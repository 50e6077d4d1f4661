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


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightRow:
    """One check before arming."""

    name: str
    state: str
    """pass, fail or waived."""
    detail: str
    waived_by: str = ""
    """The operator who answers for it."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The table on which a sortie was let off, or kept on the ground."""

    sortie_id: str
    captured_utc_s: float
    rows: tuple[PreflightRow, ...]


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
        Kind("preflight", Preflight, lambda v: f"{v.sortie_id} {v.captured_utc_s:.3f}"),
        Kind("note", Note, lambda v: v.about),
    )
}
