"""Tracks of the pictures between two looked-at ones: every box on the straight way from one to the next."""

from collections.abc import Sequence
from dataclasses import replace

from missions.detection import Box
from missions.geopoint import GeoPoint
from missions.track import MapTrack, Track


def tracks_between(
    before: Sequence[Track], after: Sequence[Track], *, pts_s: float, captured_utc_s: float
) -> tuple[Track, ...]:
    """Return the tracks that both pictures have, as they were at a time in between, in the order of `after`."""
    earlier = {track.track_id: track for track in before}
    return tuple(
        _between(earlier[track.track_id], track, pts_s, captured_utc_s)
        for track in after
        if track.track_id in earlier and earlier[track.track_id].pts_s < pts_s < track.pts_s
    )


def _between(first: Track, second: Track, pts_s: float, captured_utc_s: float) -> Track:
    share = (pts_s - first.pts_s) / (second.pts_s - first.pts_s)
    sides = (a + share * (b - a) for a, b in zip(first.box_px, second.box_px, strict=True))
    return replace(
        second,
        pts_s=pts_s,
        captured_utc_s=captured_utc_s,
        box_px=Box(*sides),
        score=min(first.score, second.score),
        on_map=_on_map_between(first.on_map, second.on_map, share),
        interpolated=True,
    )


def _on_map_between(first: MapTrack | None, second: MapTrack | None, share: float) -> MapTrack | None:
    if first is None or second is None:
        return None
    a, b = first.position, second.position
    return replace(
        second,
        position=GeoPoint(
            lat_deg=a.lat_deg + share * (b.lat_deg - a.lat_deg), lon_deg=a.lon_deg + share * (b.lon_deg - a.lon_deg)
        ),
        error_m=max(first.error_m, second.error_m),
    )
