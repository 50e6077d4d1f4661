"""What a run gives its flight: the planner's energy, the video as it arrives, and a memory beside the archive."""

import time
from typing import Final, Protocol

from archive import Archive
from archive.kinds import Preflight, PreflightRow
from flight.events import Check, CheckState, FlightEvent
from flight.ledger import Ledger
from flight.preflight_inputs import GroundSide, Probe
from missions.plan import Plan
from patrol.energy_now import energy_needed

_FRESH_WALL_S: Final = 10.0


class Watched(Protocol):
    """What a watcher has come to."""

    @property
    def pictures(self) -> int:
        """Looked at so far."""

    @property
    def with_positions(self) -> int:
        """Those of them whose camera's place was known."""

    @property
    def picture_wall_s(self) -> float:
        """Monotonic wall time of the last."""


def ground_side(plan: Plan, archive: Archive, post: Watched | None) -> GroundSide:
    """Return it; `post` watches the video, None where nobody does."""
    ledger = Ledger(archive.layout.folder, "vehicle")
    needed = energy_needed(plan)
    if post is None:
        return GroundSide(energy_needed=needed, ledger=ledger)
    return GroundSide(energy_needed=needed, probes=video_probes(post), pictures=lambda: post.pictures, ledger=ledger)


def video_probes(post: Watched) -> tuple[Probe, ...]:
    """Return the rows on the video: whether pictures arrive, and whether it is known where they were taken."""

    def video() -> Check:
        age_s = time.monotonic() - post.picture_wall_s
        arrives = post.pictures > 0 and age_s < _FRESH_WALL_S
        text = f"{post.pictures} pictures, the last {age_s:.1f} s ago" if post.pictures else "no picture yet"
        return _check("video", ok=arrives, text=text)

    def metadata() -> Check:
        text = f"the camera's place is known of {post.with_positions} of {post.pictures} pictures"
        return _check("metadata", ok=post.with_positions > 0, text=text)

    return video, metadata


def preflight_record(event: FlightEvent) -> Preflight:
    """Return the table of a flight's event as the journal keeps it."""
    rows = (
        PreflightRow(
            name=check.name,
            state=check.state.value,
            detail=check.detail,
            waived_by=check.waived_by,
            reason=check.reason,
        )
        for check in event.checks
    )
    return Preflight(sortie_id=event.sortie_id or "", captured_utc_s=event.at_utc_s, rows=tuple(rows))


def _check(name: str, *, ok: bool, text: str) -> Check:
    return Check(name=name, state=CheckState.PASS if ok else CheckState.FAIL, detail=text)
