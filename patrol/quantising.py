"""From labelled pictures to an int8 network and its measured cost."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from missions.detection import Runtime
from missions.errors import InputError
from patrol.console import stderr
from patrol.detector_measuring import judge, pictures_of

if TYPE_CHECKING:
    from vision.detector.coco import Picture
    from vision.detector.evaluation import Evaluation
    from vision.detector.quantisation import Cost


def quantised(folders: Sequence[Path], weights: str, against: Sequence[Path]) -> "tuple[Path, Cost]":
    """Quantise a detector on pictures and measure it on others; return its file and what it costs.

    Raises:
        InputError: a picture, an annotation or the detector is wrong, or no picture is left to measure on.

    """
    from vision.detector import load_detector
    from vision.detector.coco import read_picture
    from vision.detector.quantisation import ENOUGH, Cost, Preparing, quantise, write_cost

    given = pictures_of(folders)
    step = max(1, len(given) // ENOUGH)
    chosen = given[::step][:ENOUGH]
    names = {picture.path for picture in chosen}
    measured_on = pictures_of(against) if against else [one for one in given if one.path not in names]
    if not measured_on:
        raise InputError("no picture is left to measure on", field="--against", remedy="a folder of labelled pictures")
    exact: Runtime = "openvino:fp32"
    before = _measured(measured_on, weights, exact)
    detector = load_detector(weights, runtime=exact)
    assert isinstance(detector, Preparing)
    stderr.print(f"calibrating on {len(chosen)} pictures")
    path = quantise(detector, [read_picture(picture) for picture in chosen])
    after = _measured(measured_on, weights, "openvino:int8")
    cost = Cost.of(detector.network, (len(chosen), len(measured_on)), before, after)
    write_cost(detector.network, cost)
    return path, cost


def _measured(pictures: "Sequence[Picture]", weights: str, runtime: Runtime) -> "Evaluation":
    from vision.detector import load_detector
    from vision.detector.evaluation import evaluate
    from vision.detector.judged import EVALUATION_CONF

    return evaluate(judge(load_detector(weights, runtime=runtime, conf=EVALUATION_CONF), pictures, runtime))
