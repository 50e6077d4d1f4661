"""A part of a page that is drawn anew only when what it says has changed."""

from review.pages.shell import html


class Part:
    """Markup of ours that follows the archive; an unchanged part keeps its place, its hover and its selection."""

    def __init__(self, classes: str) -> None:
        self._element = html("", classes)

    def show(self, content: str) -> None:
        """Show the markup."""
        if self._element.content != content:
            self._element.set_content(content)
