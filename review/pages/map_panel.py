"""The map: NiceGUI's Leaflet without any outside tiles; `static/map.js` draws on it."""

import json

from nicegui import ui

from review.feed import PatrolFeed
from review.pages.shell import View


def map_panel(feed: PatrolFeed, view: View, *, incident_id: str, classes: str) -> None:
    """Add the map of a patrol; with an incident it opens there."""
    dock = feed.plan.dock
    options = {"preferCanvas": True, "zoomSnap": 0.5, "maxZoom": 20, "minZoom": 11}
    panel = ui.leaflet(center=(dock.lat_deg, dock.lon_deg), zoom=15, options=options).classes(f"map {classes}")
    panel.clear_layers()  # or it would ask the internet for tiles
    wanted = {
        "key": feed.key,
        "incident": incident_id,
        "open": view.link("p", feed.key, "i", "INCIDENT"),
        "footage": view.link("p", feed.key, "footage", at="PTS"),
    }
    start = f"window.skyMap({panel.id}, {json.dumps(wanted)})"
    panel.on("init", lambda: ui.run_javascript(start))
