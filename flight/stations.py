"""Other ground stations on our channels: two that command one vehicle undo each other's work."""

import time
from typing import Final

_HEARD_S: Final = 30.0


class ForeignStations:
    """When each was heard last, by system id; under our own id too, where another program uses it."""

    def __init__(self, own_system_id: int) -> None:
        self._own = own_system_id
        self._heard_s: dict[int, float] = {}

    @property
    def system_ids(self) -> tuple[int, ...]:
        """Those of the last half minute, ascending."""
        after_s = time.monotonic() - _HEARD_S
        return tuple(sorted(system_id for system_id, heard_s in self._heard_s.items() if heard_s >= after_s))

    def hear(self, system_id: int, place: str) -> str | None:
        """Take a station's heartbeat; return what to tell when it is a new one."""
        is_new = system_id not in self.system_ids
        self._heard_s[system_id] = time.monotonic()
        same = ", under our own system id" if system_id == self._own else ""
        return f"another ground station (system id {system_id}{same}) is heard at {place}" if is_new else None
