"""The player; `static/player.js` is all of it."""

from nicegui import ui

from review.feed import PatrolFeed
from review.pages.shell import View, esc


def player_panel(feed: PatrolFeed, view: View, *, incident_id: str = "", at_pts_s: float | None = None) -> None:
    """Add the player of a patrol's footage: at an incident, at a stream time, or at its start."""
    address = view.link("p", feed.key, "i", "INCIDENT")
    at = "" if at_pts_s is None else f"{at_pts_s:.3f}"
    ui.element("sky-player").props(
        f'data-key="{esc(feed.key)}" data-incident="{esc(incident_id)}" data-open="{esc(address)}" data-at="{at}"'
    )
