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
from flight.dialect import crc_extra
from flight.exchange import GCS_SYSTEM_ID
from flight.framing import FrameKind, frame_length, judge_frame
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
_ROW: Final = 12
"""Frames that tell where a record begins; a single one, a heartbeat perhaps, may be of another time."""


def entries(log: bytes) -> list[bytes]:
    """Return what stands in a tlog behind each time; times begin as the first or as that of now does."""
    begins = {log[:4], struct.pack(">Q", int(time.time() * 1e6))[:4]}  # the same for 71 minutes
    return re.split(b"(?:" + b"|".join(map(re.escape, sorted(begins))) + b")[\x00-\xff]{4}", log)[1:]


def lost_bytes(frames: Sequence[bytes], tlog: Path) -> tuple[int, int]:
    """Return how many frames reached the socket, from the first one to the last in the record, and the bytes missing.

    Before the first and after the last the station had no socket. Between them what came has to be the same stream of
    bytes, whatever it was cut into; behind a gap that hides where the stream goes on, all counts as missing.
    """
    log = tlog.read_bytes() if tlog.is_file() else b""
    known = frozenset(frames)  # another station's of our own number, passed on by the vehicle, look like ours
    came = b"".join(entry for entry in entries(log) if entry in known or not _is_stations(entry))
    if not came:
        return 0, 0
    starts = (first for first in range(len(frames)) if came.startswith(b"".join(frames[first : first + _ROW])))
    first = next(starts, 0)
    end, at, missing, pending = first, 0, 0, 0
    for number, frame in enumerate(frames[first:], first + 1):
        if at < len(came) and came.startswith(frame, at):
            end, at, missing, pending = number, at + len(frame), missing + pending, 0
        else:
            pending += len(frame)
    return (end - first, missing) if at == len(came) else (len(frames) - first, missing + pending)


def _is_stations(entry: bytes) -> bool:
    """Whether an entry of a record is a sound frame from a ground station's number."""
    if frame_length(entry, 0) != len(entry):
        return False
    frame = judge_frame(entry, crc_extra)
    return frame.kind is FrameKind.SOUND and frame.header is not None and frame.header.system_id == GCS_SYSTEM_ID


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
