"""PyTorch: eager on the CPU, and on CUDA in fp16 with the pictures of several streams or tiles in one batch."""

from typing import TYPE_CHECKING, Final

import numpy as np

from missions.errors import InputError
from vision.detector.runtimes.port import NetworkFile, Running, Tensors

if TYPE_CHECKING:
    import torch
    from torch import nn

_NAMES: Final = {"torch.float16": "fp16", "torch.bfloat16": "bf16"}
_MOST: Final = 16
"""Pictures of one batch on a GPU: 16 of 1280x736 are 45 MB of bytes and under 2 GB on the way through `nano`."""


def start(network: NetworkFile) -> Running:
    """Return the network in eager mode on the CPU, float32: no conversion stands between it and its training.

    Raises:
        InputError: there is no PyTorch form of it.

    """
    import torch

    if network.module is None:
        raise InputError(f"{network.name} is ONNX, which PyTorch does not run", field="torch", remedy="openvino")
    module = network.module()

    def infer(inputs: Tensors) -> Tensors:
        with torch.inference_mode():
            outputs = module(*(torch.from_numpy(np.ascontiguousarray(one)) for one in inputs))
        return tuple(one.float().numpy() for one in outputs)

    return Running(runtime="torch:fp32", infer=infer, largest_batch=_MOST)


def start_on_cuda(network: NetworkFile) -> Running:
    """Return the network on the first CUDA device, fp16.

    Raises:
        InputError: PyTorch sees no CUDA device, or there is no PyTorch form.

    """
    import torch

    if network.module is None or not torch.cuda.is_available():
        raise InputError("PyTorch sees no CUDA device here", field="cuda", remedy="auto, or openvino on the CPU")
    return in_half(network.module(), "cuda", torch.float16)


def in_half(module: "nn.Module", device: str, half: "torch.dtype") -> Running:
    """Return a module on a device, its convolutions in a type of 16 bits, several pictures at a time."""
    import torch

    module = module.to(device)
    module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # its stubs lack this form

    def infer(inputs: Tensors) -> Tensors:
        there = [torch.from_numpy(np.ascontiguousarray(one)).to(device, non_blocking=True) for one in inputs]
        with torch.inference_mode(), torch.autocast(device, half):
            outputs = module(*there)
        return tuple(one.float().cpu().numpy() for one in outputs)

    return Running(runtime=f"{device}:{_NAMES[str(half)]}", infer=infer, largest_batch=_MOST)
