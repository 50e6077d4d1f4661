"""`kill -9` of any process of a patrol at ten seeded moments: what was left, and whether it could go on.

    python benchmarks/kills.py [SEEDS]

Takes about two minutes a seed.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.patrol.kill_trial import kill_trial


def main() -> int:
    """Return 0 where nothing that was shown was lost."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"{'seed':>4} {'killed':<10} {'after s':>7} {'shown':>5} {'kept':>5} {'gap s':>6} {'left':>4}  resumed")
    lost = 0
    with tempfile.TemporaryDirectory(prefix="skypatrol-kills-") as folder:
        for seed in range(seeds):
            trial = kill_trial(Path(folder), seed)
            kept = set(trial.shown) <= set(trial.archived)
            lost += not kept
            gap = "-" if trial.footage_gap_s is None else f"{trial.footage_gap_s:.2f}"
            print(
                f"{seed:>4} {trial.victim:<10} {trial.after_s:>7.1f} "
                f"{len(trial.shown):>5} {'all' if kept else 'LOST':>5} "
                f"{gap:>6} {trial.left_behind:>4}  {trial.resumed}",
                flush=True,
            )
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
