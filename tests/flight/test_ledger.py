"""The ledger: what is on board is known after a crash, of each vehicle by itself."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flight.ledger import Ledger, OnBoard
from missions import Breakpoint, InputError

PLACE = Breakpoint(sortie_id="sortie-1", item_seq=7, fraction=0.25)
STORED = OnBoard(
    plan_hash="a" * 64,
    sortie_id="sortie-1",
    start=None,
    digest="b" * 64,
    replaced={"RTL_ALT": 1500.0},
    place=None,
    phase="stored",
)
places = st.builds(Breakpoint, sortie_id=st.text(max_size=9), item_seq=st.integers(0, 650), fraction=st.floats(0, 1))


def test_nothing_is_on_board_of_a_vehicle_never_met(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "none", "1234abcd")
    assert ledger.read() is None
    ledger.move(PLACE)
    assert ledger.read() is None
    assert not (tmp_path / "none").exists()


def test_another_ledger_of_the_vehicle_reads_what_one_wrote_and_how_far_it_came(tmp_path: Path) -> None:
    Ledger(tmp_path / "new" / "folder", "sysid-1").write(STORED)
    later = Ledger(tmp_path / "new" / "folder", "sysid-1")
    assert later.read() == STORED
    later.move(PLACE)
    known = Ledger(tmp_path / "new" / "folder", "sysid-1").read()
    assert known is not None
    assert (known.place, known.digest) == (PLACE, STORED.digest)
    assert [file.name for file in later.file.parent.iterdir()] == ["sysid-1.json"]
    assert Ledger(tmp_path / "new" / "folder", "sysid-2").read() is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    value=st.builds(
        OnBoard,
        plan_hash=st.text(max_size=64),
        sortie_id=st.text(max_size=9),
        start=st.none() | places,
        digest=st.text(max_size=64),
        replaced=st.dictionaries(st.text(max_size=16), st.floats(allow_nan=False, allow_infinity=False, width=32)),
        place=st.none() | places,
        phase=st.sampled_from(["stored", "flying", "ended"]),
    )
)
def test_whatever_is_written_is_read(tmp_path: Path, value: OnBoard) -> None:
    ledger = Ledger(tmp_path, "any")
    ledger.write(value)
    assert ledger.read() == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", r"sysid-1\.json", id="empty"),
        pytest.param(b"{}", r"sysid-1\.json: plan_hash: ", id="not one field"),
        pytest.param(b"\xff\x00", r"sysid-1\.json", id="no text"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    ledger = Ledger(tmp_path, "sysid-1")
    ledger.file.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        ledger.read()
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match="taken: cannot be made: File exists"):
        Ledger(tmp_path / "taken", "sysid-1").write(STORED)


@pytest.mark.parametrize("vehicle", ["", "../other", "a/b", "a b", "name\n"])
def test_a_vehicles_name_leads_to_no_other_folder(tmp_path: Path, vehicle: str) -> None:
    with pytest.raises(ValueError, match="a vehicle's name in the ledger"):
        Ledger(tmp_path, vehicle)
