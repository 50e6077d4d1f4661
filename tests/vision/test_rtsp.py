import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vision_streams import Flight, transport_stream

from missions.health import Health, HealthState
from vision.ingest.messages import FootageBegun, ReadSpec
from vision.ingest.reader import Patience, Picture, VideoReader

pytestmark = pytest.mark.rtsp
SYSTEM_PYTHON = "/usr/bin/python3"
Serve = Callable[..., tuple[subprocess.Popen[str], int]]


def _has_gstreamer() -> bool:
    asks = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        return subprocess.run([SYSTEM_PYTHON, "-c", asks], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of H.264 in mp4, remuxed from the transport stream the other tests use."""
    import io

    import av

    path = tmp_path_factory.mktemp("rtsp") / "clip.mp4"
    stream = io.BytesIO(b"".join(transport_stream(Flight(), 20.0, klv=False)))
    with av.open(stream, format="mpegts") as source, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
    return path


@pytest.fixture
def serve(clip: Path) -> Iterator[Serve]:
    if not _has_gstreamer():
        from conftest import required  # type: ignore[attr-defined]  # pytest's own import path

        if required("rtsp"):
            pytest.fail("SKYPATROL_REQUIRE names rtsp, but python3-gi or the GStreamer RTSP server is absent")
        pytest.skip("python3-gi and gir1.2-gst-rtsp-server-1.0 are not installed")
    running: list[subprocess.Popen[str]] = []

    def start(port: int = 0) -> tuple[subprocess.Popen[str], int]:
        server = subprocess.Popen(
            [SYSTEM_PYTHON, str(Path(__file__).parent / "rtsp_server.py"), str(clip), str(port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(server)
        assert server.stdout is not None
        return server, int(server.stdout.readline())

    yield start
    for server in running:
        server.kill()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()


def test_an_rtsp_stream_is_read_and_taken_up_again_after_its_server_died(serve: Serve, tmp_path: Path) -> None:
    server, port = serve()
    spec = ReadSpec(
        video=f"rtsp://127.0.0.1:{port}/clip",
        look_hz=5.0,
        footage=tmp_path / "footage-001.mp4",
        folder_fps=2.0,
        open_timeout_s=5.0,
    )
    reader = VideoReader(spec, Patience(open_s=20.0, silent_s=2.0, give_up_s=60.0))
    before: list[float] = []
    after: list[float] = []
    restarts: list[Health] = []
    footage: list[Path] = []
    deadline_s = time.monotonic() + 60.0
    try:
        for said in reader.readings():
            if isinstance(said, Picture):
                (after if restarts else before).append(said.pts_s)
                if len(before) == 25 and server.poll() is None and not restarts:
                    server.kill()
                    server.wait()
            if isinstance(said, Health) and said.state is HealthState.RESTARTED:
                restarts.append(said)
                if len(restarts) == 1:
                    serve(port)
            if isinstance(said, FootageBegun):
                footage.append(said.path)
            if len(after) >= 10 or time.monotonic() > deadline_s:
                break
    finally:
        reader.close()
    assert len(before) >= 25
    assert restarts
    assert len(after) >= 10
    assert before + after == sorted(before + after)
    assert footage == [tmp_path / "footage-001.mp4", tmp_path / "footage-002.mp4"]
