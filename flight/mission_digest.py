"""What tells one stored list from another: a digest of the items as the vehicle gives them back."""

import hashlib
import struct
from collections.abc import Sequence
from typing import Final

from flight.item_codec import WireItem
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION

_ITEM: Final = struct.Struct("<HHBB5fii")


def digest_of(items: Sequence[WireItem]) -> str:
    """Return the SHA-256, in hexadecimal, of a list that was read back from a vehicle.

    Item 0 of a mission is the vehicle's home, which moves, so only that it is there counts. A list that was only made,
    not read back, has another digest: a vehicle rounds what it stores.
    """
    whole = hashlib.sha256()
    for item in items:
        if item.mission_type == MAV_MISSION_TYPE_MISSION and item.seq == 0:
            whole.update(b"home")
            continue
        numbers = [_plain(value) for value in (*item.params, item.z)]
        whole.update(_ITEM.pack(item.seq, item.command, item.frame, item.mission_type, *numbers, item.x, item.y))
    return whole.hexdigest()


def _plain(value: float) -> float:
    """Return one NaN for all of them and one zero for both."""
    return float("nan") if value != value else value + 0.0  # noqa: PLR0124 - NaN is what differs from itself
