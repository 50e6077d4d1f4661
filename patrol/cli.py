"""The way in: what a command ends with, whatever happens; nothing heavy is imported before Ctrl-C is looked after."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 130
_AGAIN_S = 0.02


def main() -> None:
    """Run the command line: one line for what a user can act on, a traceback for a bug."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    if on_interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # what it warns about is said by the error that follows
    import typer

    from missions.errors import SkypatrolError
    from patrol.console import say_error, stderr
    from patrol.contents import app

    try:
        signal.signal(signal.SIGINT, on_interrupt)
        with interrupts_kept():
            code = app(standalone_mode=False)
    except SkypatrolError as exc:
        say_error(str(exc))
        sys.exit(exc.exit_code)
    except typer.TyperException as exc:
        _say_misuse(exc.format_message(), getattr(exc, "ctx", None))
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        stderr.print("interrupted", soft_wrap=True)
    sys.exit(code if isinstance(code, int) else 0)


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Have an interrupt come again that struck where Python drops exceptions: in a destructor, after an import."""
    others = sys.unraisablehook

    def hook(dropped: "UnraisableHookArgs") -> None:
        if dropped.exc_type is KeyboardInterrupt:
            again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), signal.SIGINT))
            again.daemon = True
            again.start()
        else:
            others(dropped)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = others


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once: nothing has begun, and an exception may be lost, or grow a traceback, inside a library's import."""
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)


def _say_misuse(text: str, context: object) -> None:
    """Say what is wrong with the arguments in one line."""
    if not text:
        return  # a group without a command: its help has been printed
    from patrol.console import say_error

    path = getattr(context, "command_path", None)
    say_error(text.rstrip(".") + (f" (see {path} --help)" if path else ""))
