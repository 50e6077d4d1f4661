"""ZIP files from strangers: members are read whole, but never more of them than memory bears."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from missions.errors import InputError

MOST_BYTES: Final = 512 * 1024 * 1024
"""One member, unpacked; a city's roads take a tenth of it."""
MOST_MEMBERS: Final = 10_000
_REMEDY: Final = "pack the file again"


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP file for reading.

    Raises:
        InputError: it is damaged, or holds an absurd number of members.

    """
    try:
        archive = zipfile.ZipFile(path)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="a ZIP file") from exc
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise InputError(f"is a damaged ZIP file: {exc}", file=path, remedy=_REMEDY) from exc
    with archive:
        if len(archive.infolist()) > MOST_MEMBERS:
            raise InputError(f"holds {len(archive.infolist())} files", file=path, remedy=f"at most {MOST_MEMBERS}")
        yield archive


def read_member(archive: zipfile.ZipFile, name: str, *, file: Path) -> bytes:
    """Return a member's bytes.

    Raises:
        InputError: it is damaged, locked with a password, or unpacks to more than `MOST_BYTES`.

    """
    try:
        with archive.open(name) as member:
            content = member.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as exc:
        raise InputError(f"cannot be unpacked: {exc}", file=file, field=name, remedy=_REMEDY) from exc
    except RuntimeError as exc:  # zipfile's word for a password
        raise InputError("is locked with a password", file=file, field=name, remedy="a file without one") from exc
    if len(content) > MOST_BYTES:
        raise InputError(f"unpacks to more than {MOST_BYTES >> 20} MB", file=file, field=name, remedy="a smaller area")
    return content
