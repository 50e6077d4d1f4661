"""The incidents of a patrol: a grid to work through, and where each of them is."""

from urllib.parse import quote

from nicegui import ui
from nicegui.events import GenericEventArguments

from missions.catalogue import say
from missions.incident import Decision, IncidentKind
from review.feed import IncidentFile, IncidentFilter, PatrolFeed, ReviewState
from review.pages.controls import action_buttons
from review.pages.decision import decide
from review.pages.following import Part, follow
from review.pages.map_panel import map_panel
from review.pages.shell import Site, TopBar, View, badge, esc, head, html, view_of
from review.wording import clock_time, date_time, error_text, place_text, road_text, seconds_text


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
    """Filters and cards; they are drawn anew only when they say something new, so that hovering is not disturbed."""

    def __init__(self, view: View, feed: PatrolFeed, top: TopBar) -> None:
        self._view, self._feed, self._top = view, feed, top
        any_new = any(file.state is ReviewState.NEW for file in feed.files())
        self._filter = IncidentFilter(state=ReviewState.NEW if any_new else None)
        self._bar_says: object = None
        self._heading = Part("heading")
        self._bar = ui.element("div").classes("filters")
        self._cards = Part("grid")
        ui.on("sky_decide", self._on_decide)
        self._look = follow(feed, self._draw)

    def _draw(self) -> None:
        files = self._feed.files()
        self._heading.show(heading_html(self._view, self._feed))
        self._draw_bar(files)
        first_s = self._feed.archive.footage_first_pts_s
        cards = [card_html(self._view, self._feed.key, file, first_s) for file in files if self._filter.keeps(file)]
        nothing = f'<p class="nothing">{esc(self._view.say("none" if files else "none_at_all"))}</p>'
        self._cards.show("".join(cards) or nothing)

    def _draw_bar(self, files: tuple[IncidentFile, ...]) -> None:
        view, wanted = self._view, self._filter
        says = (wanted, [(file.incident.kind, file.state) for file in files])
        if says == self._bar_says:
            return
        self._bar_says = says
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

    def _on_decide(self, event: GenericEventArguments) -> None:
        file, name = self._feed.file(str(event.args["id"])), event.args["decision"]
        if file is not None:
            decision = Decision.CONFIRMED if name == "confirm" else Decision.DISMISSED
            decide(self._view, self._feed, file.incident, decision, reviewer=self._top.reviewer)
            self._look()


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


def card_html(view: View, key: str, file: IncidentFile, footage_first_pts_s: float) -> str:
    """Return the card of one incident: picture, words, link, quick decisions. `static/grid.js` makes it live."""
    incident, language = file.incident, view.language
    address = view.link("p", key, "i", incident.incident_id)
    picture = f"/data/{quote(key)}/thumbnails/{quote(incident.incident_id, safe='')}.jpg"
    kind = say(f"incident.{incident.kind}", language)
    place = " ".join((place_text(incident.position, language), error_text(incident.position_error_m, language)))
    quick = "".join(
        f'<button class="{name}" data-decision="{name}">{esc(view.say(name))}</button>'
        for name in ("confirm", "dismiss")
    )
    return (
        f'<article class="card {esc(file.state)} kind-{esc(incident.kind)}" data-id="{esc(incident.incident_id)}" '
        f'data-key="{esc(key)}" data-first="{incident.first_pts_s}" '
        f'data-footage="{footage_first_pts_s}" '
        f'data-box="{",".join(f"{side:g}" for side in incident.box_px)}"><a class="open" href="{esc(address)}">'
        f'<div class="thumb"><img src="{esc(picture)}" alt="{esc(kind)}" loading="lazy">'
        f'<span class="kind"><i class="dot"></i>{esc(kind)}</span>'
        f"{badge(file.state, view.say(f'state.{file.state}'))}"
        f'<span class="when">{esc(clock_time(incident.opened_utc_s))}</span></div>'
        f'<div class="words"><b>{esc(road_text(incident, language))}</b><span>{esc(place)}</span></div></a>'
        f'<div class="quick">{quick}</div></article>'
    )
