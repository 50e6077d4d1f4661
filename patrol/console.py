"""Where `patrol` prints: results on standard output, progress and errors on standard error."""

import sys

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from missions.codec import to_json

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)


def print_json(value: object) -> None:
    """Write one JSON object and nothing else to standard output."""
    sys.stdout.write(to_json(value, indent=2) + "\n")
    sys.stdout.flush()


def say_error(text: str) -> None:
    """Print an error in one line on standard error, whatever a library put into it."""
    stderr.print(f"[red]error:[/red] {escape(' '.join(text.split()))}", soft_wrap=True)


def progress_bar() -> Progress:
    """Return the progress bar every command uses for work over two seconds; it writes to standard error.

    Nothing is drawn where standard error is no terminal: a log wants lines, not bars.
    """
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[status]}"),
        TimeElapsedColumn(),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,
    )
