"""Who is where on a socket of datagrams: the address of each vehicle, by its system id."""

from collections.abc import Sequence
from typing import Final

from flight.transport import Address

_FAITHFUL_S: Final = 2.0
"""A vehicle that is still heard from its address is not followed to another: two relays, or somebody who pretends."""
_MOST: Final = 256


class Peers:
    """Addresses by system id; where none is known, everybody is spoken to."""

    def __init__(self, fixed: Address | None = None) -> None:
        self._fixed = fixed
        self._by_system: dict[int, tuple[Address, float]] = {}

    def learn(self, system_id: int, address: Address, now_s: float) -> None:
        """A sound frame of a system came from an address."""
        known = self._by_system.get(system_id)
        if known is None or known[0] == address or now_s - known[1] > _FAITHFUL_S:
            if known is None and len(self._by_system) >= _MOST:
                return
            self._by_system[system_id] = (address, now_s)

    def of(self, system_id: int) -> Sequence[Address]:
        """Return where to send what is for a system; 0 is everybody."""
        if self._fixed is not None:
            return (self._fixed,)
        known = self._by_system.get(system_id)
        if known is not None:
            return (known[0],)
        return tuple(dict.fromkeys(address for address, _ in self._by_system.values()))
