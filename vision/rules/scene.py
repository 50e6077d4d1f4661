"""What rules see and say: one looked-at picture in, findings and wishes for a closer look out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection
from missions.geopoint import GeoPoint
from missions.incident import IncidentKind
from missions.track import Track
from vision.clip import Clip
from vision.positions import Located


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """One detection of one picture, whether or not it belongs to a track yet."""

    detection: Detection
    located: Located | None
    """None: no pose, or the ray does not meet the ground."""
    track_id: int | None
    stirs: bool = False
    """Proposed by how it stirs (`vision/stirring`), not by the detector: its score is on a scale of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Everything known about one looked-at picture."""

    captured_utc_s: float
    pts_s: float
    width_px: int
    height_px: int
    sightings: tuple[Sighting, ...]
    tracks: tuple[Track, ...]
    has_pose: bool
    view_m: NDArray[np.float64] | None
    """(4, 2) ENU corners of the ground in view; None without a pose or with the horizon in view."""
    motion: NDArray[np.float32]
    """(2, 3) of the background since the previous picture, pixels."""
    motion_sure: bool
    upwind: NDArray[np.float64] | None = None
    """(2,) ENU unit vector towards where the wind comes from; None in a calm or where nobody told the wind."""
    clip: Clip | None = None
    """The last second of pictures, this one last; None: nothing is said about what changes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finding:
    """A rule is sure. Told again with newer times while the happening goes on; `site` stays the same."""

    kind: IncidentKind
    site: int
    """Of this rule, one per happening as far as the rule can tell."""
    began_utc_s: float
    opened_utc_s: float
    last_seen_utc_s: float
    first_pts_s: float
    opened_pts_s: float
    last_pts_s: float
    score: float
    box_px: Box
    """In the picture at `opened_pts_s`."""
    track_ids: tuple[int, ...]
    place_m: NDArray[np.float64] | None
    """(2,) ENU."""
    error_m: float | None
    road_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookWish:
    """A rule suspects something it cannot decide from here."""

    site: int
    position: GeoPoint
    duration_s: float
    reason: str


class Rule(Protocol):
    """A rule looks at each picture once, in order, and keeps what it needs to remember; it does no input or output."""

    name: str

    def update(self, scene: Scene) -> list[Finding | LookWish]:
        """Return what is found, or is to be looked at, as of this picture."""
        ...
