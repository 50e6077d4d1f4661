"""How long the shipped detector takes per picture, part by part: `python benchmarks/detector.py [--weights nano]`."""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector.decode import decode
from vision.detector.export import network_of
from vision.detector.letterbox import Letterbox
from vision.detector.runtimes import Running, start
from vision.detector.weights import open_weights

SIZES_PX = ((1280, 720), (1920, 1080), (640, 360))


def pictures(width_px: int, height_px: int, count: int) -> list[NDArray[np.uint8]]:
    """Return pictures with some structure: noise smoothed at several scales."""
    rng = np.random.default_rng(3)
    made = []
    for _ in range(count):
        image = np.zeros((height_px, width_px, 3), np.float32)
        for cell_px, strength in ((64, 40.0), (16, 25.0), (4, 12.0), (1, 6.0)):
            coarse = rng.normal(0, strength, (height_px // cell_px + 1, width_px // cell_px + 1, 3)).astype(np.float32)
            image += cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
        made.append(np.clip(image + 110, 0, 255).astype(np.uint8))
    return made


def times_ms(work: Callable[[int], object], repeats: int) -> str:
    """Return least, median and 90th percentile of the work's wall time."""
    work(0)
    taken = []
    for index in range(repeats):
        start_s = time.perf_counter()
        work(index)
        taken.append((time.perf_counter() - start_s) * 1e3)
    taken.sort()
    return f"{taken[0]:7.1f} {statistics.median(taken):7.1f} {taken[int(0.9 * len(taken))]:7.1f}"


def time_one_size(
    size_px: tuple[int, int], onto_px: tuple[int, int], running: Running, repeats: int
) -> list[NDArray[np.uint8]]:
    """Print what pictures of one size take; return them as the network takes them."""
    images = pictures(*size_px, count=4)
    box = Letterbox.fitting(size_px, onto_px)
    inputs = [box.apply(image) for image in images]
    grids = [running.batched(one[None])[0] for one in inputs]
    print(f"{size_px[0]}x{size_px[1]}")
    print(f"  letterbox          {times_ms(lambda i: box.apply(images[i % 4]), repeats)}")
    print(f"  network, OpenVINO  {times_ms(lambda i: running.batched(inputs[i % 4][None]), repeats)}")
    print(f"  decode             {times_ms(lambda i: decode(grids[i % 4], conf=0.25), repeats)}")
    return inputs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="nano")
    parser.add_argument("--repeats", type=int, default=40)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    weights = open_weights(options.weights)
    onto = (weights.spec.input_width_px, weights.spec.input_height_px)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"weights {weights.path.name} {weights.sha256[:12]}, input {onto[0]}x{onto[1]}; wall ms: least, median, 90 %")
    running = start(network_of(weights), "openvino")
    for size in SIZES_PX:
        inputs = time_one_size(size, onto, running, options.repeats)
    eager = start(network_of(weights), "torch")
    print(f"network, PyTorch     {times_ms(lambda _: eager.batched(inputs[0][None]), max(5, options.repeats // 4))}")


if __name__ == "__main__":
    main()
