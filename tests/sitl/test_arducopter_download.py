import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from missions.errors import InputError
from sitl.arducopter_download import PUBLISHED, PublishedBinary, download, published
from sitl.errors import SitlError

CONTENT = bytes(range(256)) * 4000
BUILD = PublishedBinary(
    version="0.0.1", path="Copter/x/arducopter", size_bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest()
)


@dataclass
class Server:
    """A firmware server with the faults of a real one."""

    url: str = ""
    content: bytes = CONTENT
    breaks_after: list[int] = field(default_factory=list)
    """Bytes after which each answer in turn is cut off."""
    takes_ranges: bool = True
    status: int | None = None
    ranges: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    wanted = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Serve the file, or a part of it, or break off."""
            asked = self.headers.get("Range")
            wanted.ranges.append(asked)
            if wanted.status is not None:
                self.send_error(wanted.status)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and wanted.takes_ranges else 0
            body = wanted.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = wanted.breaks_after.pop(0) if wanted.breaks_after else len(body)
            self.wfile.write(body[:cut])
            self.close_connection = True

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wanted.url = f"http://127.0.0.1:{http_server.server_address[1]}"
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield wanted
    http_server.shutdown()
    http_server.server_close()
    thread.join()


def fetch(server: Server, to: Path) -> Path:
    return download(BUILD, to, base_url=server.url, pause_s=0.01)


def test_a_download_arrives_whole_and_executable(server: Server, tmp_path: Path) -> None:
    path = fetch(server, tmp_path / "deep" / "arducopter")
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o111
    assert [file.name for file in path.parent.iterdir()] == ["arducopter"], "no part is left"


def test_a_download_that_breaks_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [300_000, 250_000]
    assert fetch(server, tmp_path / "arducopter").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=550000-"]


def test_a_later_call_goes_on_where_the_last_one_gave_up(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [100_000, 0, 0, 0, 0]
    with pytest.raises(SitlError, match=f"100000 of {len(CONTENT)} bytes are here and will be kept"):
        fetch(server, tmp_path / "arducopter")
    assert not (tmp_path / "arducopter").exists()
    fetch(server, tmp_path / "arducopter")
    assert server.ranges[-1] == "bytes=100000-"


def test_a_server_without_ranges_is_asked_for_all_of_it(server: Server, tmp_path: Path) -> None:
    server.takes_ranges = False
    server.breaks_after = [300_000]
    assert fetch(server, tmp_path / "arducopter").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CONTENT[:-1] + b"x", id="one other byte"),
        pytest.param(CONTENT + b"more", id="longer"),
    ],
)
def test_other_bytes_than_the_pinned_are_refused_and_not_kept(server: Server, tmp_path: Path, content: bytes) -> None:
    server.content = content
    with pytest.raises(SitlError):
        fetch(server, tmp_path / "arducopter")
    assert not (tmp_path / "arducopter").exists()


def test_what_is_there_and_right_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path / "arducopter")
    fetch(server, tmp_path / "arducopter")
    assert len(server.ranges) == 1


def test_a_missing_file_is_not_asked_for_again_and_again(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(SitlError, match="404"):
        fetch(server, tmp_path / "arducopter")
    assert len(server.ranges) == 1


def test_wrong_arguments_are_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no web address"):
        download(BUILD, tmp_path / "a", base_url="ftp://x")
    with pytest.raises(InputError, match=r"one of 4\.6\.3"):
        published("3.1")


def test_the_pinned_table_holds_the_recorded_build() -> None:
    build = PUBLISHED["4.6.3"]
    assert build.size_bytes == 7_023_152
    assert build.sha256 == "7862662092edc2861fc03da3d6fb2f0136d1670e563ca324eb52c1a324d1e14b"
    assert build.path == "Copter/stable-4.6.3/SITL_x86_64_linux_gnu/arducopter"
