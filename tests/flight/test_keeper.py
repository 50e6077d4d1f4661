"""A ledger that is kept while a vehicle flies, also by a disk that is slow or full."""

import asyncio
import threading
from pathlib import Path

from flight.keeper import LedgerKeeper
from flight.ledger import Ledger, OnBoard
from missions import Breakpoint

STORED = OnBoard(
    plan_hash="a" * 64, sortie_id="sortie-1", start=None, digest="b" * 64, replaced={}, place=None, phase="stored"
)
PLACE = Breakpoint(sortie_id="sortie-1", item_seq=7, fraction=0.25)


class SlowLedger(Ledger):
    """A disk on which writes of a thread wait."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "sysid-1")
        self.may_write, self.waits = threading.Event(), threading.Event()

    def write(self, value: OnBoard) -> None:
        """Write, once it may."""
        if threading.current_thread() is not threading.main_thread():
            self.waits.set()
            self.may_write.wait(5.0)
        super().write(value)


async def test_a_slow_write_of_the_place_does_not_bring_back_what_was_true_when_it_began(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "sysid-1")
    keeper = LedgerKeeper(ledger)
    keeper.store(STORED)
    keeper.change(flying=True)
    keeper.move(PLACE)  # its thread has not begun
    keeper.change(held=True)
    await asyncio.sleep(0.3)
    known = ledger.read()
    assert known is not None
    assert (known.phase, known.held, known.place) == ("flying", True, PLACE)


async def test_the_end_of_a_flight_is_the_last_that_is_written_though_a_write_is_under_way(tmp_path: Path) -> None:
    ledger = SlowLedger(tmp_path)
    keeper = LedgerKeeper(ledger)
    keeper.store(STORED)
    keeper.change(flying=True)
    keeper.move(PLACE)
    await asyncio.to_thread(ledger.waits.wait, 5.0)
    threading.Timer(0.1, ledger.may_write.set).start()
    keeper.landed(None)
    known = ledger.read()
    assert known is not None
    assert (known.phase, known.place) == ("ended", None)


def test_a_ledger_that_cannot_be_written_is_told_once_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    keeper = LedgerKeeper(Ledger(tmp_path / "taken", "sysid-1"))
    assert keeper.new_failure() is None
    keeper.store(STORED)
    keeper.change(flying=True)
    assert "taken: cannot be made: File exists" in str(keeper.new_failure())
    assert keeper.new_failure() is None
