"""Flies the matrix: `python -m tests.flight.faults --seeds 10 --jobs 3`; goes on where a former run stopped."""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from missions.formats.atomic import write_atomically
from tests.flight.faults.one import BY_NAME, fly
from tests.flight.faults.results import WANTED_SEEDS, Results, document
from tests.flight.faults.rows import ROWS

_ROOT: Final = Path(__file__).resolve().parents[3]


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.flight.faults", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=sorted(BY_NAME), metavar="ROW", default=list(BY_NAME))
    parser.add_argument("--seeds", type=int, default=WANTED_SEEDS, help="1 to this")
    parser.add_argument("--jobs", type=int, default=2, help="trials at once; a flight takes about half a core")
    parser.add_argument("--again", choices=("none", "broken", "all"), default="none", help="what was flown before")
    parser.add_argument("--results", type=Path, default=_ROOT / "build" / "flight-faults.json")
    parser.add_argument("--table", type=Path, default=_ROOT / "docs" / "flight-faults.md")
    return parser.parse_args(given)


def _todo(wanted: argparse.Namespace, results: Results) -> list[tuple[str, int]]:
    """Return what is to be flown, the first seed of every row first."""
    pairs = [(row, seed) for seed in range(1, wanted.seeds + 1) for row in wanted.rows]
    known = {pair: results.get(*pair) for pair in pairs}
    again = {"none": [], "broken": [False], "all": [False, True]}[wanted.again]
    return [pair for pair in pairs if (trial := known[pair]) is None or trial.held in again]


def main(given: Sequence[str] | None = None) -> int:
    """Fly what is wanted and was not flown yet, write the table; 1 where anything wanted broke."""
    wanted = _arguments(given)
    results = Results(wanted.results)
    todo = _todo(wanted, results)
    with ProcessPoolExecutor(wanted.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        flights = {pool.submit(fly, *pair): pair for pair in todo}
        for number, flight in enumerate(as_completed(flights), 1):
            flown = flight.result()
            results.add(flown)
            write_atomically(wanted.table, document(ROWS, results))
            told = f"{number}/{len(todo)} {flown.row} {flown.seed}: {'; '.join(flown.broken) or 'held'}"
            print(told, flush=True)  # noqa: T201 - a program of its own
    write_atomically(wanted.table, document(ROWS, results))
    trials = [trial for row in wanted.rows for trial in results.of(row) if trial.seed <= wanted.seeds]
    return int(not trials or any(not trial.held for trial in trials))


if __name__ == "__main__":
    sys.exit(main())
