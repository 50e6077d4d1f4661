"""Training: tiles in, averaged weights out, within a budget of CPU minutes or steps; a killed one resumes."""

import copy
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import cv2
import torch
from torch import Tensor, nn

from missions.errors import InputError, VisionError
from vision.detector.batches import Batch, batches
from vision.detector.blocks import normalised
from vision.detector.calibration import uncorrected
from vision.detector.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from vision.detector.coco import load_pictures
from vision.detector.loss import detection_loss
from vision.detector.muon import Muon
from vision.detector.network import OUTPUTS, DetectorNet
from vision.detector.sampling import DEFAULT_MIXTURE, TileSource, picture_weights
from vision.detector.weights import open_weights, save_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """How to train; together with the data it decides the result."""

    data: tuple[Path, ...]
    """COCO folders."""
    checkpoints: Path
    """Folder for checkpoint.safetensors and, at the end, weights.safetensors."""
    steps: int | None = None
    """Length in steps: repeatable to the last bit on one machine, also on its GPU."""
    cpu_minutes: float | None = None
    """Length in CPU minutes of this process, all threads: the learning rate follows the clock."""
    wall_minutes: float | None = None
    """Length in minutes by the wall's clock; with `cpu_minutes` what is spent first ends the training, on a machine
    that others use too."""
    size: str = "nano"
    init: str | None = None
    """Weights to start from instead of random ones; corrections of their scores are taken off."""
    mixture: Path = DEFAULT_MIXTURE
    plain: bool = False
    """Pieces of pictures as they are flown over, no mosaics, weather, sizes or pastings: for short trainings and the
    last stretch of long ones. Tiles made hard all the way leave a network that fits neither them nor the pictures."""
    seed: int = 0
    batch: int = 4
    rate: float = 2e-3
    """Highest learning rate."""
    threads: int = 2
    workers: int = 0
    """Processes that make tiles ahead; a GPU wants one for each core. They change nothing in the result."""
    memory_mib: int = 4000
    """For decoded pictures."""
    checkpoint_every_s: float = 300.0
    """Wall time."""

    def key(self) -> str:
        """Return what must be the same for a checkpoint to fit."""
        data = sorted(str(folder.resolve()) for folder in self.data)
        return json.dumps(
            [
                data,
                self.size,
                self.init,
                self.seed,
                self.batch,
                self.rate,
                self.steps,
                self.cpu_minutes,
                self.wall_minutes,
                self.plain,
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a training stands."""

    step: int
    share: float
    """Of the budget, 0..1."""
    loss: float
    mean_loss: float
    """Averaged over about the last hundred steps."""
    cpu_s: float
    wall_s: float


_WARM_UP: float = 0.03
_LAST_RATE: float = 0.01
_AVERAGE_DECAY: float = 0.999
_WEIGHT_DECAY: float = 0.02
_LOOKS_EVERY: int = 20
"""Steps between two looks at the loss on a GPU, which would wait for each."""
_MUON_RATE: float = 10.0
"""Muon's learning rate for each of Adam's: its steps are measured in singular values, not in elements."""


def train(settings: TrainSettings) -> Iterator[Progress]:
    """Train, or go on with what the checkpoint folder holds, yielding after every step; ends with the weights written.

    Raises:
        InputError: data, mixture, first weights or checkpoint are wrong.
        VisionError: the loss is not a number; the last checkpoint stands.

    """
    if (settings.steps is None) == (settings.cpu_minutes is None and settings.wall_minutes is None):
        raise InputError("a training needs one length", remedy="either steps or minutes")
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        _repeat_on_gpu()
    torch.set_float32_matmul_precision("high")
    pictures = tuple(picture for folder in settings.data for picture in load_pictures(folder))
    tiles = TileSource(
        pictures,
        picture_weights(pictures, settings.mixture),
        seed=settings.seed,
        memory_mib=settings.memory_mib,
        plain=settings.plain,
    )
    if settings.workers:
        tiles.preload(settings.workers)
    state = _fresh_state(settings, device)
    file = settings.checkpoints / "checkpoint.safetensors"
    if file.is_file():
        load_checkpoint(file, state, settings=settings.key())
    cpu_before_s, wall_before_s = state.cpu_s - time.process_time(), state.wall_s - time.monotonic()
    saved_at = time.monotonic()
    ahead = batches(tiles, count(state.step), size=settings.batch, workers=settings.workers, device=device)
    every = _LOOKS_EVERY if device.type == "cuda" else 1
    mean_loss = torch.tensor(state.mean_loss, device=device)
    while (share := _share(settings, state)) < 1.0:
        loss = _step(state, next(ahead), share)
        state.step += 1
        mean_loss.lerp_(loss, 1.0 / min(state.step, 100))
        state.cpu_s, state.wall_s = cpu_before_s + time.process_time(), wall_before_s + time.monotonic()
        if state.step % every and _share(settings, state) < 1.0:
            continue
        said, state.mean_loss = float(loss), float(mean_loss)
        if not math.isfinite(state.mean_loss):
            raise VisionError(f"the loss is {said} at step {state.step}; the last checkpoint is kept ({file})")
        if time.monotonic() - saved_at >= settings.checkpoint_every_s:
            save_checkpoint(file, state, settings=settings.key())
            _save_average(settings.checkpoints / "latest.safetensors", settings, state)
            saved_at = time.monotonic()
        yield Progress(
            step=state.step,
            share=_share(settings, state),
            loss=said,
            mean_loss=state.mean_loss,
            cpu_s=state.cpu_s,
            wall_s=state.wall_s,
        )
    save_checkpoint(file, state, settings=settings.key())
    _save_average(settings.checkpoints / "weights.safetensors", settings, state)


def _repeat_on_gpu() -> None:
    """Have a GPU do the same sums in the same order every time, for the rest of the process.

    Measured on an H200: 180 steps of 16 tiles took 17 s either way, and the first twenty came 16 s sooner, without a
    search for the quickest kernels.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS is first used
    torch.use_deterministic_algorithms(mode=True)
    torch.backends.cudnn.benchmark = False  # it takes what is quickest at the moment, another kernel each time


def _fresh_state(settings: TrainSettings, device: torch.device) -> TrainingState:
    torch.manual_seed(settings.seed)
    network = uncorrected(open_weights(settings.init)) if settings.init else DetectorNet(settings.size)
    network = network.train().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizers = _optimizers(network, settings)
    return TrainingState(network=network, averaged=copy.deepcopy(network).eval(), optimizers=optimizers)


def _optimizers(network: nn.Module, settings: TrainSettings) -> tuple[torch.optim.Optimizer, ...]:
    """Return Muon for convolutions that mix channels and AdamW for all else."""
    mixing = [
        layer.weight
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.out_channels != OUTPUTS
    ]
    others = [p for p in network.parameters() if all(p is not q for q in mixing)]
    decayed, free = [p for p in others if p.ndim > 1], [p for p in others if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": _WEIGHT_DECAY}, {"params": free, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=settings.rate)
    for parameter in others:  # from the first step on, so that a checkpoint of any step has the same tensors
        zeros = {"exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter)}
        adam.state[parameter] = {"step": torch.zeros(()), **zeros}
    optimizers: tuple[torch.optim.Optimizer, ...] = (Muon(mixing, lr=settings.rate * _MUON_RATE), adam)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["highest_lr"] = group["lr"]
    return optimizers


def _share(settings: TrainSettings, state: TrainingState) -> float:
    if settings.steps is not None:
        return state.step / settings.steps
    by_cpu = state.cpu_s / (60.0 * settings.cpu_minutes) if settings.cpu_minutes else 0.0
    by_wall = state.wall_s / (60.0 * settings.wall_minutes) if settings.wall_minutes else 0.0
    return max(by_cpu, by_wall)


def _rate(share: float) -> float:
    """Return the learning rate as a share of the highest: a short rise, then half a cosine."""
    if share < _WARM_UP:
        return 0.02 + 0.98 * share / _WARM_UP
    falling = 0.5 * (1.0 + math.cos(math.pi * (share - _WARM_UP) / (1.0 - _WARM_UP)))
    return _LAST_RATE + (1.0 - _LAST_RATE) * falling


def _step(state: TrainingState, batch: Batch, share: float) -> Tensor:
    """Return the loss, a scalar that may still be on its way."""
    for optimizer in state.optimizers:
        optimizer.zero_grad(set_to_none=True)
        for group in optimizer.param_groups:
            group["lr"] = group["highest_lr"] * _rate(share)
    device = batch.images.device
    with torch.autocast(device.type, torch.bfloat16, enabled=_knows_bf16(device)):
        outputs = state.network(normalised(batch.images))
    loss: Tensor = detection_loss(outputs, batch.targets)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), 10.0)
    for optimizer in state.optimizers:
        optimizer.step()
    _average(state)
    return loss.detach()


@cache
def _knows_bf16(device: torch.device) -> bool:
    """Whether bf16 is quicker here: a CPU without instructions for it needs ten times as long as in float32."""
    able = torch.cpu.get_capabilities()
    return device.type == "cuda" or any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


@torch.no_grad()
def _average(state: TrainingState) -> None:
    decay = min(_AVERAGE_DECAY, (1 + state.step) / (10 + state.step))
    averaged, current = state.averaged.state_dict(), state.network.state_dict()
    smooth = [key for key, value in averaged.items() if value.is_floating_point()]
    torch._foreach_lerp_([averaged[key] for key in smooth], [current[key] for key in smooth], 1.0 - decay)
    for key in averaged.keys() - set(smooth):
        averaged[key].copy_(current[key])


def _save_average(path: Path, settings: TrainSettings, state: TrainingState) -> None:
    trained: dict[str, object] = {
        "seed": settings.seed,
        "steps": state.step,
        "tiles": state.step * settings.batch,
        "cpu_minutes": round(state.cpu_s / 60.0, 2),
        "wall_minutes": round(state.wall_s / 60.0, 2),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "loss": round(state.mean_loss, 4),
        "sources": sorted(folder.name for folder in settings.data),
    }
    save_weights(path, state.averaged.state_dict(), size=settings.size, trained=trained, name=settings.size)
