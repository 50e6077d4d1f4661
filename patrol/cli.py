"""`patrol`: the table of contents of everything skypatrol does."""

import sys

import typer
from click.exceptions import Abort, ClickException
from rich.markup import escape

from missions.errors import SkypatrolError
from patrol.console import stderr

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Drone road patrols: plan over streets, fly through MAVLink, watch, warn, review.",
)


def main() -> None:
    """Run the command line: one line for what a user can act on, a traceback for a bug."""
    try:
        code = app(standalone_mode=False)
    except SkypatrolError as exc:
        stderr.print(f"[red]error:[/red] {escape(str(exc))}", soft_wrap=True)
        sys.exit(exc.exit_code)
    except ClickException as exc:
        exc.show()
        sys.exit(2)
    except (KeyboardInterrupt, Abort):
        stderr.print("interrupted")
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
