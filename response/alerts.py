"""Who is told of an incident, over which channel, in which words."""

from collections.abc import Collection

from missions.alert import Alert, Person, Roster
from missions.catalogue import say
from missions.incident import Incident, IncidentKind
from response.wording import kind_name, place_lines, safety_lines, spoken, when_line

_FIRE_SUFFIX = ":fire"


def plan_alerts(
    incident: Incident,
    roster: Roster,
    *,
    mission_name: str,
    now_wall_s: float,
    already: Collection[str] = (),
) -> tuple[Alert, ...]:
    """Return one alert per member of staff and channel; pure, and the same ids for the same incident every time.

    Ids are `<incident_id>:<person_id>:<n>`, n counting the person's channels, plus `:fire` for a fire: an incident
    that goes from smoke to fire warns once more, every other change of it warns nobody again. Alerts whose ids are in
    `already`, and those for smoke once its fire was told, are left out.
    """
    told = frozenset(already)
    suffix = _FIRE_SUFFIX if incident.kind is IncidentKind.FIRE else ""
    alerts: list[Alert] = []
    for person in roster.staff:
        for number, channel in enumerate(person.channels):
            alert_id = f"{incident.incident_id}:{person.person_id}:{number}"
            if alert_id + suffix in told or alert_id + _FIRE_SUFFIX in told:
                continue
            alerts.append(
                _alert(alert_id + suffix, incident, person, channel, mission_name=mission_name, now_wall_s=now_wall_s)
            )
    return tuple(alerts)


def _alert(
    alert_id: str, incident: Incident, person: Person, channel: str, *, mission_name: str, now_wall_s: float
) -> Alert:
    language = spoken(person.language)
    kind = kind_name(incident, language)
    title = (
        say("alert.title.road", language, kind=kind, road=incident.road_name)
        if incident.road_name
        else say("alert.title.no_road", language, kind=kind, vehicle=incident.vehicle_id)
    )
    body = [
        say("alert.what", language, kind=kind, vehicle=incident.vehicle_id, mission=mission_name),
        *place_lines(incident, language),
        when_line(incident.opened_utc_s, language),
        *safety_lines(incident, language),
    ]
    return Alert(
        alert_id=alert_id,
        incident_id=incident.incident_id,
        person_id=person.person_id,
        channel=channel,
        language=language,
        title=title,
        body="\n".join(body),
        created_wall_s=now_wall_s,
    )
