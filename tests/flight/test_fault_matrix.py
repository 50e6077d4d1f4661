"""What judges the fault matrix: it must see what is missing, and keep what was flown."""

from dataclasses import replace
from pathlib import Path

import pytest
from hostile import mutated

from flight import copter_modes as modes
from flight.dialect import Encoder, crc_extra
from flight.framing import Framer
from flight.tlog import TlogWriter
from missions import Message
from sitl.side_channel import TrueState
from tests.flight.faults.evidence import lost_bytes, unasked
from tests.flight.faults.results import DEMANDS, Flown, Results, document
from tests.flight.faults.rows import ROWS
from tests.samples import DOCK

_BEAT = {"type": 2, "autopilot": 3, "base_mode": 81, "custom_mode": 0, "system_status": 4, "mavlink_version": 3}
ON_DOCK = TrueState(
    boot=1,
    t_s=0.0,
    lat_deg=DOCK.lat_deg,
    lon_deg=DOCK.lon_deg,
    amsl_m=32.1,
    speed_m_s=0.0,
    armed=False,
    mode=modes.AUTO,
)
FLYING = replace(ON_DOCK, amsl_m=47.0, armed=True)


def frames() -> list[bytes]:
    """Return a vehicle's frames; heartbeats are the same again whenever their number comes round."""
    encoder, said = Encoder(1, 1), []
    for number in range(1000):
        place = {"time_boot_ms": 1000 + number, "lat": 1, "lon": number}
        said.append(encoder.encode(Message("HEARTBEAT", _BEAT) if number % 9 == 0 else Message("ATTITUDE", {})))
        said.append(encoder.encode(Message("GLOBAL_POSITION_INT", place)))
    return said


def recorded(tlog: Path, came: list[bytes]) -> Path:
    """Write a record with something of ours between."""
    ours = Encoder(255, 190)
    with TlogWriter(tlog) as log:
        for number, frame in enumerate(came):
            log.write(frame)
            if number % 7 == 0:
                log.write(ours.encode(Message("PARAM_REQUEST_LIST", {"target_system": 1})))
    return tlog


def test_a_record_without_a_gap_has_none_whatever_was_sent_before_and_after_it(tmp_path: Path) -> None:
    said = frames()
    assert lost_bytes(said, recorded(tmp_path / "a.tlog", said[300:1500])) == (1200, 0)


def test_a_frame_that_is_not_in_the_record_is_missed(tmp_path: Path) -> None:
    said = frames()
    came = [frame for number, frame in enumerate(said) if number != 901]
    assert lost_bytes(said, recorded(tmp_path / "a.tlog", came)) == (2000, len(said[901]))


def test_what_another_station_of_our_number_said_belongs_to_what_came(tmp_path: Path) -> None:
    said, other = frames(), Encoder(255, 190).encode(Message("TIMESYNC", {"tc1": 0, "ts1": 77}))
    came = [*said[:500], other, *said[500:]]
    assert lost_bytes(came, recorded(tmp_path / "a.tlog", came)) == (2001, 0)
    assert lost_bytes(came, recorded(tmp_path / "b.tlog", said)) == (2001, len(other))


def garbled() -> list[bytes]:
    """Return frames with damaged ones among them."""
    sound = frames()
    broken = (frame for frame in mutated(3, sound[:40], 1000) if frame not in sound)
    return [frame for pair in zip(sound, broken, strict=False) for frame in pair]


def cut(came: list[bytes]) -> list[bytes]:
    """Return what came as a station records it: cut where frames seem to begin and end."""
    framer = Framer(crc_extra)
    return [frame.data for data in came for frame in framer.feed(data)] + [frame.data for frame in framer.end()]


def test_damaged_frames_are_found_in_whatever_pieces_they_stand(tmp_path: Path) -> None:
    came = garbled()
    assert lost_bytes(came, recorded(tmp_path / "a.tlog", cut(came))) == (len(came), 0)


@pytest.mark.parametrize("number", [401, 407, 413])
def test_a_damaged_frame_that_is_not_in_the_record_is_missed(tmp_path: Path, number: int) -> None:
    came = garbled()
    kept = came[:number] + came[number + 1 :]
    _, missing = lost_bytes(came, recorded(tmp_path / "a.tlog", cut(kept)))
    assert missing >= len(came[number])


def test_a_landing_or_a_mode_that_nobody_asked_for_is_seen() -> None:
    away = replace(ON_DOCK, lat_deg=DOCK.lat_deg + 0.001)
    returning = replace(FLYING, mode=modes.RTL)
    assert unasked([ON_DOCK, FLYING, replace(ON_DOCK, armed=True), ON_DOCK], frozenset()) == []
    assert unasked([FLYING, returning, replace(ON_DOCK, armed=True), ON_DOCK], frozenset()) == [
        "flew in RTL, which nobody asked for"
    ]
    assert unasked([FLYING, replace(away, armed=True), away], frozenset({modes.RTL})) == [
        "landed 111 m from the dock, which nobody asked for"
    ]
    assert unasked([FLYING, replace(FLYING, armed=False)], frozenset()) == ["was disarmed 15.0 m up"]


def test_what_was_flown_is_kept_and_the_table_counts_it(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.json")
    for seed, broken in ((1, []), (2, ["it fell"])):
        results.add(Flown(row="wind", seed=seed, broken=broken, figures={"m": seed}, firmware="X 1", date="2026-01-02"))
    table = document(ROWS, Results(tmp_path / "r.json"))
    assert "2 trials, 1 held, 1 broken" in table
    assert "| 2 (fewer than wanted) | 1 | 1 | m 1.5 (2) |" in table
    assert "- `wind` seed 2: it fell" in table
    assert "X 1" in table
    assert "`wind` 2." in table  # both by former demands


def test_what_broke_before_it_was_flown_again_stays_in_the_table(tmp_path: Path) -> None:
    for broken in (["it fell"], [], []):
        again = Results(tmp_path / "r.json")
        again.add(Flown(row="wind", seed=1, broken=broken, figures={}, firmware="", date="", demands=DEMANDS))
    table = document(ROWS, Results(tmp_path / "r.json"))
    assert "1 trials, 1 held, 0 broken" in table
    assert table.count("- `wind` seed 1: it fell") == 1
    assert "What broke before, and was flown again" in table
