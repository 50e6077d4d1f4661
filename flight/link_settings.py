"""How we present ourselves on all channels to vehicles, in one value."""

from dataclasses import dataclass
from pathlib import Path

from flight.exchange import GCS_SYSTEM_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Settings of the links of one process."""

    own_system_id: int = GCS_SYSTEM_ID
    """The MAVLink system id that we send as; a vehicle misses the ground station by it."""
    signing_key: Path | None = None
    """A file of one line, 64 hexadecimal digits (32 bytes); None leaves messages unsigned."""
    tlog: Path | None = None
    """Where every frame of both directions is written; None writes nothing."""
    is_station: bool = True
    """Whether our heartbeats are a ground station's, as whose silence a vehicle counts their end."""

    def __post_init__(self) -> None:
        if not 1 <= self.own_system_id <= 255:
            raise ValueError(f"own_system_id {self.own_system_id}: a MAVLink system id is 1 to 255")
