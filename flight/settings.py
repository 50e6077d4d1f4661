"""How a patrol is flown: named policies and limits, in one value. What happens on a fault is in the plan."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from flight.exchange import GCS_SYSTEM_ID
from flight.preflight_inputs import Waiver


class OnOverdue(StrEnum):
    """What we ask for when a leg or a sortie takes far too long."""

    RETURN_TO_LAUNCH = "return_to_launch"
    REPORT_ONLY = "report_only"


class BatterySwap(StrEnum):
    """What happens between two sorties."""

    BY_VEHICLE = "by_vehicle"
    """Simulated on a simulation, asked for on anything else."""
    ASK = "ask"
    """Wait until the operator confirms a charged battery."""
    SIMULATED = "simulated"
    """The simulator gets a full battery; said in the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlySettings:
    """Settings of one flown patrol. Times named flight are the vehicle's, times named wait are the wall's."""

    patrol_id: str = ""
    stream_id: str = "main"
    heartbeat_wait_s: float = 10.0
    lost_warning_wait_s: float = 5.0
    lost_wait_s: float = 60.0
    """Silence after which the flight is given up here; the vehicle's failsafe acts long before. A simulation may stand
    still for 20 s while a reader of its video starts again."""
    ready_flight_s: float = 240.0
    """A Copter is ready to arm 40 s after boot; a cold GPS takes minutes."""
    telemetry_hz: float = 10.0
    home_tolerance_m: float = 30.0
    on_overdue: OnOverdue = OnOverdue.RETURN_TO_LAUNCH
    battery_swap: BatterySwap = BatterySwap.BY_VEHICLE
    waivers: tuple[Waiver, ...] = ()
    """Preflight checks that may fail, each by the word of an operator."""
    overdue_factor: float = 2.5
    overdue_extra_flight_s: float = 120.0
    """A leg or sortie is overdue after its estimate x factor + this; wind and a slow climb are in it."""
    own_system_id: int = GCS_SYSTEM_ID
    locks: Path | None = None
    """Folder of the locks that keep every other process from flying the same vehicle; None takes none."""
    signing_key: Path | None = None
    """A file of one line, 64 hexadecimal digits (32 bytes); None leaves messages unsigned."""

    def waiver_of(self, check: str) -> Waiver | None:
        """Return the word that a check may fail; None where nobody gave it."""
        return next((waiver for waiver in self.waivers if waiver.check == check), None)
