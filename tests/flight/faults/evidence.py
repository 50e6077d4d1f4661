"""What the record, the simulator's truth and the vehicle's own list say after a flight."""

import re
import struct
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from flight_fakes import FRAME

from flight import copter_modes as modes
from flight.checks.fence import contains
from flight.ledger import Ledger, OnBoard
from flight.link import open_link
from flight.mission_digest import digest_of
from flight.transfer import download
from missions import GeoPoint, Plan
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from sitl.arducopter import ArduCopter
from sitl.side_channel import TrueState

DOCK_AMSL_M: Final = 32.0
OBSERVER: Final = 254
_AIRBORNE_M: Final = 1.0
_AT_DOCK_M: Final = 10.0
_MISSIONS_OWN: Final = frozenset({modes.AUTO, modes.GUIDED})
_NEAR: Final = 1 << 14
"""Bytes of ours between two that came."""
_BEHIND: Final = 1 << 12
_BETWEEN: Final = 600
_ROW: Final = 12


def without_times(log: bytes) -> bytes:
    """Return a tlog's bytes without the times before each entry, which begin as the first or as that of now does."""
    begins = {log[:4], struct.pack(">Q", int(time.time() * 1e6))[:4]}  # the same for 71 minutes
    return re.sub(b"(?:" + b"|".join(map(re.escape, sorted(begins))) + b")[\x00-\xff]{4}", b"", log)


def lost_bytes(frames: Sequence[bytes], tlog: Path) -> tuple[int, int]:
    """Return how many frames reached the socket, from the first one to the last in the record, and the bytes missing.

    Before the first and after the last the station had no socket. Frames stand in the record in the order they came;
    one that is damaged may stand there in two pieces, with something of ours between.
    """
    log = without_times(tlog.read_bytes()) if tlog.is_file() else b""
    first = next((number for number in range(len(frames)) if _stand_in(frames[number : number + _ROW], log)), 0)
    ends = (
        number for number in range(len(frames), first, -1) if _stand_in(frames[max(first, number - _ROW) : number], log)
    )
    end = next(ends, first)
    at, missing = 0, 0
    for frame in frames[first:end]:
        at, lacking = _follow(frame, log, at)
        missing += lacking
    return end - first, missing


def _stand_in(frames: Sequence[bytes], log: bytes) -> bool:
    """Whether some frames stand there in a row; a single one, a heartbeat perhaps, may be of another time."""
    begin = log.find(frames[0])
    while begin >= 0:
        at = begin
        for frame in frames:
            at = log.find(frame, at, at + _BEHIND)
            if at < 0:
                break
        else:
            return True
        begin = log.find(frames[0], begin + 1)
    return False


def _follow(frame: bytes, log: bytes, at: int) -> tuple[int, int]:
    """Return where the next frame should begin, and how many bytes of this one are not there."""
    for begin, end in ((at, at + _BETWEEN), (max(0, at - _BEHIND), at), (at, at + _NEAR)):
        found = log.find(frame, begin, end)
        if found >= 0:
            return max(at, found + len(frame)), 0
    return at, _lacking(frame, log, at)[1]


def _lacking(piece: bytes, log: bytes, at: int) -> tuple[int, int]:
    """Look for a damaged frame, which may stand there in two pieces."""
    found = log.find(piece, at, at + _BETWEEN)
    if found >= 0:
        return found + len(piece), 0
    if len(piece) == 1:
        return at, 1
    half = len(piece) // 2
    at, before = _lacking(piece[:half], log, at)
    at, after = _lacking(piece[half:], log, at)
    return at, before + after


def outside_m(plan: Plan, state: TrueState) -> float:
    """Return how far a true place is outside the plan's fence, to the side; 0 inside."""
    if contains(plan.fence, GeoPoint(lat_deg=state.lat_deg, lon_deg=state.lon_deg)):
        return 0.0
    corners = FRAME.geodetic_to_enu([c.lat_deg for c in plan.fence.corners], [c.lon_deg for c in plan.fence.corners])
    east, north, _ = FRAME.geodetic_to_enu([state.lat_deg], [state.lon_deg])[0]
    low, high = corners.min(axis=0), corners.max(axis=0)  # drawn plans have a square
    return float(max(low[0] - east, east - high[0], low[1] - north, north - high[1]))


def height_m(state: TrueState) -> float:
    """Return the true height above the dock."""
    return state.amsl_m - DOCK_AMSL_M


def airborne(states: Sequence[TrueState]) -> list[TrueState]:
    """Return the states in the air."""
    return [state for state in states if height_m(state) > _AIRBORNE_M]


def unasked(states: Sequence[TrueState], asked: frozenset[int]) -> list[str]:
    """Return what the aircraft did that neither its mission nor the policy asks for."""
    told = [
        f"flew in {modes.mode_name(mode)}, which nobody asked for"
        for mode in sorted({state.mode for state in airborne(states) if state.armed} - _MISSIONS_OWN - asked)
    ]
    for before, after in pairwise(states):
        if before.armed and not after.armed:
            away_m = _from_dock_m(after)
            if height_m(after) > _AIRBORNE_M:
                told.append(f"was disarmed {height_m(after):.1f} m up")
            elif away_m > _AT_DOCK_M and modes.LAND not in asked:
                told.append(f"landed {away_m:.0f} m from the dock, which nobody asked for")
    return told


def _from_dock_m(state: TrueState) -> float:
    east, north, _ = FRAME.geodetic_to_enu([state.lat_deg], [state.lon_deg])[0]
    return float((east**2 + north**2) ** 0.5)


def mode_at(states: Sequence[TrueState], wanted: frozenset[int], after_s: float) -> float | None:
    """Return when, since a time, the aircraft was first in one of these modes; None: never."""
    return next((state.t_s - after_s for state in states if state.t_s >= after_s and state.mode in wanted), None)


def last_stored(ledger: Path) -> OnBoard | None:
    """Return what a ledger knows of its only vehicle."""
    files = sorted(ledger.glob("*.json")) if ledger.is_dir() else []
    return Ledger(ledger, files[0].stem).read() if files else None


async def half_written(vehicle: ArduCopter, ledger: Path) -> str:
    """Return what is wrong with the mission on board; empty where it is ours to the last item, or none."""
    async with open_link(vehicle.second_url, own_system_id=OBSERVER, is_station=False) as link:
        await link.wait_vehicle(timeout_s=20.0)
        stored = await download(link, MAV_MISSION_TYPE_MISSION)
    known = last_stored(ledger)
    if not stored or (known is not None and digest_of(stored) == known.digest):
        return ""
    return f"{len(stored)} items on board are not the list that was stored last"
