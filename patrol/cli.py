"""`patrol`: the table of contents of everything skypatrol does."""

import os
import sys

import typer
from rich.markup import escape

from missions.errors import SkypatrolError
from patrol.commands import archive, demo, detector, doctor, fly, mission, plan, review, roads, run, sitl, watch
from patrol.console import stderr

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Drone road patrols: plan over streets, fly through MAVLink, watch, warn, review.",
)


def _group(name: str, what: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=what)
    app.add_typer(group, name=name)
    return group


app.command()(run.run)
app.command()(demo.demo)
app.command()(plan.plan)
app.command()(plan.check)
app.command()(plan.export)
app.command()(fly.fly)
app.command()(watch.watch)
app.command()(review.review)
app.command()(archive.incidents)
app.command()(doctor.doctor)

_roads = _group("roads", "Road networks.")
_roads.command("import")(roads.roads_import)

_missions = _group("mission", "Mission files.")
_missions.command("schema")(mission.mission_schema)
_missions.command("check")(mission.mission_check)

_archives = _group("archive", "What patrols left behind.")
_archives.command("list")(archive.archive_list)
_archives.command("show")(archive.archive_show)

_detectors = _group("detector", "Train, measure and describe detectors.")
_detectors.command("render")(detector.detector_render)
_detectors.command("train")(detector.detector_train)
_detectors.command("evaluate")(detector.detector_evaluate)
_detectors.command("calibrate")(detector.detector_calibrate)
_detectors.command("card")(detector.detector_card)

_sitl = _group("sitl", "ArduPilot's own simulator.")
_sitl.command("get")(sitl.sitl_get)
_sitl.command("start")(sitl.sitl_start)
_sitl.command("status")(sitl.sitl_status)
_sitl.command("stop")(sitl.sitl_stop)


INTERRUPTED = 130


def main() -> None:
    """Run the command line: one line for what a user can act on, a traceback for a bug."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # what it warns about is said by the error that follows
    try:
        code = app(standalone_mode=False)
    except SkypatrolError as exc:
        _say_error(str(exc))
        sys.exit(exc.exit_code)
    except typer.TyperException as exc:
        _say_misuse(exc)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        stderr.print("interrupted")
    sys.exit(code if isinstance(code, int) else 0)


def _say_error(text: str) -> None:
    """Print one line, whatever a library put into it."""
    stderr.print(f"[red]error:[/red] {escape(' '.join(text.split()))}", soft_wrap=True)


def _say_misuse(exc: typer.TyperException) -> None:
    """Say what is wrong with the arguments in one line."""
    text, context = exc.format_message(), getattr(exc, "ctx", None)
    if not text:
        return  # a group without a command: its help has been printed
    where = f" (see {context.command_path} --help)" if context is not None else ""
    _say_error(text.rstrip(".") + where)
