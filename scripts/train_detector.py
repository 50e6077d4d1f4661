"""The runs that made the shipped weights, one after the other: `python scripts/train_detector.py DATA OUT`.

DATA is the folder of the real pictures (`train/` in it), OUT takes rendered pictures, checkpoints and weights. What is
there already is not made again, and a training that was cut off goes on. The first runs are meant for a GPU: without
one they see about a twentieth of the tiles in the same minutes, and the weights will be no match for the shipped ones.
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

RENDERED_SEEDS = range(1001, 1017)
RENDERED_EACH = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training."""

    name: str
    size: str
    options: tuple[str, ...]
    after: str | None = None
    """The run whose weights this one starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean of several runs' weights."""

    name: str
    of: tuple[str, ...]


def _plain(size: str, seed: int, *, cpu_minutes: int, after: str) -> Run:
    """Return a last stretch: pictures as they are flown over."""
    of = ("--plain", "--batch", "8", "--rate", "8e-4", "--threads", "1")
    options = (*of, "--cpu-minutes", str(cpu_minutes), "--seed", str(seed))
    return Run(name=f"{size}-plain-{seed}", size=size, options=options, after=after)


RUNS: tuple[Run | Mean, ...] = (
    Run(
        name="nano-gpu",
        size="nano",
        options=("--wall-minutes", "9.1", "--batch", "32", "--rate", "2.5e-3", "--seed", "1"),
    ),
    Run(
        name="small-gpu",
        size="small",
        options=("--wall-minutes", "9.1", "--batch", "32", "--rate", "2.5e-3", "--seed", "1"),
    ),
    *(_plain("small", seed, cpu_minutes=68, after="small-gpu") for seed in (71, 72)),
    Mean(name="small", of=("small-plain-71", "small-plain-72")),
    Run(
        name="nano-34",
        size="nano",
        options=("--cpu-minutes", "34", "--batch", "8", "--rate", "6e-4", "--seed", "11", "--threads", "1"),
        after="nano-gpu",
    ),
    Run(
        name="nano-95",
        size="nano",
        options=("--cpu-minutes", "95", "--batch", "8", "--rate", "8e-4", "--seed", "12", "--threads", "1"),
        after="nano-34",
    ),
    *(_plain("nano", seed, cpu_minutes=32, after="nano-95") for seed in (31, 32)),
    Mean(name="nano-mean", of=("nano-95", "nano-plain-31", "nano-plain-32")),
    _plain("nano", 41, cpu_minutes=75, after="nano-mean"),
    Mean(name="nano", of=("nano-mean", "nano-plain-41")),
)


def main() -> int:
    """Render, then train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    cores = cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        rendered = list(pool.map(lambda seed: _rendered(options.out, seed), RENDERED_SEEDS))
    for run in RUNS:
        if isinstance(run, Mean):
            _average(run, options.out)
        else:
            _train(run, options.out, [options.data / "train", *rendered], workers=0 if run.after else cores)
    return 0


def _rendered(out: Path, seed: int) -> Path:
    folder = out / f"rendered-{seed}"
    if not (folder / "annotations.json").is_file():
        _patrol("render", str(folder), "--count", str(RENDERED_EACH), "--seed", str(seed))
    return folder


def _train(run: Run, out: Path, data: list[Path], *, workers: int) -> None:
    given = [word for folder in data for word in ("--data", str(folder))]
    start = ["--init", str(_weights(out, run.after))] if run.after else []
    more = ["--size", run.size, "--workers", str(workers), "--memory-gib", "20" if workers else "6"]
    _patrol("train", *given, "--checkpoints", str(out / run.name), *run.options, *start, *more)
    sys.stdout.write(f"{_weights(out, run.name)}\n")


def _average(mean: Mean, out: Path) -> None:
    (out / mean.name).mkdir(exist_ok=True)
    parts = [word for name in mean.of for word in ("--weights", str(_weights(out, name)))]
    _patrol("average", str(_weights(out, mean.name)), *parts)


def _weights(out: Path, name: str) -> Path:
    return out / name / "weights.safetensors"


def _patrol(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "patrol", "detector", *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
