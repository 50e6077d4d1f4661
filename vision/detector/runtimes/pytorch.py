"""PyTorch: eager on the CPU, and on CUDA in fp16 with the pictures of several streams or tiles in one batch."""

from typing import Final

import numpy as np

from missions.errors import InputError
from vision.detector.runtimes.port import NetworkFile, Running, Tensors

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
    module = network.module().to("cuda", memory_format=torch.channels_last)

    def infer(inputs: Tensors) -> Tensors:
        there = [torch.from_numpy(np.ascontiguousarray(one)).to("cuda", non_blocking=True) for one in inputs]
        with torch.inference_mode(), torch.autocast("cuda", torch.float16):
            outputs = module(*there)
        return tuple(one.float().cpu().numpy() for one in outputs)

    return Running(runtime="cuda:fp16", infer=infer, largest_batch=_MOST)
