"""Files a command is going to write, looked at before the work that fills them."""

import os
from pathlib import Path

from missions.errors import InputError


def refuse_unwritable(path: Path | None, field: str) -> None:
    """Return where a file could be written at `path`; None is no file.

    Raises:
        InputError: it is a folder, its folder is absent, or one of them may not be written.

    """
    if path is None:
        return
    if path.is_dir():
        raise InputError("is a folder", file=path, field=field, remedy="the name of a file")
    if not path.parent.is_dir():
        raise InputError("its folder does not exist", file=path, field=field, remedy=f"mkdir {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError("may not be written", file=path, field=field, remedy="another place")
