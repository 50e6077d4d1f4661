"""Pictures of what a reviewer dismissed: negatives whose label is the reviewer's word."""

from dataclasses import dataclass
from typing import Final

from missions.incident import Decision, Incident, IncidentKind
from patrol.mining.record import ABOUT_S, PatrolRecord
from vision.detector.mining import APART_S, Candidate

OF_AN_INCIDENT: Final = 3
"""Pictures of one dismissed incident at most."""
_PLUMES: Final = {IncidentKind.SMOKE, IncidentKind.FIRE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One picture that was picked."""

    candidate: Candidate
    labelled_classes: tuple[str, ...] = ()
    incident_id: str | None = None


def dismissed_picks(record: PatrolRecord) -> tuple[list[Pick], list[str]]:
    """Return pictures of what the reviewer dismissed as smoke or fire, and what was left out and why."""
    decisions = {verdict.incident_id: verdict.decision for verdict in record.archive.verdicts()}
    incidents = record.archive.incidents()
    picks: list[Pick] = []
    left_out: list[str] = []
    for incident in incidents:
        if decisions.get(incident.incident_id) is not Decision.DISMISSED:
            continue
        if incident.kind not in _PLUMES:
            left_out.append(f"{incident.incident_id}: a dismissed {incident.kind} says nothing of what was detected")
            continue
        others = [other for other in incidents if decisions.get(other.incident_id) is not Decision.DISMISSED]
        times = [at_s for at_s in _times(incident) if not any(_in_view(other, at_s) for other in others)]
        if not times:
            left_out.append(f"{incident.incident_id}: smoke or fire that was not dismissed may be in the picture")
        for pts_s in times:
            candidate = Candidate(
                pts_s=pts_s,
                place_m=record.place_m(record.looked_near(pts_s) or pts_s),
                value=1.0,
                why=f"{incident.kind} {incident.incident_id} was dismissed",
            )
            picks.append(
                Pick(
                    candidate=candidate,
                    labelled_classes=(str(incident.kind.value),),
                    incident_id=incident.incident_id,
                )
            )
    return picks, left_out


def _times(incident: Incident) -> list[float]:
    """Return the opening, and the middle and the end of what followed, where they are apart."""
    opened, last = incident.opened_pts_s, incident.last_pts_s
    times = [opened]
    for pts_s in ((opened + last) / 2, last):
        if pts_s - times[-1] >= APART_S and len(times) < OF_AN_INCIDENT:
            times.append(pts_s)
    return times


def _in_view(incident: Incident, pts_s: float) -> bool:
    return incident.kind in _PLUMES and incident.first_pts_s - ABOUT_S <= pts_s <= incident.last_pts_s + ABOUT_S
