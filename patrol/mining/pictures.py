"""The picked pictures themselves, with what is known of them."""

from collections.abc import Iterator
from typing import Final

from missions.camera import CameraPose
from patrol.mining.dismissed import Pick
from patrol.mining.picking import Mined
from patrol.mining.record import PatrolRecord, stills_of
from vision.detector.mined import MinedPicture

PROPOSAL_CONF: Final = 0.1
"""Least score of a box that is proposed to whoever labels."""
_NADIR_PITCH_DEG: Final = -75.0


def pictures_of(record: PatrolRecord, found: Mined) -> Iterator[MinedPicture]:
    """Yield the picked pictures, in order of time, with what is known of them."""
    by_time = {round(pick.candidate.pts_s, 3): pick for pick in found.picks}
    for pts_s, image in stills_of(record, [pick.candidate.pts_s for pick in found.picks]):
        pick = by_time[round(pts_s, 3)]
        proposals = [
            each
            for each in found.said[round(pts_s, 3)]
            if each.score >= PROPOSAL_CONF and each.kind not in pick.labelled_classes
        ]
        pose = record.pose(record.looked_near(pts_s) or pts_s)
        yield MinedPicture(
            name=f"{record.archive.patrol_id}-{round(pts_s * 1000):08d}",
            image=image,
            labelled_classes=pick.labelled_classes,
            proposals=proposals,
            view=_view(pose),
            about={**_about(record, pick), **_geometry(pose)},
        )


def _view(pose: CameraPose | None) -> str:
    if pose is None:
        return "mixed"
    return "nadir" if pose.pitch_deg <= _NADIR_PITCH_DEG else "oblique"


def _about(record: PatrolRecord, pick: Pick) -> dict[str, object]:
    return {
        "sequence": record.archive.patrol_id,
        "pts_s": round(pick.candidate.pts_s, 3),
        "why": pick.candidate.why,
        **({} if pick.incident_id is None else {"incident_id": pick.incident_id}),
    }


def _geometry(pose: CameraPose | None) -> dict[str, object]:
    if pose is None:
        return {}
    return {
        "altitude_m": round(pose.amsl_m - pose.ground_amsl_m, 1),
        "camera_pitch_deg": round(pose.pitch_deg, 1),
        "lat_deg": round(pose.position.lat_deg, 7),
        "lon_deg": round(pose.position.lon_deg, 7),
    }
