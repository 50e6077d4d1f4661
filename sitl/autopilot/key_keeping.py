"""The key that all wires sign with: taken from a ground station on the ground, kept over a reboot."""

from collections.abc import Sequence
from typing import Any, Final

from sitl.autopilot.memory import Memory
from sitl.autopilot.vehicle import WARNING, Vehicle
from sitl.autopilot.wire import Wire

_KEY_BYTES: Final = 32
_MINUTE: Final = 60 * 100_000
"""After a start stamps go on so far ahead: none of the time before is used twice."""


class KeyKeeping:
    """One vehicle's key on all its wires."""

    def __init__(self, wires: Sequence[Wire], vehicle: Vehicle, memory: Memory) -> None:
        self._wires, self._vehicle = wires, vehicle
        self._key = bytes.fromhex(memory.signing_key)
        self.version = 0
        """Changes whenever the key does."""
        self._sign(memory.signing_stamp)

    @property
    def key(self) -> str:
        """As it is remembered; empty without one."""
        return self._key.hex()

    @property
    def stamp(self) -> int:
        """The latest of all wires."""
        return max(wire.stamp for wire in self._wires)

    def take(self, message: Any) -> None:
        """SETUP_SIGNING: take a key, or forget it where key and stamp are zero, as ArduPilot does."""
        if self._vehicle.armed:
            self._vehicle.say(WARNING, "ERROR: Won't setup signing when armed")
            return
        key, stamp = bytes(message.secret_key[:_KEY_BYTES]), int(message.initial_timestamp)
        self._key = key if any(key) or stamp else b""
        self.version += 1
        self._sign(stamp)

    def _sign(self, stamp: int) -> None:
        for wire in self._wires:
            wire.sign(self._key, stamp + _MINUTE)
