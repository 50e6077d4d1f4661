import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vision_streams import CreditedSender, Flight, PacedSender, transport_stream, write_stream

from missions.errors import InputError
from missions.health import Health, HealthState
from sitl.loopback import free_port
from vision.ingest.backlog import Backlog, Waiting
from vision.ingest.demux import LookClock, Synchroniser
from vision.ingest.footage import free_path
from vision.ingest.messages import FootageBegun, KlvRead, PictureRead, ReadingEnded, ReadSpec
from vision.ingest.reader import FromVideo, Patience, Picture, VideoReader
from vision.ingest.source import SourceKind, parse_video


@pytest.fixture(scope="module")
def pieces() -> list[bytes]:
    return transport_stream(Flight(), 4.0)


def reader_of(video: str, *, footage: Path | None = None, look_hz: float = 5.0, **patience: float) -> VideoReader:
    spec = ReadSpec(video=video, look_hz=look_hz, footage=footage, folder_fps=2.0, open_timeout_s=3.0)
    return VideoReader(spec, Patience(**{"open_s": 5.0, "silent_s": 1.0, "give_up_s": None, **patience}))  # type: ignore[arg-type]  # some may be None


def all_of(reader: VideoReader) -> Iterator[FromVideo]:
    """Every reading, each picture being finished with at once."""
    try:
        for said in reader.readings():
            yield said
            if isinstance(said, Picture):
                reader.finished()
    finally:
        reader.close()


def times_of(file: Path) -> list[float]:
    with av.open(str(file)) as container:
        return [float(frame.time) for frame in container.decode(video=0) if frame.time is not None]


# Addresses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("video", "says"),
    [
        pytest.param("nowhere.mp4", "no such video", id="absent file"),
        pytest.param("http://example.org/a.mp4", "'http'", id="another scheme"),
        pytest.param("udp://127.0.0.1", "no port", id="no port"),
        pytest.param("udp://127.0.0.1:99999", "not a video address", id="port out of range"),
        pytest.param("udp://127.0.0.1:5600?credits=5601", "HOST:PORT", id="credits without a host"),
        pytest.param("rtsp:///path", "no host", id="rtsp without a host"),
    ],
)
def test_an_address_that_cannot_work_is_refused_in_one_line(video: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        parse_video(video)
    assert "\n" not in str(refused.value)


def test_credits_are_part_of_the_address_and_forbid_dropping() -> None:
    address = parse_video("udp://127.0.0.1:5600?credits=127.0.0.1:5601")
    assert (address.kind, address.port, address.credits_port) == (SourceKind.UDP, 5600, 5601)
    assert address.live
    assert not address.may_drop
    assert parse_video("udp://127.0.0.1:5600").may_drop


# Choosing, ordering, waiting -----------------------------------------------------------------------------------------


@given(st.floats(5.0, 60.0), st.floats(0.5, 15.0), st.floats(0.0, 1e5))
def test_pictures_are_chosen_at_the_rate_asked_whatever_the_rate_of_the_video(fps: float, hz: float, t0: float) -> None:
    clock = LookClock(hz)
    looked = sum(clock.wants(t0 + number / fps) for number in range(400))
    assert looked == pytest.approx(min(400.0, 400.0 / fps * hz), rel=0.02, abs=2.0)


def test_a_picture_waits_for_the_metadata_of_its_time_but_not_for_ever() -> None:
    sync = Synchroniser(has_klv=True)

    def picture(pts_s: float) -> Waiting:
        return Waiting(PictureRead(pts_s=pts_s, shape=None))

    assert list(sync.add(picture(0.0))) == []
    metadata = Waiting(KlvRead(pts_s=0.0, data=b""))
    assert list(sync.add(metadata)) == [metadata, picture(0.0)]
    assert list(sync.add(picture(0.1))) == []
    assert list(sync.add(picture(0.2))) == []
    assert list(sync.add(picture(0.3))) == [picture(0.1)]
    assert list(sync.flush()) == [picture(0.2), picture(0.3)]


def test_a_full_backlog_gives_up_the_oldest_picture_and_keeps_its_time() -> None:
    backlog = Backlog(limit=2, may_drop=True)
    image = av.VideoFrame(16, 16, "bgr24")
    for number in range(4):
        backlog.put(Waiting(PictureRead(pts_s=float(number), shape=(16, 16, 3)), image))
    taken = [backlog.take() for _ in range(4)]
    told = [(w.message.pts_s, w.message.dropped) for w in taken if w and isinstance(w.message, PictureRead)]
    assert told == [(0.0, True), (1.0, True), (2.0, False), (3.0, False)]


def test_footage_never_overwrites(tmp_path: Path) -> None:
    first = tmp_path / "footage-001.mp4"
    assert free_path(first) == first
    first.touch()
    (tmp_path / "footage-002.mp4").touch()
    assert free_path(first) == tmp_path / "footage-003.mp4"
    plain = tmp_path / "kept.mp4"
    plain.touch()
    assert free_path(plain) == tmp_path / "kept-002.mp4"


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_recorded_stream_gives_every_picture_once_in_order_after_its_metadata(
    tmp_path: Path, pieces: list[bytes]
) -> None:
    file = write_stream(tmp_path / "a.ts", pieces)
    said = list(all_of(reader_of(str(file))))
    pictures = [s for s in said if isinstance(s, Picture)]
    assert [round(p.pts_s, 3) for p in pictures] == [round(n / 10, 3) for n in range(40)]
    assert [p.image is not None for p in pictures] == [n % 2 == 0 for n in range(40)]
    assert said[-1] == ReadingEnded(reason="end of video")
    newest_klv_s = -1.0
    for s in said:
        newest_klv_s = s.pts_s if isinstance(s, KlvRead) else newest_klv_s
        assert not isinstance(s, Picture) or newest_klv_s >= s.pts_s


def test_pixels_arrive_as_they_were_encoded(tmp_path: Path, pieces: list[bytes]) -> None:
    file = write_stream(tmp_path / "a.ts", pieces)
    first = next(s for s in all_of(reader_of(str(file))) if isinstance(s, Picture))
    assert first.image is not None
    assert first.image.shape == (360, 640, 3)
    assert np.abs(first.image.astype(int) - Flight().picture(0.0).astype(int)).mean() < 12


def test_footage_is_the_stream_itself_with_its_times(tmp_path: Path, pieces: list[bytes]) -> None:
    file = write_stream(tmp_path / "a.ts", pieces)
    begun = [s for s in all_of(reader_of(str(file), footage=tmp_path / "f.mp4")) if isinstance(s, FootageBegun)]
    assert begun == [FootageBegun(path=tmp_path / "f.mp4", first_pts_s=0.0)]
    assert times_of(tmp_path / "f.mp4") == pytest.approx([n / 10 for n in range(40)], abs=1e-3)


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["oblique_road", "house_fire", "parking_cars"])
def test_footage_of_real_video_keeps_every_time_also_with_b_frames(
    shared_data: Path, tmp_path: Path, clip: str
) -> None:
    video = shared_data / "vision" / "clips" / clip / "video.mp4"
    list(all_of(reader_of(str(video), footage=tmp_path / "f.mp4", look_hz=0.2)))
    kept, true = times_of(tmp_path / "f.mp4"), times_of(video)
    assert kept == pytest.approx([t - true[0] for t in true], abs=1e-3)


@pytest.mark.shared
def test_a_folder_of_pictures_is_a_video(shared_data: Path) -> None:
    folder = shared_data / "vision" / "clips" / "kit_munich_street02" / "frames"
    pictures = [s for s in all_of(reader_of(str(folder))) if isinstance(s, Picture)]
    assert len(pictures) == 20
    assert pictures[-1].pts_s == pytest.approx(9.5)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("text.mp4", b"this is not a video\n" * 100, id="text"),
        pytest.param("noise.ts", bytes(range(256)) * 400, id="noise"),
        pytest.param("cut.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", id="cut after its header"),
    ],
)
def test_what_is_not_a_video_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refused:
        list(all_of(reader_of(str(tmp_path / name))))
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_video_cut_in_the_middle_gives_what_is_there(tmp_path: Path, pieces: list[bytes]) -> None:
    (tmp_path / "a.ts").write_bytes(b"".join(pieces)[: sum(map(len, pieces)) // 2])
    pictures = [s for s in all_of(reader_of(str(tmp_path / "a.ts"))) if isinstance(s, Picture)]
    assert 10 <= len(pictures) < 40


# Live ----------------------------------------------------------------------------------------------------------------


def test_with_credits_the_world_waits_and_no_picture_is_lost(pieces: list[bytes]) -> None:
    world = CreditedSender(pieces)
    reader = reader_of(world.url)
    got = []
    for said in all_of(reader):
        if isinstance(said, Picture):
            got.append(said)
            if said.image is not None:
                time.sleep(0.03)  # a slow detector
        if world.all_sent:
            reader.stop()
    world.close()
    assert [round(p.pts_s, 3) for p in got] == [round(n / 10, 3) for n in range(40)]
    assert not any(p.dropped for p in got)
    assert world.most_ahead <= 8
    assert len(world.sessions) == 1


def test_without_credits_a_slow_watcher_drops_the_oldest_and_counts(pieces: list[bytes]) -> None:
    camera = PacedSender(pieces * 1, speed=8.0)
    reader = reader_of(camera.url, look_hz=10.0)
    got = []
    for said in all_of(reader):
        if isinstance(said, Picture):
            got.append(said)
            if said.image is not None:
                time.sleep(0.15)
        if got and got[-1].pts_s > 3.0:
            reader.stop()
    camera.close()
    assert sum(p.dropped for p in got) >= 5
    assert [p.pts_s for p in got] == sorted(p.pts_s for p in got)


def test_a_hanging_reader_is_killed_and_restarted_and_footage_goes_on_in_a_new_file(tmp_path: Path) -> None:
    world = CreditedSender(transport_stream(Flight(), 6.0))
    reader = reader_of(world.url, footage=tmp_path / "footage-001.mp4")
    got, told, stopped = [], [], False
    for said in all_of(reader):
        if isinstance(said, Picture):
            got.append(said.pts_s)
            if len(got) == 20 and not stopped and reader.pid is not None:
                stopped = True
                os.kill(reader.pid, signal.SIGSTOP)
        if isinstance(said, Health):
            told.append(said)
        if world.all_sent:
            reader.stop()
    world.close()
    assert [h.state for h in told] == [HealthState.RESTARTED]
    assert len(world.sessions) == 2
    assert got == sorted(got)
    assert got[-1] == pytest.approx(5.9, abs=0.11)
    assert times_of(tmp_path / "footage-001.mp4")[-1] >= got[19] - 1.0  # cut off by the kill, and plays all the same
    assert len(times_of(tmp_path / "footage-002.mp4")) >= 20


def test_where_nothing_arrives_it_is_said_after_the_time_given() -> None:
    started_s = time.monotonic()
    with pytest.raises(InputError, match="no picture within"):
        list(all_of(reader_of(f"udp://127.0.0.1:{free_port()}", open_s=1.0)))
    assert time.monotonic() - started_s < 6.0


def test_a_port_in_use_is_said() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(InputError, match="cannot listen"):
            list(all_of(reader_of(f"udp://127.0.0.1:{other.getsockname()[1]}")))


def test_a_live_stream_that_stays_silent_ends_where_that_is_wanted(pieces: list[bytes]) -> None:
    camera = PacedSender(pieces, speed=20.0)
    said = list(all_of(reader_of(camera.url, silent_s=30.0, give_up_s=0.8)))
    camera.close()
    assert isinstance(said[-1], ReadingEnded)
    assert "no picture for" in said[-1].reason
