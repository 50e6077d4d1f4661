"""What the running patrol lets a reviewer do; `patrol/` gives them, and without a running patrol there are none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAction:
    """A button in the top bar."""

    name: str
    """`hold`, `resume` or `return`: the catalogue has a sentence `review.action.<name>`."""
    run: Callable[[], Awaitable[None]]
    """Raises a SkypatrolError where it was refused."""
    patrol: str
    """Folder name of the archive whose pages show it."""
