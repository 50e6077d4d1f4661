import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from missions import CameraModel, InputError
from missions.formats import st0601
from missions.formats.st0601 import Klv
from sitl.downlink import GOP_PICTURES, WINDOW, Downlink
from sitl.transport_stream import TransportStream

Ports = Callable[[int], list[int]]
MakeReader = Callable[..., Any]


def _pictures(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    ground = np.kron(rng.integers(40, 200, (72, 128, 3), dtype=np.uint8), np.ones((10, 10, 1), np.uint8))
    return [np.roll(ground, 6 * number, 1) for number in range(count)]


def _send(downlink: Downlink, pictures: list[np.ndarray], first: int = 0) -> None:
    for number, image in enumerate(pictures, start=first):
        deadline = time.monotonic() + 20
        while not (downlink.listening and downlink.ready):
            assert time.monotonic() < deadline
            downlink.poll()
            time.sleep(0.001)
        downlink.poll()
        downlink.send(image, Klv(captured_utc_s=1000.0 + number / 10, hfov_deg=70.0), number / 10)


def test_a_recording_holds_every_picture_with_its_metadata_under_the_same_time(
    tmp_path: Path, camera: CameraModel
) -> None:
    path = tmp_path / "flight.ts"
    downlink = Downlink(f"file:{path}", camera)
    _send(downlink, _pictures(12))
    downlink.close()
    container: Any
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ["video", "data"]
        video, times, keys = [], {}, []
        for packet in container.demux():
            if packet.stream.type == "video":
                frames = packet.decode()
                video += [frame.pts for frame in frames]
                keys += [frame.key_frame for frame in frames]
            elif packet.size:
                times[packet.pts] = st0601.decode(bytes(packet)).captured_utc_s
    assert len(video) == 12
    assert set(times) == set(video)
    assert [times[pts] for pts in video] == pytest.approx([1000 + n / 10 for n in range(12)])
    assert np.diff(video).tolist() == [9000] * 11
    assert [n for n, key in enumerate(keys) if key] == [0, GOP_PICTURES, 2 * GOP_PICTURES]


def test_after_a_beginning_anew_the_pictures_are_the_same_whatever_was_sent_before(
    tmp_path: Path, camera: CameraModel
) -> None:
    pictures = _pictures(14)
    decoded = []
    for before in (2, 7):
        path = tmp_path / f"{before}.ts"
        downlink = Downlink(f"file:{path}", camera)
        _send(downlink, pictures[:before])
        downlink.begin_anew()
        _send(downlink, pictures[7:], first=before)
        downlink.close()
        container: Any
        with av.open(str(path)) as container:
            images = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
        assert len(images) == before + 7
        decoded.append(images[before:])
    for one, other in zip(*decoded, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_reader_gets_every_picture_one_behind_and_the_sender_waits_for_it(
    camera: CameraModel, free_ports: Ports, make_reader: MakeReader
) -> None:
    port, credits_port = free_ports(2)
    downlink = Downlink(f"udp://127.0.0.1:{port}?credits=127.0.0.1:{credits_port}", camera)
    assert not downlink.listening
    reader = make_reader(port, credits_port, session="cafe", slow_s=0.02)
    pictures = _pictures(40)
    _send(downlink, pictures)
    assert downlink.credits is not None
    assert downlink.sent - downlink.credits.taken <= WINDOW
    reader.wait_for(39)  # the demultiplexer holds one back until it sees the next
    assert downlink.lost == 0
    assert reader.kinds == ["video", "data"]
    assert np.diff(reader.pts).tolist() == [9000] * 38
    assert set(reader.pts) <= set(reader.klv)
    for got, sent in zip(reader.images, pictures, strict=False):
        assert np.abs(got.astype(int) - sent).mean() < 12
    downlink.close()


def test_a_killed_reader_is_replaced_by_one_that_starts_at_a_keyframe(
    camera: CameraModel, free_ports: Ports, make_reader: MakeReader
) -> None:
    port, credits_port = free_ports(2)
    downlink = Downlink(f"udp://127.0.0.1:{port}?credits=127.0.0.1:{credits_port}", camera)
    first = make_reader(port, credits_port, session="aaaa")
    _send(downlink, _pictures(13))
    first.close()
    second = make_reader(port, credits_port, session="bbbb")
    deadline = time.monotonic() + 5
    while downlink.credits is None or downlink.credits.session != "bbbb":
        downlink.poll()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    _send(downlink, _pictures(15), first=13)
    second.wait_for(14)
    assert second.keyframes[0]
    assert second.pts[0] == round((1.0 + 1.3) * 90_000)
    assert downlink.total == 28
    assert downlink.sent == 15
    downlink.close()


def test_no_reader_no_waiting_and_wrong_addresses_are_said(camera: CameraModel, free_ports: Ports) -> None:
    port, credits_port = free_ports(2)
    plain = Downlink(f"udp://127.0.0.1:{port}", camera)
    assert plain.listening
    assert plain.ready
    plain.close()
    waiting = Downlink(f"udp://127.0.0.1:{port}?credits=127.0.0.1:{credits_port}", camera)
    waiting.poll()
    assert not waiting.listening
    waiting.close()
    for url in ("http://127.0.0.1:80", "udp://nowhere", "udp://127.0.0.1:5600?credits=abc"):
        with pytest.raises(InputError):
            Downlink(url, camera)
    with pytest.raises(InputError, match="cannot be written"):
        Downlink("file:/nonexistent/folder/a.ts", camera)


def test_every_packet_is_188_bytes_counts_on_and_holds_its_payload() -> None:
    stream = TransportStream()
    for size in (1, 100, 169, 170, 171, 172, 183, 184, 185, 1000, 70_000):
        payload = bytes(n % 251 for n in range(size))
        data = stream.tables() + stream.klv(payload, 90_000) + stream.video(payload, 90_000, keyframe=size % 2 == 0)
        assert len(data) % 188 == 0
        assert all(data[at] == 0x47 for at in range(0, len(data), 188))
        assert _payload(data, 0x101)[14:] == payload
        assert _payload(data, 0x100)[14:] == payload


def _payload(data: bytes, pid: int) -> bytes:
    """Return what the packets of one PID carry, by the rules of ISO 13818-1."""
    out = b""
    for at in range(0, len(data), 188):
        packet = data[at : at + 188]
        if (packet[1] & 0x1F) << 8 | packet[2] != pid:
            continue
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        out += packet[start:]
    return out
