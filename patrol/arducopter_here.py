"""Which arducopter this machine flies: commands, runs and tests find it the same way."""

import os
from pathlib import Path

from missions.errors import InputError
from sitl.arducopter import find_arducopter
from sitl.arducopter_download import PUBLISHED, binary_path

INSTALLED = Path("/usr/local/bin/arducopter")


def arducopter_here(named: Path | None = None) -> Path:
    """Return the arducopter to run: the named one, SKYPATROL_ARDUCOPTER, the newest downloaded, or the installed one.

    Raises:
        InputError: there is none, or it is no program.

    """
    from_environment = os.environ.get("SKYPATROL_ARDUCOPTER")
    if named is None and from_environment:
        named = Path(from_environment)
    found = find_arducopter(named, (*(binary_path(version) for version in PUBLISHED), INSTALLED))
    if not os.access(found, os.X_OK):
        raise InputError("is not a program", file=found, remedy="an arducopter that may be executed")
    return found
