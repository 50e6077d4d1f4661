"""The mission, the fence and the rally points in memory, with ArduPilot's limits."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from missions.formats.mav_commands import (
    COPTER_MAX_FENCE_POINTS,
    COPTER_MAX_MISSION_ITEMS,
    COPTER_MAX_RALLY_POINTS,
    MAV_MISSION_TYPE_FENCE,
    MAV_MISSION_TYPE_MISSION,
    MAV_MISSION_TYPE_RALLY,
)
from sitl.autopilot.stored_items import (
    ACCEPTED,
    DO_JUMP,
    ERROR,
    EXCLUSION,
    INCLUSION,
    RETURN_POINT,
    Refused,
    StoredItem,
    stored_fence_item,
    stored_mission_item,
    stored_rally_item,
)

Say = Callable[[int, str], None]
"""Severity and text of a STATUSTEXT."""
_WARNING, _INFO, _DEBUG = 4, 6, 7
_FENCE_BYTES: Final = 560
"""Copter's, with 16 kB of storage: one area of 69 corners, although 70 points may be announced."""


class MissionStore:
    """Mission items; number 0 is home and always the vehicle's own. An upload replaces items one by one."""

    mission_type = MAV_MISSION_TYPE_MISSION
    limit = COPTER_MAX_MISSION_ITEMS
    autocontinue = 1

    def __init__(self, home: Callable[[], StoredItem], say: Say, may_clear: Callable[[], bool]) -> None:
        self._home, self._say, self._may_clear = home, say, may_clear
        self._items: list[StoredItem] = []
        self._expected = 0
        self.version = 0
        """Counts completed changes."""

    @property
    def items(self) -> tuple[StoredItem, ...]:
        """What is stored, item 0 as it was sent."""
        return tuple(self._items)

    def load(self, items: Sequence[StoredItem]) -> None:
        """Put back what was stored before a boot."""
        self._items = list(items)
        self.version += 1

    def count(self) -> int:
        """Return how many items there are, home among them; 0 when there is no mission."""
        return len(self._items)

    def get(self, seq: int) -> StoredItem:
        """Return an item; home even when there is no mission."""
        if seq == 0:
            return self._home()
        return self._items[seq]

    def begin(self, count: int) -> None:
        """Cut the stored mission down to the coming length at once, as ArduPilot does."""
        del self._items[count:]
        self.version += 1
        self._expected = count

    def begin_part(self) -> None:
        """Items are replaced one by one."""

    def put(self, seq: int, message: Any) -> None:
        """Replace or append an item."""
        item = stored_mission_item(message)
        if item.command == DO_JUMP and not 0 < item.params[0] < max(self._expected, len(self._items)):
            raise Refused(ERROR)
        if seq < len(self._items):
            self._items[seq] = item
        elif seq == len(self._items):
            self._items.append(item)
        else:
            raise Refused(ERROR)
        self.version += 1

    def finish(self) -> int:
        """Say so."""
        self.version += 1
        self._say(_INFO, "Flight plan received")
        return ACCEPTED

    def clear(self) -> bool:
        """Forget the mission, unless it is being flown."""
        if not self._may_clear():
            return False
        self._items.clear()
        self.version += 1
        return True

    def expire(self) -> str:
        """Keep what arrived: the stored mission is now a mixture."""
        return "Mission upload timeout"


class FenceStore:
    """Fence polygons and circles; taken over only when the whole upload is sound."""

    mission_type = MAV_MISSION_TYPE_FENCE
    limit = COPTER_MAX_FENCE_POINTS
    autocontinue = 0

    def __init__(self, say: Say, changed: Callable[[], None]) -> None:
        self._say, self._changed = say, changed
        self.items: list[StoredItem] = []
        self.version = 0
        self._coming: list[StoredItem] = []

    def load(self, items: Sequence[StoredItem]) -> None:
        """Put back what was stored before a boot."""
        self.items = list(items)
        self._tell()

    def count(self) -> int:
        """Return how many points there are."""
        return len(self.items)

    def get(self, seq: int) -> StoredItem:
        """Return a point."""
        return self.items[seq]

    def begin(self, count: int) -> None:  # noqa: ARG002 - the fence in force stays until the new one is whole
        """Collect the new fence beside the one in force."""
        self._coming = []

    def begin_part(self) -> None:
        """Collect the new fence beside the one in force, which it begins as."""
        self._coming = list(self.items)

    def put(self, seq: int, message: Any) -> None:
        """Collect a point."""
        self._coming[seq : seq + 1] = [stored_fence_item(message)]

    def finish(self) -> int:
        """Check that every polygon has its corners, then take the fence over."""
        left, wanted = 0, (0, 0.0)
        for item in self._coming:
            polygon = item.command in (INCLUSION, EXCLUSION)
            if left:
                if (item.command, item.params[0]) != wanted:
                    self._say(_WARNING, f"Unexpected vertex count want={wanted[1]:.0f} got={item.params[0]:.0f}")
                    self._say(_WARNING, "Fence validation failed")
                    return ERROR
                left -= 1
            elif polygon:
                left, wanted = int(item.params[0]) - 1, (item.command, item.params[0])
        if left:
            self._say(_WARNING, "Fence validation failed")
            return ERROR
        if _bytes_of(self._coming) > _FENCE_BYTES:
            self._say(_WARNING, "Fence exceeds storage size")
            return ERROR
        self.items = self._coming
        self._coming = []
        self._say(_DEBUG, "Fence Indexed OK")
        self._tell()
        return ACCEPTED

    def _tell(self) -> None:
        self.version += 1
        self._changed()

    def clear(self) -> bool:
        """Forget the fence."""
        self.items = []
        self._tell()
        return True

    def expire(self) -> str:
        """Forget the unfinished fence."""
        self._coming = []
        return "Fence upload timeout"


def _bytes_of(items: Sequence[StoredItem]) -> int:
    """Return what a fence takes in ArduPilot's storage, its end mark among it."""
    size, left = 5, 0
    for item in items:
        if item.command in (INCLUSION, EXCLUSION):
            size += 8 if left else 10
            left = left - 1 if left else int(item.params[0]) - 1
        else:
            size += 9 if item.command == RETURN_POINT else 13
    return size


class RallyStore:
    """Places to return to instead of home."""

    mission_type = MAV_MISSION_TYPE_RALLY
    limit = COPTER_MAX_RALLY_POINTS
    autocontinue = 0

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.items: list[StoredItem] = []
        self.version = 0

    def load(self, items: Sequence[StoredItem]) -> None:
        """Put back what was stored before a boot."""
        self.items = list(items)
        self._tell()

    def _tell(self) -> None:
        self.version += 1
        self._changed()

    def count(self) -> int:
        """Return how many points there are."""
        return len(self.items)

    def get(self, seq: int) -> StoredItem:
        """Return a point."""
        return self.items[seq]

    def begin(self, count: int) -> None:
        """Cut the list down to the coming length at once."""
        del self.items[count:]
        self.version += 1

    def begin_part(self) -> None:
        """Items are replaced one by one."""

    def put(self, seq: int, message: Any) -> None:
        """Replace or append a point."""
        item = stored_rally_item(message)
        if seq < len(self.items):
            self.items[seq] = item
        else:
            self.items.append(item)
        self.version += 1

    def finish(self) -> int:
        """Count them."""
        self._tell()
        return ACCEPTED

    def clear(self) -> bool:
        """Forget them all."""
        self.items.clear()
        self._tell()
        return True

    def expire(self) -> str:
        """Keep what arrived."""
        return "Rally upload timeout"
