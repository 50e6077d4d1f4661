"""A reviewer decides."""

import time

from nicegui import ui

from missions.catalogue import say
from missions.incident import Decision, Incident, Verdict
from review.feed import PatrolFeed
from review.pages.shell import View
from review.wording import road_text


def decide(
    view: View, feed: PatrolFeed, incident: Incident, decision: Decision, *, reviewer: str, note: str = ""
) -> None:
    """Write a decision into the archive and say so."""
    feed.decide(
        Verdict(
            incident_id=incident.incident_id,
            decision=decision,
            reviewer=reviewer,
            decided_wall_s=time.time(),
            note=note.strip(),
        )
    )
    kind, road = say(f"incident.{incident.kind}", view.language), road_text(incident, view.language)
    ui.notify(view.say("decided", state=view.say(f"state.{decision}"), kind=kind, road=road), position="bottom-left")
