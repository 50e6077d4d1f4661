"""The seam: a network in the forms that runtimes take, and what a runtime makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

Tensors = tuple[NDArray[Any], ...]
"""Inputs or outputs, in the order of the graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFile:
    """A network before anything runs it; each form is made when a runtime asks for it."""

    name: str
    """The file, as messages name it."""
    sha256: str
    """Of the file that the network comes from."""
    onnx: Callable[[], Path]
    """Its ONNX file, float32."""
    module: "Callable[[], nn.Module] | None" = None
    """Its PyTorch module, ready to infer; None where only the ONNX file is known."""
    shapes: dict[str, tuple[int, ...]] | None = None
    """Of inputs whose graph leaves them open, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A network that a runtime has made ready."""

    runtime: str
    """What runs it in the end, `openvino:bf16` for instance."""
    infer: Callable[[Tensors], Tensors]
    """Inputs to outputs; they stay as they are whatever is run next."""
    largest_batch: int = 1
    """Pictures that one call may take."""

    def batched(self, pictures: NDArray[np.uint8]) -> list[Tensors]:
        """Return the outputs of each of (B, H, W, 3) pictures, without a batch axis."""
        each: list[Tensors] = []
        for begin in range(0, len(pictures), self.largest_batch):
            outputs = self.infer((pictures[begin : begin + self.largest_batch],))
            each += [tuple(one[index] for one in outputs) for index in range(len(outputs[0]))]
        return each
