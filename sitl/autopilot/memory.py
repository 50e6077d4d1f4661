"""What the autopilot remembers over a reboot: parameters that were set, stored items, the key that it signs with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from missions.codec import from_json, to_json
from missions.formats.atomic import write_atomically
from sitl.autopilot.stored_items import StoredItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The contents; empty when it was never written."""

    parameters: Mapping[str, float] = field(default_factory=dict)
    """Values that a ground station set, by name; the others are the defaults of the next start."""
    mission: tuple[StoredItem, ...] = ()
    fence: tuple[StoredItem, ...] = ()
    rally: tuple[StoredItem, ...] = ()
    signing_key: str = ""
    """64 hexadecimal digits; empty without a key."""
    signing_stamp: int = 0
    boots: int = 0


def read_memory(path: Path) -> Memory:
    """Return what was written last; empty where nothing was.

    Raises:
        InputError: the file is no memory.

    """
    if not path.is_file():
        return Memory()
    return from_json(Memory, path.read_text(encoding="utf-8"), file=path)


def write_memory(path: Path, memory: Memory) -> None:
    """Replace the file as a whole."""
    write_atomically(path, to_json(memory) + "\n")
