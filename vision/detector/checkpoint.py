"""Checkpoints: the whole state of a training in one safetensors file that appears whole or not at all."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from missions.errors import InputError


@dataclass(slots=True, kw_only=True)
class TrainingState:
    """Everything a training is: the same state goes on the same way."""

    network: nn.Module
    averaged: nn.Module
    """Exponential moving average of the network: what is shipped."""
    optimizers: tuple[torch.optim.Optimizer, ...]
    """Each parameter belongs to one of them, and has its state there from the first step on."""
    step: int = 0
    cpu_s: float = 0.0
    """CPU seconds spent so far, all threads."""
    wall_s: float = 0.0
    mean_loss: float = 0.0


@dataclass(frozen=True, slots=True)
class _Header:
    settings: str
    step: int
    cpu_s: float
    wall_s: float
    mean_loss: float


def save_checkpoint(path: Path, state: TrainingState, *, settings: str) -> None:
    """Write the state; `settings` is what a resumed training must have been started with too."""
    tensors = {f"network.{key}": value for key, value in state.network.state_dict().items()}
    tensors |= {f"averaged.{key}": value for key, value in state.averaged.state_dict().items()}
    for name, kept in _optimizer_states(state):
        tensors |= {f"optimizer.{name}.{key}": value for key, value in kept.items()}
    header = _Header(settings, state.step, state.cpu_s, state.wall_s, state.mean_loss)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    whole = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    save_file(whole, scratch, metadata={"checkpoint": json.dumps(asdict(header))})
    with scratch.open("rb") as written:
        os.fsync(written.fileno())
    scratch.replace(path)


def load_checkpoint(path: Path, state: TrainingState, *, settings: str) -> None:
    """Put a checkpoint's contents into `state`.

    Raises:
        InputError: it is not a checkpoint, or one of a training with other settings.

    """
    try:
        with safe_open(str(path), framework="pt") as opened:
            header = _Header(**json.loads((opened.metadata() or {})["checkpoint"]))
        tensors = load_file(path)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as exc:
        raise InputError(f"not a checkpoint: {exc!r}", file=path, remedy="another folder, or remove it") from exc
    if header.settings != settings:
        raise InputError(
            "belongs to a training with other settings",
            file=path,
            remedy=f"the same options ({header.settings}), or another folder",
        )
    state.network.load_state_dict(_under("network.", tensors))
    state.averaged.load_state_dict(_under("averaged.", tensors))
    for name, kept in _optimizer_states(state):
        kept.update({key: value.to(kept[key].device) for key, value in _under(f"optimizer.{name}.", tensors).items()})
    state.step, state.mean_loss = header.step, header.mean_loss
    state.cpu_s, state.wall_s = header.cpu_s, header.wall_s


def _optimizer_states(state: TrainingState) -> Iterator[tuple[str, dict[str, Tensor]]]:
    for name, parameter in state.network.named_parameters():
        for optimizer in state.optimizers:
            if parameter in optimizer.state:
                yield name, optimizer.state[parameter]


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
