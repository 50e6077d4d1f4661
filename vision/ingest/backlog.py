"""A bounded queue between the thread that decodes and the thread that hands over."""

import threading
from collections import deque
from dataclasses import replace
from typing import NamedTuple

import av

from vision.ingest.messages import PictureRead, Reading


class Waiting(NamedTuple):
    """A message and, for a wanted picture, what it will be made of."""

    message: Reading
    picture: av.VideoFrame | None = None


class Backlog:
    """Holds at most `limit` wanted pictures; full, it makes the writer wait or gives up the oldest picture.

    A picture that was given up stays in the queue without pixels, marked as dropped, so that every presentation time
    is told once and in order.
    """

    def __init__(self, *, limit: int, may_drop: bool) -> None:
        self._limit, self._may_drop = limit, may_drop
        self._queue: deque[Waiting] = deque()
        self._pictures = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, waiting: Waiting) -> bool:
        """Add one message; False once the reader of this queue is gone."""
        with self._changed:
            if waiting.picture is not None:
                while self._pictures >= self._limit and not self._closed:
                    if self._may_drop:
                        self._drop_oldest()
                    else:
                        self._changed.wait()
                self._pictures += 1
            if self._closed:
                return False
            self._queue.append(waiting)
            self._changed.notify_all()
            return True

    def take(self) -> Waiting | None:
        """Return the next message, waiting for it; None when the queue was closed."""
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            waiting = self._queue.popleft()
            if waiting.picture is not None:
                self._pictures -= 1
            self._changed.notify_all()
            return waiting

    def close(self) -> None:
        """Let go of both sides."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _drop_oldest(self) -> None:
        for place, waiting in enumerate(self._queue):
            if waiting.picture is not None and isinstance(waiting.message, PictureRead):
                self._queue[place] = Waiting(replace(waiting.message, shape=None, dropped=True))
                self._pictures -= 1
                return
