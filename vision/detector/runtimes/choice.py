"""From the one setting to the runtime that it names."""

from pathlib import Path
from typing import Final

from missions.detection import Runtime
from vision.detector.runtimes.port import NetworkFile, Running

NVIDIA_DRIVER: Final = Path("/proc/driver/nvidia/version")
"""Looked at before torch is imported to ask the same: two seconds and 200 MB."""


def start(network: NetworkFile, runtime: Runtime = "auto") -> Running:
    """Return the network, ready to run by what the setting names; `auto` is the quickest here.

    Raises:
        InputError: the runtime, its precision or the network's form for it is not here.
        VisionError: the runtime is here and cannot run the network.

    """
    name, _, precision = _quickest(network, runtime).partition(":")
    if name == "openvino":
        from vision.detector.runtimes import openvino_cpu

        return openvino_cpu.start(network, precision)
    if name == "onnxruntime":
        from vision.detector.runtimes import onnx_runtime

        return onnx_runtime.start(network, precision)
    if name == "cuda" and network.module is None:
        from vision.detector.runtimes import onnx_runtime

        return onnx_runtime.start_on_cuda(network)
    from vision.detector.runtimes import pytorch

    return pytorch.start_on_cuda(network) if name == "cuda" else pytorch.start(network)


def _quickest(network: NetworkFile, runtime: Runtime) -> str:
    if runtime != "auto":
        return runtime
    if network.module is not None and NVIDIA_DRIVER.exists():
        import torch

        if torch.cuda.is_available():
            return "cuda"
    return "openvino"
