"""Which pictures of a patrol are picked: what was dismissed, then what the model is least sure of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from missions.detection import Detection
from missions.ports import Detector
from patrol.mining.dismissed import Pick, dismissed_picks
from patrol.mining.record import PatrolRecord, stills_of
from vision.detector.mining import Candidate, entropy_bits, flickers, spread_out, unsure

LOOKED_AT: Final = 4
"""Pictures the model looks at for each that is picked."""
_FLICKER_VALUE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mined:
    """What was picked of a patrol."""

    picks: tuple[Pick, ...]
    """In order of time."""
    said: dict[float, Sequence[Detection]]
    """What the model says of each picture it looked at, by stream time in whole milliseconds."""
    looked_at: int
    left_out: tuple[str, ...]
    """What could have been taken and was not, and why."""


def worth_a_look(record: PatrolRecord, count: int) -> list[Candidate]:
    """Return pictures for the model to look at again: flickering and undecided tracks, and some at even times."""
    unsteady = flickers(record.tracks, record.looked_pts_s)
    undecided: dict[float, float] = {}
    for track in record.tracks:
        if not track.interpolated:
            undecided[track.pts_s] = max(undecided.get(track.pts_s, 0.0), entropy_bits(track.score, 0.3))
    candidates = [
        Candidate(
            pts_s=pts_s,
            place_m=record.place_m(pts_s),
            value=undecided.get(pts_s, 0.0) + _FLICKER_VALUE * unsteady[pts_s],
            why=f"{unsteady[pts_s]} tracks flicker" if unsteady[pts_s] else "",
        )
        for pts_s in record.looked_pts_s
    ]
    told = spread_out([each for each in candidates if each.value > 0.0], LOOKED_AT * count)
    step = max(1, len(candidates) // max(count, 1))
    return told + spread_out([replace(each, value=0.0) for each in candidates[::step]], count, taken=told)


def mined(record: PatrolRecord, detector: Detector, count: int) -> Iterator[tuple[int, int] | Mined]:
    """Pick pictures of a patrol, yielding how many of how many were looked at, and last what was picked.

    Args:
        record: of the patrol.
        detector: the model to be taught, told to show weak detections too (`PROPOSAL_CONF` or less).
        count: how many pictures at most; what was dismissed goes first.

    Raises:
        InputError: the patrol kept no footage, or it is none.

    """
    dismissed, left_out = dismissed_picks(record)
    if len(dismissed) > count:
        left_out.append(f"{len(dismissed) - count} more pictures of dismissed incidents")
    dismissed = dismissed[:count]
    candidates = worth_a_look(record, count - len(dismissed))
    times_s = sorted({pick.candidate.pts_s for pick in dismissed} | {each.pts_s for each in candidates})
    said: dict[float, Sequence[Detection]] = {}
    for pts_s, image in stills_of(record, times_s):
        said[round(pts_s, 3)] = detector.detect(image)
        yield len(said), len(times_s)
    shown = [pick for pick in dismissed if round(pick.candidate.pts_s, 3) in said]
    left_out += [f"{pick.incident_id}: no footage of it" for pick in dismissed if pick not in shown]
    rated = [_rated(each, said[round(each.pts_s, 3)]) for each in candidates if round(each.pts_s, 3) in said]
    chosen = spread_out(
        [each for each in rated if each.value > 0.0], count - len(shown), taken=[pick.candidate for pick in shown]
    )
    picks = sorted([*shown, *(Pick(candidate=each) for each in chosen)], key=lambda pick: pick.candidate.pts_s)
    yield Mined(picks=tuple(picks), said=said, looked_at=len(said), left_out=tuple(left_out))


def _rated(candidate: Candidate, said: Sequence[Detection]) -> Candidate:
    """Return the candidate with its value and reason by what the model says of its picture now."""
    value, words = unsure(said)
    flicker = _FLICKER_VALUE if candidate.why else 0.0
    reasons = [f"near the threshold: {words}" if words else "", candidate.why]
    why = "; ".join(reason for reason in reasons if reason)
    return replace(candidate, value=value + flicker if why else 0.0, why=why)
