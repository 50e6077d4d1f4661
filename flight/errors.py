# ruff: noqa: N818 - these names say what happened, as httpx's and the rest of this house's do
"""What can go wrong between a plan and a flight.

FlightError
├── LinkSilent            nothing was ever heard at this address (exit 2: the address is wrong)
├── LinkLost              the vehicle was heard and then stayed silent
├── CommandRefused        the vehicle answered a command with anything but "accepted"
├── ModeRefused           the vehicle stayed in its mode
├── ParameterRefused      a parameter is absent, or keeps another value
├── MissionRejected       the vehicle refused a mission, fence or rally list
├── TransferFailed        a transfer did not end within its deadline
├── ReadBackDiffers       what the vehicle stored is not what was sent
├── PreflightFailed       a check before arming failed
├── VehicleBusy           the vehicle is flying something else
├── NotApproved           the operator did not approve the flight
└── SortieCutShort        the vehicle came back, or was called back, before the end of its sortie
"""

from collections.abc import Sequence

from missions import Breakpoint, FlightError, InputError

MISSION_RESULTS = {
    0: "accepted",
    1: "error",
    2: "unsupported frame",
    3: "unsupported command",
    4: "no space",
    5: "invalid",
    6: "invalid parameter 1",
    7: "invalid parameter 2",
    8: "invalid parameter 3",
    9: "invalid parameter 4",
    10: "invalid x",
    11: "invalid y",
    12: "invalid z",
    13: "invalid sequence",
    14: "denied",
    15: "cancelled",
}
COMMAND_RESULTS = {
    0: "accepted",
    1: "temporarily rejected",
    2: "denied",
    3: "unsupported",
    4: "failed",
    5: "in progress",
    6: "cancelled",
}


class NothingToResume(InputError):
    """The ledger knows of no place where a patrol goes on; `flown`: because it was flown to its end."""

    def __init__(self, what: str, *, flown: bool) -> None:
        super().__init__(what, field="--resume", remedy="without it, or --at SORTIE:ITEM[:FRACTION]")
        self.flown = flown


class LinkSilent(FlightError):
    """Nothing was ever heard at this address: most often the address is wrong."""

    exit_code = 2


class LinkLost(FlightError):
    """The vehicle was heard before and then stayed silent."""


class CommandRefused(FlightError):
    """The vehicle did not accept a command; `reasons` is what it said around that time."""

    def __init__(self, what: str, *, result: int, reasons: Sequence[str] = ()) -> None:
        said = f": {'; '.join(reasons)}" if reasons else ""
        super().__init__(f"the vehicle did not accept {what} ({COMMAND_RESULTS.get(result, result)}){said}")
        self.result, self.reasons = result, tuple(reasons)


class ModeRefused(FlightError):
    """The vehicle stayed in its mode."""

    def __init__(self, wanted: str, actual: str, reasons: Sequence[str] = ()) -> None:
        said = f": {'; '.join(reasons)}" if reasons else ""
        super().__init__(f"the vehicle stays in {actual} instead of {wanted}{said}")
        self.wanted, self.actual = wanted, actual


class ParameterRefused(FlightError):
    """A parameter is absent or keeps another value."""


class MissionRejected(FlightError):
    """The vehicle refused a list of items; `item` is the sequence number of the one it did not like, if it was one."""

    def __init__(self, kind: str, *, result: int, item: int | None = None, detail: str = "") -> None:
        said = f": {detail}" if detail else ""
        super().__init__(f"the vehicle refused the {kind} ({MISSION_RESULTS.get(result, result)}){said}")
        self.kind, self.result, self.item = kind, result, item


class TransferFailed(FlightError):
    """A transfer did not end within its deadline."""


class ReadBackDiffers(FlightError):
    """What the vehicle stored is not what was sent."""

    def __init__(self, kind: str, differences: Sequence[str]) -> None:
        more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
        super().__init__(f"the vehicle stored another {kind}: {'; '.join(differences[:3])}{more}")
        self.kind, self.differences = kind, tuple(differences)


class PreflightFailed(FlightError):
    """A check before arming failed."""

    def __init__(self, failed: Sequence[str]) -> None:
        super().__init__(f"not ready to fly: {'; '.join(failed)}")
        self.failed = tuple(failed)


class VehicleBusy(FlightError):
    """The vehicle is flying something else, or another process of this machine flies it."""


class NotApproved(FlightError):
    """The operator did not approve the flight."""


class SortieCutShort(FlightError):
    """The vehicle came back before the end of its sortie; `at` says where a later flight can go on."""

    def __init__(self, what: str, *, at: Breakpoint | None) -> None:
        super().__init__(what)
        self.at = at
