"""Files that are written whole or not at all."""

import os
from pathlib import Path

from missions.errors import InputError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, beside `path` and rename it into place, so that no reader meets half a file.

    Raises:
        InputError: the folder is absent or may not be written.

    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror}", file=path, remedy="a folder that exists") from exc
    finally:
        temporary.unlink(missing_ok=True)
