"""How good a detector is on labelled pictures and clips: each kind only where it was labelled, finer ones apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from missions.errors import InputError
from vision.detector.average_precision import SIZES_PX, KindScore, score_kind
from vision.detector.classes import KINDS
from vision.detector.coco import Picture
from vision.detector.false_alarms import ClipAlarms, per_minute
from vision.detector.finer import FinerScore, finer_scores
from vision.detector.judged import Judged
from vision.detector.reliability import Reliability, reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeScore:
    """The boxes of one span of sizes."""

    boxes: int
    ap50: float | None
    """Mean over the kinds that have such boxes; None where there are none."""
    per_class: dict[str, float]
    """AP50 of the kinds that have such boxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was measured."""

    ap: float | None
    """Mean over the kinds that have boxes; None where none has."""
    ap50: float | None
    per_class: dict[str, KindScore]
    per_size: dict[str, SizeScore]
    """By square root of a box's area, in the picture as stored."""
    per_source: dict[str, dict[str, KindScore]]
    false_per_minute: dict[str, dict[str, float]] | None
    """False alarms per minute of the clips by kind and least score; None without clips."""
    per_modality: dict[str, dict[str, KindScore]]
    per_view: dict[str, dict[str, KindScore]]
    per_condition: dict[str, dict[str, KindScore]] = field(default_factory=dict)
    """The colour pictures `as_taken` and the same ones in `haze`."""
    finer: dict[str, dict[str, FinerScore]] = field(default_factory=dict)
    """Finer classes by modality; never part of a mean."""
    calibration: dict[str, Reliability] = field(default_factory=dict)
    clips: dict[str, ClipAlarms] = field(default_factory=dict)


def evaluate(
    judged: Sequence[Judged], *, in_haze: Sequence[Judged] = (), clips: dict[str, ClipAlarms] | None = None
) -> Evaluation:
    """Return the scores, over all and by size, source, modality, view and condition.

    Args:
        judged: pictures with what the detector says of them.
        in_haze: the colour pictures among them once more, in haze.
        clips: false alarms on clips, by the clips' names.

    Raises:
        InputError: faster-coco-eval is not installed, or no class was labelled in any picture.

    """
    per_class = _by_kind(judged)
    if not per_class:
        raise InputError("no picture has a labelled class", remedy="labelled_classes of at least one kind")
    counted = [score for score in per_class.values() if score.boxes]
    colour = [one for one in judged if one.picture.modality == "rgb"]
    reliable = {kind: reliability(judged, index) for index, kind in enumerate(KINDS)}
    return Evaluation(
        ap=_mean([score.ap for score in counted]),
        ap50=_mean([score.ap50 for score in counted]),
        per_class=per_class,
        per_size={name: _size_score(per_class, name) for name in SIZES_PX},
        per_source=_grouped(judged, lambda picture: picture.source),
        false_per_minute=per_minute(list(clips.values())) if clips else None,
        per_modality=_grouped(judged, lambda picture: picture.modality),
        per_view=_grouped(judged, lambda picture: picture.view),
        per_condition={"as_taken": _by_kind(colour), "haze": _by_kind(in_haze)} if in_haze else {},
        finer=finer_scores(judged),
        calibration={kind: found for kind, found in reliable.items() if found is not None},
        clips=clips or {},
    )


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _size_score(per_class: dict[str, KindScore], size: str) -> SizeScore:
    present = {kind: score.ap50_by_size[size] for kind, score in per_class.items() if score.boxes_by_size.get(size)}
    boxes = sum(score.boxes_by_size.get(size, 0) for score in per_class.values())
    return SizeScore(boxes=boxes, ap50=_mean(list(present.values())), per_class=present)


def _grouped(judged: Sequence[Judged], key: Callable[[Picture], str]) -> dict[str, dict[str, KindScore]]:
    names = sorted({key(one.picture) for one in judged})
    return {name: _by_kind([one for one in judged if key(one.picture) == name]) for name in names}


def _by_kind(judged: Sequence[Judged]) -> dict[str, KindScore]:
    scores = {}
    for index, kind in enumerate(KINDS):
        labelled = [one for one in judged if one.picture.labels.labelled[index]]
        if labelled:
            scores[kind] = score_kind(labelled, index)
    return scores
