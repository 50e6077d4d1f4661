"""AP50 against the number of real pictures and of places they show: what more of either would be worth.

    python -m benchmarks.detector.curve OUT --data TRAIN [--data RENDERED ...] --val VAL [--val OTHER ...] --steps 4000

Trains once on each share of the first --data (the others are given whole) for the same number of steps, or of minutes,
from the same seed, and measures each on every --val. A share is of the pictures, whatever they show, or of the
sequences of each source (at least one), with all their pictures. Shares are nested: a picture of a smaller share is in
every larger one. Trainings are resumed and results kept in OUT, so that a broken-off run goes on where it was.
"""

import argparse
import hashlib
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from benchmarks.detector.kept import Kept
from missions.codec import to_jsonable
from missions.formats.atomic import write_atomically
from patrol.console import progress_bar
from patrol.detector_measuring import measured
from vision.detector.classes import KINDS
from vision.detector.training import TrainSettings, train

_PICTURES: Final = (1.0, 0.5, 0.25, 0.125)
_PLACES: Final = (0.5, 0.25)


def main() -> None:
    """Train, measure, print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--val", type=Path, action="append", required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--wall-minutes", type=float, help="of each training, instead of steps; a GPU wants it")
    parser.add_argument("--workers", type=int, default=0, help="processes that make tiles ahead")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--size", default="nano")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pictures", type=float, nargs="*", default=list(_PICTURES), help="shares of all pictures")
    parser.add_argument("--places", type=float, nargs="*", default=list(_PLACES), help="shares of each source's places")
    options = parser.parse_args()
    kept = Kept(folder=options.out)
    print("| share | real pictures | measured on | AP50 | " + " | ".join(KINDS) + " |")
    print("|---" * (len(KINDS) + 4) + "|")
    shares = [("pictures", share) for share in options.pictures] + [("places", share) for share in options.places]
    for of, share in shares:
        folder = options.out / f"{of}-{share:g}"
        count = part_of(options.data[0], share, folder / "pictures", places=of == "places")
        length = options.steps if options.wall_minutes is None else f"{options.wall_minutes:g} min"
        decides = [of, share, length, options.size, options.batch, options.rate, options.seed, *map(str, options.data)]
        weights = kept.get(f"{folder.name}/trained", decides, lambda folder=folder: _trained(folder, options))
        for val in options.val:
            scores = kept.get(
                f"{folder.name}/{val.name}",
                [*decides, str(val)],
                lambda weights=weights, val=val: to_jsonable(measured((val,), weights, "auto", haze=False).evaluation),
            )
            per_class = scores["per_class"]
            cells = [
                f"{per_class[kind]['ap50']:.3f}" if per_class.get(kind, {}).get("boxes") else "-" for kind in KINDS
            ]
            cells = [f"{share:g} of {of}", str(count), val.name, f"{scores['ap50']:.3f}", *cells]
            print("| " + " | ".join(cells) + " |", flush=True)


def part_of(data: Path, share: float, out: Path, *, places: bool = False) -> int:
    """Write a COCO folder with a share of another's pictures, which are linked; return how many there are.

    Args:
        data: the folder.
        share: of its pictures, or of the sequences of each source, rounded up.
        out: the new folder.
        places: whether the share is of sequences.

    """
    document = json.loads((data / "annotations.json").read_text(encoding="utf-8"))
    chosen = _sequences(document["images"], share) if places else None
    images = [
        image
        for image in document["images"]
        if (_drawn(image["file_name"]) < share if chosen is None else (image["source"], image["sequence"]) in chosen)
    ]
    kept = {image["id"] for image in images}
    boxes = [box for box in document["annotations"] if box["image_id"] in kept]
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "images").exists():
        (out / "images").symlink_to((data / "images").resolve(), target_is_directory=True)
    part = {**document, "images": images, "annotations": boxes}
    write_atomically(out / "annotations.json", json.dumps(part))
    return len(images)


def _sequences(images: list[dict[str, Any]], share: float) -> set[tuple[str, str]]:
    of_source: defaultdict[str, set[str]] = defaultdict(set)
    for image in images:
        of_source[image["source"]].add(image["sequence"])
    return {
        (source, name)
        for source, names in of_source.items()
        for name in sorted(names, key=_drawn)[: math.ceil(share * len(names))]
    }


def _drawn(name: str) -> float:
    """Return a number of [0, 1) that a picture has for ever."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def _trained(folder: Path, options: argparse.Namespace) -> str:
    settings = TrainSettings(
        data=(folder / "pictures", *options.data[1:]),
        checkpoints=folder / "training",
        steps=options.steps if options.wall_minutes is None else None,
        wall_minutes=options.wall_minutes,
        size=options.size,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
        threads=options.threads,
        workers=options.workers,
    )
    with progress_bar() as bar:
        task = bar.add_task(folder.name, total=1.0, status="")
        for now in train(settings):
            bar.update(task, completed=now.share, status=f"step {now.step} loss {now.mean_loss:.3f}")
    return str(folder / "training" / "weights.safetensors")


if __name__ == "__main__":
    main()
