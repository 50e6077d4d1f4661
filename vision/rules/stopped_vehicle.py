"""A vehicle that stands on a carriageway.

Standing means: it stayed within its error at one place on the map for as long as the mission says, seen standing at
both ends of that time; one pass or several. Queues (others stand or creep near it on the road), junctions (it may wait
for a light) and places that may as well be a parking bay are left out. What a pass is too short for becomes a wish for
a closer look.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions.detection import Box
from missions.geopoint import GeoPoint
from missions.incident import IncidentKind
from missions.roads import RoadNetwork
from missions.track import Track
from vision.rules.carriageway import Carriageways, OnRoad
from vision.rules.scene import Finding, LookWish, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedVehicleSettings:
    """Tunables; speeds and distances on the map."""

    still_m_s: float = 0.7
    """Slower than this, or than twice the error of the speed, it stands; if that error is at most `decidable_m_s`."""
    decidable_m_s: float = 0.8
    surely_on: float = 0.75
    """Likelihood of being on the carriageway from which an incident may be opened."""
    maybe_on: float = 0.5
    """The same for a wish to look closer."""
    same_m: float = 4.0
    queue_m: float = 25.0
    queue_m_s: float = 2.0
    junction_m: float = 30.0
    light_s: float = 120.0
    """Near a junction it has to stand at least so long: longer than a red light."""
    look_after_s: float = 3.0
    """A vehicle seen standing for so long and lost from view before it was decided is worth a look."""
    look_s: float = 25.0
    forget_s: float = 1800.0


@dataclass(slots=True, kw_only=True)
class _Stand:
    """A place where a vehicle stands."""

    number: int
    place_m: NDArray[np.float64]
    error_m: float
    count: int
    began_utc_s: float
    first_pts_s: float
    seen_utc_s: float
    seen_pts_s: float
    box_px: Box
    score: float
    road: OnRoad
    queued: bool = False
    wished: bool = False
    opened: tuple[float, float, Box] | None = None
    track_ids: set[int] = field(default_factory=set)


class StoppedVehicleRule:
    """Opens stopped vehicles."""

    name = "stopped_vehicle"

    def __init__(
        self, network: RoadNetwork, *, stopped_after_s: float, settings: StoppedVehicleSettings | None = None
    ) -> None:
        self._frame: LocalFrame = network.frame
        self._carriageways = Carriageways(network, self._frame)
        self._after_s = stopped_after_s
        self._settings = settings or StoppedVehicleSettings()
        self._stands: list[_Stand] = []
        self._count = 0

    def update(self, scene: Scene) -> list[Finding | LookWish]:
        """Return the vehicles found standing, and the places to look at, as of this picture."""
        vehicles = self._vehicles(scene)
        said: list[Finding | LookWish] = []
        for track, place_m in vehicles:
            standing = self._stands_still(track)
            if standing is False:
                self._drove_off(track.track_id)
            elif standing and (road := self._carriageways.nearest(place_m)) is not None:
                stand = self._stand(track, place_m, road, scene)
                stand.queued = self._in_queue(track, place_m, vehicles)
                if self._judge(stand, scene):
                    said.append(_finding(stand, scene))
        said += self._wishes(scene)
        self._stands = [s for s in self._stands if scene.captured_utc_s - s.seen_utc_s <= self._settings.forget_s]
        return said

    def _vehicles(self, scene: Scene) -> list[tuple[Track, NDArray[np.float64]]]:
        """Return the vehicles that have a place, with it in ENU."""
        vehicles = [t for t in scene.tracks if t.kind == "vehicle" and t.on_map is not None]
        points = [t.on_map.position for t in vehicles if t.on_map is not None]
        if not points:
            return []
        places_m = self._frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]
        return list(zip(vehicles, places_m, strict=True))

    def _stands_still(self, track: Track) -> bool | None:
        """Return whether it stands; None where that cannot be decided."""
        assert track.on_map is not None
        speed_m_s, error_m_s = track.on_map.speed_m_s, track.on_map.speed_error_m_s
        if speed_m_s is None or error_m_s is None:
            return None
        limit_m_s = max(self._settings.still_m_s, 2.0 * error_m_s)
        if speed_m_s > limit_m_s + error_m_s:
            return False
        return True if speed_m_s <= limit_m_s and error_m_s <= self._settings.decidable_m_s else None

    def _drove_off(self, track_id: int) -> None:
        """Forget stands of a vehicle that moves after all; opened ones stay with the people who look at them."""
        self._stands = [s for s in self._stands if s.opened is not None or track_id not in s.track_ids]

    def _stand(self, track: Track, place_m: NDArray[np.float64], road: OnRoad, scene: Scene) -> _Stand:
        """Return the stand this vehicle is at, with this picture added."""
        assert track.on_map is not None
        error_m = track.on_map.error_m
        for stand in self._stands:
            reach_m = self._settings.same_m
            if track.track_id not in stand.track_ids:  # another pass: the errors of both have come anew
                reach_m = max(reach_m, math.hypot(error_m, stand.error_m))
            if math.dist(stand.place_m, place_m) <= reach_m:
                stand.count += 1
                stand.place_m = stand.place_m + (place_m - stand.place_m) / min(stand.count, 50)
                stand.error_m = min(stand.error_m, error_m)
                stand.seen_utc_s, stand.seen_pts_s = scene.captured_utc_s, scene.pts_s
                stand.box_px, stand.score = track.box_px, max(stand.score, track.score)
                stand.track_ids.add(track.track_id)
                stand.road = road
                return stand
        self._count += 1
        stand = _Stand(
            number=self._count,
            place_m=place_m,
            error_m=error_m,
            count=1,
            began_utc_s=scene.captured_utc_s,
            first_pts_s=scene.pts_s,
            seen_utc_s=scene.captured_utc_s,
            seen_pts_s=scene.pts_s,
            box_px=track.box_px,
            score=track.score,
            road=road,
            track_ids={track.track_id},
        )
        self._stands.append(stand)
        return stand

    def _in_queue(
        self, track: Track, place_m: NDArray[np.float64], vehicles: list[tuple[Track, NDArray[np.float64]]]
    ) -> bool:
        """Return whether another vehicle on a carriageway near it stands or creeps, or cannot be told from that."""
        for other, other_m in vehicles:
            if other.track_id == track.track_id or math.dist(other_m, place_m) > self._settings.queue_m:
                continue
            assert other.on_map is not None
            if other.on_map.speed_m_s is not None and other.on_map.speed_m_s >= self._settings.queue_m_s:
                continue
            road = self._carriageways.nearest(other_m)
            if road is not None and road.likelihood(other.on_map.error_m) >= self._settings.maybe_on:
                return True
        return False

    def _judge(self, stand: _Stand, scene: Scene) -> bool:
        """Return whether this stand is an incident by now, opening it where it becomes one."""
        if stand.opened is None:
            near_junction = stand.road.to_junction_m < self._settings.junction_m
            needed_s = max(self._after_s, self._settings.light_s) if near_junction else self._after_s
            lasted = stand.seen_utc_s - stand.began_utc_s >= needed_s
            on_road = stand.road.likelihood(stand.error_m) >= self._settings.surely_on
            if lasted and on_road and not stand.queued:
                stand.opened = (scene.captured_utc_s, scene.pts_s, stand.box_px)
        return stand.opened is not None

    def _wishes(self, scene: Scene) -> Iterator[LookWish]:
        """Yield, once each, the stands that went out of view before they could be decided."""
        for stand in self._stands:
            if stand.opened is not None or stand.wished or stand.queued or _in_view(stand.place_m, scene.view_m):
                continue
            long_enough = stand.seen_utc_s - stand.began_utc_s >= self._settings.look_after_s
            likely = stand.road.likelihood(stand.error_m) >= self._settings.maybe_on
            if long_enough and likely and stand.road.to_junction_m >= self._settings.junction_m:
                stand.wished = True
                lat, lon, _ = self._frame.enu_to_geodetic(stand.place_m)[0]
                yield LookWish(
                    site=stand.number,
                    position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon)),
                    duration_s=max(self._settings.look_s, self._after_s),
                    reason=f"vehicle stood for {stand.seen_utc_s - stand.began_utc_s:.0f} s"
                    + (f" on {stand.road.road_name}" if stand.road.road_name else "")
                    + ", then out of view",
                )


def _in_view(place_m: NDArray[np.float64], view_m: NDArray[np.float64] | None) -> bool:
    """Return whether a place is in the picture; without a known view nothing is out of it."""
    if view_m is None or not np.isfinite(view_m).all():
        return True
    outline = view_m.astype(np.float32).reshape(-1, 1, 2)
    return cv2.pointPolygonTest(outline, (float(place_m[0]), float(place_m[1])), measureDist=False) >= 0


def _finding(stand: _Stand, scene: Scene) -> Finding:
    assert stand.opened is not None
    opened_utc_s, opened_pts_s, box = stand.opened
    return Finding(
        kind=IncidentKind.STOPPED_VEHICLE,
        site=stand.number,
        began_utc_s=stand.began_utc_s,
        opened_utc_s=opened_utc_s,
        last_seen_utc_s=scene.captured_utc_s,
        first_pts_s=stand.first_pts_s,
        opened_pts_s=opened_pts_s,
        last_pts_s=scene.pts_s,
        score=stand.score,
        box_px=box,
        track_ids=tuple(sorted(stand.track_ids)),
        place_m=stand.place_m,
        error_m=stand.error_m,
        road_name=stand.road.road_name or None,
    )
