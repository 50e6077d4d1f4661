"""Weights of ours as the forms that runtimes take: the PyTorch module with its first and last steps in it, and ONNX."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vision.detector.runtimes.kept import kept_export
from vision.detector.runtimes.port import NetworkFile
from vision.detector.weights import WeightsFile, build_network

if TYPE_CHECKING:
    from torch import Tensor, nn

_RAW_VERSION: Final = 3
"""Raised whenever DeployedNet's inputs or outputs change, so that networks exported before are not used."""
OPSET: Final = 17


def network_of(weights: WeightsFile) -> NetworkFile:
    """Return the network of a weights file; (1, H, W, 3) BGR bytes in, a grid for each level out."""
    key = f"{weights.sha256[:16]}-{_RAW_VERSION}"
    return NetworkFile(
        name=str(weights.path),
        sha256=weights.sha256,
        onnx=lambda: kept_export(key, lambda path: export_onnx(weights, path)),
        module=lambda: _deployed(weights),
    )


def export_onnx(weights: WeightsFile, path: Path) -> None:
    """Write the network as one ONNX file, float32.

    Raises:
        InputError: the tensors are not those of this version's network.

    """
    import torch

    picture = torch.zeros((1, weights.spec.input_height_px, weights.spec.input_width_px, 3), dtype=torch.uint8)
    module = _deployed(weights)
    with torch.inference_mode():
        grids = module(picture)
    write_onnx(module, (picture,), path, inputs=["picture"], outputs=[f"grid{number}" for number in range(len(grids))])


def write_onnx(
    module: "nn.Module", examples: "tuple[Tensor, ...]", path: Path, *, inputs: list[str], outputs: list[str]
) -> None:
    """Write a network that takes what looks like the examples."""
    import torch

    with warnings.catch_warnings():
        # The exporter that takes its place needs onnxscript, which is one more dependency for the same file.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            module, examples, path, input_names=inputs, output_names=outputs, opset_version=OPSET, dynamo=False
        )


def _deployed(weights: WeightsFile) -> "nn.Module":
    from vision.detector.network import DeployedNet

    return DeployedNet(build_network(weights)).eval()
