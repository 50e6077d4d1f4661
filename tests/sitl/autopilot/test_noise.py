import random
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from missions import GeoPoint
from sitl.autopilot import Copter, CopterSettings
from sitl.autopilot.wire import mav

KINDS = sorted(
    (kind for kind in mav.mavlink_map.values() if kind.msgname not in {"BAD_DATA", "UNKNOWN"}), key=lambda k: k.msgname
)
SHOTS = [
    mav.MAVLink_command_long_message(1, 1, 400, 0, 1, 21196, 0, 0, 0, 0, 0),
    mav.MAVLink_command_long_message(1, 1, 176, 0, 1, 4, 0, 0, 0, 0, 0),
    mav.MAVLink_param_set_message(1, 1, b"RTL_ALT_M", 99.0, 9),
    mav.MAVLink_mission_count_message(1, 1, 5, 0),
    mav.MAVLink_mission_clear_all_message(1, 1, 0),
    mav.MAVLink_mission_item_int_message(1, 1, 0, 3, 16, 0, 1, 0, 0, 0, 0, 1, 2, 3.0, 0),
]


def _asked(ground: Any) -> tuple[Any, ...]:
    state = ground.copter.true_state()
    values = tuple(ground.parameter(name) for name in ("RTL_ALT_M", "MIS_TOTAL", "FENCE_ENABLE", "WP_SPD"))
    return state.armed, state.mode, state.enu_m, values, len(ground.download())


def test_ten_thousand_mangled_frames_change_nothing(ground: Any, words: Any) -> None:
    ground.ready().upload([words.HOME_ITEM, words.TAKE_OFF, words.RETURN])
    before, source = _asked(ground), random.Random(7)
    codec = mav.MAVLink(None, srcSystem=255, srcComponent=190)
    for number in range(10_000):
        frame = bytearray(SHOTS[number % len(SHOTS)].pack(codec))
        for bit in source.sample(range(8, 8 * len(frame)), source.randint(1, 4)):
            frame[bit // 8] ^= 1 << bit % 8
        ground.copter.receive(bytes(frame))
        if number % 500 == 0:
            ground.copter.step(0.02)
            ground.drain()
    ground.copter.receive(bytes(600))  # lets the parser give up what it still holds
    ground.run(1.0)
    assert _asked(ground) == before


@given(st.binary(max_size=400))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_noise_never_breaks_it(data: bytes) -> None:
    _COPTER.receive(data)
    _COPTER.step(0.02)
    _COPTER.outgoing()


@pytest.mark.parametrize("flying", [False, True])
def test_sound_frames_with_senseless_numbers_never_break_it(flying: bool, ground: Any, words: Any) -> None:
    ground.ready()
    if flying:
        ground.start([words.TAKE_OFF, *[words.at(50 * n, 50 * (n % 2)) for n in range(1, 15)], words.RETURN])
        ground.run(15.0)
    source, codec, taken = random.Random(11), mav.MAVLink(None, srcSystem=255, srcComponent=190), 0
    for number in range(3000):
        kind = source.choice(KINDS) if number % 3 == 0 else source.choice(_OBEYED)
        payload = bytes(source.choice((0, 1, 0xFF, 0x7F, source.randrange(256))) for _ in range(kind.unpacker.size))
        try:
            message = _built(kind, payload)
            _aim(message)
            data = message.pack(codec)
        except (ValueError, OverflowError, UnicodeDecodeError, struct.error):
            continue
        ground.copter.receive(data)
        taken += 1
        if number % 10 == 0:
            ground.copter.step(0.1)
            ground.copter.outgoing()
    assert taken > 2500
    ground.copter.step(5.0)
    assert all(abs(metres) < 1e7 for metres in ground.copter.true_state().enu_m)


_COPTER = Copter(CopterSettings(home=GeoPoint(lat_deg=30.49, lon_deg=114.41)))
_OBEYED = [
    kind
    for kind in KINDS
    if kind.msgname
    in {
        "COMMAND_LONG",
        "COMMAND_INT",
        "PARAM_SET",
        "PARAM_REQUEST_READ",
        "MISSION_ITEM_INT",
        "MISSION_ITEM",
        "MISSION_COUNT",
        "MISSION_REQUEST_INT",
        "MISSION_REQUEST",
        "MISSION_SET_CURRENT",
        "SET_MODE",
        "SET_POSITION_TARGET_GLOBAL_INT",
        "REQUEST_DATA_STREAM",
        "TIMESYNC",
        "PING",
    }
]


def _built(kind: Any, payload: bytes) -> Any:
    """Return a message of a kind from raw payload bytes."""
    header = mav.MAVLink(None)
    frame = bytearray(b"\xfd" + bytes([len(payload), 0, 0, 0, 255, 190]) + kind.id.to_bytes(3, "little") + payload)
    checksum = mav.x25crc(frame[1:])
    checksum.accumulate(bytes([kind.crc_extra]))
    frame += checksum.crc.to_bytes(2, "little")
    message = header.parse_char(frame)
    if message is None:
        raise ValueError(kind.msgname)
    return message


def _aim(message: Any) -> None:
    if hasattr(message, "target_system"):
        message.target_system = 1
    if hasattr(message, "target_component"):
        message.target_component = 1
