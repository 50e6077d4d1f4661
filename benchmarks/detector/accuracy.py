"""Average precision on `val`, on pictures nobody trained on, and on rendered and composited ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.detector.pictures import burning_streets, clip_pictures, rendered
from benchmarks.detector.settings import Settings
from missions.codec import from_jsonable, to_jsonable
from patrol.detector_measuring import measured
from vision.detector.card import section
from vision.detector.classes import KINDS
from vision.detector.evaluation import Evaluation


def tables(settings: Settings, weights_sha256: str) -> Iterator[str]:
    """Yield Markdown: first the sets side by side, then each in full."""
    evaluations = {name: _evaluated(settings, weights_sha256, name, folders) for name, folders in _sets(settings)}
    yield _side_by_side(evaluations)
    for name, evaluation in evaluations.items():
        yield section(name, evaluation)


def _sets(settings: Settings) -> Iterator[tuple[str, tuple[Path, ...]]]:
    """Yield the name of a set and its folders, which are measured as one."""
    scratch, count = settings.kept.folder / "pictures", settings.rendered_pictures
    val, clips = settings.data / "val", settings.data / "clips"
    if val.is_dir():
        yield "val", (val,)
    held_out = settings.held_out
    if clips.is_dir():
        held_out = (clip_pictures(scratch / "clips", clips), *held_out)
    if held_out:
        yield "held out", held_out
    yield f"rendered ({count})", (rendered(scratch / f"rendered-{count}", count),)
    if val.is_dir():
        yield "real flames on real streets", (burning_streets(scratch / "burning-streets", val),)


def _evaluated(settings: Settings, weights_sha256: str, name: str, folders: tuple[Path, ...]) -> Evaluation:
    files = [folder / "annotations.json" for folder in folders]
    of = [weights_sha256, [(str(file), file.stat().st_size if file.is_file() else 0) for file in files], settings.quick]
    file = "accuracy-" + "".join(c if c.isalnum() else "-" for c in name)

    def measure() -> Any:  # noqa: ANN401 - JSON
        return to_jsonable(measured(folders, settings.weights, "auto", haze=not settings.quick).evaluation)

    return from_jsonable(Evaluation, settings.kept.get(file, of, measure))


def _side_by_side(evaluations: dict[str, Evaluation]) -> str:
    rows = ["| AP50 (boxes) | " + " | ".join(evaluations) + " |", "|---" * (len(evaluations) + 1) + "|"]
    kinds = [(kind, None) for kind in KINDS] + [(kind, "rgb") for kind in ("person", "two_wheeler", "vehicle")]
    for kind, modality in kinds:
        cells = []
        for evaluation in evaluations.values():
            scores = evaluation.per_class if modality is None else evaluation.per_modality.get(modality, {})
            score = scores.get(kind)
            cells.append(f"{score.ap50:.3f} ({score.boxes})" if score is not None and score.boxes else "-")
        rows.append(f"| {kind}{'' if modality is None else ', RGB'} | " + " | ".join(cells) + " |")
    means = ["-" if each.ap50 is None else f"{each.ap50:.3f}" for each in evaluations.values()]
    rows.append("| **mean over kinds with boxes** | " + " | ".join(means) + " |")
    return "\n".join(rows)
