"""A search for a plan while its progress is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from patrol.console import progress_bar

if TYPE_CHECKING:
    from planner import Effort


@contextmanager
def searching(*, seed: int, seconds: float, iterations: int | None) -> "Iterator[Effort]":
    """Give an effort whose progress is shown as a bar."""
    from planner import Effort

    with progress_bar() as bar:
        task = bar.add_task("planning", total=1.0, status="")

        def progress(fraction: float, text: str) -> None:
            bar.update(task, completed=fraction, status=text)

        yield Effort(seed=seed, seconds=seconds, iterations=iterations, progress=progress)
