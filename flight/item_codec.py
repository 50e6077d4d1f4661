"""Mission items as they travel, and whether what came back is what was sent.

An autopilot stores less than the protocol carries, so equal items differ on the wire. The differences below are
ArduPilot's (Copter 4.4 to 4.7): frames of the _INT kind come back as their plain twins; a command without a place has
no frame; heights are whole centimetres, of rally points whole metres; fences have neither height nor frame; a zero
LOITER_TIME param 3 and LAND param 4 come back as 1; floats are binary32; autocontinue is always 1; item 0 is its home.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from missions import AltitudeReference, Message, MissionItem
from missions.formats.mav_commands import (
    MAV_CMD_NAV_LAND,
    MAV_CMD_NAV_LOITER_TIME,
    MAV_FRAME_GLOBAL,
    MAV_FRAME_GLOBAL_INT,
    MAV_FRAME_GLOBAL_RELATIVE_ALT,
    MAV_FRAME_GLOBAL_RELATIVE_ALT_INT,
    MAV_FRAME_GLOBAL_TERRAIN_ALT,
    MAV_FRAME_MISSION,
    MAV_MISSION_TYPE_FENCE,
    MAV_MISSION_TYPE_MISSION,
    MAV_MISSION_TYPE_RALLY,
)

_FRAMES = {
    AltitudeReference.AMSL: MAV_FRAME_GLOBAL,
    AltitudeReference.HOME: MAV_FRAME_GLOBAL_RELATIVE_ALT,
    AltitudeReference.TERRAIN: MAV_FRAME_GLOBAL_TERRAIN_ALT,
}
_PLAIN_FRAME = {
    MAV_FRAME_GLOBAL_INT: MAV_FRAME_GLOBAL,
    MAV_FRAME_GLOBAL_RELATIVE_ALT_INT: MAV_FRAME_GLOBAL_RELATIVE_ALT,
    11: MAV_FRAME_GLOBAL_TERRAIN_ALT,  # MAV_FRAME_GLOBAL_TERRAIN_ALT_INT
}
_ONE_FOR_ZERO = {(MAV_CMD_NAV_LOITER_TIME, 2), (MAV_CMD_NAV_LAND, 3)}
_HEIGHT_STEP_M = {MAV_MISSION_TYPE_MISSION: 0.0101, MAV_MISSION_TYPE_RALLY: 1.0}
KIND_NAMES = {MAV_MISSION_TYPE_MISSION: "mission", MAV_MISSION_TYPE_FENCE: "fence", MAV_MISSION_TYPE_RALLY: "rally"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WireItem:
    """The fields of MISSION_ITEM_INT that mean something."""

    seq: int
    command: int
    frame: int
    params: tuple[float, float, float, float]
    x: int
    """Latitude x 1e7."""
    y: int
    """Longitude x 1e7."""
    z: float
    mission_type: int
    has_place: bool = True


def wire_item(item: MissionItem, mission_type: int) -> WireItem:
    """Return how an item travels."""
    has_place = item.position is not None
    return WireItem(
        seq=item.seq,
        command=item.command,
        frame=_FRAMES[item.altitude.above] if item.altitude is not None else MAV_FRAME_MISSION,
        params=item.params,
        x=round(item.position.lat_deg * 1e7) if item.position is not None else 0,
        y=round(item.position.lon_deg * 1e7) if item.position is not None else 0,
        z=item.altitude.metres if item.altitude is not None else 0.0,
        mission_type=mission_type,
        has_place=has_place,
    )


def wire_items(items: Sequence[MissionItem], mission_type: int) -> tuple[WireItem, ...]:
    """Return how a list of items travels."""
    return tuple(wire_item(item, mission_type) for item in items)


def item_message(item: WireItem) -> Message:
    """Return the MISSION_ITEM_INT of an item."""
    return Message(
        "MISSION_ITEM_INT",
        {
            "seq": item.seq,
            "frame": item.frame,
            "command": item.command,
            "autocontinue": 1,
            **{f"param{number}": value for number, value in enumerate(item.params, start=1)},
            "x": item.x,
            "y": item.y,
            "z": item.z,
            "mission_type": item.mission_type,
        },
    )


def item_of(message: Message) -> WireItem:
    """Return the item of a MISSION_ITEM_INT."""
    first, second, third, fourth = (message.number(f"param{number}") for number in (1, 2, 3, 4))
    return WireItem(
        seq=message.integer("seq"),
        command=message.integer("command"),
        frame=message.integer("frame"),
        params=(first, second, third, fourth),
        x=message.integer("x"),
        y=message.integer("y"),
        z=message.number("z"),
        mission_type=message.integer("mission_type"),
    )


def _single(value: float) -> float:
    """Round to binary32."""
    result: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return result


def _same_param(command: int, index: int, sent: float, stored: float) -> bool:
    if math.isnan(sent):
        return math.isnan(stored) or stored == 0
    if sent == 0 and stored == 1 and (command, index) in _ONE_FOR_ZERO:
        return True
    return math.isclose(_single(sent), stored, rel_tol=1e-6, abs_tol=1e-6)


def differences(sent: WireItem, stored: WireItem) -> list[str]:
    """Return what a read-back changed beyond the known normalisations, in words; nothing if it is the same item."""
    if sent.mission_type == MAV_MISSION_TYPE_MISSION and sent.seq == 0:
        return []
    pairs: list[tuple[str, object, object]] = [
        ("seq", sent.seq, stored.seq),
        ("command", sent.command, stored.command),
        ("latitude x 1e7", sent.x, stored.x),
        ("longitude x 1e7", sent.y, stored.y),
    ]
    rows = [pair for pair in pairs if pair[1] != pair[2]]
    for index, (mine, theirs) in enumerate(zip(sent.params, stored.params, strict=True)):
        if not _same_param(sent.command, index, mine, theirs):
            rows.append((f"param{index + 1}", mine, theirs))
    if sent.has_place and sent.mission_type != MAV_MISSION_TYPE_FENCE:
        rows += _height_differences(sent, stored)
    return [f"item {sent.seq} {name}: sent {mine}, stored {theirs}" for name, mine, theirs in rows]


def _height_differences(sent: WireItem, stored: WireItem) -> list[tuple[str, object, object]]:
    frames = [_PLAIN_FRAME.get(item.frame, item.frame) for item in (sent, stored)]
    rows: list[tuple[str, object, object]] = [("frame", sent.frame, stored.frame)] if frames[0] != frames[1] else []
    if abs(sent.z - stored.z) > _HEIGHT_STEP_M[sent.mission_type]:
        rows.append(("height m", sent.z, stored.z))
    return rows


def list_differences(sent: tuple[WireItem, ...], stored: tuple[WireItem, ...]) -> list[str]:
    """Return what a whole read-back changed, in words."""
    if len(sent) != len(stored):
        return [f"{len(sent)} items sent, {len(stored)} stored"]
    return [row for mine, theirs in zip(sent, stored, strict=True) for row in differences(mine, theirs)]
