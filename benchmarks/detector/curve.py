"""AP50 against the number of real pictures: what more of them would be worth.

    python -m benchmarks.detector.curve OUT --data TRAIN [--data RENDERED ...] --val VAL --steps 4000

Trains once on each share of the first --data (the others are given whole) for the same number of steps, from the same
seed, and measures each on VAL. Shares are nested: a picture of a smaller share is in every larger one. Trainings are
resumed and results kept in OUT, so that a broken-off run goes on where it was.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from benchmarks.detector.kept import Kept
from missions.codec import to_jsonable
from missions.formats.atomic import write_atomically
from patrol.console import progress_bar
from patrol.detector_measuring import measured
from vision.detector.classes import KINDS
from vision.detector.training import TrainSettings, train

_SHARES: Final = (0.125, 0.25, 0.5, 1.0)


def main() -> None:
    """Train, measure, print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--val", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--size", default="nano")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shares", type=float, nargs="+", default=list(_SHARES))
    options = parser.parse_args()
    kept = Kept(folder=options.out)
    print("| share | real pictures | AP50 | " + " | ".join(KINDS) + " |\n" + "|---" * (len(KINDS) + 3) + "|")
    for share in options.shares:
        folder = options.out / f"share-{share:g}"
        count = part_of(options.data[0], share, folder / "pictures")
        of = [share, options.steps, options.size, options.batch, options.seed, [str(each) for each in options.data]]
        scores = kept.get(
            f"share-{share:g}/scores",
            [*of, str(options.val)],
            lambda folder=folder: _scores(folder, options),
        )
        per_class = scores["per_class"]
        cells = [f"{per_class[kind]['ap50']:.3f}" if per_class.get(kind, {}).get("boxes") else "-" for kind in KINDS]
        print(f"| {share:g} | {count} | {scores['ap50']:.3f} | " + " | ".join(cells) + " |", flush=True)


def part_of(data: Path, share: float, out: Path) -> int:
    """Write a COCO folder with a share of another's pictures, which are linked; return how many there are."""
    document = json.loads((data / "annotations.json").read_text(encoding="utf-8"))
    images = [image for image in document["images"] if _drawn(image["file_name"]) < share]
    kept = {image["id"] for image in images}
    boxes = [box for box in document["annotations"] if box["image_id"] in kept]
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "images").exists():
        (out / "images").symlink_to((data / "images").resolve(), target_is_directory=True)
    part = {**document, "images": images, "annotations": boxes}
    write_atomically(out / "annotations.json", json.dumps(part))
    return len(images)


def _drawn(name: str) -> float:
    """Return a number of [0, 1) that a picture has for ever."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def _scores(folder: Path, options: argparse.Namespace) -> Any:  # noqa: ANN401 - JSON
    settings = TrainSettings(
        data=(folder / "pictures", *options.data[1:]),
        checkpoints=folder / "training",
        steps=options.steps,
        size=options.size,
        batch=options.batch,
        seed=options.seed,
    )
    with progress_bar() as bar:
        task = bar.add_task(folder.name, total=1.0, status="")
        for now in train(settings):
            bar.update(task, completed=now.share, status=f"step {now.step} loss {now.mean_loss:.3f}")
    weights = str(folder / "training" / "weights.safetensors")
    return to_jsonable(measured((options.val,), weights, "auto", haze=False).evaluation)


if __name__ == "__main__":
    main()
