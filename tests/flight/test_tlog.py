import struct
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flight.dialect import Encoder
from flight.tlog import TlogWriter, read_tlog
from missions import InputError, Message


def texts(count: int) -> list[Message]:
    return [Message("STATUSTEXT", {"severity": 6, "text": f"line {number}"}) for number in range(count)]


def test_what_was_written_is_read_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "flight.tlog"
    encoder = Encoder(1, 1)
    with TlogWriter(path) as log:
        for message in texts(20):
            log.write(encoder.encode(message))
    entries = list(read_tlog(path))
    assert [message.text("text") for _, message in entries] == [f"line {number}" for number in range(20)]
    times = [time_s for time_s, _ in entries]
    assert times == sorted(times)


def test_an_entry_is_a_big_endian_time_in_microseconds_and_the_raw_frame(tmp_path: Path) -> None:
    path, frame = tmp_path / "one.tlog", Encoder(1, 1).encode(texts(1)[0])
    with TlogWriter(path) as log:
        log.write(frame)
    data = path.read_bytes()
    assert data[8:] == frame
    assert abs(struct.unpack(">Q", data[:8])[0] / 1e6 - path.stat().st_mtime) < 5.0


def test_what_came_over_two_channels_is_kept_twice_and_told_once(tmp_path: Path) -> None:
    path, encoder = tmp_path / "two.tlog", Encoder(1, 1)
    frames = [encoder.encode(message) for message in texts(5)]
    with TlogWriter(path) as log:
        for frame in frames:
            log.write(frame)
            log.write(frame)
    assert [message.text("text") for _, message in read_tlog(path)] == [f"line {number}" for number in range(5)]
    assert path.read_bytes().count(frames[0]) == 2


def test_a_second_flight_is_appended(tmp_path: Path) -> None:
    path, encoder = tmp_path / "one.tlog", Encoder(1, 1)
    for message in texts(2):
        with TlogWriter(path) as log:
            log.write(encoder.encode(message))
    assert len(list(read_tlog(path))) == 2


@given(cut=st.integers(1, 400), junk=st.binary(max_size=40))
def test_a_damaged_log_gives_what_is_whole(tmp_path_factory: pytest.TempPathFactory, cut: int, junk: bytes) -> None:
    path, encoder = tmp_path_factory.mktemp("tlog") / "cut.tlog", Encoder(1, 1)
    with TlogWriter(path) as log:
        for message in texts(10):
            log.write(encoder.encode(message))
    data = path.read_bytes()
    cut = min(cut, len(data) // 2)
    path.write_bytes(data[: len(data) - cut] + junk)
    read = [message.text("text") for _, message in read_tlog(path) if message.name == "STATUSTEXT"]
    whole = (len(data) - cut) * 10 // len(data)
    assert read[: whole - 1] == [f"line {number}" for number in range(whole - 1)]


def test_a_place_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    for path in (tmp_path / "absent" / "x.tlog", tmp_path):
        with pytest.raises(InputError, match="--tlog"):
            TlogWriter(path)


def test_a_file_that_is_no_log_is_wrong_input(tmp_path: Path) -> None:
    path = tmp_path / "no.tlog"
    path.write_bytes(b"not a log at all" * 20)
    with pytest.raises(InputError, match="holds no MAVLink"):
        list(read_tlog(path))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_tlog(tmp_path / "absent.tlog"))


@pytest.mark.shared
def test_a_real_log_of_another_ground_station_is_read(shared_data: Path) -> None:
    (path,) = (shared_data / "formats" / "tlog").glob("*.tlog")
    entries = list(islice(read_tlog(path), 10_000))  # of 23 minutes; reading all takes seconds
    times = [time_s for time_s, _ in entries]
    assert {"HEARTBEAT", "GLOBAL_POSITION_INT", "ATTITUDE"} <= {message.name for _, message in entries}
    assert times == sorted(times)
    assert 60 < times[-1] - times[0] < 23 * 60
