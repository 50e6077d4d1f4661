"""One incident: its footage with boxes, its place, what was done about it, and the reviewer's decision."""

from nicegui import ui

from missions.catalogue import say
from missions.incident import Decision
from review.feed import IncidentFile, PatrolFeed
from review.pages.controls import action_buttons
from review.pages.decision import decide
from review.pages.following import Part, follow
from review.pages.incident_panels import alerts_html, dispatch_html, facts_html, history_html, story_html
from review.pages.map_panel import map_panel
from review.pages.player_panel import player_panel
from review.pages.shell import Site, TopBar, View, badge, esc, head, html, view_of
from review.wording import date_time, road_text


def incident_page(site: Site, feed: PatrolFeed, file: IncidentFile, lang: str | None) -> None:
    """Show one incident; what changes about it appears by itself."""
    view = view_of(site, lang, feed)
    incident = file.incident
    kind = say(f"incident.{incident.kind}", view.language)
    head(view, f"{kind} · {road_text(incident, view.language)}")
    crumbs = [
        (view.say("patrols"), view.link()),
        (feed.plan.mission_name, view.link("p", feed.key)),
        (kind, None),
    ]
    top = TopBar(view, crumbs, ("p", feed.key, "i", incident.incident_id))
    with top.middle:
        action_buttons(view, feed.key)
    IncidentView(view, feed, incident.incident_id, top)


class IncidentView:
    """The page's parts; those that say something new are drawn anew, the player and the note being written never."""

    def __init__(self, view: View, feed: PatrolFeed, incident_id: str, top: TopBar) -> None:
        self._view, self._feed, self._id, self._top = view, feed, incident_id, top
        with ui.element("div").classes("split incident"):
            with ui.element("section").classes("work"):
                self._heading = Part("heading")
                player_panel(feed, view, incident_id=incident_id)
                with ui.element("div").classes("below"):
                    self._alerts, self._done, self._facts = Part("panel alerts"), Part("panel done"), Part("panel")
            with ui.element("aside").classes("side"):
                self._verdict()
                map_panel(feed, view, incident_id=incident_id, classes="small")
                self._story = Part("panel story")
                html(esc(view.say("keys.incident")), "keys")
        self._look = follow(feed, self._draw)

    def _verdict(self) -> None:
        with ui.element("div").classes("panel verdict"):
            label = self._view.say("note.placeholder")
            self._note = ui.textarea(placeholder=label).props(f'dense borderless autogrow aria-label="{esc(label)}"')
            self._note.classes("note")
            with ui.element("div").classes("buttons"):
                for name, decision in (("confirm", Decision.CONFIRMED), ("dismiss", Decision.DISMISSED)):
                    button = ui.element("button").classes(name)
                    with button:
                        html(f"{esc(self._view.say(name))}<kbd>{name[0]}</kbd>", tag="span")
                    button.on("click", lambda d=decision: self._decide(d))

    def _decide(self, decision: Decision) -> None:
        file = self._feed.file(self._id)
        assert file is not None
        note = str(self._note.value or "")
        decide(self._view, self._feed, file.incident, decision, reviewer=self._top.reviewer, note=note)
        self._note.set_value("")
        self._look()

    def _draw(self) -> None:
        file = self._feed.file(self._id)
        assert file is not None
        view, roster = self._view, self._feed.roster
        self._heading.show(self._heading_html(file))
        self._alerts.show(alerts_html(view, file, roster))
        self._done.show(dispatch_html(view, file, roster) + history_html(view, file))
        self._facts.show(facts_html(view, file))
        self._story.show(story_html(view, file))

    def _heading_html(self, file: IncidentFile) -> str:
        view, incident = self._view, file.incident
        kind = say(f"incident.{incident.kind}", view.language)
        title = f'<i class="dot kind-{esc(incident.kind)}"></i>{esc(kind)}'
        line = f"<span>{esc(road_text(incident, view.language))}</span>"
        line += f"<span>{esc(date_time(incident.opened_utc_s))} UTC</span>"
        mark = badge(file.state, view.say(f"state.{file.state}"))
        return f"<h1>{title}</h1>{mark}<p>{line}</p>{self._neighbours()}"

    def _neighbours(self) -> str:
        ids = [file.incident.incident_id for file in self._feed.files()]
        index = ids.index(self._id)
        links = [f'<a class="back" href="{esc(self._view.link("p", self._feed.key))}">✕</a>']
        for name, arrow, other in (("next", "↓", index + 1), ("previous", "↑", index - 1)):
            if 0 <= other < len(ids):
                address = esc(self._view.link("p", self._feed.key, "i", ids[other]))
                links.insert(0, f'<a class="{name}" href="{address}">{arrow}</a>')
        place = f"<span>{index + 1} / {len(ids)}</span>"
        return f'<div class="neighbours">{place}{"".join(links)}</div>'
