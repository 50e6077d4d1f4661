"""The one door to DroneKit, for people with DroneKit scripts; nothing else imports it.

DroneKit has no maintainer and needs two shims on Python 3.10 and later: `collections.MutableMapping` moved to
`collections.abc`, and `past.builtins` comes from the package `future`, which is installed beside it. It also plays
ground station by itself, with a heartbeat a second: a vehicle would not notice that skypatrol is gone. That heartbeat
is silenced here, and the link it gets (`DroneKitTap`) refuses one besides.

As a program (`main`) it runs a script in a process of its own, as `python FILE.py` would: the script finds `vehicle`,
already connected, and whatever address it hands to `dronekit.connect`, it gets that vehicle.
"""

import argparse
import collections
import collections.abc
import importlib
import os
import runpy
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from flight.errors import LinkSilent

HELLO: Final = b"skypatrol"
"""Tells a tap where DroneKit listens: DroneKit itself says nothing before it has heard a vehicle."""
_HEARTBEAT_S = 30
_LOOK_S = 0.5


def import_dronekit() -> Any:  # noqa: ANN401 - it has no types
    """Return the module `dronekit`, working on this Python."""
    os.environ.setdefault("MAVLINK20", "1")
    os.environ.setdefault("MAVLINK_DIALECT", "ardupilotmega")
    for name in ("MutableMapping", "Mapping", "Iterable"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    if "past.builtins" not in sys.modules:
        try:
            importlib.import_module("past.builtins")
        except ImportError:  # `future` is absent or too old: DroneKit wants one name of it
            shim = types.ModuleType("past.builtins")
            shim.__dict__["basestring"] = str
            sys.modules["past"], sys.modules["past.builtins"] = types.ModuleType("past"), shim
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and deprecated imports of a package nobody mends
        return importlib.import_module("dronekit")


def connect_dronekit(
    port: int,
    *,
    own_system_id: int = 255,
    own_component_id: int = 190,
    wait_ready: bool = True,
    timeout_s: float = _HEARTBEAT_S,
) -> Any:  # noqa: ANN401 - as above
    """Return a `dronekit.Vehicle` on the tap at this port of this machine; the caller closes it. It blocks.

    The ids are the link's: what DroneKit sends goes out as that link's own.

    Raises:
        LinkSilent: no vehicle answers, or it does not become ready within `timeout_s` of wall time.

    """
    dronekit = import_dronekit()

    vehicle_of_dronekit: Any = dronekit.Vehicle

    class QuietVehicle(vehicle_of_dronekit):  # type: ignore[misc] # it has no types
        """A vehicle that is no ground station."""

        def __init__(self, handler: Any) -> None:  # noqa: ANN401 - as above
            handler.master.mav.heartbeat_send = _say_nothing
            super().__init__(handler)
            handler.master.write(HELLO)

    try:
        vehicle = dronekit.connect(
            f"udpout:127.0.0.1:{port}",
            heartbeat_timeout=timeout_s,
            timeout=timeout_s,
            source_system=own_system_id,
            source_component=own_component_id,
            vehicle_class=QuietVehicle,
        )
        if wait_ready:
            _wait_ready(vehicle, timeout=timeout_s)
    except (dronekit.APIException, OSError) as exc:
        raise LinkSilent(f"DroneKit finds no vehicle: {exc}") from exc
    return vehicle


def _wait_ready(vehicle: Any, *what: str, **limits: float) -> None:  # noqa: ANN401 - as above
    """Wait for some attributes, or for those that DroneKit takes for needed."""
    vehicle.wait_ready(*(what or (True,)), **limits)


def _say_nothing(*_args: object, **_options: object) -> None:
    """Stand in for DroneKit's heartbeat."""


class _OneVehicle:
    """Stands in for `dronekit.connect` while a script runs: there is one vehicle, on one link."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self.vehicle = connect()

    def __call__(self, *_address: object, wait_ready: Any = None, **_options: object) -> Any:  # noqa: ANN401 - as above
        """Return the vehicle, anew where the script has closed it; its address and its rates are the link's matter."""
        if not self.vehicle._handler._alive:  # noqa: SLF001 - it has no other way to ask
            self.vehicle = self._connect()
        if wait_ready:
            _wait_ready(self.vehicle, *(wait_ready if isinstance(wait_ready, list | tuple) else ()))
        return self.vehicle


def run_script(script: Path, arguments: Sequence[str], connect: Callable[[], Any]) -> str | None:
    """Run a DroneKit script in this process; return what went wrong in one line, None where nothing did."""
    dronekit = import_dronekit()
    dronekit.connect = door = _OneVehicle(connect)
    sys.argv = [str(script), *arguments]
    sys.path[0] = str(script.resolve().parent)
    try:
        runpy.run_path(str(script), init_globals={"vehicle": door.vehicle}, run_name="__main__")
    except SystemExit as exc:
        return _of_exit(script, exc.code)
    except KeyboardInterrupt:
        return f"{script}: interrupted"
    except Exception as exc:  # noqa: BLE001 - whatever a script does, it is told in one line
        return told_error(script, exc)
    finally:
        if door.vehicle._handler._alive:  # noqa: SLF001 - as above
            door.vehicle.close()
    return None


def _of_exit(script: Path, code: object) -> str | None:
    if code is None or code == 0:
        return None
    return f"{script}: {code}" if isinstance(code, str) else f"{script}: ended with exit code {code}"


def told_error(script: Path, error: BaseException) -> str:
    """Return file, line and error of what a script raised; the line is the innermost one of the script itself."""
    if isinstance(error, SyntaxError):
        return f"{error.filename or script}:{error.lineno}: SyntaxError: {error.msg}"
    own = {str(script), str(script.resolve())}
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename in own]
    where = f"{script}:{lines[-1]}" if lines else str(script)
    return f"{where}: {type(error).__name__}: {error}" if str(error) else f"{where}: {type(error).__name__}"


def _end_with(parent_pid: int) -> None:
    """End this process once its parent is gone: with it went the link, and a script may wait for ever."""
    while os.getppid() == parent_pid:
        time.sleep(_LOOK_S)
    os._exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a script against the tap at `--port`; what went wrong is written to the open file `--tell`."""
    parser = argparse.ArgumentParser(prog="python -m flight.dronekit_bridge")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ids", type=int, nargs=2, required=True, help="system and component id of the link")
    parser.add_argument("--timeout", type=float, default=_HEARTBEAT_S)
    parser.add_argument("--tell", type=int, required=True, help="descriptor of a pipe")
    parser.add_argument("script", type=Path)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

    def connect() -> Any:  # noqa: ANN401 - as above
        system_id, component_id = options.ids
        return connect_dronekit(
            options.port,
            own_system_id=system_id,
            own_component_id=component_id,
            timeout_s=options.timeout,
        )

    try:
        problem = run_script(options.script, options.arguments, connect)
    except LinkSilent as exc:
        problem = str(exc)
    sys.stdout.flush()
    with os.fdopen(options.tell, "w", encoding="utf-8") as tell:
        tell.write(problem or "")
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main())
