"""One presentation time for a whole patrol, though its stream may begin anew."""

from dataclasses import replace

from missions.incident import Incident
from missions.track import Track

_STEP_BACK_S = 2.0
"""A jump further back than this is another stream: a camera that restarted, a patrol that was resumed."""
_GAP_S = 1.0


class FootageClock:
    """Shifts the times of a stream that starts again behind the ones before, so that none is used twice."""

    def __init__(self, *, after_pts_s: float | None = None) -> None:
        self._last_pts_s = after_pts_s
        self._offset_s = 0.0

    @property
    def offset_s(self) -> float:
        """What is added to the running stream's times."""
        return self._offset_s

    def pts_s(self, stream_pts_s: float) -> float:
        """Return the patrol's presentation time of a stream's, which come in order."""
        at_s = stream_pts_s + self._offset_s
        if self._last_pts_s is not None and at_s < self._last_pts_s - _STEP_BACK_S:
            self._offset_s = self._last_pts_s + _GAP_S - stream_pts_s
            at_s = stream_pts_s + self._offset_s
        self._last_pts_s = at_s if self._last_pts_s is None else max(at_s, self._last_pts_s)
        return at_s

    def track(self, track: Track) -> Track:
        """Return the track with the patrol's time."""
        return replace(track, pts_s=self.pts_s(track.pts_s))

    def incident(self, incident: Incident, known: Incident | None) -> Incident:
        """Return the incident with the patrol's times; what was known before keeps them."""
        last_pts_s = incident.last_pts_s + self._offset_s
        if known is not None:
            return replace(
                incident,
                first_pts_s=known.first_pts_s,
                opened_pts_s=known.opened_pts_s,
                last_pts_s=max(known.last_pts_s, last_pts_s),
            )
        return replace(
            incident,
            first_pts_s=incident.first_pts_s + self._offset_s,
            opened_pts_s=incident.opened_pts_s + self._offset_s,
            last_pts_s=last_pts_s,
        )
