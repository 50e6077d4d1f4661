"""What we stored on a vehicle and how far it came: a small file for each, there after any crash of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from missions import Breakpoint, InputError
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

    def move(self, place: Breakpoint) -> None:
        """Remember how far it was flown; without anything on board there is nothing to move.

        Raises:
            InputError: it cannot be read or written.

        """
        value = self.read()
        if value is not None:
            self.write(replace(value, place=place))
