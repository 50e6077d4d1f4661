"""The model card's measured part: tables between two marks, so that people write the prose and programs the numbers."""

from typing import Final

from vision.detector.average_precision import SIZES_PX, KindScore
from vision.detector.classes import KINDS
from vision.detector.evaluation import Evaluation
from vision.detector.finer import FinerScore
from vision.detector.reliability import Reliability
from vision.detector.weights import WeightsFile

BEGIN: Final = "<!-- measured: written by `patrol detector card` -->"
END: Final = "<!-- end of measured -->"


def with_tables(card: str, weights: WeightsFile, evaluations: dict[str, Evaluation]) -> str:
    """Return the card with what stands between its marks replaced (appended where it has no marks)."""
    before, _, rest = card.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = "\n\n".join([_facts(weights), *(section(name, one) for name, one in evaluations.items())])
    return f"{before.rstrip()}\n\n{BEGIN}\n\n{body}\n\n{END}\n{after.lstrip()}".lstrip()


def _facts(weights: WeightsFile) -> str:
    said = ", ".join(f"{key} {value}" for key, value in weights.trained.items())
    return (
        f"Weights `{weights.path.name}`, SHA-256 `{weights.sha256}`, {weights.path.stat().st_size / 1e6:.2f} MB, "
        f"network {weights.size} version {weights.architecture}; last training run: {said}."
    )


def section(name: str, evaluation: Evaluation) -> str:
    """Return all tables of one set of pictures as Markdown."""
    parts = [
        f"### {name}\n\nMean over kinds with boxes: AP50 {_number(evaluation.ap50)}, AP {_number(evaluation.ap)}.",
        score_table(scores_with_modalities(evaluation)),
    ]
    groups = {
        "by modality": evaluation.per_modality,
        "by view": evaluation.per_view,
        "by source": evaluation.per_source,
    }
    parts += [
        f"AP50 (boxes) {title}:\n\n{group_table(by_name)}" for title, by_name in groups.items() if len(by_name) > 1
    ]
    if evaluation.per_condition:
        parts.append(
            f"AP50 (boxes) of the colour pictures as taken and in haze:\n\n{group_table(evaluation.per_condition)}"
        )
    if evaluation.finer:
        parts.append(f"Finer classes, found by a box of their kind at score 0.25:\n\n{finer_table(evaluation.finer)}")
    if evaluation.calibration:
        parts.append(f"Scores against shares of right boxes:\n\n{reliability_table(evaluation.calibration)}")
    if evaluation.clips:
        parts.append(f"Clips:\n\n{clip_table(evaluation)}")
    return "\n\n".join(parts)


def scores_with_modalities(evaluation: Evaluation) -> dict[str, KindScore]:
    """Return the scores by kind, and below them people and two-wheelers in colour and thermal apart."""
    rows = dict(evaluation.per_class)
    if len(evaluation.per_modality) > 1:
        for kind in ("person", "two_wheeler"):
            for modality, scores in evaluation.per_modality.items():
                if kind in scores:
                    rows[f"{kind}, {modality}"] = scores[kind]
    return rows


def score_table(scores: dict[str, KindScore]) -> str:
    """Return the scores by kind as a Markdown table."""
    sizes = [name.removesuffix("_px").replace("_", " ") for name in SIZES_PX]
    rows = [
        f"| kind | pictures | boxes | AP50 | AP | AP50 {sizes[0]} px | {' | '.join(sizes[1:])} | false per 100 |",
        "|---" * (len(sizes) + 6) + "|",
    ]
    for kind, score in scores.items():
        cells = " | ".join(_number(value) for value in score.ap50_by_size.values()) or " | ".join("-" for _ in sizes)
        ap = f"{score.ap50:.3f} | {score.ap:.3f}" if score.boxes else "- | -"
        alarms = " / ".join(f"{value:.1f}" for value in score.false_per_hundred.values()) or "-"
        rows.append(f"| {kind} | {score.pictures} | {score.boxes} | {ap} | {cells} | {alarms} ({score.negatives}) |")
    rows.append(
        "\nFalse per 100: boxes per hundred pictures that hold none of the kind, at score 0.3 / 0.5 (such pictures)."
    )
    return "\n".join(rows)


def group_table(groups: dict[str, dict[str, KindScore]]) -> str:
    """Return AP50 and boxes by group and kind as a Markdown table."""
    rows = ["| | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    for name, scores in groups.items():
        cells = [
            f"{scores[kind].ap50:.3f} ({scores[kind].boxes})" if kind in scores and scores[kind].boxes else "-"
            for kind in KINDS
        ]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def finer_table(finer: dict[str, dict[str, FinerScore]]) -> str:
    """Return the finer classes as a Markdown table."""
    rows = ["| class | pictures in | boxes | found | recall |", "|---|---|---|---|---|"]
    for name, by_modality in finer.items():
        for modality, score in by_modality.items():
            rows.append(f"| {name} | {modality} | {score.boxes} | {score.found} | {score.recall:.2f} |")
    return "\n".join(rows)


def reliability_table(calibration: dict[str, Reliability]) -> str:
    """Return expected calibration errors and shares of right boxes by span of scores as a Markdown table."""
    spans = sorted({(each.least, each.most) for one in calibration.values() for each in one.bins})
    heads = " | ".join(f"{least:g} to {most:g}" for least, most in spans)
    rows = [f"| kind | boxes | expected error | {heads} |", "|---" * (len(spans) + 3) + "|"]
    for kind, one in calibration.items():
        right = {(each.least, each.most): f"{each.right:.2f} ({each.boxes})" for each in one.bins}
        cells = " | ".join(right.get(span, "-") for span in spans)
        rows.append(f"| {kind} | {one.boxes} | {one.expected_error:.3f} | {cells} |")
    rows.append("\nShare of right boxes (boxes) among those of a span of scores; IoU 0.35 or more is right.")
    return "\n".join(rows)


def clip_table(evaluation: Evaluation) -> str:
    """Return the false alarms per minute of the clips as a Markdown table."""
    rows = ["| clip | minutes | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 2) + "|"]
    for name, clip in evaluation.clips.items():
        cells = " | ".join(
            " / ".join(str(count) for count in clip.false_alarms[kind].values()) if kind in clip.false_alarms else "-"
            for kind in KINDS
        )
        rows.append(f"| {name} | {clip.minutes:.2f} | {cells} |")
    rates = evaluation.false_per_minute or {}
    cells = " | ".join(
        " / ".join(f"{rate:.2f}" for rate in rates[kind].values()) if kind in rates else "-" for kind in KINDS
    )
    rows.append(f"| per minute | {sum(clip.minutes for clip in evaluation.clips.values()):.2f} | {cells} |")
    rows.append("\nFalse alarms at score 0.3 / 0.5: places where false boxes appear; -: not known in the clip.")
    return "\n".join(rows)


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None and value >= 0 else "-"
