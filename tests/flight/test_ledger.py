"""The ledger: what is on board is known after a crash, of each vehicle by itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import ItemStore, ScriptedLink, drawn_plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flight.item_codec import wire_items
from flight.keeper import LedgerKeeper
from flight.ledger import Ledger, OnBoard, vehicle_name, what_is_on_board
from flight.mission_digest import digest_of
from flight.transfer import download, upload
from missions import Breakpoint, InputError, Message, Plan
from missions.items import mission_items

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
    assert not (tmp_path / "none").exists()


def test_another_ledger_of_the_vehicle_reads_what_one_wrote_last(tmp_path: Path) -> None:
    Ledger(tmp_path / "new" / "folder", "sysid-1").write(STORED)
    later = Ledger(tmp_path / "new" / "folder", "sysid-1")
    assert later.read() == STORED
    later.write(replace(STORED, place=PLACE))
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


async def test_our_plan_is_known_on_board_and_anything_else_is_not(tmp_path: Path) -> None:
    plan, store = drawn_plan((40, 0), (160, 0), (160, 90)), ItemStore()
    items = wire_items(mission_items(plan, plan.sorties[0]), 0)
    link, ledger = ScriptedLink(store.hear), Ledger(tmp_path, "sysid-1")

    async def on_board(wanted: Plan) -> OnBoard | None:
        return what_is_on_board(await download(link, 0), wanted, ledger.read())

    assert await on_board(plan) is None, "nothing was ever stored"
    digest = await upload(link, items, 0)
    stored = replace(STORED, plan_hash=plan.plan_hash, digest=digest)
    ledger.write(stored)
    assert await on_board(plan) == stored
    ledger.write(replace(stored, place=PLACE))
    assert await on_board(plan) == replace(stored, place=PLACE)
    assert await on_board(drawn_plan((40, 0), (170, 0))) is None, "another plan"
    last = store.items[0].pop()
    assert await on_board(plan) is None, "a part of it"
    store.items[0].append(replace(last, z=last.z + 1))
    assert await on_board(plan) is None, "changed by somebody"
    store.items[0] = []
    assert await on_board(plan) is None, "cleared"
    assert digest_of([]) != digest


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        pytest.param({"uid2": [0, 18, 255, *[0] * 15], "uid": 9}, "uid-0012ff", id="a long serial number"),
        pytest.param({"uid2": [0] * 18, "uid": 258}, "uid-0000000000000102", id="a short one"),
        pytest.param({"uid2": [0] * 18}, "sysid-7", id="none"),
        pytest.param(None, "sysid-7", id="no answer"),
    ],
)
def test_a_vehicle_is_named_by_its_serial_number_if_it_says_one(
    tmp_path: Path, fields: dict[str, object] | None, name: str
) -> None:
    assert vehicle_name(None if fields is None else Message("AUTOPILOT_VERSION", fields), 7) == name
    Ledger(tmp_path, name)


async def test_a_disk_that_fails_is_known_and_never_touches_the_flight(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    keeper = LedgerKeeper(Ledger(tmp_path / "file", "sysid-1"))
    keeper.store(STORED)
    assert "cannot be made" in str(keeper.new_failure())
    assert keeper.new_failure() is None  # told once
    (tmp_path / "file").unlink()
    keeper.change(flying=True)
    assert keeper.new_failure() is None
