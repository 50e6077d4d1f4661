"""One trial, in a process of its own."""

import asyncio
import datetime as dt
import tempfile
import traceback
from pathlib import Path
from typing import Final

from tests.flight.faults.results import DEMANDS, Flown
from tests.flight.faults.rows import ROWS
from tests.flight.faults.verdict import Verdict

BY_NAME: Final = {row.name: row for row in ROWS}


def fly(name: str, seed: int) -> Flown:
    """Fly one trial; whatever goes wrong is a break."""
    row, verdict = BY_NAME[name], Verdict()
    with tempfile.TemporaryDirectory(prefix=f"fault-{name}-{seed}-") as folder:
        try:
            asyncio.run(_within(row.longest_wall_s, name, seed, Path(folder), verdict))
        except Exception as exc:  # noqa: BLE001 - a trial that fails is a result
            where = traceback.extract_tb(exc.__traceback__)[-1]
            verdict.broken.append(f"{type(exc).__name__}: {exc} ({Path(where.filename).name}:{where.lineno})")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return Flown(
        row=name,
        seed=seed,
        broken=verdict.broken,
        figures=verdict.figures,
        firmware=verdict.firmware,
        date=today,
        demands=DEMANDS,
    )


async def _within(wall_s: float, name: str, seed: int, folder: Path, verdict: Verdict) -> None:
    try:
        async with asyncio.timeout(wall_s) as limit:
            await BY_NAME[name].trial(seed, folder, verdict)
    except TimeoutError:
        if not limit.expired():
            raise
        verdict.must(False, f"was not over within {wall_s:g} s of the wall")  # noqa: FBT003 - what is noted
