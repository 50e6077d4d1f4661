import itertools
import random
from itertools import pairwise

import pytest
from hostile import frame_of, mutated
from hypothesis import given
from hypothesis import strategies as st

from flight.dialect import Decoder, Encoder, crc_extra, mavlink, read_frame
from flight.framing import FrameKind, Framer, header_of, judge_frame
from missions import Message

_ENCODER = Encoder(1, 1)
FRAMES = [
    _ENCODER.encode(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "custom_mode": number}))
    + _ENCODER.encode(Message("STATUSTEXT", {"severity": 6, "text": f"line {number}"}))
    for number in range(8)
]

BEAT = _ENCODER.encode(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "mavlink_version": 3}))


def cut(*arrivals: bytes) -> list[tuple[FrameKind, bytes]]:
    framer = Framer(crc_extra)
    frames = [frame for data in arrivals for frame in framer.feed(data)] + framer.end()
    return [(frame.kind, frame.data) for frame in frames]


@given(
    data=st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(FRAMES)), max_size=8).map(b"".join),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_the_pieces_put_together_are_what_came(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(min(each, len(data)) for each in cuts)})
    arrivals = [data[a:b] for a, b in itertools.pairwise(places)]
    assert b"".join(piece for _, piece in cut(*arrivals)) == data


@given(noise=st.binary(max_size=100), cuts=st.lists(st.integers(0, 400), max_size=6))
def test_a_sound_frame_is_found_wherever_it_is_cut(noise: bytes, cuts: list[int]) -> None:
    data = FRAMES[0] + noise.replace(b"\xfd", b"\0").replace(b"\xfe", b"\0") + FRAMES[1]
    places = sorted({0, len(data), *(min(each, len(data)) for each in cuts)})
    sound = [p for kind, p in cut(*(data[a:b] for a, b in itertools.pairwise(places))) if kind is FrameKind.SOUND]
    assert b"".join(sound) == FRAMES[0] + FRAMES[1]


def test_a_frame_hidden_in_a_wrong_length_is_found() -> None:
    damaged = bytearray(BEAT)
    damaged[1] = 60  # it claims to be longer than it is
    kinds = [kind for kind, _ in cut(bytes(damaged) + b"".join(FRAMES[1:6]))]
    assert kinds.count(FrameKind.SOUND) == 10


@given(
    damaged=st.lists(st.tuples(st.integers(0, 2**32), st.integers(0, 3)), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 900), max_size=8),
)
def test_no_sound_frame_between_damaged_ones_is_missed_however_it_arrives(
    damaged: list[tuple[int, int]], cuts: list[int]
) -> None:
    sound = [_ENCODER.encode(Message("SYS_STATUS", {"load": load, "battery_remaining": 9})) for load in range(12)]
    bad = [next(mutated(seed, [BEAT, sound[which]], 1)) for seed, which in damaged]
    data = b"".join(piece for pair in zip(bad, sound, strict=False) for piece in pair) + bytes(300)
    places = sorted({0, len(data), *(min(each, len(data)) for each in cuts)})
    found = [piece for kind, piece in cut(*(data[a:b] for a, b in pairwise(places))) if kind is FrameKind.SOUND]
    assert [piece for piece in sound[: len(bad)] if piece not in found] == []


def test_a_datagram_cut_short_does_not_keep_the_next_one_waiting() -> None:
    framer = Framer(crc_extra)
    assert framer.feed(FRAMES[0][:10]) == []
    kinds = [frame.kind for frame in framer.feed(FRAMES[1])]
    assert kinds == [FrameKind.BAD, FrameKind.SOUND, FrameKind.SOUND]


def test_bad_and_unknown_frames_stay_in_one_piece() -> None:
    bad = bytearray(BEAT)
    bad[12] ^= 1
    unknown = bytes((0xFD, 2, 0, 0, 9, 1, 1, 0xEE, 0xEE, 0x01, 5, 5, 7, 7))
    found = cut(bytes(bad) + unknown + FRAMES[1])
    assert found[:2] == [(FrameKind.BAD, bytes(bad)), (FrameKind.UNKNOWN, unknown)]


def test_most_frames_of_a_line_that_garbles_one_in_ten_arrive() -> None:
    rng = random.Random(4)
    single = [BEAT, *(_ENCODER.encode(Message("SYS_STATUS", {"load": n})) for n in range(9))]
    garbled = iter(mutated(5, single, 1000))
    sent = [next(garbled) if rng.random() < 0.1 else rng.choice(single) for _ in range(1000)]
    whole = sum(frame in single for frame in sent)
    received = Decoder().decode(b"".join(sent))
    assert len(received) >= whole * 0.98


def test_every_message_is_read_as_its_own_library_reads_it() -> None:
    rng = random.Random(7)
    codec = mavlink.MAVLink(None, srcSystem=3, srcComponent=4)
    for kind in mavlink.mavlink_map.values():
        frame = frame_of(codec, kind, rng.randbytes(kind.unpacker.size))
        theirs = codec.decode(bytearray(frame))
        assert judge_frame(frame, crc_extra).kind is FrameKind.SOUND
        ours = read_frame(frame, header_of(frame))
        assert (ours.name, ours.sysid, ours.compid) == (theirs.get_type(), 3, 4)
        assert repr(ours.fields) == repr({name: getattr(theirs, name) for name in theirs.fieldnames})  # NaN too


def test_mavlink_1_is_read_too() -> None:
    codec = mavlink.MAVLink(None, srcSystem=3, srcComponent=4)
    frame = mavlink.MAVLink_heartbeat_message(2, 3, 81, 4, 4, 3).pack(codec, force_mavlink1=True)
    (received,) = Decoder().decode(bytes(frame))
    assert (received.message.name, received.message.sysid, received.message.fields["custom_mode"]) == (
        "HEARTBEAT",
        3,
        4,
    )


@pytest.mark.parametrize("flag", [2, 4, 128])
def test_a_frame_with_a_flag_that_we_do_not_know_is_not_read(flag: int) -> None:
    frame = bytearray(BEAT)
    frame[2] = flag
    assert judge_frame(bytes(frame), crc_extra).kind is FrameKind.BAD
