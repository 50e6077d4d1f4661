"""A DroneKit script as a process of its own: it may block, crash or be killed, and our link goes on."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flight.exchange import Exchange
from missions import InputError

_ROOT: Final = Path(__file__).resolve().parent.parent
_RUN: Final = (
    "import sys; sys.path.insert(1, sys.argv.pop(1)); from flight.dronekit_bridge import main; sys.exit(main())"
)
_ENDS_BY_ITSELF_S: Final = 2.0
"""Ctrl-C reaches it from the terminal too."""
_CLEANS_UP_S: Final = 8.0


def checked_script(script: Path) -> Path:
    """Return a script that can be read and is Python.

    Raises:
        InputError: it is not, with the line.

    """
    try:
        compile(script.read_bytes(), str(script), "exec", dont_inherit=True)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=script, remedy="a Python file") from exc
    except SyntaxError as exc:
        raise InputError(f"is no Python: {exc.msg}", file=script, line=exc.lineno, remedy="a Python file") from exc
    except ValueError as exc:  # a null byte
        raise InputError(f"is no Python: {exc}", file=script, remedy="a Python file") from exc
    return script


@dataclass(frozen=True, slots=True)
class ScriptProcess:
    """A script that runs; make one with `start_script`."""

    process: asyncio.subprocess.Process
    told: asyncio.Task[bytes]
    """What it says has gone wrong, once it has ended."""

    async def wait(self) -> str | None:
        """Return, once it has ended, what went wrong in one line; None where nothing did."""
        code = await self.process.wait()
        text = (await self.told).decode(errors="replace").strip()
        if not text and code:
            return f"the script's process ended with {f'signal {-code}' if code < 0 else f'exit code {code}'}"
        return " ".join(text.split()) or None

    async def stop(self) -> None:
        """Let it end, ask it to, make it."""
        for ask, patience_s in ((signal.SIGINT, _ENDS_BY_ITSELF_S), (signal.SIGKILL, _CLEANS_UP_S)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self.process.wait()
                return
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(ask)
        await self.process.wait()


@asynccontextmanager
async def start_script(
    script: Path, arguments: Sequence[str], link: Exchange, port: int, *, timeout_s: float, quiet_stdout: bool
) -> AsyncIterator[ScriptProcess]:
    """Start a script against the tap at `port`; it does not outlive the block.

    `quiet_stdout`: what it prints goes to standard error, because standard output belongs to somebody else.
    """
    reading, writing = os.pipe()
    options = ["--port", str(port), "--ids", str(link.own_system_id), str(link.own_component_id)]
    options += ["--timeout", f"{timeout_s:g}", "--tell", str(writing), str(script), *arguments]
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _RUN,
            str(_ROOT),
            *options,
            pass_fds=(writing,),
            stdout=sys.stderr.fileno() if quiet_stdout else None,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    finally:
        os.close(writing)
    started = ScriptProcess(process, asyncio.create_task(asyncio.to_thread(_read_all, reading)))
    try:
        yield started
    finally:
        if process.returncode is None:
            await started.stop()
        await started.told


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.read()
