"""Smoke and fire: evidence that stays at one place over several pictures.

Boxes of smoke come and go, split and merge, so the rule follows places rather than tracks: on the map where the pose is
known, else in the picture, shifted with the background. Every place gathers log-odds of its detections, or of how it
stirs, whichever says more. The sum leaks: pictures in a row are not independent, and a thing that looks a little like
smoke for ever must not add up to smoke.

What is proposed so is verified on the clip, twice: a place that keeps still while smoke would boil needs much more
evidence, and so does one that the second look takes for fog, steam, dust, lamps or traffic. Whether it is smoke is then
judged by all that was seen of the place since it began: a look knows three seconds, and fog, low clouds, steam and
exhaust are told from smoke by how they begin, grow and last.
"""

import math
from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import Protocol

import numpy as np

from missions.detection import Box
from missions.incident import IncidentKind
from vision.clip import Clip
from vision.place_judge import History
from vision.rules.corridor import Corridor
from vision.rules.scene import Finding, LookWish, Scene, Sighting
from vision.rules.smoke_fire_place import Place, size_m
from vision.rules.smoke_fire_settings import SmokeFireSettings

KINDS = {"smoke": IncidentKind.SMOKE, "fire": IncidentKind.FIRE}

_PIECES_REACH = 3.0
"""Pieces of a plume stir so many times farther from an opened place than places else belong together."""


class Looker(Protocol):
    """The second look, as the rule sees it."""

    def odds(self, clip: Clip, box: Box) -> float | None:
        """Return the log-odds, nats, that a box of the newest picture is smoke or fire; None where it can't be told."""
        ...


class Judge(Protocol):
    """What knows a place's whole history, as the rule sees it."""

    def odds(self, history: History) -> float:
        """Return the log-odds, nats, that a place is smoke."""
        ...


class SmokeFireRule:
    """Opens smoke and fire; with a corridor, only there: a pale roof in a yard is not what a street is watched for."""

    name = "smoke_fire"

    def __init__(
        self,
        kinds: tuple[IncidentKind, ...] = tuple(KINDS.values()),
        settings: SmokeFireSettings | None = None,
        corridor: Corridor | None = None,
        second_look: Looker | None = None,
        place_judge: Judge | None = None,
    ) -> None:
        self._corridor = corridor
        self._second_look = second_look
        self._place_judge = place_judge
        self._kinds = {word for word, kind in KINDS.items() if kind in kinds}
        self._settings = settings or SmokeFireSettings()
        self._places: list[Place] = []
        self._count = 0

    def update(self, scene: Scene) -> list[Finding | LookWish]:
        """Return every open place that was seen in this picture."""
        self._carry_along(scene)
        seen: dict[int, list[Sighting]] = {}
        for sighting in sorted(scene.sightings, key=lambda one: (one.stirs, -self._above_even(one))):
            if sighting.detection.kind in self._kinds and not self._is_piece(sighting, scene):
                place = self._place_of(sighting, scene) or self._begin(sighting, scene)
                seen.setdefault(place.number, []).append(sighting)
        for together in seen.values():
            together.sort(key=self._above_even, reverse=True)
        findings: list[Finding | LookWish] = []
        self._verify(seen, scene)
        for place in self._places:
            if mine := seen.get(place.number):
                self._take(place, mine, scene)
                self._decide(place, mine, scene)
                if place.opened is not None:
                    findings.append(_finding(place, scene, self._road_of(place)))
            elif self._in_view(place, scene):
                self._miss(place)
        self._forget(scene.captured_utc_s)
        return findings

    def _road_of(self, place: Place) -> str | None:
        if self._corridor is None or place.point_m is None:
            return None
        return self._corridor.nearest(place.point_m)[1] or None

    def _carry_along(self, scene: Scene) -> None:
        for place in self._places:
            place.uv_px = scene.motion[:, :2] @ place.uv_px + scene.motion[:, 2]
            if place.opened is None:
                place.history.carry(scene.motion)

    def _place_of(self, sighting: Sighting, scene: Scene) -> Place | None:
        """Return the nearest place this may belong to.

        What the detector finds near an opened place that only stirred so far is the same happening.
        """
        apart = [(self._distance(place, sighting, scene), place) for place in self._places]
        near = [pair for pair in apart if pair[0] <= 1.0] or [
            (share, place)
            for share, place in apart
            if share <= _PIECES_REACH and place.opened is not None and place.detected == 0.0
        ]
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def _is_piece(self, sighting: Sighting, scene: Scene) -> bool:
        """Return whether this is no more than another piece of a plume that is opened already."""
        if not sighting.stirs:
            return False
        opened = [self._distance(place, sighting, scene) for place in self._places if place.opened is not None]
        return 1.0 < min(opened, default=math.inf) <= _PIECES_REACH

    def _distance(self, place: Place, sighting: Sighting, scene: Scene) -> float:
        """Return how far off it is, 1.0 being the limit; on the map where both are on it."""
        box = sighting.detection.box_px
        if place.point_m is not None and sighting.located is not None:
            reach = self._settings.reach_m + place.size_m / 2 + size_m(sighting) / 2
            reach += 0.5 * math.hypot(place.error_m, sighting.located.error_m)
            return math.dist(place.point_m, sighting.located.point_m) / reach
        reach = self._settings.reach_share * scene.width_px + 0.6 * max(place.size_px, box.longer_side_px)
        return math.dist(place.uv_px, box.centre) / reach

    def _begin(self, sighting: Sighting, scene: Scene) -> Place:
        self._count += 1
        box = sighting.detection.box_px
        place = Place(
            number=self._count,
            began_utc_s=scene.captured_utc_s,
            first_pts_s=scene.pts_s,
            seen_utc_s=scene.captured_utc_s,
            uv_px=np.array(box.centre),
            box_px=box,
            size_px=box.longer_side_px,
            hits=deque(maxlen=self._settings.share_window),
            changes=deque(maxlen=self._settings.change_window),
        )
        self._places.append(place)
        return place

    def _take(self, place: Place, mine: list[Sighting], scene: Scene) -> None:
        """Add this picture's detections to a place; the best of each kind counts."""
        s = self._settings
        for kind in place.evidence:
            place.evidence[kind] *= s.keep
        for kind in {sighting.detection.kind for sighting in mine}:
            above = max(self._above_even(m) for m in mine if m.detection.kind == kind)
            gain = min(above + self._boils(place), s.best_gain)
            place.evidence[kind] = max(0.0, place.evidence.get(kind, 0.0) + gain)
        best = mine[0]
        box = best.detection.box_px
        place.kind = best.detection.kind
        place.hits.append(True)
        detected = _best_score(m for m in mine if not m.stirs)
        if place.opened is None:
            place.history.add(
                scene.captured_utc_s,
                box=box,
                width_px=scene.width_px,
                detected=detected,
                flames=_best_score(m for m in mine if m.detection.kind == "fire"),
                stirs=_best_score(m for m in mine if m.stirs),
            )
        place.seen_utc_s = scene.captured_utc_s
        if not (best.stirs and place.opened is not None):
            place.uv_px, place.box_px, place.size_px = np.array(box.centre), box, box.longer_side_px
        place.track_ids |= {m.track_id for m in mine if m.track_id is not None}
        place.score = max(place.score, best.detection.score)
        place.detected = max(place.detected, detected)
        for sighting in mine:
            place.average_in(sighting, scene.upwind)

    def _above_even(self, sighting: Sighting) -> float:
        """Return the log-odds of a sighting above those that say neither yes nor no, nats."""
        s = self._settings
        even = s.even_fire_score if sighting.detection.kind == "fire" else s.even_smoke_score
        score = min(max(sighting.detection.score, 1e-3), 1.0 - 1e-3)
        return _log_odds(score) - _log_odds(s.even_stirs_score if sighting.stirs else even)

    def _miss(self, place: Place) -> None:
        place.hits.append(False)
        for kind in place.evidence:
            place.evidence[kind] = max(0.0, place.evidence[kind] * self._settings.keep - self._settings.miss_loss)

    def _verify(self, seen: dict[int, list[Sighting]], scene: Scene) -> None:
        """Ask the clip about the places that keep being detected, the likeliest first."""
        s = self._settings
        if scene.clip is None:
            return
        asked = [p for p in self._places if p.number in seen and p.opened is None and sum(p.hits) >= s.verify_after]
        asked.sort(key=lambda place: (-sum(place.evidence.values()), -seen[place.number][0].detection.score))
        for place in asked[: s.most_verified]:
            box = seen[place.number][0].detection.box_px
            change = scene.clip.change(box)
            if change is not None:
                place.changes.append(change)
            odds = self._second_look.odds(scene.clip, box) if self._second_look is not None else None
            place.asked += 1
            if odds is not None:
                place.history.look(odds)

    def _boils(self, place: Place) -> float:
        """Return the evidence that a picture adds because the place changes as smoke and flames do."""
        s = self._settings
        shares = [0.0]
        if place.history.looks >= s.least_looks:
            above = self._look_above_even(place)
            if above < 0.0:
                return 0.0
            shares.append(above / s.full_look)
        if len(place.changes) >= s.least_changes:
            shares.append((median(place.changes) - s.even_change) / (s.full_change - s.even_change))
        return s.change_gain * min(max(shares), 1.0)

    def _lacks(self, place: Place) -> float:
        """Return the evidence that a place needs beyond the usual: it keeps still, or the second look doubts it."""
        s = self._settings
        still = 0.0
        if len(place.changes) >= s.least_changes:
            still = min(max(0.0, s.still_loss * (s.even_change - median(place.changes))), s.most_still)
        if place.history.looks >= s.least_looks:
            doubt = min(max(0.0, -s.look_cost * self._look_above_even(place)), s.most_doubt)
            return max(still, doubt)
        awaited = self._second_look is not None and place.asked < s.most_awaited
        return max(still, s.most_doubt if awaited else 0.0)

    def _look_above_even(self, place: Place) -> float:
        """Return the median odds of the second look, above those that say nothing of what the place likeliest is."""
        s = self._settings
        return median(place.history.last_looks) - (s.even_fire_look if place.likeliest == "fire" else s.even_smoke_look)

    def _believed(self, place: Place) -> bool:
        """Return whether a place is smoke or fire: smoke by its history once it was looked at, else by the evidence."""
        s = self._settings
        if self._place_judge is not None and place.likeliest == "smoke" and place.history.looks >= s.least_looks:
            return self._place_judge.odds(place.history) >= s.open_odds
        return sum(place.evidence.values()) >= s.open_at + self._lacks(place)

    def _decide(self, place: Place, mine: list[Sighting], scene: Scene) -> None:
        """Open the place once it has lasted and is believed; fire that joins opened smoke makes it fire."""
        s = self._settings
        lasted = scene.captured_utc_s - place.began_utc_s >= s.least_s
        steady = sum(place.hits) >= s.least_share * len(place.hits)
        if place.opened is None:
            placed = place.point_m is None or (
                place.error_m <= s.most_error_m and (self._corridor is None or self._corridor.holds(place.point_m))
            )
            if lasted and steady and placed and self._believed(place):
                place.opened = (scene.captured_utc_s, scene.pts_s, mine[0].detection.box_px)
                place.opened_kind = place.likeliest
        elif place.opened_kind == "smoke" and place.evidence.get("fire", 0.0) >= s.open_at:
            place.opened_kind = "fire"

    def _in_view(self, place: Place, scene: Scene) -> bool:
        """Return whether a detection was to be expected: the place is well inside the picture."""
        margin = 0.5 * place.size_px
        u, v = place.uv_px
        return bool(margin <= u <= scene.width_px - margin and margin <= v <= scene.height_px - margin)

    def _forget(self, now_s: float) -> None:
        self._places = [
            p for p in self._places if p.opened is not None or now_s - p.seen_utc_s <= self._settings.forget_s
        ]


def _best_score(sightings: Iterable[Sighting]) -> float:
    return max((one.detection.score for one in sightings), default=0.0)


def _log_odds(score: float) -> float:
    return math.log(score / (1.0 - score))


def _finding(place: Place, scene: Scene, road_name: str | None) -> Finding:
    assert place.opened is not None
    opened_utc_s, opened_pts_s, box = place.opened
    return Finding(
        kind=KINDS[place.opened_kind],
        site=place.number,
        began_utc_s=place.began_utc_s,
        opened_utc_s=opened_utc_s,
        last_seen_utc_s=scene.captured_utc_s,
        first_pts_s=place.first_pts_s,
        opened_pts_s=opened_pts_s,
        last_pts_s=scene.pts_s,
        score=place.score,
        box_px=box,
        track_ids=tuple(sorted(place.track_ids)),
        place_m=place.point_m,
        error_m=place.error_m if place.point_m is not None else None,
        road_name=road_name,
    )
