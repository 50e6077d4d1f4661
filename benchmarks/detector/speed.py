"""The network alone, ours and peers' by turns: how long one picture takes, at two sizes and two precisions."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.detector.settings import Settings
from missions.errors import InputError
from vision.detector.export import export_onnx
from vision.detector.weights import open_weights

SIZES_PX: Final = ((1280, 736), (640, 640))
_WARM_UP: Final = 3


def tables(settings: Settings, weights_sha256: str) -> Iterator[str]:
    """Yield Markdown."""
    of = [weights_sha256, [str(peer) for peer in settings.peers], settings.repeats]
    result = settings.kept.get("speed", of, lambda: _measure(settings))
    heads = "| input | precision | network | wall ms, median | CPU ms, median | ours is quicker by (wall / CPU) |"
    rows = [heads, "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        ratio = "-" if row["ratio_wall"] is None else f"{row['ratio_wall']:.2f} / {row['ratio_cpu']:.2f}"
        rows.append(
            f"| {row['size']} | {row['precision']} | {row['network']} | {row['wall_ms']:.1f} | {row['cpu_ms']:.1f} "
            f"| {ratio} |"
        )
    yield "\n".join(rows) + f"\n\n{result['machine']}; {settings.repeats} runs of each, by turns."


def _measure(settings: Settings) -> dict[str, Any]:
    import openvino

    core = openvino.Core()
    precisions = ["f32"]
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        precisions.insert(0, "bf16")
    rows: list[dict[str, Any]] = []
    for width, height in SIZES_PX:
        models = _models(settings, core, width, height)
        for precision in precisions:
            rows += _race(core, models, precision, f"{width}x{height}", settings.repeats)
    machine = f"{_cpu()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, OpenVINO {openvino.__version__[:10]}"
    return {"rows": rows, "machine": machine}


def _models(settings: Settings, core: Any, width: int, height: int) -> dict[str, Any]:  # noqa: ANN401 - openvino is untyped
    """Return ours, exported at this size, and the peers whose input it is."""
    weights = open_weights(settings.weights)
    sized = replace(weights, spec=replace(weights.spec, input_width_px=width, input_height_px=height))
    path = settings.kept.folder / f"ours-{weights.sha256[:12]}-{width}x{height}.onnx"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        export_onnx(sized, path)
    models = {weights.path.stem: core.read_model(path)}
    for peer in settings.peers:
        model = _peer(core, peer)
        if sorted(_sides(model)) == sorted((width, height)):
            models[peer.stem] = model
    return models


def _peer(core: Any, path: Path) -> Any:  # noqa: ANN401
    if not path.is_file():
        raise InputError("no such file", file=path, field="--peer", remedy="an ONNX file with a fixed input")
    try:
        return core.read_model(path)
    except RuntimeError as exc:
        what = str(exc).strip().splitlines()[-1]
        raise InputError(f"not an ONNX file OpenVINO reads: {what}", file=path, field="--peer") from exc


def _sides(model: Any) -> tuple[int, ...]:  # noqa: ANN401
    """Return the two sides of the input, whichever way the axes lie; () where they are not fixed."""
    shape = model.inputs[0].partial_shape
    return tuple(d.get_length() for d in shape if d.is_static and d.get_length() > 3)


def _race(core: Any, models: dict[str, Any], precision: str, size: str, repeats: int) -> list[dict[str, Any]]:  # noqa: ANN401
    runs = {name: _runner(core, model, precision) for name, model in models.items()}
    for run in runs.values():
        for _ in range(_WARM_UP):
            run()
    wall_ms: dict[str, list[float]] = {name: [] for name in runs}
    cpu_ms: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            run()
            wall_ms[name].append((time.perf_counter() - wall_s) * 1e3)
            cpu_ms[name].append((time.process_time() - cpu_s) * 1e3)
    ours = next(iter(runs))
    medians = {name: (statistics.median(wall_ms[name]), statistics.median(cpu_ms[name])) for name in runs}
    return [
        {
            "size": size,
            "precision": precision,
            "network": name,
            "wall_ms": wall,
            "cpu_ms": cpu,
            "ratio_wall": None if name == ours else wall / medians[ours][0],
            "ratio_cpu": None if name == ours else cpu / medians[ours][1],
        }
        for name, (wall, cpu) in medians.items()
    ]


def _runner(core: Any, model: Any, precision: str) -> Callable[[], object]:  # noqa: ANN401
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    compiled = core.compile_model(model, "CPU", options)
    request = compiled.create_infer_request()
    first = model.inputs[0]
    shape = tuple(first.shape)
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 255, shape).astype(np.uint8)
    given = picture if "u8" in str(first.element_type) else (picture / np.float32(255)).astype(np.float32)
    return lambda: request.infer({0: given}, share_inputs=True)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
