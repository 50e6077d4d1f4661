"""What was seen and done about an incident, as markup. Spans before the opening are patrol time, after it wall time."""

from missions.alert import Roster
from review.feed import IncidentFile
from review.pages.shell import View, badge, esc
from review.wording import (
    channel_text,
    clock_time,
    date_time,
    error_text,
    place_text,
    seconds_text,
    walk_text,
)


def _name(roster: Roster, person_id: str) -> str:
    return next((person.name for person in roster.staff if person.person_id == person_id), person_id)


def _heading(view: View, key: str) -> str:
    return f"<h2>{esc(view.say(key))}</h2>"


def _step(name: str, at: str, after: str, seek: float | None = None) -> str:
    button = "" if seek is None else f' role="button" tabindex="0" data-seek="{seek}"'
    return f'<li{button}><b>{esc(name)}</b><time>{esc(at)}</time><span class="after">{esc(after)}</span></li>'


def story_html(view: View, file: IncidentFile) -> str:
    """Return the incident's life, step by step; steps that the footage shows lead there."""
    incident = file.incident
    language = view.language

    def after(span_s: float) -> str:
        return view.say("after", span=seconds_text(max(span_s, 0.0), language))

    seen = [
        _step(view.say("story.began"), clock_time(incident.began_utc_s), "", incident.first_pts_s),
        _step(
            view.say("story.opened"),
            clock_time(incident.opened_utc_s),
            after(incident.opened_utc_s - incident.began_utc_s),
            incident.opened_pts_s,
        ),
        _step(
            view.say("story.last_seen"),
            clock_time(incident.last_seen_utc_s),
            after(incident.last_seen_utc_s - incident.began_utc_s),
            incident.last_pts_s,
        ),
    ]
    sent = sorted(
        line.alert.created_wall_s + line.sent_after_s for line in file.alerts if line.sent_after_s is not None
    )
    done: list[tuple[float, str]] = []
    if sent:
        done.append((sent[0], view.say("story.first_alert")))
    if len(sent) > 1:
        done.append((sent[-1], view.say("story.last_alert")))
    if file.dispatch is not None:
        done.append((file.dispatch.planned_wall_s, view.say("story.dispatch")))
    if file.verdicts:
        done.append((file.verdicts[0].decided_wall_s, view.say("story.verdict")))
    start = file.recorded_wall_s
    later = [_step(name, clock_time(at), after(at - start)) for at, name in sorted(done)]
    return f"{_heading(view, 'story')}<h3>{esc(view.say('patrol_time'))} · UTC</h3><ol>{''.join(seen)}</ol>" + (
        f"<h3>{esc(view.say('wall_time'))} · UTC</h3><ol class='wall'>{''.join(later)}</ol>" if later else ""
    )


def facts_html(view: View, file: IncidentFile) -> str:
    """Return what is known of it."""
    incident, language = file.incident, view.language
    rows = [
        (view.say("fact.place"), place_text(incident.position, language)),
        (view.say("fact.error"), error_text(incident.position_error_m, language) or "–"),
        (view.say("fact.confidence"), f"{incident.score * 100:.0f} %"),
        (view.say("fact.vehicle"), incident.vehicle_id),
        (view.say("fact.stream"), incident.stream_id),
        (view.say("fact.id"), incident.incident_id),
    ]
    cells = "".join(f"<dt>{esc(name)}</dt><dd>{esc(value)}</dd>" for name, value in rows)
    return f"{_heading(view, 'facts')}<dl>{cells}</dl>"


def alerts_html(view: View, file: IncidentFile, roster: Roster) -> str:
    """Return who was warned over what, and how far each warning got."""
    if not file.alerts:
        return f"{_heading(view, 'alerts')}<p class='nothing'>{esc(view.say('alerts.none'))}</p>"
    names = [view.say(f"alerts.{name}") for name in ("person", "channel", "state", "after")]
    rows = []
    for line in file.alerts:
        newest = line.newest
        state = newest.state if newest else "queued"
        detail = esc(newest.detail) if newest else ""
        span = "–" if line.sent_after_s is None else seconds_text(line.sent_after_s, view.language)
        mark = badge(state, view.say(f"delivery.{state}"))
        rows.append(
            f'<tr title="{detail}"><td>{esc(_name(roster, line.alert.person_id))}</td>'
            f"<td>{esc(channel_text(line.alert.channel, view.language))}</td><td>{mark}</td><td>{esc(span)}</td></tr>"
        )
    head = "".join(f"<th>{esc(name)}</th>" for name in names)
    return f"{_heading(view, 'alerts')}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def dispatch_html(view: View, file: IncidentFile, roster: Roster) -> str:
    """Return who was sent."""
    dispatch = file.dispatch
    if dispatch is None:
        words = view.say("dispatch.none")
    else:
        words = view.say(
            "dispatch.way",
            person=_name(roster, dispatch.person_id),
            walking_m=round(dispatch.walking_m),
            eta=walk_text(dispatch.eta_s, view.language),
        )
    return f"{_heading(view, 'dispatch')}<p>{esc(words)}</p>"


def history_html(view: View, file: IncidentFile) -> str:
    """Return every decision, newest first."""
    lines = []
    for verdict in reversed(file.verdicts):
        note = f"<q>{esc(verdict.note)}</q>" if verdict.note else ""
        who = view.say("history.line", reviewer=verdict.reviewer, time=date_time(verdict.decided_wall_s))
        mark = badge(verdict.decision, view.say(f"state.{verdict.decision}"))
        lines.append(f"<li>{mark}<span>{esc(who)}</span>{note}</li>")
    body = f"<ul class='history'>{''.join(lines)}</ul>" if lines else f"<p>{esc(view.say('history.none'))}</p>"
    return f"{_heading(view, 'history')}{body}"
