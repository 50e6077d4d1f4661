"""ONNX Runtime: on the CPU in fp32 or int8, and on CUDA where `onnxruntime-gpu` is installed."""

from pathlib import Path
from typing import Any

from missions.errors import InputError, VisionError
from vision.detector.runtimes.kept import onnx_of
from vision.detector.runtimes.messages import telling_line
from vision.detector.runtimes.port import NetworkFile, Running, Tensors


def start(network: NetworkFile, precision: str = "") -> Running:
    """Return the network on the CPU.

    Raises:
        InputError: ONNX Runtime is not installed, or the network has no int8 form.
        VisionError: it cannot run the network.

    """
    running = _session(network, onnx_of(network, precision), "CPUExecutionProvider")
    return Running(runtime=f"onnxruntime:{precision or 'fp32'}", infer=running)


def start_on_cuda(network: NetworkFile) -> Running:
    """Return an ONNX network on the first CUDA device.

    Raises:
        InputError: this ONNX Runtime has no CUDA.
        VisionError: it cannot run the network.

    """
    ort = _onnxruntime()
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        raise InputError(
            f"the ONNX Runtime installed here has no CUDA, which {network.name} needs to run on it",
            field="cuda",
            remedy="pip install onnxruntime-gpu in place of onnxruntime, or another runtime",
        )
    return Running(runtime="cuda:fp32", infer=_session(network, network.onnx(), "CUDAExecutionProvider"))


def _session(network: NetworkFile, path: Path, provider: str) -> Any:  # noqa: ANN401 - a function of Tensors
    ort = _onnxruntime()
    options = ort.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, and told in our words
    try:
        session = ort.InferenceSession(path, options, providers=[provider])
    except Exception as exc:  # its exceptions share no class but this
        raise VisionError(f"ONNX Runtime cannot run {network.name}: {telling_line(exc)}") from exc
    names = [one.name for one in session.get_inputs()]

    def infer(inputs: Tensors) -> Tensors:
        try:
            return tuple(session.run(None, dict(zip(names, inputs, strict=True))))
        except Exception as exc:  # as above
            raise VisionError(f"ONNX Runtime failed on {network.name}: {telling_line(exc)}") from exc

    return infer


def _onnxruntime() -> Any:  # noqa: ANN401 - untyped
    try:
        import onnxruntime
    except ImportError as exc:
        raise InputError("ONNX Runtime is not installed", field="onnxruntime", remedy="make setup") from exc
    return onnxruntime
