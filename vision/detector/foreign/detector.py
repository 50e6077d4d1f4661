"""A Detector around somebody's ONNX file; what is wrong with it shows on a grey picture before anything flies."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection, DetectorSpec, Runtime
from missions.detector_map import DetectorMap, LoadedMap, load_map
from missions.errors import VisionError
from vision.detector.decode import Boxes, strongest
from vision.detector.detections import USUAL_CONF, Conf, detections_of, least_scores
from vision.detector.foreign.families import READERS, Candidates, WrongOutputs
from vision.detector.foreign.graph import Graph, read_graph, refusal
from vision.detector.letterbox import Letterbox, Stretch
from vision.detector.runtimes import Running, Tensors, start

_OVERLAPS: Final = {"yolo": 0.5, "rf-detr": 0.7, "d-fine": 0.7, "rt-detr": 0.7}
"""IoU above which the weaker of two boxes of a kind is dropped. The later families need none by themselves, but two of
their classes may be one kind of ours."""
_GREY: Final = 114


def load_foreign(path: Path, *, runtime: Runtime = "auto", conf: Conf = USUAL_CONF) -> "ForeignDetector":
    """Return the detector that a map describes, after a trial on a grey picture.

    Raises:
        InputError: the map, the file, its shapes, classes or opset are not what they should be; one line says which.

    """
    loaded = load_map(path)
    graph = read_graph(loaded)
    try:
        running = start(graph.network, runtime)
        detector = ForeignDetector(loaded, graph, running, conf=least_scores(loaded.spec, conf))
        detector.try_out()
    except VisionError as exc:
        raise refusal(loaded, f"{exc} (opset {graph.opset})", field="onnx", remedy="export again") from exc
    return detector


class ForeignDetector:
    """Prepares pictures as the map says and reads the outputs as the family has them."""

    def __init__(self, loaded: LoadedMap, graph: Graph, running: Running, *, conf: NDArray[np.float32]) -> None:
        self.network = graph.network
        self._loaded, self._graph, self._running, self._conf = loaded, graph, running, conf
        self._spec = loaded.spec
        self._size = (self._spec.input_width_px, self._spec.input_height_px)
        kinds = self._spec.kinds
        self._kind_of_class = {number: kinds.index(kind) for number, kind in loaded.described.classes.items()}

    @property
    def spec(self) -> DetectorSpec:
        """What it takes and gives."""
        return self._spec

    @property
    def runtime(self) -> str:
        """What runs it, `openvino:bf16` for instance."""
        return self._running.runtime

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:
        """Return the detections of one (H, W, 3) BGR picture of any size, best first, in that picture's pixels."""
        chosen = self._chosen(self._candidates(self.inputs_of(image)))
        return detections_of(chosen, self._spec.kinds, self._fitted(image), (image.shape[1], image.shape[0]))

    def detect_many(self, images: Sequence[NDArray[np.uint8]]) -> list[Sequence[Detection]]:
        """Return the detections of each picture, one after the other: exports take one at a time."""
        return [self.detect(image) for image in images]

    def try_out(self) -> None:
        """Run it once on a grey picture.

        Raises:
            InputError: its outputs are not its family's, are not numbers, or have fewer classes than the map names.
            VisionError: the runtime failed.

        """
        grey = np.full((self._size[1], self._size[0], 3), _GREY, np.uint8)
        try:
            found = self._candidates(self.inputs_of(grey))
        except WrongOutputs as exc:
            raise refusal(self._loaded, str(exc), field="family", remedy="another family, or export again") from exc
        if not np.isfinite(found.boxes_px).all() or not np.isfinite(found.scores).all():
            raise refusal(self._loaded, "gives no numbers for a grey picture", field="onnx", remedy="export again")
        if found.scores.min(initial=0.0) < -1e-3 or found.scores.max(initial=0.0) > 1.001:
            raise refusal(
                self._loaded, "gives scores beyond 0 to 1", field="family", remedy="another family, or export again"
            )
        if found.classes is not None and np.abs(found.classes - np.rint(found.classes)).max(initial=0.0) > 1e-3:
            raise refusal(
                self._loaded,
                "gives classes that are no whole numbers: an export with two classes in an older layout",
                field="family",
                remedy="export again with ultralytics 8.4 or later",
            )
        highest = max(self._loaded.described.classes)
        if found.known is not None and highest >= found.known:
            raise refusal(
                self._loaded,
                f"the network has {found.known} classes",
                field=f"classes.{highest}",
                remedy=f"0 to {found.known - 1}",
            )

    def inputs_of(self, image: NDArray[np.uint8]) -> Tensors:
        """Return a picture as the network takes it, and its size where the network wants that."""
        picture = self._fitted(image).apply(image)
        given: dict[str, NDArray[Any]] = {
            self._graph.picture.name: _prepared(picture, self._loaded.described).astype(self._graph.picture.dtype)
        }
        if self._graph.size is not None:
            given[self._graph.size.name] = np.array([self._size], self._graph.size.dtype)
        return tuple(given[name] for name in self._graph.inputs)

    def _fitted(self, image: NDArray[np.uint8]) -> Letterbox | Stretch:
        if self._loaded.described.stretches:
            return Stretch(width_px=self._size[0], height_px=self._size[1])
        return Letterbox.fitting((image.shape[1], image.shape[0]), self._size)

    def _candidates(self, inputs: Tensors) -> Candidates:
        outputs = dict(zip(self._graph.outputs, self._running.infer(inputs), strict=True))
        found = READERS[self._loaded.described.family](outputs, self._size)
        return found._replace(
            boxes_px=np.asarray(found.boxes_px, np.float32), scores=np.asarray(found.scores, np.float32)
        )

    def _chosen(self, found: Candidates) -> Boxes:
        """Return the boxes of our kinds above their least scores, the strongest where they overlap."""
        by_kind = self._by_kind(found)  # (N, kinds)
        index, kind = np.nonzero(by_kind >= self._conf)
        return strongest(
            Boxes(found.boxes_px[index], by_kind[index, kind], kind.astype(np.int64)),
            overlap=_OVERLAPS[self._loaded.described.family],
        )

    def _by_kind(self, found: Candidates) -> NDArray[np.float32]:
        """Return the (N, kinds) scores, of a kind the highest of its classes."""
        scores = np.full((len(found.boxes_px), len(self._spec.kinds)), -1.0, np.float32)
        for number, kind in self._kind_of_class.items():
            if found.classes is None:
                scores[:, kind] = np.maximum(scores[:, kind], found.scores[:, number])
            else:
                seen = np.rint(found.classes) == number
                scores[seen, kind] = found.scores[seen]
        return scores


def _prepared(picture: NDArray[np.uint8], described: DetectorMap) -> NDArray[np.float32]:
    """Return the (1, 3, H, W) input."""
    mean, std = described.normalisation
    if described.input.colour == "rgb":
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
    spread = np.array(std, np.float32)[:, None, None]
    shift = np.array(mean, np.float32)[:, None, None] / spread
    planes = np.multiply(picture.transpose(2, 0, 1), 1.0 / (described.input.divide_by * spread), dtype=np.float32)
    prepared = planes - shift if shift.any() else planes
    return np.ascontiguousarray(prepared)[None]
