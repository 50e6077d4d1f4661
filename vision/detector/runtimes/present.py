"""Which runtimes are here, without starting any: for `patrol doctor` and for people who choose one."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A value of the setting `watch.runtime` and whether it can be used."""

    runtime: str
    found: str | None
    """Version and device; None where it is missing."""
    gives: str
    remedy: str


def runtimes_here() -> tuple[Present, ...]:
    """Return the runtimes, whether they are here, and what each is for."""
    openvino, onnxruntime, torch = (_version(name) for name in ("openvino", "onnxruntime", "torch"))
    bf16 = openvino is not None and _cpu_has_bf16()
    return (
        Present(runtime="openvino:fp32", found=openvino, gives="the detector on any CPU", remedy="make setup"),
        Present(
            runtime="openvino:bf16",
            found=openvino if bf16 else None,
            gives="the detector at speed on this CPU",
            remedy="a CPU with AVX512-BF16 or AMX",
        ),
        Present(
            runtime="openvino:int8",
            found=openvino,
            gives="a quantised detector: patrol detector quantise",
            remedy="make setup",
        ),
        Present(
            runtime="onnxruntime",
            found=onnxruntime,
            gives="the detector without OpenVINO; quantising",
            remedy="pip install onnxruntime",
        ),
        Present(runtime="torch", found=torch, gives="the detector as it was trained", remedy="make setup"),
        Present(runtime="cuda", found=_cuda(torch), gives="several streams at once on a GPU", remedy="an NVIDIA GPU"),
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu_has_bf16() -> bool:
    try:
        import openvino
    except ImportError:  # installed, and a library of the system is missing
        return False
    from vision.detector.runtimes.openvino_cpu import cpu_has_bf16

    return cpu_has_bf16(openvino.Core())


def _cuda(torch_version: str | None) -> str | None:
    from vision.detector.runtimes.choice import NVIDIA_DRIVER

    if torch_version is None or not NVIDIA_DRIVER.exists():
        return None
    import torch

    return f"{torch_version}, {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else None
