import hashlib
from pathlib import Path

import pytest
from flight_fakes import HEARTBEAT

from flight.channel import Channel
from flight.dialect import Encoder, crc_extra, mavlink
from flight.framing import Frame, judge_frame
from flight.hub import LinkHub
from flight.link_settings import LinkSettings
from flight.link_url import parse_link_url
from flight.signing import Signer, Verdict, Verifier, key_of_passphrase, read_key
from flight.tlog import TlogWriter
from missions import InputError, Message

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
_MINUTE = 6_000_000


def frame(encoder: Encoder, message: Message = HEARTBEAT) -> Frame:
    return judge_frame(encoder.encode(message), crc_extra)


def stamped(stamp: int, *, key: bytes = KEY, link_id: int = 0) -> Frame:
    codec = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
    codec.signing.secret_key, codec.signing.link_id, codec.signing.timestamp = key, link_id, stamp
    codec.signing.sign_outgoing = True
    return judge_frame(bytes(mavlink.MAVLink_heartbeat_message(2, 3, 81, 4, 4, 3).pack(codec)), crc_extra)


def key_file(folder: Path, key: bytes = KEY) -> Path:
    path = folder / "signing.key"
    path.write_text(key.hex() + "\n")
    return path


def test_a_frame_that_we_signed_is_genuine_to_who_has_the_key() -> None:
    vehicle = Encoder(1, 1, signer=Signer(KEY))
    assert Verifier(Signer(KEY)).judge(frame(vehicle)) is Verdict.GENUINE
    assert Verifier(Signer(OTHER_KEY)).judge(frame(vehicle)) is Verdict.FORGED


def test_our_signature_is_what_mavlinks_own_library_expects() -> None:
    theirs = mavlink.MAVLink(None)
    theirs.signing.secret_key = KEY
    assert theirs.decode(bytearray(Encoder(255, 190, signer=Signer(KEY)).encode(HEARTBEAT))).get_signed()


def test_what_was_heard_before_is_refused() -> None:
    signer, verifier = Signer(KEY), Verifier(Signer(KEY))
    first, second = (frame(Encoder(1, 1, signer=signer)) for _ in range(2))
    assert [verifier.judge(each) for each in (first, second, first, second)] == [
        Verdict.GENUINE, Verdict.GENUINE, Verdict.REPLAYED, Verdict.REPLAYED,
    ]  # fmt: skip


def test_a_forged_stamp_far_ahead_does_not_lock_out_the_vehicle() -> None:
    verifier, now = Verifier(Signer(KEY)), Signer(KEY).stamp
    assert verifier.judge(stamped(now)) is Verdict.GENUINE
    assert verifier.judge(stamped(now + 1000 * _MINUTE, key=OTHER_KEY)) is Verdict.FORGED
    assert verifier.judge(stamped(now + 1)) is Verdict.GENUINE


def test_a_new_sender_may_be_a_minute_behind_and_no_more() -> None:
    signer = Signer(KEY)
    assert Verifier(signer).judge(stamped(signer.stamp - _MINUTE + 1000)) is Verdict.GENUINE
    assert Verifier(signer).judge(stamped(signer.stamp - 2 * _MINUTE)) is Verdict.REPLAYED


def test_each_channel_of_a_vehicle_is_a_stream_of_its_own() -> None:
    verifier, now = Verifier(Signer(KEY)), Signer(KEY).stamp
    assert verifier.judge(stamped(now + 100, link_id=1)) is Verdict.GENUINE
    assert verifier.judge(stamped(now, link_id=2)) is Verdict.GENUINE


def test_only_a_radios_own_status_may_come_unsigned() -> None:
    verifier, plain = Verifier(Signer(KEY)), Encoder(1, 1)
    assert verifier.judge(frame(plain)) is Verdict.UNSIGNED
    assert verifier.judge(frame(plain, Message("RADIO_STATUS", {"rssi": 9}))) is Verdict.GENUINE


def test_runs_that_end_in_order_do_not_run_ahead_of_a_vehicle_that_has_not_heard_them(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    vehicle, used = stamped(Signer(KEY).stamp), 0
    for _ in range(5):  # started again and again while the vehicle is off
        signer = Signer.of_file(path)
        assert signer.next_stamp() > used
        used = signer.stamp
        signer.close()
    assert Verifier(Signer.of_file(path)).judge(vehicle) is Verdict.GENUINE


def test_stamps_never_go_back_not_even_from_one_run_to_the_next(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    first = Signer.of_file(path)
    ahead = first.stamp + 1000 * _MINUTE
    first.heard(ahead)  # a vehicle whose clock is ahead
    assert first.next_stamp() > ahead
    first.save()
    for _ in range(50):
        first.next_stamp()  # and then we are killed
    assert Signer.of_file(path).next_stamp() > first.stamp


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31, "00" * 33, "00" * 16 + "\n" + "00" * 16])
def test_what_is_no_key_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text(text)
    with pytest.raises(InputError, match=r"^[^\n]*k:1: is no signing key \(one line of 64 hexadecimal digits\)$"):
        read_key(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_key(tmp_path / "absent")


def test_a_passphrase_gives_the_key_other_stations_make_of_it() -> None:
    assert key_of_passphrase("road") == hashlib.sha256(b"road").digest()


def test_on_a_signed_link_everything_else_is_refused_counted_and_in_the_log(tmp_path: Path) -> None:
    with TlogWriter(tmp_path / "x.tlog") as tlog:
        signer = Signer(KEY)
        hub = LinkHub([parse_link_url("udpin:127.0.0.1:14550")], LinkSettings(), signer=signer, tlog=tlog)
        link, channel = hub.vehicle(1), hub.channels[0]
        armed = Message("HEARTBEAT", {**HEARTBEAT.fields, "base_mode": 209})
        genuine = Encoder(1, 1, signer=Signer(KEY)).encode(HEARTBEAT)
        hostile = [
            Encoder(1, 1).encode(armed),
            Encoder(1, 1).encode(armed),
            Encoder(1, 1, signer=Signer(OTHER_KEY)).encode(armed),
            genuine,
        ]
        for frame_bytes in (genuine, *hostile):
            channel.take(frame_bytes, ("127.0.0.1", 5))
    quality = channel.quality(0, 0)
    assert (quality.received, quality.unsigned, quality.bad_signatures, quality.replayed) == (1, 2, 1, 1)
    assert link.latest["HEARTBEAT"].fields["base_mode"] == HEARTBEAT.fields["base_mode"]
    log = (tmp_path / "x.tlog").read_bytes()
    assert all(frame_bytes in log for frame_bytes in hostile)


def test_an_unsigned_frame_does_not_teach_an_address() -> None:
    hub = LinkHub([parse_link_url("udpin:127.0.0.1:14550")], LinkSettings(), signer=Signer(KEY), tlog=None)
    channel: Channel = hub.channels[0]
    channel.take(Encoder(1, 1).encode(HEARTBEAT), ("127.0.0.1", 66))
    channel.take(Encoder(1, 1, signer=Signer(KEY)).encode(HEARTBEAT), ("127.0.0.1", 5))
    assert channel.peers.of(1) == (("127.0.0.1", 5),)
