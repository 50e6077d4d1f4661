"""The loss asks about what is known, and about nothing else."""

import numpy as np
import torch

from vision.detector.batches import collate
from vision.detector.classes import KINDS
from vision.detector.labels import Labels
from vision.detector.loss import detection_loss
from vision.detector.network import OUTPUTS
from vision.detector.tiles import Tile


def outputs() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    fine = torch.randn(1, OUTPUTS, 16, 16, generator=generator)
    coarse = torch.randn(1, OUTPUTS, 4, 4, generator=generator)
    return fine.requires_grad_(), coarse.requires_grad_()


def tile(*, boxes: list[list[float]], kinds: list[int], ignored: list[list[float]], labelled: list[bool]) -> Tile:
    labels = Labels(
        boxes_px=np.array(boxes, np.float32).reshape(-1, 4),
        kinds=np.array(kinds, np.int64),
        ignored_px=np.array(ignored, np.float32).reshape(-1, 4),
        labelled=np.array(labelled),
    )
    return Tile(image=np.zeros((64, 64, 3), np.uint8), labels=labels)


def gradients(one: Tile) -> tuple[torch.Tensor, torch.Tensor]:
    fine, coarse = outputs()
    _, targets = collate([one])
    detection_loss((fine, coarse), targets).backward()
    assert fine.grad is not None
    assert coarse.grad is not None
    return fine.grad[0], coarse.grad[0]


def test_kinds_that_were_not_labelled_give_no_gradient() -> None:
    fine, coarse = gradients(tile(boxes=[], kinds=[], ignored=[], labelled=[True, True, False, False, True]))
    for grid in (fine, coarse):
        assert grid[[2, 3]].abs().max() == 0.0
        assert grid[[0, 1, 4]].abs().min() > 0.0


def test_ignored_places_give_no_gradient() -> None:
    fine, coarse = gradients(tile(boxes=[], kinds=[], ignored=[[0, 0, 32, 64]], labelled=[True] * 5))
    assert fine[: len(KINDS), :, :8].abs().max() == 0.0
    assert fine[: len(KINDS), :, 8:].abs().min() > 0.0
    assert coarse[: len(KINDS), :, :2].abs().max() == 0.0


def test_only_cells_that_own_a_box_learn_edges() -> None:
    fine, coarse = gradients(tile(boxes=[[20, 20, 40, 40]], kinds=[2], ignored=[], labelled=[True] * 5))
    taught = fine[len(KINDS) :].abs().sum(dim=0) > 0
    assert taught[7, 7]
    assert not taught[:4].any()
    assert coarse[len(KINDS) :].abs().max() == 0.0


def test_saying_exactly_what_is_true_costs_next_to_nothing() -> None:
    one = tile(boxes=[[20, 20, 44, 44]], kinds=[2], ignored=[], labelled=[True] * 5)
    _, targets = collate([one])
    said = []
    for target, unit_px in zip(targets, (12.0, 72.0), strict=True):
        logits = torch.logit(target.heat.clamp(1e-4, 1 - 1e-4))
        said.append(torch.cat([logits, (target.distances_px.clamp(min=0.1) / unit_px).log()], dim=1))
    assert detection_loss((said[0], said[1]), targets) < 1e-3
