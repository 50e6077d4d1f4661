"""Batches by number, made here or by worker processes: the same batch whoever makes it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from vision.detector.assignment import Targets, assign
from vision.detector.loss import TargetBatch
from vision.detector.sampling import TileSource
from vision.detector.tiles import Tile


class Batch(NamedTuple):
    """What one step learns from."""

    images: Tensor
    """(B, 3, H, W) uint8, channels last in memory."""
    targets: tuple[TargetBatch, ...]
    """By level."""

    def to(self, device: torch.device) -> "Batch":
        """Return it on a device; does not wait for the copy."""
        return Batch(self.images.to(device, non_blocking=True), tuple(level.to(device) for level in self.targets))


class NumberedBatches(Dataset[Batch]):
    """Batch `number` of a source of tiles."""

    def __init__(self, tiles: TileSource, size: int) -> None:
        self._tiles, self._size = tiles, size

    def __getitem__(self, number: int) -> Batch:
        """Return batch `number`: tiles `number * size` and on."""
        first = number * self._size
        return collate([self._tiles.tile(first + index) for index in range(self._size)])


def batches(
    tiles: TileSource, numbers: Iterable[int], *, size: int, workers: int, device: torch.device
) -> Iterator[Batch]:
    """Yield the batches of these numbers on a device.

    Args:
        tiles: where they come from; with workers, call its `preload` before, so that they share what was decoded.
        numbers: in this order; any iterable, also an endless one.
        size: tiles in a batch.
        workers: processes that make them ahead; 0 makes each here when it is asked for.
        device: where the training is.

    """
    loader = DataLoader(
        NumberedBatches(tiles, size),
        sampler=numbers,
        batch_size=None,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        prefetch_factor=3 if workers else None,
        multiprocessing_context="fork" if workers else None,
        worker_init_fn=_alone if workers else None,
    )
    for batch in loader:
        yield batch.to(device)


def _alone(_: int) -> None:
    """Keep a worker to one thread: there is a worker for each core."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def collate(tiles: list[Tile]) -> Batch:
    """Return tiles of one size as a batch."""
    height, width = tiles[0].image.shape[:2]
    images = torch.from_numpy(np.stack([tile.image for tile in tiles]))
    by_tile = [assign(tile.labels, width_px=width, height_px=height) for tile in tiles]
    return Batch(
        images=images.permute(0, 3, 1, 2),  # (B, H, W, 3) in memory is channels last
        targets=tuple(_levels(list(level)) for level in zip(*by_tile, strict=True)),
    )


def _levels(targets: list[Targets]) -> TargetBatch:
    def stack(arrays: list[NDArray[np.float32]]) -> Tensor:
        return torch.from_numpy(np.stack(arrays))

    return TargetBatch(
        heat=stack([t.heat for t in targets]),
        counted=stack([t.counted for t in targets]),
        distances_px=stack([t.distances_px for t in targets]),
        weight=stack([t.weight for t in targets]),
    )
