"""One happening = one incident: findings of all rules merged by kind, place and time.

Smoke and fire are one family: fire where smoke was opened is the same happening, and the incident becomes `fire`, the
graver of the two; it never goes back to smoke. Two findings with places are one happening if the places are nearer than
their errors allow for (at least `SAME_PLACE_M`), however much later the second pass is, up to `SAME_TIME_S`. Without
places only the rule's own site and overlapping times say so.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from geo import LocalFrame
from missions.geopoint import GeoPoint
from missions.incident import Incident, IncidentKind
from vision.rules.scene import Finding

SAME_PLACE_M = 12.0
SAME_TIME_S = 1800.0
SAME_VIEW_S = 5.0
TELL_EVERY_S = 1.0
FAMILIES = {IncidentKind.SMOKE: "plume", IncidentKind.FIRE: "plume"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An incident to tell, and whether it is a new one."""

    incident: Incident
    new: bool


def _family(kind: IncidentKind) -> str:
    return FAMILIES.get(kind, kind.value)


class IncidentMerger:
    """Keeps the incidents of one patrol; numbers them in the order in which they are opened."""

    def __init__(self, *, patrol_id: str, vehicle_id: str, stream_id: str, known: tuple[Incident, ...] = ()) -> None:
        self._patrol_id, self._vehicle_id, self._stream_id = patrol_id, vehicle_id, stream_id
        self._frame = LocalFrame(lat_deg=0.0, lon_deg=0.0)
        self._incidents = {incident.incident_id: incident for incident in known}
        self._by_site: dict[tuple[str, int], str] = {}
        self._told: dict[str, Incident] = {}

    def settle(self, frame: LocalFrame) -> None:
        """Say in which frame findings are, before the first one with a place."""
        self._frame = frame

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All of them, as of now."""
        return tuple(self._incidents.values())

    def take(self, finding: Finding, rule: str) -> Opened | None:
        """Return the incident this finding opens or changes; None where there is nothing new to tell."""
        known_id = self._by_site.get((rule, finding.site)) or self._same_happening(finding)
        if known_id is None:
            incident = self._open(finding)
            self._by_site[rule, finding.site] = incident.incident_id
            self._told[incident.incident_id] = incident
            return Opened(incident=incident, new=True)
        self._by_site[rule, finding.site] = known_id
        incident = self._merge(self._incidents[known_id], finding)
        self._incidents[known_id] = incident
        told = self._told.get(known_id)
        if told is not None and not _worth_telling(told, incident):
            return None
        self._told[known_id] = incident
        return Opened(incident=incident, new=False)

    def last_words(self) -> list[Incident]:
        """Return the incidents whose newest state was not told yet."""
        return [i for i in self._incidents.values() if i.incident_id in self._told and self._told[i.incident_id] != i]

    def _open(self, finding: Finding) -> Incident:
        incident = Incident(
            incident_id=f"{self._patrol_id}-{len(self._incidents) + 1:03d}",
            patrol_id=self._patrol_id,
            vehicle_id=self._vehicle_id,
            stream_id=self._stream_id,
            kind=finding.kind,
            began_utc_s=finding.began_utc_s,
            opened_utc_s=finding.opened_utc_s,
            last_seen_utc_s=finding.last_seen_utc_s,
            first_pts_s=finding.first_pts_s,
            last_pts_s=finding.last_pts_s,
            score=finding.score,
            box_px=finding.box_px,
            opened_pts_s=finding.opened_pts_s,
            track_ids=finding.track_ids,
            position=self._geopoint(finding),
            position_error_m=finding.error_m,
            road_name=finding.road_name,
        )
        self._incidents[incident.incident_id] = incident
        return incident

    def _merge(self, known: Incident, finding: Finding) -> Incident:
        better = finding.error_m is not None and (
            known.position_error_m is None or finding.error_m <= known.position_error_m + 0.5
        )
        graver = known.kind is IncidentKind.SMOKE and finding.kind is IncidentKind.FIRE
        return replace(
            known,
            kind=finding.kind if graver else known.kind,
            began_utc_s=min(known.began_utc_s, finding.began_utc_s),
            last_seen_utc_s=max(known.last_seen_utc_s, finding.last_seen_utc_s),
            first_pts_s=min(known.first_pts_s, finding.first_pts_s),
            last_pts_s=max(known.last_pts_s, finding.last_pts_s),
            score=max(known.score, finding.score),
            track_ids=tuple(sorted({*known.track_ids, *finding.track_ids})),
            position=self._geopoint(finding) if better else known.position,
            position_error_m=finding.error_m if better else known.position_error_m,
            road_name=known.road_name or finding.road_name,
        )

    def _same_happening(self, finding: Finding) -> str | None:
        """Return the nearest incident of the family that this may be."""
        near: list[tuple[float, str]] = []
        for incident in self._incidents.values():
            if _family(incident.kind) != _family(finding.kind):
                continue
            apart_s = max(0.0, finding.began_utc_s - incident.last_seen_utc_s)
            if incident.position is None or finding.place_m is None:
                if apart_s <= SAME_VIEW_S and incident.position is None and finding.place_m is None:
                    near.append((apart_s, incident.incident_id))
                continue
            at = self._frame.geodetic_to_enu(incident.position.lat_deg, incident.position.lon_deg)[0, :2]
            apart_m = float(np.linalg.norm(at - finding.place_m))
            reach_m = max(SAME_PLACE_M, 2.0 * math.hypot(incident.position_error_m or 0.0, finding.error_m or 0.0))
            if apart_m <= reach_m and apart_s <= SAME_TIME_S:
                near.append((apart_m / reach_m, incident.incident_id))
        return min(near)[1] if near else None

    def _geopoint(self, finding: Finding) -> GeoPoint | None:
        if finding.place_m is None:
            return None
        lat, lon, _ = self._frame.enu_to_geodetic(finding.place_m)[0]
        return GeoPoint(lat_deg=float(lat), lon_deg=float(lon))


def _worth_telling(told: Incident, now: Incident) -> bool:
    """Return whether an update is due: the kind changed, or a second of patrol time has passed."""
    return told.kind is not now.kind or now.last_seen_utc_s - told.last_seen_utc_s >= TELL_EVERY_S
