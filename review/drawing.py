"""What map and player draw of one patrol, kept so that a page that asks again costs little."""

import time
from threading import Lock
from typing import Any

from review.feed import PatrolFeed
from review.footage import footage_pictures
from review.geometry import extend_clock, flown_json, plan_json, roads_json

_REREAD_S = 2.0
_REST = 19.0  # times as long as the reading took: at most 5 % of the time goes into it


class Drawing:
    """Roads and plan are read once; the rest of a live patrol every 2 s, or seldomer where reading takes long."""

    def __init__(self, feed: PatrolFeed) -> None:
        self._feed = feed
        self._lock = Lock()
        self._still: dict[str, Any] | None = None
        self._flown: list[list[float | None]] = []
        self._clock: list[list[float]] = []
        self._next_read = float("-inf")
        self._final = False

    def still(self) -> dict[str, Any]:
        """Return roads, dock, fence, planned legs."""
        with self._lock:
            if self._still is None:
                self._still = {"roads": roads_json(self._feed.archive.roads()), **plan_json(self._feed.plan)}
            return self._still

    def moving(self) -> dict[str, Any]:
        """Return the flown path, and the pairs of stream time and patrol time."""
        with self._lock:
            live = self._feed.live
            began = time.monotonic()
            if not self._final and began > self._next_read:
                # Read whether it is live first: what a patrol writes before it closes is then read once more.
                self._final = not live
                self._flown = flown_json(self._feed.archive.telemetry())
                self._extend_clock()
                now = time.monotonic()
                self._next_read = now + max(_REREAD_S, _REST * (now - began))
            clock = self._clock or _clock_of_incidents(self._feed)
            return {"flown": self._flown, "clock": clock, "live": live}

    def _extend_clock(self) -> None:
        pictures = footage_pictures(self._feed.archive)
        if pictures.pts_s:
            extend_clock(self._clock, self._feed.archive, pictures.pts_s[0], pictures.pts_s[-1])


def _clock_of_incidents(feed: PatrolFeed) -> list[list[float]]:
    """Return the pairs the incidents carry: all there is where no tracks were kept."""
    return sorted([file.incident.opened_pts_s, file.incident.opened_utc_s] for file in feed.files())
