"""What was found against what happened: the figures of a simulated patrol."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from missions.alert import Alert, Delivery, DeliveryState
from missions.incident import Incident
from missions.scenario import Truth

_SAME_PLACE_M = 30.0  # further apart, an incident and a scripted happening are two things

# Kinds that are one happening to a reviewer: a smoking e-bike may be seen as smoke or as fire.
_FAMILY = {"smoke": "burning", "fire": "burning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredIncident:
    """One incident or one scripted happening. `began_s` to `opened_s` are patrol seconds after take-off."""

    kind: str
    true: bool
    """Whether this happened; a false alarm has False."""
    began_s: float | None
    first_visible_s: float | None
    opened_s: float | None
    """None: it happened and was not found."""
    onset_to_opened_s: float | None
    position_error_m: float | None
    incident_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredAlert:
    """One warning. `onset_to_sent_s` is patrol seconds until the incident opened, wall seconds from there."""

    person: str
    channel: str
    incident_id: str
    onset_to_sent_s: float | None
    opened_to_sent_s: float | None
    """Wall seconds."""


def score_incidents(
    incidents: Iterable[Incident], truths: Iterable[Truth], *, takeoff_utc_s: float
) -> tuple[ScoredIncident, ...]:
    """Match each scripted happening to the first incident of its family within 30 m.

    The rest are false alarms, a second incident of one happening among them: one happening is one incident.
    """
    left = sorted(incidents, key=lambda incident: incident.opened_utc_s)
    rows = []
    for truth in truths:
        found = next((incident for incident in left if _same(incident, truth)), None)
        if found is not None:
            left.remove(found)
        rows.append(_row(truth, found, takeoff_utc_s))
    rows.extend(
        ScoredIncident(
            kind=incident.kind,
            true=False,
            began_s=None,
            first_visible_s=None,
            opened_s=incident.opened_utc_s - takeoff_utc_s,
            onset_to_opened_s=None,
            position_error_m=None,
            incident_id=incident.incident_id,
        )
        for incident in left
    )
    return tuple(rows)


def score_alerts(
    alerts: Iterable[Alert], deliveries: Iterable[Delivery], scored: Iterable[ScoredIncident]
) -> tuple[ScoredAlert, ...]:
    """Time each alert from the onset of its incident; unsent ones and false alarms have no time."""
    sent = {d.alert_id: d.at_wall_s for d in deliveries if d.state is DeliveryState.SENT}
    onset = {row.incident_id: row.onset_to_opened_s for row in scored if row.true}
    rows = []
    for alert in alerts:
        sent_wall_s, before_s = sent.get(alert.alert_id), onset.get(alert.incident_id)
        after_s = None if sent_wall_s is None else sent_wall_s - alert.created_wall_s
        rows.append(
            ScoredAlert(
                person=alert.person_id,
                channel=alert.channel,
                incident_id=alert.incident_id,
                onset_to_sent_s=None if after_s is None or before_s is None else before_s + after_s,
                opened_to_sent_s=after_s,
            )
        )
    return tuple(rows)


def _same(incident: Incident, truth: Truth) -> bool:
    alike = _FAMILY.get(incident.kind, incident.kind) == _FAMILY.get(truth.kind, truth.kind)
    near = incident.position is None or incident.position.distance_m(truth.position) <= _SAME_PLACE_M
    return alike and near and incident.opened_utc_s >= truth.began_utc_s


def _row(truth: Truth, found: Incident | None, takeoff_utc_s: float) -> ScoredIncident:
    onset, visible = truth.onset_utc_s, truth.first_visible_utc_s
    row = ScoredIncident(
        kind=truth.kind,
        true=True,
        began_s=truth.began_utc_s - takeoff_utc_s,
        first_visible_s=None if visible is None else visible - takeoff_utc_s,
        opened_s=None,
        onset_to_opened_s=None,
        position_error_m=None,
        incident_id=None,
    )
    if found is None:
        return row
    return replace(
        row,
        opened_s=found.opened_utc_s - takeoff_utc_s,
        onset_to_opened_s=None if onset is None else found.opened_utc_s - onset,
        position_error_m=None if found.position is None else found.position.distance_m(truth.position),
        incident_id=found.incident_id,
    )
