"""The model card's measured part: tables between two marks, so that people write the prose and programs the numbers."""

from typing import Final

from vision.detector.evaluation import Evaluation, KindScore
from vision.detector.weights import WeightsFile

BEGIN: Final = "<!-- measured: written by `patrol detector card` -->"
END: Final = "<!-- end of measured -->"


def with_tables(card: str, weights: WeightsFile, evaluations: dict[str, Evaluation]) -> str:
    """Return the card with what stands between its marks replaced (appended where it has no marks)."""
    before, _, rest = card.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = "\n\n".join([_facts(weights), *(_section(name, one) for name, one in evaluations.items())])
    return f"{before.rstrip()}\n\n{BEGIN}\n\n{body}\n\n{END}\n{after.lstrip()}".lstrip()


def _facts(weights: WeightsFile) -> str:
    said = ", ".join(f"{key} {value}" for key, value in weights.trained.items())
    return (
        f"Weights `{weights.path.name}`, SHA-256 `{weights.sha256}`, {weights.path.stat().st_size / 1e6:.2f} MB, "
        f"network {weights.size} version {weights.architecture}; last training run: {said}."
    )


def _section(name: str, evaluation: Evaluation) -> str:
    parts = [
        f"### {name}\n\nMean over kinds with boxes: AP50 {evaluation.ap50:.3f}, AP {evaluation.ap:.3f}.",
        score_table(evaluation.per_class),
    ]
    for title, groups in (("by modality", evaluation.per_modality), ("by source", evaluation.per_source)):
        if len(groups) > 1:
            parts.append(f"AP50 (boxes) {title}:\n\n" + _groups(groups, tuple(evaluation.per_class)))
    return "\n\n".join(parts)


def score_table(scores: dict[str, KindScore]) -> str:
    """Return the scores by kind as a Markdown table."""
    rows = [
        "| kind | pictures | boxes | AP50 | AP | AP50 under 32 px | 32 to 96 px | over 96 px | false per 100 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, score in scores.items():
        sizes = " | ".join(_number(value) for value in score.ap50_by_size.values()) or "- | - | -"
        ap = f"{score.ap50:.3f} | {score.ap:.3f}" if score.boxes else "- | -"
        alarms = " / ".join(f"{value:.1f}" for value in score.false_per_hundred.values()) or "-"
        rows.append(f"| {kind} | {score.pictures} | {score.boxes} | {ap} | {sizes} | {alarms} ({score.negatives}) |")
    rows.append(
        "\nFalse per 100: boxes per hundred pictures that hold none of the kind, at score 0.3 / 0.5 (such pictures)."
    )
    return "\n".join(rows)


def _number(value: float) -> str:
    return f"{value:.3f}" if value >= 0 else "-"


def _groups(groups: dict[str, dict[str, KindScore]], kinds: tuple[str, ...]) -> str:
    rows = ["| | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for name, scores in groups.items():
        cells = [
            f"{scores[kind].ap50:.3f} ({scores[kind].boxes})" if kind in scores and scores[kind].boxes else "-"
            for kind in kinds
        ]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)
