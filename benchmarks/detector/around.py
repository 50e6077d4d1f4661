"""What is done around the network for each picture: making it fit, and reading boxes from the grids."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import cv2

from benchmarks.detector.settings import Settings
from sitl.training_frames import rendered_frames
from vision.detector.decode import decode
from vision.detector.export import network_of
from vision.detector.letterbox import Letterbox
from vision.detector.runtimes import start
from vision.detector.weights import open_weights

_SIZES_PX: Final = ((1280, 720), (1920, 1080), (640, 360))
_SEED: Final = 7778


def tables(settings: Settings, weights_sha256: str) -> Iterator[str]:
    """Yield Markdown."""
    result = settings.kept.get("around", [weights_sha256, settings.repeats], lambda: _measure(settings))
    rows = ["| picture | letterbox, CPU ms | network and copies | boxes from grids |", "|---|---|---|---|"]
    rows += [f"| {row['size']} | {row['fit']:.1f} | {row['network']:.1f} | {row['decode']:.1f} |" for row in result]
    yield (
        "\n".join(rows)
        + "\n\nMedians of CPU time, all threads, on rendered streets, by the runtime that is taken here."
    )


def _measure(settings: Settings) -> list[dict[str, Any]]:
    cv2.setNumThreads(1)
    weights = open_weights(settings.weights)
    running = start(network_of(weights))
    onto = (weights.spec.input_width_px, weights.spec.input_height_px)
    rows = []
    for size in _SIZES_PX:
        images = [frame.image for frame in rendered_frames(_SEED, 4, size=size)]
        box = Letterbox.fitting(size, onto)
        inputs = [box.apply(image)[None] for image in images]
        grids = [running.batched(one)[0] for one in inputs]
        rows.append(
            {
                "size": f"{size[0]}x{size[1]}",
                "fit": _median_ms(lambda i, box=box, images=images: box.apply(images[i % 4]), settings.repeats),
                "network": _median_ms(lambda i, inputs=inputs: running.batched(inputs[i % 4]), settings.repeats),
                "decode": _median_ms(lambda i, grids=grids: decode(grids[i % 4], conf=0.25), settings.repeats),
            }
        )
    return rows


def _median_ms(work: Callable[[int], object], repeats: int) -> float:
    work(0)
    taken = []
    for index in range(repeats):
        start_s = time.process_time()
        work(index)
        taken.append((time.process_time() - start_s) * 1e3)
    return statistics.median(taken)
