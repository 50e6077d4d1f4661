"""A simulated copter as a test sees it, whichever it is: addresses, the truth, faults, a restart.

`CopterProcess` (embedded) and `ArduCopter` (the real firmware) both are one when they are made with `watched=True`:
a third link of their own, on which nobody is a ground station, then tells the truth and takes the faults.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from sitl.faults import Fault
from sitl.side_channel import SideChannel, TrueState

__all__ = ["Fault", "SimulatedCopter", "TrueState", "Watched"]


class SimulatedCopter(Protocol):
    """One simulated vehicle; use as a context manager."""

    @property
    def link_url(self) -> str:
        """Where a ground station listens for it."""
        ...

    @property
    def second_url(self) -> str:
        """Where it can be heard over a second, independent link."""
        ...

    @property
    def firmware(self) -> str:
        """Name, version and commit, as it says itself."""
        ...

    def restart(self) -> None:
        """End it as a lost battery does and start it on its dock again; what it had stored stays."""
        ...

    def reboot(self) -> None:
        """Reboot it, disarmed: it is on its dock again, with a fresh battery."""
        ...

    def set_fault(self, fault: Fault) -> None:
        """Break or mend something."""
        ...

    def truth(self) -> Sequence[TrueState]:
        """Where it really was, ten times a second of its time."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Watched:
    """What both simulated copters have: a side channel, if they were made with one."""

    _side: SideChannel | None = None

    @property
    def side(self) -> SideChannel:
        """The side channel; only of a vehicle made with `watched=True`."""
        assert self._side is not None, "made without watched=True"
        return self._side

    @property
    def firmware(self) -> str:
        """Name, version and commit, as it says itself."""
        return self.side.firmware()

    def reboot(self) -> None:
        """Reboot it, disarmed: it is on its dock again, with a fresh battery.

        Raises:
            SitlError: it does not.

        """
        self.side.reboot()

    def set_fault(self, fault: Fault) -> None:
        """Break or mend something.

        Raises:
            SitlError: the vehicle has no such parameter, or does not answer.

        """
        for spellings in fault.settings:
            self.side.set_first(spellings)

    def truth(self) -> Sequence[TrueState]:
        """Where it really was, ten times a second of its time."""
        return self.side.states()
