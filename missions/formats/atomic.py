"""Files that are written whole or not at all."""

import os
from pathlib import Path

from missions.errors import InputError


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text beside `path` and rename it into place, so that no reader meets half a file.

    Raises:
        InputError: the folder is absent or may not be written.

    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror}", file=path, remedy="a folder that exists") from exc
    finally:
        temporary.unlink(missing_ok=True)
