"""Pages that follow an archive while it grows, and change only where it says something new."""

from collections.abc import Callable

from nicegui import ui

from review.feed import PatrolFeed
from review.pages.shell import html

_LOOK_S = 1.0


class Part:
    """Markup of ours that follows the archive; an unchanged part keeps its place, its hover and its selection."""

    def __init__(self, classes: str) -> None:
        self._element = html("", classes)

    def show(self, content: str) -> None:
        """Show the markup."""
        if self._element.content != content:
            self._element.set_content(content)


def follow(feed: PatrolFeed, draw: Callable[[], None]) -> Callable[[], None]:
    """Draw now and whenever the archive has something new, and tell the page's scripts; return what looks at once."""
    client = ui.context.client  # what was clicked may be gone by the time its decision is written
    seen = [(feed.poll(), feed.live)]
    draw()

    def look() -> None:
        now = (feed.poll(), feed.live)
        if now != seen[0]:
            seen[0] = now
            draw()
            client.run_javascript("window.skyChanged?.()")

    ui.timer(_LOOK_S, look)
    return look
