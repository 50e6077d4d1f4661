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
from vision.spec import TelemetryKind

_FRESH_WALL_S: Final = 10.0
_POSES_FROM: Final = {
    TelemetryKind.STREAM: "places will not be known",
    TelemetryKind.PUSHED: "poses come from the flight's link",
    TelemetryKind.FEED: "poses come from the telemetry named for it",
    TelemetryKind.SRT: "poses come from the sidecar",
}


class Watched(Protocol):
    """What a watcher has come to."""

    @property
    def pictures(self) -> int:
        """Looked at so far."""

    @property
    def metadata(self) -> int:
        """KLV packets of its stream that could be read."""

    @property
    def bad_metadata(self) -> int:
        """Those that could not."""

    @property
    def picture_wall_s(self) -> float:
        """Monotonic wall time of the last."""


def ground_side(plan: Plan, archive: Archive, post: Watched | None, kind: TelemetryKind) -> GroundSide:
    """Return it; `post` watches the video, None where nobody does, and `kind` is where its poses come from."""
    ledger = Ledger(archive.layout.folder, "vehicle")
    needed = energy_needed(plan)
    if post is None:
        return GroundSide(energy_needed=needed, ledger=ledger)
    return GroundSide(
        energy_needed=needed, probes=video_probes(post, kind), pictures=lambda: post.pictures, ledger=ledger
    )


def video_probes(post: Watched, kind: TelemetryKind) -> tuple[Probe, ...]:
    """Return the rows on the video: whether pictures arrive, and whether it is known where they were taken."""

    def video() -> Check:
        age_s = time.monotonic() - post.picture_wall_s
        arrives = post.pictures > 0 and age_s < _FRESH_WALL_S
        text = f"{post.pictures} pictures, the last {age_s:.1f} s ago" if post.pictures else "no picture yet"
        return _check("video", ok=arrives, text=text)

    def metadata() -> Check:
        if post.metadata:
            return _check("metadata", ok=True, text=f"{post.metadata} KLV packets, {post.bad_metadata} unreadable")
        if post.bad_metadata:
            return _check("metadata", ok=False, text=f"none of {post.bad_metadata} KLV packets can be read")
        ok = kind is not TelemetryKind.STREAM
        return _check("metadata", ok=ok, text=f"no KLV in the stream; {_POSES_FROM[kind]}")

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
