"""Small networks that look in time: kept in safetensors files, verified, and run by the quickest runtime."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from missions.errors import InputError
from vision.detector.export import write_onnx
from vision.detector.runtimes import NetworkFile, Running, start
from vision.detector.runtimes.kept import kept_export
from vision.detector.weights import metadata_of

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the weights of one kind of network are."""

    name: str
    """As files say it: `skypatrol-stirring`."""
    version: int
    """Raised whenever inputs, outputs or tensors change."""
    what: str
    """As messages name it: `a look at what stirs`."""
    remedy: str
    build: "Callable[[], nn.Module]"
    """The network, untaught; imports torch."""


def verified_sha256(path: Path, form: Form) -> str:
    """Return the hash of a weights file that says it is of this form.

    Raises:
        InputError: no such file, or not one of ours.

    """
    if not path.is_file():
        raise InputError("no such weights", file=path, remedy=form.remedy)
    said = metadata_of(path, form.remedy)
    if (said.get("format"), said.get("version")) != (form.name, str(form.version)):
        raise InputError(f"not {form.what} of version {form.version}", file=path, field="format", remedy=form.remedy)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_weights(net: "nn.Module", path: Path, form: Form, *, trained: Mapping[str, object]) -> None:
    """Write weights; the file appears whole or not at all."""
    from safetensors.torch import save

    from missions.formats.atomic import write_atomically

    said = {"format": form.name, "version": str(form.version), "trained": json.dumps(trained)}
    write_atomically(path, save({name: value.contiguous() for name, value in net.state_dict().items()}, metadata=said))


def running(
    path: Path, sha256: str, form: Form, inputs: Mapping[str, Sequence[int]], output: str, *, key: str = ""
) -> Running:
    """Return the network of a verified file, ready to run on float32 inputs of these shapes.

    Args:
        path: of the weights.
        sha256: of the file.
        form: of the weights.
        inputs: shapes by name, in their order.
        output: its name.
        key: tells networks of the same weights and other shapes apart.

    Raises:
        InputError: the file holds other tensors, or what is no number.

    """

    def export(out: Path) -> None:
        import torch

        write_onnx(
            built(path, form),
            tuple(torch.zeros(tuple(shape)) for shape in inputs.values()),
            out,
            inputs=list(inputs),
            outputs=[output],
        )

    kept = "-".join(part for part in (form.name.removeprefix("skypatrol-"), sha256[:16], key) if part)
    return start(NetworkFile(name=str(path), sha256=sha256, onnx=lambda: kept_export(kept, export)))


def built(path: Path, form: Form) -> "nn.Module":
    """Return the PyTorch network of a verified file, ready to infer.

    Raises:
        InputError: the file holds other tensors, or what is no number.

    """
    import torch

    net = form.build()
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    net.load_state_dict({name: torch.from_numpy(held) for name, held in verified_tensors(path, form, shapes).items()})
    return net.eval()


def verified_tensors(path: Path, form: Form, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    """Return the tensors of a verified file, which has these and no others.

    Raises:
        InputError: the file holds other tensors, or what is no number.

    """
    tensors = load_file(path)
    if {name: tensor.shape for name, tensor in tensors.items()} != dict(shapes):
        raise InputError("holds other tensors", file=path, remedy=form.remedy)
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise InputError("holds what is no number", file=path, field=name, remedy=form.remedy)
    return tensors
