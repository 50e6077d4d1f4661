"""Who goes there: responders ranked by the way they have to walk, and what the nearest is told."""

from dataclasses import dataclass
from typing import Final, Protocol

from missions.alert import Alert, Dispatch, Responder, Roster
from missions.catalogue import say
from missions.geopoint import GeoPoint
from missions.incident import Incident
from response.wording import (
    BURNING,
    duration,
    equipment_names,
    kind_name,
    place_lines,
    safety_lines,
    spoken,
    when_line,
)

REACTION_S: Final = 10.0
"""Reading the warning and taking the extinguisher; an allowance, nobody measured it yet."""
_EXTINGUISHER: Final = "extinguisher"


class Walking(Protocol):
    """Distances on foot; `missions.roads.WalkingGraph` is one."""

    def distance_m(self, a: GeoPoint, b: GeoPoint) -> float | None:
        """Return the way along the roads, None where they do not meet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A responder who could reach an incident."""

    responder: Responder
    walking_m: float
    """Along the roads."""
    eta_s: float
    """From the warning: reaction, then the walk."""
    equipped: bool
    """Has what this kind of incident asks for."""


def rank_responders(
    incident: Incident, roster: Roster, walking: Walking, *, reaction_s: float = REACTION_S
) -> tuple[Candidate, ...]:
    """Return everyone who can get there, the fittest first: the equipped before the others, then by time of arrival.

    Nobody is returned where the place is not known or no road leads there.
    """
    if incident.position is None:
        return ()
    candidates: list[Candidate] = []
    for responder in roster.responders:
        walking_m = walking.distance_m(responder.position, incident.position)
        if walking_m is None:
            continue
        candidates.append(
            Candidate(
                responder=responder,
                walking_m=walking_m,
                eta_s=reaction_s + walking_m / responder.walking_m_s,
                equipped=incident.kind not in BURNING or _EXTINGUISHER in responder.equipment,
            )
        )
    return tuple(sorted(candidates, key=lambda c: (not c.equipped, c.eta_s, c.responder.person_id)))


def plan_dispatch(
    incident: Incident, roster: Roster, walking: Walking, *, now_wall_s: float, reaction_s: float = REACTION_S
) -> Dispatch | None:
    """Return the nearest fit responder, None where nobody can get there; pure, the same id for the same choice."""
    ranked = rank_responders(incident, roster, walking, reaction_s=reaction_s)
    if not ranked:
        return None
    best = ranked[0]
    return Dispatch(
        dispatch_id=f"{incident.incident_id}:dispatch:{best.responder.person_id}",
        incident_id=incident.incident_id,
        person_id=best.responder.person_id,
        walking_m=best.walking_m,
        eta_s=best.eta_s,
        planned_wall_s=now_wall_s,
    )


def plan_dispatch_alerts(
    incident: Incident, dispatch: Dispatch, roster: Roster, *, now_wall_s: float
) -> tuple[Alert, ...]:
    """Return what the dispatched person is told, one alert per channel: how far, how long, what to take, safety.

    Ids are `<dispatch_id>:<n>`. Nothing is returned for someone who is not on the roster's staff.
    """
    person = next((p for p in roster.staff if p.person_id == dispatch.person_id), None)
    responder = next((r for r in roster.responders if r.person_id == dispatch.person_id), None)
    if person is None or responder is None:
        return ()
    language = spoken(person.language)
    walking_m, eta = round(dispatch.walking_m), duration(dispatch.eta_s, language)
    body = [say("dispatch.go", language, name=person.name, walking_m=walking_m, eta=eta)]
    if responder.equipment:
        body.append(say("dispatch.take", language, equipment=equipment_names(responder.equipment, language)))
    body += [
        *place_lines(incident, language),
        when_line(incident.opened_utc_s, language),
        say("dispatch.task", language),
        *safety_lines(incident, language),
    ]
    title = say("dispatch.title", language, kind=kind_name(incident, language), walking_m=walking_m)
    return tuple(
        Alert(
            alert_id=f"{dispatch.dispatch_id}:{number}",
            incident_id=incident.incident_id,
            person_id=person.person_id,
            channel=channel,
            language=language,
            title=title,
            body="\n".join(body),
            created_wall_s=now_wall_s,
        )
        for number, channel in enumerate(person.channels)
    )
