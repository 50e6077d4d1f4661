"""Getting the published arducopter: pinned size and SHA-256, and a download that goes on where it broke off."""

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from missions import InputError
from sitl.errors import SitlError

DEFAULT_BASE_URL: Final = "https://firmware.ardupilot.org"
"""ArduPilot's own firmware server."""
_CHUNK_BYTES = 64 << 10
_TRIES = 5
_PAUSE_S = 1.0
_TIMEOUT_S = 30.0

Progress = Callable[[int, int], None]
"""Bytes so far, bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedBinary:
    """A build whose bytes are known."""

    version: str
    path: str
    """On the server."""
    size_bytes: int
    sha256: str


PUBLISHED: Final = {
    "4.6.3": PublishedBinary(
        version="4.6.3",
        path="Copter/stable-4.6.3/SITL_x86_64_linux_gnu/arducopter",
        size_bytes=7_023_152,
        sha256="7862662092edc2861fc03da3d6fb2f0136d1670e563ca324eb52c1a324d1e14b",
    )
}
"""The server publishes no checksums; a build enters this table only after it has flown here."""


def data_folder() -> Path:
    """Return where downloads and running vehicles are kept: XDG_DATA_HOME/skypatrol."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "skypatrol"


def binary_path(version: str) -> Path:
    """Return where a downloaded version lies."""
    return data_folder() / f"arducopter-{version}"


def published(version: str) -> PublishedBinary:
    """Return a build of the table.

    Raises:
        InputError: it is not in it.

    """
    if version not in PUBLISHED:
        raise InputError(
            f"no pinned arducopter {version!r}", field="--version", remedy=f"one of {', '.join(PUBLISHED)}"
        )
    return PUBLISHED[version]


def download(
    build: PublishedBinary,
    to: Path,
    *,
    base_url: str = DEFAULT_BASE_URL,
    progress: Progress | None = None,
    pause_s: float = _PAUSE_S,
) -> Path:
    """Bring a build to `to`, executable; what is there and right is left alone.

    The part that arrived is kept beside it, so that the next try, or the next call, asks only for the rest. The file
    appears under its name only when size and SHA-256 are right.

    Raises:
        InputError: the address is no address, or the folder cannot be written.
        SitlError: the server does not deliver, or delivers something else.

    """
    url = _url(base_url, build.path)
    if to.is_file() and _is_right(to, build):
        return to
    part = to.with_name(f"{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, build, progress, pause_s)
        if not _is_right(part, build):
            found = _sha256(part)
            part.unlink()
            raise SitlError(f"{url} is not the pinned {build.version}: SHA-256 {found}, expected {build.sha256}")
        part.chmod(0o755)
        part.replace(to)
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror or exc}", file=to, remedy="a folder of your own") from exc
    return to


def _url(base_url: str, path: str) -> str:
    if urllib.parse.urlsplit(base_url).scheme not in {"http", "https"}:
        raise InputError(f"{base_url!r} is no web address", field="--base-url", remedy=DEFAULT_BASE_URL)
    return f"{base_url.rstrip('/')}/{path}"


def _fetch(url: str, part: Path, build: PublishedBinary, progress: Progress | None, pause_s: float) -> None:
    """Append to the part until it is as long as the build; a break is tried again from there."""
    reason = "it sends too little"
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(pause_s)
        try:
            _append(url, part, build, progress)
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as exc:
            reason = str(exc)
            if isinstance(exc, urllib.error.HTTPError) and exc.code in {401, 403, 404}:
                break
        if part.is_file() and part.stat().st_size == build.size_bytes:
            return
    have = part.stat().st_size if part.is_file() else 0
    raise SitlError(f"{url}: {reason}; {have} of {build.size_bytes} bytes are here and will be kept")


def _append(url: str, part: Path, build: PublishedBinary, progress: Progress | None) -> None:
    have = part.stat().st_size if part.is_file() else 0
    if have > build.size_bytes:
        part.unlink()
        have = 0
    if have == build.size_bytes:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - the scheme was checked
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        done = have if goes_on else 0
        with part.open("ab" if goes_on else "wb") as file:
            while chunk := answer.read(_CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, build.size_bytes)
                if done > build.size_bytes:
                    return


def _is_right(path: Path, build: PublishedBinary) -> bool:
    return path.stat().st_size == build.size_bytes and _sha256(path) == build.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
