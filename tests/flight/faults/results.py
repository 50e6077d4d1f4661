"""What was flown, kept between runs; and the table that is made of it."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from missions.formats.atomic import write_atomically
from tests.flight.faults.verdict import Row

WANTED_SEEDS = 10
DEMANDS = 3
"""Counts the demands; in the first a damaged frame, or a policy that ended a flight, was believed too
easily; in the second a line told before the fault counted, and not every row demanded that it had landed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """One trial."""

    row: str
    seed: int
    broken: Sequence[str]
    figures: Mapping[str, float]
    firmware: str
    date: str
    demands: int = 1
    """Which ones it was judged by; kept trials that do not say were by the first."""
    former: Sequence[str] = ()
    """What broke in earlier flights of the same row and seed, judged by the same demands."""

    @property
    def held(self) -> bool:
        """Whether all that must hold did."""
        return not self.broken


class Results:
    """A JSON file of trials; a later one of the same row and seed replaces the former."""

    def __init__(self, file: Path) -> None:
        self._file = file
        rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
        self._flown = {(row["row"], row["seed"]): Flown(**row) for row in rows}

    def add(self, flown: Flown) -> None:
        """Keep one, on the disk, and with it what broke when its seed was flown before."""
        before = self._flown.get((flown.row, flown.seed))
        if before is not None and before.demands == flown.demands:
            flown = replace(flown, former=(*before.former, *(["; ".join(before.broken)] if before.broken else [])))
        self._flown[flown.row, flown.seed] = flown
        self._file.parent.mkdir(parents=True, exist_ok=True)
        rows = [asdict(self._flown[key]) for key in sorted(self._flown)]
        write_atomically(self._file, json.dumps(rows, indent=1) + "\n")

    def get(self, row: str, seed: int) -> Flown | None:
        """Return what was flown, None where it was not."""
        return self._flown.get((row, seed))

    def of(self, row: str) -> list[Flown]:
        """Return every trial of a row, by seed."""
        return [self._flown[key] for key in sorted(self._flown) if key[0] == row]


def document(rows: Sequence[Row], results: Results) -> str:
    """Return docs/flight-faults.md."""
    flown = {row.name: results.of(row.name) for row in rows}
    everything = [trial for trials in flown.values() for trial in trials]
    firmware = ", ".join(sorted({trial.firmware for trial in everything if trial.firmware}))
    dates = sorted({trial.date for trial in everything})
    held = sum(trial.held for trial in everything)
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}" if dates else "never"
    lines = [
        "# Faults flown",
        "",
        "Made by `python -m tests.flight.faults` (part of `make test-ardupilot`); not written by hand.",
        "",
        f"- Firmware, as its AUTOPILOT_VERSION says: {firmware or 'none'}",
        f"- Flown: {when}; {len(everything)} trials, {held} held, {len(everything) - held} broken.",
        f"- Every row wants {WANTED_SEEDS} seeds; one with fewer says so.",
        *_by_former_demands(flown),
        "- Counted is the last flight of each seed: `--again broken` flies a red one again once its cause, in client",
        "  or trial, is thought to be mended; what broke before stands at the end.",
        "- Held means: all that the row names, and of every trial: each byte that reached the station's socket is in",
        "  the tlog, the mission on board is the one stored last or none, the simulator's true position stayed inside",
        "  the fence (by at most the plan's margin outside it where the position was lost or the wind was too strong)",
        "  and below the ceiling, it flew and landed in no mode that neither the mission nor the policy asks",
        "  for, and stands disarmed at the end; a line counts only where it was told after the fault.",
        f"- Frames that reached a socket and were looked for in the record: {_recorded(everything)}.",
        "",
        "| row | fault | must hold | seeds | held | broken | figures: median (worst) |",
        "|---|---|---|---|---|---|---|",
        *(_line(row, flown[row.name]) for row in rows),
        "",
    ]
    reds = [trial for trial in everything if not trial.held]
    if reds:
        lines += ["## What broke", ""]
        lines += [f"- `{trial.row}` seed {trial.seed}: {_short(trial.broken)}" for trial in reds]
        red_rows = {trial.row for trial in reds}
        lines += [f"- `{row.name}`: {row.finding}." for row in rows if row.finding and row.name in red_rows]
        lines.append("")
    mended = [(trial, broken) for trial in everything for broken in trial.former]
    if mended:
        lines += ["## What broke before, and was flown again", ""]
        lines += [f"- `{trial.row}` seed {trial.seed}: {_short([broken])}" for trial, broken in mended]
        lines.append("")
    return "\n".join(lines)


def _by_former_demands(flown: Mapping[str, Sequence[Flown]]) -> list[str]:
    old = {row: sum(trial.demands < DEMANDS for trial in trials) for row, trials in flown.items()}
    rows = ", ".join(f"`{row}` {count}" for row, count in old.items() if count)
    if not rows:
        return []
    return [
        "- Judged by former, weaker demands (a damaged frame was taken for recorded too easily, any policy's line and",
        "  any return or landing excused an end), and not flown again since: trials of",
        f"  {rows}.",
    ]


def _recorded(trials: Sequence[Flown]) -> str:
    return f"{sum(int(trial.figures.get('frames recorded', 0)) for trial in trials):,}".replace(",", " ")


def _line(row: Row, trials: Sequence[Flown]) -> str:
    held = sum(trial.held for trial in trials)
    few = " (fewer than wanted)" if 0 < len(trials) < WANTED_SEEDS else "" if trials else " (not flown)"
    names = dict.fromkeys(name for trial in trials for name in trial.figures if name != "frames recorded")
    figures = "; ".join(_figure(name, [t.figures[name] for t in trials if name in t.figures]) for name in names)
    broken = len(trials) - held
    return f"| `{row.name}` | {row.what} | {row.must} | {len(trials)}{few} | {held} | {broken} | {figures} |"


def _figure(name: str, values: Sequence[float]) -> str:
    return f"{name} {statistics.median(values):.4g} ({max(values):.4g})"


def _short(broken: Sequence[str]) -> str:
    text = "; ".join(broken).replace("\n", " ")
    return text if len(text) <= 400 else f"{text[:400]}..."
