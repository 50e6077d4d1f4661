"""When a picture was captured, from its presentation time."""

import bisect

KEEP = 600
REACH_S = 1.0


class StreamClock:
    """Maps presentation time to patrol time through the times that metadata told, slope 1 beyond the nearest."""

    def __init__(self, *, keep: int | None = KEEP) -> None:
        self._keep = keep
        self._pts_s: list[float] = []
        self._utc_s: list[float] = []
        self._offset_s: float | None = None

    def tell(self, pts_s: float, captured_utc_s: float) -> None:
        """Take what one metadata packet says of its presentation time."""
        at = bisect.bisect_left(self._pts_s, pts_s)
        if at < len(self._pts_s) and self._pts_s[at] == pts_s:
            self._utc_s[at] = captured_utc_s
            return
        self._pts_s.insert(at, pts_s)
        self._utc_s.insert(at, captured_utc_s)
        if self._keep is not None:
            del self._pts_s[: -self._keep], self._utc_s[: -self._keep]

    def arrived(self, pts_s: float, patrol_utc_s: float) -> None:
        """Take the patrol time at which a live picture arrived: the least delay ever seen counts as none."""
        offset_s = patrol_utc_s - pts_s
        if self._offset_s is None or offset_s < self._offset_s or offset_s > self._offset_s + 60.0:
            self._offset_s = offset_s

    def captured_utc_s(self, pts_s: float) -> float:
        """Return the capture time; without any clock it counts as the presentation time does."""
        if not self._pts_s:
            return pts_s + (self._offset_s or 0.0)
        at = bisect.bisect_left(self._pts_s, pts_s)
        if 0 < at < len(self._pts_s) and self._pts_s[at] - self._pts_s[at - 1] <= REACH_S:
            low, high = self._pts_s[at - 1], self._pts_s[at]
            share = (pts_s - low) / (high - low)
            return self._utc_s[at - 1] + share * (self._utc_s[at] - self._utc_s[at - 1])
        near = min(max(at, 0), len(self._pts_s) - 1)
        if at > 0 and pts_s - self._pts_s[at - 1] < abs(self._pts_s[near] - pts_s):
            near = at - 1
        return self._utc_s[near] + pts_s - self._pts_s[near]
