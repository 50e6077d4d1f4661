"""What we stored on a vehicle and how far it came: a small file for each, there after any crash of ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from flight.item_codec import WireItem
from flight.mission_digest import digest_of
from missions import Breakpoint, InputError, Message, Plan
from missions.codec import from_json, to_json
from missions.formats.atomic import write_atomically

_VEHICLE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBoard:
    """The mission that a vehicle holds by our hand."""

    plan_hash: str
    sortie_id: str
    start: Breakpoint | None
    """Where its first item lies in the sortie; None: it is the whole sortie."""
    digest: str
    """SHA-256 of its items as they were read back."""
    replaced: Mapping[str, float]
    """Values of parameters before we changed them, by their names on the vehicle."""
    place: Breakpoint | None
    """How far it was flown."""
    phase: Literal["stored", "flying", "ended"]
    held: bool = False
    """By an order; a paused AUTO does not show it."""


class Ledger:
    """The file of one vehicle; each write is whole and on the disk when it returns.

    Args:
        folder: where the files of all vehicles lie; made by the first write.
        vehicle: what tells this vehicle from others: its uid, else its system id. Letters, digits, `_` and `-`.

    """

    def __init__(self, folder: Path, vehicle: str) -> None:
        if not _VEHICLE.fullmatch(vehicle):
            raise ValueError(f"{vehicle!r}: a vehicle's name in the ledger has letters, digits, _ and - only")
        self.file = folder / f"{vehicle}.json"

    def read(self) -> OnBoard | None:
        """Return what was written last; None where nothing ever was.

        Raises:
            InputError: the file cannot be read, or is none of ours.

        """
        try:
            text = self.file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise InputError(f"cannot be read: {exc.strerror}", file=self.file, remedy="a file of ours") from exc
        return from_json(OnBoard, text, file=self.file)

    def write(self, value: OnBoard) -> None:
        """Remember what is on board from now on.

        Raises:
            InputError: it cannot be written.

        """
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise InputError(f"cannot be made: {exc.strerror}", file=self.file.parent, remedy="a folder") from exc
        write_atomically(self.file, to_json(value, indent=1))


def vehicle_name(version: Message | None, system_id: int) -> str:
    """Return what tells a vehicle from others: the serial number of its AUTOPILOT_VERSION, else its system id.

    A second vehicle may have the same system id; two have the same serial number only where they say none.
    """
    long_id = version.fields.get("uid2") if version is not None else None
    serial = bytes(long_id) if isinstance(long_id, list) else b""
    if not any(serial):
        short_id = version.fields.get("uid") if version is not None else None
        serial = short_id.to_bytes(8) if isinstance(short_id, int) else b""
    return f"uid-{serial.hex().rstrip('0')}" if any(serial) else f"sysid-{system_id}"


def what_is_on_board(stored: Sequence[WireItem], plan: Plan, known: OnBoard | None) -> OnBoard | None:
    """Return what of this plan the vehicle holds by our hand, armed or not; None: something else, or a part only.

    The vehicle's items decide, not the ledger: `stored` was read from it and is compared with the digest of what we
    had stored.
    """
    ours = known is not None and known.plan_hash == plan.plan_hash and known.digest == digest_of(stored)
    return known if ours else None
