"""Corrected scores say how often a box is right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from missions import Box, Detection, InputError
from vision.detector.calibration import Correction, examples, fit_corrections, logistic, uncorrected, write_corrected
from vision.detector.coco import load_pictures
from vision.detector.export import network_of
from vision.detector.judged import Judged
from vision.detector.runtimes import start
from vision.detector.weights import build_network, open_weights


def test_overconfident_scores_are_brought_to_the_rate_of_right_ones() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0.0, 1.5, 6000)
    right = rng.random(6000) < 1 / (1 + np.exp(-(0.6 * logits - 1.1)))
    slope, offset = logistic(1 / (1 + np.exp(-logits)), right)
    assert slope == pytest.approx(0.6, abs=0.08)
    assert offset == pytest.approx(-1.1, abs=0.12)


def test_a_true_box_makes_one_box_right_and_an_ignored_place_none(drawn_folder: Path) -> None:
    picture = load_pictures(drawn_folder)[0]
    (true,) = (Box(*(float(v) for v in box)) for box in picture.labels.boxes_px[picture.labels.kinds == 2])
    said = [Detection(kind="vehicle", score=score, box_px=true) for score in (0.9, 0.4)]
    away = Detection(kind="vehicle", score=0.2, box_px=Box(2, 2, 12, 12))
    scores, right = examples([Judged(picture=picture, detections=[*said, away])], 2)
    assert scores.tolist() == [0.9, 0.4, 0.2]
    assert right.tolist() == [True, False, False]
    ignoring = replace(picture, labels=replace(picture.labels, ignored_px=np.array([[0, 0, 20, 20]], np.float32)))
    scores, _ = examples([Judged(picture=ignoring, detections=[*said, away])], 2)
    assert scores.tolist() == [0.9, 0.4]


def test_corrections_are_folded_into_the_network(plain_weights: Path, drawn_folder: Path, tmp_path: Path) -> None:
    pictures = load_pictures(drawn_folder)
    (true,) = (Box(*(float(v) for v in box)) for box in pictures[0].labels.boxes_px[pictures[0].labels.kinds == 4])
    hits = [Detection(kind="fire", score=0.4, box_px=true)]
    misses = [Detection(kind="fire", score=0.4, box_px=Box(0, 0, 9, 9))] * 2
    judged = [Judged(picture=pictures[0], detections=[*hits, *misses])] * 25
    corrections = fit_corrections(judged)
    assert set(corrections) == {"fire"}
    weights = open_weights(plain_weights)
    write_corrected(weights, corrections, tmp_path / "corrected.safetensors")
    image = np.random.default_rng(0).integers(0, 255, (736, 1280, 3)).astype(np.uint8)
    fire = corrections["fire"]
    files = (weights, open_weights(tmp_path / "corrected.safetensors"))
    grids = [start(network_of(file), "torch").batched(image[None])[0] for file in files]
    for before, after in zip(*grids, strict=True):
        np.testing.assert_array_equal(after[[0, 1, 2, 3, 5, 6, 7, 8]], before[[0, 1, 2, 3, 5, 6, 7, 8]])
        logit = np.log(before[4] / (1 - before[4]))
        np.testing.assert_allclose(after[4], 1 / (1 + np.exp(-(fire.slope * logit + fire.offset))), atol=1e-3)


def test_what_is_trained_on_starts_as_before_the_scores_were_corrected(plain_weights: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.safetensors", tmp_path / "twice.safetensors"
    write_corrected(open_weights(plain_weights), {"fire": correction(3.5, -0.75)}, once)
    write_corrected(open_weights(once), {"fire": correction(1.2, 0.25), "smoke": correction(2.0, 0.5)}, twice)
    assert open_weights(twice).trained["calibrated"] == {
        "fire": "4.20x-0.65 (90/4000)",
        "smoke": "2.00x+0.50 (90/4000)",
    }
    before = build_network(open_weights(plain_weights)).state_dict()
    for file in (plain_weights, once, twice):
        after = uncorrected(open_weights(file)).state_dict()
        assert before.keys() == after.keys()
        for name, tensor in before.items():
            torch.testing.assert_close(after[name], tensor)


def correction(slope: float, offset: float) -> Correction:
    return Correction(slope=slope, offset=offset, right=90, false=4000)


@pytest.mark.parametrize(
    "said", ["2.0x", {"fire": "twice"}, {"fire": "0.00x+0.10 (1/2)"}, {"flame": "2.00x+0.10 (1/2)"}, {"fire": None}]
)
def test_corrections_that_cannot_be_read_are_refused(plain_weights: Path, tmp_path: Path, said: object) -> None:
    weights = open_weights(plain_weights)
    wrong = replace(weights, trained={**weights.trained, "calibrated": said})
    with pytest.raises(InputError, match=r"corrections are said to be .* \(kind, slope, offset"):
        uncorrected(wrong)
    with pytest.raises(InputError, match="corrections are said to be"):
        write_corrected(wrong, {}, tmp_path / "never.safetensors")
    assert not (tmp_path / "never.safetensors").exists()
