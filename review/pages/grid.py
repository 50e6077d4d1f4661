"""The incidents of a patrol: a grid to work through, and where each of them is."""

from nicegui import ui

from missions.catalogue import say
from missions.incident import Decision, Incident, IncidentKind
from review.feed import IncidentFile, IncidentFilter, PatrolFeed, ReviewState
from review.pages.controls import action_buttons
from review.pages.decision import decide
from review.pages.map_panel import map_panel
from review.pages.part import Part
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
    """Filters and cards; a card is drawn anew only when it says something new, so that hovering it is not disturbed."""

    def __init__(self, view: View, feed: PatrolFeed, top: TopBar) -> None:
        self._view, self._feed, self._top = view, feed, top
        self._client = ui.context.client  # a card that was clicked may be gone when its decision is written
        any_new = any(file.state is ReviewState.NEW for file in feed.files())
        self._filter = IncidentFilter(state=ReviewState.NEW if any_new else None)
        self._version = feed.poll()
        self._live = feed.live
        self._shown: list[tuple[str, str]] | None = None
        self._heading = Part("heading")
        self._bar = ui.element("div").classes("filters")
        self._area = ui.element("div").classes("grid")
        self._draw()
        ui.timer(_LOOK_S, self._tick)

    def _tick(self) -> None:
        version, live = self._feed.poll(), self._feed.live
        if (version, live) != (self._version, self._live):
            self._version, self._live = version, live
            self._draw()
            self._client.run_javascript("window.skyChanged?.()")

    def _draw(self) -> None:
        files = self._feed.files()
        self._heading.show(heading_html(self._view, self._feed))
        wanted = [file for file in files if self._filter.keeps(file)]
        counts = str([(file.incident.kind, file.state) for file in files])
        shown = [(str(self._filter), counts), *((f.state, card_html(self._view, self._feed.key, f)) for f in wanted)]
        if shown == self._shown:
            return
        self._shown = shown
        self._draw_bar(files)
        self._area.clear()
        with self._area:
            for file, (_state, content) in zip(wanted, shown[1:], strict=True):
                self._card(file, content)
            if not wanted:
                html(esc(self._view.say("none" if files else "none_at_all")), "nothing")

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

    def _card(self, file: IncidentFile, content: str) -> None:
        incident = file.incident
        card = ui.element("article").classes(f"card {file.state} kind-{incident.kind}")
        card.props(
            f'data-id="{esc(incident.incident_id)}" data-key="{esc(self._feed.key)}" '
            f'data-first="{incident.first_pts_s}" data-footage="{self._feed.archive.footage_first_pts_s}" '
            f'data-box="{",".join(f"{side:g}" for side in incident.box_px)}"'
        )
        with card:
            html(content, "contents")
            with ui.element("div").classes("quick"):
                self._quick("confirm", incident, Decision.CONFIRMED)
                self._quick("dismiss", incident, Decision.DISMISSED)

    def _quick(self, name: str, incident: Incident, decision: Decision) -> None:
        with ui.element("button").classes(name) as button:
            html(esc(self._view.say(name)), tag="span")
        button.on("click", lambda: self._decide(incident, decision))

    def _decide(self, incident: Incident, decision: Decision) -> None:
        decide(self._view, self._feed, incident, decision, reviewer=self._top.reviewer)
        self._tick()


def heading_html(view: View, feed: PatrolFeed) -> str:
    """Return the patrol's name, state and figures, and the way to its footage."""
    plan, state = feed.plan, feed.archive.state
    facts = [
        f"{date_time(feed.archive.created_wall_s)} UTC",
        plan.vehicle_id,
        f"{plan.estimate.distance_m / 1000:.1f} km",
        seconds_text(plan.estimate.time_s, view.language),
    ]
    line = "".join(f"<span>{esc(fact)}</span>" for fact in facts)
    footage = f'<a class="footage" href="{esc(view.link("p", feed.key, "footage"))}">{esc(view.say("footage"))}</a>'
    mark = badge(state, view.say(f"patrol.state.{state}"))
    return f"<h1>{esc(plan.mission_name)}</h1>{mark}<p>{line}</p>{footage}"


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
