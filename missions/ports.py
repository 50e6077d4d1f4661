"""The Protocols that cross rooms. Each has a real default and a fake made from a function."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from missions.alert import Alert, Delivery
from missions.camera import CameraPose
from missions.detection import Detection, DetectorSpec
from missions.frame import Frame


class Clock(Protocol):
    """Wall time for retries and deadlines; patrol time for everything about flight and incidents."""

    def wall_s(self) -> float:
        """Return UTC seconds of this machine."""
        ...

    def patrol_utc_s(self) -> float:
        """Return UTC seconds of the vehicle's clock, as last heard."""
        ...


class VideoSource(Protocol):
    """Pictures in capture order. A file ends; a live stream ends when it stays silent."""

    def frames(self) -> Iterator[Frame]:
        """Yield pictures with their times and poses."""
        ...


class TelemetrySource(Protocol):
    """Poses by capture time."""

    def pose_at(self, captured_utc_s: float) -> CameraPose | None:
        """Return the interpolated pose, None where nothing near that time is known."""
        ...


class Detector(Protocol):
    """Boxes from pictures."""

    @property
    def spec(self) -> DetectorSpec:
        """What it takes and gives."""
        ...

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:
        """Return the detections of one (H, W, 3) BGR picture, in that picture's pixels."""
        ...


@runtime_checkable
class BatchDetector(Detector, Protocol):
    """A detector that takes several pictures at once, of several streams or of one picture's tiles."""

    def detect_many(self, images: Sequence[NDArray[np.uint8]]) -> Sequence[Sequence[Detection]]:
        """Return the detections of each (H, W, 3) BGR picture, in its own pixels."""
        ...


class Channel(Protocol):
    """A way to reach a person."""

    async def send(self, alert: Alert) -> Delivery:
        """Send one alert; a refusal is a Delivery that says so, never an exception."""
        ...


class Store(Protocol):
    """The append-only journal of a patrol; the tables behind it belong to `archive/` alone."""

    def append(self, kind: str, value: object) -> int:
        """Write one value durably and return its sequence number."""
        ...

    def read_since(self, seq: int, *, kinds: Sequence[str] = ()) -> Iterator[tuple[int, float, str, object]]:
        """Yield (seq, wall time s, kind, value) after `seq`, in order."""
        ...


class Worker(Protocol):
    """A process that a run watches over."""

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        ...

    def stop(self, timeout_s: float) -> None:
        """Ask it to finish, then make it."""
        ...
