"""Several streams watched at once in one process, by one detector: what waits goes through its network together."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue

from missions.telemetry import Telemetry
from vision.detector import load_detector
from vision.detector.shared import SharedDetector
from vision.events import WatchEvent
from vision.spec import WatchSpec
from vision.watch import LEAST_SCORES, watch_source


@dataclass(slots=True)
class _Listening:
    """The inbox of a stream that may be told to end."""

    stop: bool = False
    gone: bool = False

    def telemetry(self) -> list[Telemetry]:
        """Return nothing."""
        return []


@dataclass(frozen=True, slots=True)
class _Ended:
    """A stream's last word, with what ended it."""

    error: Exception | None = None


_Said = SimpleQueue[tuple[int, WatchEvent | _Ended | None]]


def watch_sources(specs: Sequence[WatchSpec]) -> Iterator[tuple[int, WatchEvent | None]]:
    """Yield what is seen in streams until all have ended, each event with its stream's place in `specs`.

    Several streams have the detector and the runtime of the first. Closing the iterator ends them all.

    Raises:
        InputError: a video, its roads or the detector are not what they should be; the others end too.
        VisionError: a recorded video failed half way.

    """
    if len(specs) == 1:
        yield from ((0, event) for event in watch_source(specs[0]))
        return
    watch = specs[0].watch
    shared = SharedDetector(load_detector(watch.detector, runtime=watch.runtime, conf=LEAST_SCORES))
    said: _Said = SimpleQueue()
    inboxes = [_Listening() for _ in specs]
    threads = [
        threading.Thread(target=_watch, args=(number, spec, shared, inboxes[number], said), daemon=True)
        for number, spec in enumerate(specs)
    ]
    for thread in threads:
        thread.start()
    try:
        yield from _until_all_ended(said, len(specs))
    finally:
        for inbox in inboxes:
            inbox.gone = True
        for thread in threads:
            thread.join()
        shared.close()


def _until_all_ended(said: _Said, left: int) -> Iterator[tuple[int, WatchEvent | None]]:
    while left:
        number, event = said.get()
        if not isinstance(event, _Ended):
            yield number, event
            continue
        left -= 1
        if event.error is not None:
            raise event.error


def _watch(number: int, spec: WatchSpec, detector: SharedDetector, inbox: _Listening, said: _Said) -> None:
    try:
        for event in watch_source(spec, detector=detector, inbox=inbox):
            said.put((number, event))
    except Exception as exc:  # noqa: BLE001 - raised again where the events are read
        said.put((number, _Ended(exc)))
    else:
        said.put((number, _Ended()))
