"""The incidents of a patrol: a grid to work through, and where each of them is."""

import time

from nicegui import ui

from missions.catalogue import say
from missions.incident import Decision, Incident, IncidentKind, Verdict
from review.feed import IncidentFile, IncidentFilter, PatrolFeed, ReviewState
from review.pages.controls import action_buttons
from review.pages.map_panel import map_panel
from review.pages.shell import Site, TopBar, View, badge, esc, head, html, view_of
from review.wording import clock_time, date_time, error_text, place_text, road_text, seconds_text

_LOOK_S = 1.0


def grid_page(site: Site, feed: PatrolFeed, lang: str | None) -> None:
    """Show the incidents of one patrol; new ones appear by themselves."""
    view = view_of(site, lang, feed)
    name = feed.plan.mission_name
    head(view, name)
    top = TopBar(view, [(view.say("patrols"), view.link()), (name, None)], ("p", feed.key))
    with top.middle:
        action_buttons(view, feed.key)
    with ui.element("div").classes("split"):
        with ui.element("section").classes("work"):
            Grid(view, feed, top)
        with ui.element("aside").classes("side"):
            map_panel(feed, view, incident_id="", classes="tall")
            html(esc(view.say("keys.grid")), "keys")


class Grid:
    """Filters and cards."""

    def __init__(self, view: View, feed: PatrolFeed, top: TopBar) -> None:
        self._view, self._feed, self._top = view, feed, top
        self._client = ui.context.client  # a card that was clicked may be gone when its decision is written
        self._filter = IncidentFilter(state=ReviewState.NEW if _any_new(feed) else None)
        self._version = -1
        self._live: bool | None = None
        self._heading = ui.element("div").classes("heading")
        self._bar = ui.element("div").classes("filters")
        self._area = ui.element("div").classes("grid")
        self._tick()
        ui.timer(_LOOK_S, self._tick)

    def _tick(self) -> None:
        version, live = self._feed.poll(), self._feed.live
        if (version, live) == (self._version, self._live):
            return
        follow = self._version >= 0
        self._version, self._live = version, live
        self._draw()
        if follow:
            self._client.run_javascript("window.skyChanged?.()")

    def _draw(self) -> None:
        files = self._feed.files()
        self._draw_heading()
        self._draw_bar(files)
        self._area.clear()
        shown = [file for file in files if self._filter.keeps(file)]
        with self._area:
            for file in shown:
                self._card(file)
            if not shown:
                html(esc(self._view.say("none" if files else "none_at_all")), "nothing")

    def _draw_heading(self) -> None:
        view, archive = self._view, self._feed.archive
        plan, state = self._feed.plan, archive.state
        facts = [
            f"{date_time(archive.created_wall_s)} UTC",
            plan.vehicle_id,
            f"{plan.estimate.distance_m / 1000:.1f} km",
            seconds_text(plan.estimate.time_s, view.language),
        ]
        self._heading.clear()
        with self._heading:
            mark = badge(state, view.say(f"patrol.state.{state}"))
            line = "".join(f"<span>{esc(fact)}</span>" for fact in facts)
            html(f"<h1>{esc(plan.mission_name)}</h1>{mark}<p>{line}</p>", "contents")

    def _draw_bar(self, files: tuple[IncidentFile, ...]) -> None:
        view, wanted = self._view, self._filter
        self._bar.clear()
        with self._bar:
            with ui.element("div").classes("segments"):
                for state in (*ReviewState, None):
                    count = sum(IncidentFilter(state=state, kind=wanted.kind).keeps(file) for file in files)
                    words = view.say(f"state.{state}") if state else view.say("all")
                    self._chip(words, count, IncidentFilter(state=state, kind=wanted.kind))
            kinds = sorted({file.incident.kind for file in files}, key=list(IncidentKind).index)
            if len(kinds) > 1:
                with ui.element("div").classes("segments kinds"):
                    for kind in (None, *kinds):
                        words = say(f"incident.{kind}", view.language) if kind else view.say("kinds")
                        self._chip(words, None, IncidentFilter(state=wanted.state, kind=kind), kind or "")

    def _chip(self, words: str, count: int | None, wanted: IncidentFilter, kind: str = "") -> None:
        dot = f'<i class="dot kind-{esc(kind)}"></i>' if kind else ""
        number = "" if count is None else f"<em>{count}</em>"
        with ui.element("button").classes("chip" + (" on" if wanted == self._filter else "")) as chip:
            html(f"{dot}{esc(words)}{number}", "contents", "span")
        chip.on("click", lambda: self._choose(wanted))

    def _choose(self, wanted: IncidentFilter) -> None:
        self._filter = wanted
        self._draw()

    def _card(self, file: IncidentFile) -> None:
        view, incident = self._view, file.incident
        card = ui.element("article").classes(f"card {file.state} kind-{incident.kind}")
        card.props(
            f'data-id="{esc(incident.incident_id)}" data-key="{esc(self._feed.key)}" '
            f'data-first="{incident.first_pts_s}" data-footage="{self._feed.archive.footage_first_pts_s}" '
            f'data-box="{",".join(f"{side:g}" for side in incident.box_px)}"'
        )
        with card:
            html(card_html(view, self._feed.key, file), "contents")
            with ui.element("div").classes("quick"):
                self._quick("confirm", file, Decision.CONFIRMED)
                self._quick("dismiss", file, Decision.DISMISSED)

    def _quick(self, name: str, file: IncidentFile, decision: Decision) -> None:
        button = ui.element("button").classes(f"quick-{name} {name}")
        with button:
            html(esc(self._view.say(name)), tag="span")
        button.on("click", lambda: self._decide(file.incident, decision))

    def _decide(self, incident: Incident, decision: Decision) -> None:
        decide(self._view, self._feed, incident, decision, reviewer=self._top.reviewer)
        self._tick()


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


def card_html(view: View, key: str, file: IncidentFile) -> str:
    """Return the picture, the words and the link of one incident."""
    incident, language = file.incident, view.language
    address = view.link("p", key, "i", incident.incident_id)
    picture = f"/data/{esc(key)}/thumbnails/{esc(incident.incident_id)}.jpg"
    kind = say(f"incident.{incident.kind}", language)
    place = " ".join((place_text(incident.position, language), error_text(incident.position_error_m, language)))
    return (
        f'<a class="open" href="{esc(address)}"><div class="thumb">'
        f'<img src="{picture}" alt="{esc(kind)}" loading="lazy">'
        f'<span class="kind"><i class="dot"></i>{esc(kind)}</span>'
        f"{badge(file.state, view.say(f'state.{file.state}'))}"
        f'<span class="when">{esc(clock_time(incident.opened_utc_s))}</span></div>'
        f'<div class="words"><b>{esc(road_text(incident, language))}</b><span>{esc(place)}</span></div></a>'
    )


def _any_new(feed: PatrolFeed) -> bool:
    return any(file.state is ReviewState.NEW for file in feed.files())
