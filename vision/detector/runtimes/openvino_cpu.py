"""OpenVINO on the CPU: fp32, bf16, or int8 with the rest in bf16 where the CPU has it."""

from typing import Any

import numpy as np

from missions.errors import InputError, VisionError
from vision.detector.runtimes.kept import onnx_of
from vision.detector.runtimes.messages import telling_line
from vision.detector.runtimes.port import NetworkFile, Running, Tensors


def start(network: NetworkFile, precision: str = "") -> Running:
    """Return the network, compiled; no `precision` is bf16 where the CPU has it, else fp32.

    Raises:
        InputError: the CPU has no bf16, or the network no int8 form.
        VisionError: OpenVINO cannot run the network.

    """
    import openvino

    core = openvino.Core()
    has_bf16 = cpu_has_bf16(core)
    if precision == "bf16" and not has_bf16:
        raise InputError("this CPU has no bf16 instructions", field="openvino:bf16", remedy="openvino or openvino:fp32")
    path = onnx_of(network, precision)
    rest = "bf16" if has_bf16 and precision != "fp32" else "f32"
    try:
        model = core.read_model(path)
        if network.shapes:
            model.reshape({name: list(shape) for name, shape in network.shapes.items()})
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": rest}
        request = core.compile_model(model, "CPU", options).create_infer_request()
    except RuntimeError as exc:
        raise VisionError(f"OpenVINO cannot run {network.name}: {telling_line(exc)}") from exc
    count = len(model.outputs)

    def infer(inputs: Tensors) -> Tensors:
        try:
            request.infer(dict(enumerate(inputs)), share_inputs=True)
        except RuntimeError as exc:
            raise VisionError(f"OpenVINO failed on {network.name}: {telling_line(exc)}") from exc
        return tuple(np.array(request.get_output_tensor(index).data) for index in range(count))

    told = precision or ("bf16" if has_bf16 else "fp32")
    return Running(runtime=f"openvino:{told}", infer=infer)


def cpu_has_bf16(core: Any) -> bool:  # noqa: ANN401 - openvino is untyped
    """Return whether the CPU computes in bf16."""
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
