"""Which arducopter this machine flies, and with which defaults: commands, runs and tests find it the same way."""

import os
import shutil
from pathlib import Path

from missions.errors import InputError
from sitl.arducopter import find_arducopter
from sitl.arducopter_download import PUBLISHED, binary_path

INSTALLED = Path("/usr/local/bin/arducopter")


def arducopter_here(named: Path | None = None) -> Path:
    """Return the arducopter to run.

    The named one, ARDUCOPTER of the environment, the one on PATH, or the newest downloaded.

    Raises:
        InputError: there is none, or it is no program.

    """
    from_environment = os.environ.get("ARDUCOPTER")
    if named is None and from_environment:
        named = Path(from_environment)
    on_path = shutil.which("arducopter")
    candidates = (
        *((Path(on_path),) if on_path else ()),
        *(binary_path(version) for version in PUBLISHED),
        INSTALLED,
    )
    found = find_arducopter(named, candidates)
    if not os.access(found, os.X_OK):
        raise InputError("is not a program", file=found, remedy="an arducopter that may be executed")
    return found


def copter_parameters_here() -> Path | None:
    """Return the parameter defaults to read before our own, of COPTER_PARM in the environment; None without any.

    Raises:
        InputError: the file is absent.

    """
    named = os.environ.get("COPTER_PARM")
    if not named:
        return None
    if not Path(named).is_file():
        raise InputError("is absent", file=named, field="COPTER_PARM", remedy="ArduPilot's copter.parm, or nothing")
    return Path(named)
