"""A 1080p30 stream from file to places on the map: what each part costs, and what memory it takes.

    python -m benchmarks.detector.stream VIDEO FLIGHT --weights nano --detect-hz 5

Prints one JSON object: CPU seconds by part for each second of video, from the first looked-at picture on, so that
imports and the compiling of the network are left out. Run in a process of its own, whose memory is then its own.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.detector.settings import Settings
from benchmarks.detector.street_flight import FPS, street_flight
from missions.detection import Detection, DetectorSpec
from missions.errors import VisionError
from missions.mission import Watch
from missions.ports import Detector
from vision.detector import load_detector
from vision.detector import runtime as door
from vision.detector.letterbox import Letterbox
from vision.events import StreamEnded, TracksSeen
from vision.spec import TelemetryKind, WatchSpec
from vision.stirring import Stirring
from vision.watch import LEAST_SCORES, watch_source

_CORES: Final = 2
_DETECT_HZ: Final = 5.0
T = TypeVar("T")


def tables(settings: Settings, weights_sha256: str) -> Iterator[str]:
    """Yield Markdown."""
    of = [weights_sha256, settings.stream_s, _DETECT_HZ]
    said = settings.kept.get("stream", of, lambda: _in_its_own_process(settings))
    parts = said["cpu_s_per_video_s"]
    rows = ["| part | CPU s per second of video | share of two cores |", "|---|---|---|"]
    rows += [f"| {name} | {cpu_s:.3f} | {100 * cpu_s / _CORES:.1f} % |" for name, cpu_s in parts.items()]
    total_s = sum(parts.values())
    rows.append(f"| **all** | {total_s:.3f} | {100 * total_s / _CORES:.1f} % |")
    spare = (_CORES - total_s + parts["network"]) / (parts["network"] / said["detections_per_s"])
    yield "\n".join(rows) + (
        f"\n\n{said['detections_per_s']:.1f} detections a second over {said['video_s']:.0f} s of 1080p30, "
        f"{said['tracks']} tracks with a place; two cores would allow about {min(spare, FPS):.0f}. "
        f"Resident at most: watcher {said['watcher_mb']:.0f} MB, reader {said['reader_mb']:.0f} MB. "
        f"{said['runtime']}."
    )


def _in_its_own_process(settings: Settings) -> Any:  # noqa: ANN401 - JSON
    video, flight = street_flight(settings.kept.folder / "stream", settings.stream_s)
    command = [sys.executable, "-m", "benchmarks.detector.stream", str(video), str(flight)]
    ended = subprocess.run([*command, "--weights", settings.weights], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise VisionError(f"the stream was not measured: {(ended.stderr.strip().splitlines() or ['?'])[-1]}")
    return json.loads(ended.stdout.splitlines()[-1])


class Timed:
    """A detector whose time is taken: the network's is what the steps before and after it do not take."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        """CPU time by part."""
        self.count = 0
        for owner, work, part in (
            (Letterbox, "apply", "around"),
            (door, "decode", "around"),
            (Stirring, "map_of", "stirring"),
        ):
            patch.object(owner, work, self._timing(getattr(owner, work), part)).start()  # for the rest of the process

    @property
    def spec(self) -> DetectorSpec:
        """The detector's own."""
        return self._detector.spec

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:
        """Detect, and take the time."""
        begin_s = time.process_time()
        found = self._detector.detect(image)
        self.spent_s["detecting"] += time.process_time() - begin_s
        self.count += 1
        return found

    def _timing(self, work: Callable[..., T], part: str) -> Callable[..., T]:
        def timed(*arguments: Any, **named: Any) -> T:  # noqa: ANN401 - whatever the work takes
            begin_s = time.process_time()
            result = work(*arguments, **named)
            self.spent_s[part] += time.process_time() - begin_s
            return result

        return timed


class _Children:
    """CPU time and memory of the processes this one started, as far as they were seen alive."""

    def __init__(self) -> None:
        self._cpu_s: dict[int, float] = {}
        self._peak_mb: dict[int, float] = {}

    def look(self) -> float:
        """Return their CPU seconds so far."""
        for child in multiprocessing.active_children():
            try:
                fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                assert child.pid is not None
                self._peak_mb[child.pid] = _peak_mb(child.pid)
            except OSError:
                continue  # it has ended
            self._cpu_s[child.pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return sum(self._cpu_s.values())

    @property
    def peak_mb(self) -> float:
        """Resident memory of all of them together, each at its most."""
        return sum(self._peak_mb.values())


def _peak_mb(pid: int) -> float:
    """Return the resident memory of a process at its most; what it was forked from is not counted."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    peaks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks, default=0) / 1024


def measure(video: Path, flight: Path, weights: str, detect_hz: float) -> dict[str, Any]:
    """Watch the video once and return what it cost."""
    detector = load_detector(weights, conf=LEAST_SCORES)
    timed, children = Timed(detector), _Children()
    spec = WatchSpec(
        video=str(video),
        telemetry=TelemetryKind.REPLAYED,
        telemetry_file=flight,
        watch=Watch(detector=weights, detect_hz=detect_hz),
        camera="wide-1080p",
    )
    begun: tuple[float, float, float, dict[str, float]] | None = None
    pts_s, placed, looked = 0.0, set[int](), 0
    for event in watch_source(spec, detector=timed):
        children_s = children.look()
        if isinstance(event, TracksSeen) and event.detected:
            if begun is None:
                begun = (event.pts_s, time.process_time(), children_s, timed.spent_s.copy())
            else:
                looked += 1
            pts_s = event.pts_s
            placed |= {track.track_id for track in event.tracks if track.on_map is not None}
        if isinstance(event, StreamEnded):
            break
    assert begun is not None, "a video has pictures"
    seconds = pts_s - begun[0]
    own_s = time.process_time() - begun[1]
    detect_s, around_s, stirring_s = (
        timed.spent_s[part] - begun[3].get(part, 0.0) for part in ("detecting", "around", "stirring")
    )
    return {
        "video_s": seconds,
        "detections_per_s": looked / seconds,
        "tracks": len(placed),
        "runtime": getattr(detector, "runtime", "?"),
        "watcher_mb": _peak_mb(os.getpid()),
        "reader_mb": children.peak_mb,
        "cpu_s_per_video_s": {
            "decoding": (children.look() - begun[2]) / seconds,
            "network": (detect_s - around_s) / seconds,
            "network of what stirs": stirring_s / seconds,
            "fitting the picture and reading boxes": around_s / seconds,
            "tracking, places, rules, the rest": (own_s - detect_s - stirring_s) / seconds,
        },
    }


def main() -> None:
    """Measure one file and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("flight", type=Path)
    parser.add_argument("--weights", default="nano")
    parser.add_argument("--detect-hz", type=float, default=_DETECT_HZ)
    options = parser.parse_args()
    print(json.dumps(measure(options.video, options.flight, options.weights, options.detect_hz)))


if __name__ == "__main__":
    main()
