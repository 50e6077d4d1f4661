"""The whole footage of a patrol, with or without incidents."""

from nicegui import ui

from review.feed import PatrolFeed
from review.pages.controls import action_buttons
from review.pages.following import follow
from review.pages.map_panel import map_panel
from review.pages.player_panel import player_panel
from review.pages.shell import Site, TopBar, esc, head, html, view_of


def footage_page(site: Site, feed: PatrolFeed, at_pts_s: float | None, lang: str | None) -> None:
    """Show the footage from a stream time, or from its start."""
    view = view_of(site, lang, feed)
    name = view.say("footage")
    head(view, f"{name} · {feed.plan.mission_name}")
    crumbs = [
        (view.say("patrols"), view.link()),
        (feed.plan.mission_name, view.link("p", feed.key)),
        (name, None),
    ]
    top = TopBar(view, crumbs, ("p", feed.key, "footage"))
    with top.middle:
        action_buttons(view, feed.key)
    with ui.element("div").classes("split"):
        with ui.element("section").classes("work"):
            back = f'<div class="neighbours"><a class="back" href="{esc(view.link("p", feed.key))}">✕</a></div>'
            html(f"<h1>{esc(name)}</h1>{back}", "heading")
            player_panel(feed, view, at_pts_s=at_pts_s)
        with ui.element("aside").classes("side"):
            map_panel(feed, view, incident_id="", classes="tall")
            html(esc(view.say("keys.footage")), "keys")
    follow(feed, lambda: None)
