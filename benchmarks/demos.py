"""The demo on seeds nobody trained on: what was found, how soon, how far off, and how long a patrol takes here.

python benchmarks/demos.py [FIRST_SEED [COUNT]]
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

GOALS = "goals: opened within 8 patrol s of onset, placed within 10 m, nothing else opened, last alert within 30 s"


def fly(seed: int, folder: Path) -> dict[str, Any]:
    """Fly one demo and return its JSON with wall and CPU seconds added."""
    began_s, cpu_s = time.monotonic(), _children_cpu_s()
    command = [sys.executable, "-m", "patrol", "demo", "--json", "--no-serve", "--seed", str(seed)]
    done = subprocess.run([*command, "--archive", str(folder / str(seed))], capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"seed {seed}: exit {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"wall_s": time.monotonic() - began_s, "cpu_s": _children_cpu_s() - cpu_s}


def _children_cpu_s() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(seed: int, found: dict[str, Any]) -> tuple[bool, str]:
    """Return whether a run met the goals, and its line."""
    true = [incident for incident in found["incidents"] if incident["true"]]
    false = len(found["incidents"]) - len(true)
    delay_s, error_m = true[0]["onset_to_opened_s"], true[0]["position_error_m"]
    alerts = [alert["onset_to_sent_s"] for alert in found["alerts"] if alert["onset_to_sent_s"] is not None]
    last_s = max(alerts, default=None)
    good = delay_s is not None and delay_s <= 8 and (error_m or 99) <= 10 and not false and (last_s or 99) <= 30
    cells = [f"{value:8.1f}" if value is not None else f"{'-':>8}" for value in (delay_s, error_m, last_s)]
    flown = found["flown"]["time_s"] if found["flown"] else 0.0
    return good, (
        f"{seed:>5} {''.join(cells)} {false:>6} {flown:>8.0f} {found['wall_s']:>7.0f} {found['cpu_s']:>7.0f} "
        f"{found['pictures_dropped']:>8}  {'met' if good else 'NOT MET'}"
    )


def main() -> int:
    """Return 0 where every seed met the goals."""
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 101
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print(GOALS)
    print(f"{'seed':>5} {'open s':>8}{'error m':>8}{'alert s':>8} {'others':>6} {'flown s':>8}", end=" ")
    print(f"{'wall s':>7} {'CPU s':>7} {'dropped':>8}")
    walls, all_good = [], True
    with tempfile.TemporaryDirectory(prefix="skypatrol-demos-") as folder:
        for seed in range(first, first + count):
            found = fly(seed, Path(folder))
            good, line = row(seed, found)
            walls.append(found["wall_s"])
            all_good &= good
            print(line, flush=True)
    print(f"median wall time {median(walls):.0f} s")
    return 0 if all_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
