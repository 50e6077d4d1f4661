"""Before arming: wait until the vehicle can be judged, and a table of named checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from flight.checks import battery, fence, machine, position, remote_id, wind
from flight.checks.facts import Facts, Finding
from flight.clock import VehicleDeadline
from flight.commands import MAV_CMD_RUN_PREARM_CHECKS, ask_command, heard_texts
from flight.configure import read_back
from flight.context import Flight
from flight.errors import LinkLost
from flight.events import Check, CheckState
from flight.failsafe_parameters import judge_parameters
from flight.preflight_inputs import Probe
from flight.settings import FlySettings

_LOOK_S = 0.5
_SETTLE_FLIGHT_S = 5.0
_SETTLE_LOOKS = 10

_BEFORE: Final[Mapping[str, Callable[[Facts], Finding]]] = MappingProxyType(
    {
        "heartbeat": position.heartbeat,
        "firmware": position.firmware,
        "position": position.position,
        "ekf": position.ekf,
        "compass": position.compass,
        "battery": battery.battery,
        "wind": wind.wind,
        "home": position.home,
        "fence": fence.fence,
        "fence active": fence.fence_active,
    }
)
_FAILSAFES: Final = (
    "link loss",
    "low battery",
    "critical battery",
    "gps loss",
    "fence breach",
    "fence enabled",
    "return height",
)
_AFTER: Final[Mapping[str, Callable[[Facts], Finding]]] = MappingProxyType(
    {
        "video loss": machine.video_loss,
        "ground station id": machine.ground_station,
        "other stations": machine.other_stations,
        "remote id": remote_id.remote_id,
        "storage": machine.storage,
        "prearm": machine.prearm,
        "disk": machine.disk,
    }
)
_PROBES: Final = ("video", "metadata", "weather")
"""Rows that are handed in."""
_NEVER_WAIVED: Final = frozenset({"heartbeat", "storage", "prearm"})
"""The vehicle itself would not fly without."""
WAIVABLE: Final = tuple(name for name in (*_BEFORE, *_FAILSAFES, *_AFTER, *_PROBES) if name not in _NEVER_WAIVED)
"""Names of the checks that an operator may waive."""


async def wait_ready(flight: Flight) -> list[str]:
    """Wait until the vehicle knows where it is and would arm, at most `ready_flight_s` of its time.

    Returns what still keeps it from arming; the checks judge that.

    Raises:
        LinkLost: it falls silent meanwhile.

    """
    deadline = VehicleDeadline(flight.link.clock, flight.settings.ready_flight_s)
    async with heard_texts(flight.link) as texts:
        with flight.link.subscribe("SYS_STATUS", "EKF_STATUS_REPORT", "GLOBAL_POSITION_INT") as news:
            while not (_position_known(flight) and position.ekf_problem(flight) is None and machine.prearm_ok(flight)):
                await news.next_or_none(_LOOK_S)
                if deadline.passed:
                    return await _reasons(flight)
                if flight.link.silent_s > flight.settings.lost_wait_s:
                    raise LinkLost(f"the vehicle fell silent {flight.link.silent_s:.0f} s ago, before it was ready")
        return _against_arming(texts)


def _position_known(flight: Flight) -> bool:
    return flight.state.telemetry is not None and flight.link.clock.has_utc


async def preflight(facts: Facts, *, probes: Sequence[Probe] = ()) -> tuple[Check, ...]:
    """Return the table, judged by what the vehicle says now; a check that an operator waives does not fail.

    Raises:
        TransferFailed: the vehicle does not say what its parameters are.

    """
    await read_back(facts.flight)
    await _settle(facts)
    if facts.reasons and not machine.prearm_ok(facts.flight):
        facts = replace(facts, reasons=await _reasons(facts.flight))  # the old ones may be mended by now
    return preflight_table(facts, probes=probes)


def preflight_table(facts: Facts, *, probes: Sequence[Probe] = ()) -> tuple[Check, ...]:
    """Return the table by what was heard so far."""
    flight = facts.flight
    rows = [
        *(_check(name, look(facts)) for name, look in _BEFORE.items()),
        *judge_parameters(flight.plan.failsafes, flight.plan, flight.parameters),
        *(_check(name, look(facts)) for name, look in _AFTER.items()),
        *(probe() for probe in probes),
    ]
    return tuple(_waived(row, flight.settings) for row in rows)


async def _settle(facts: Facts) -> None:
    """Give the vehicle some seconds to say what its new mission, fence and parameters came to."""
    deadline = VehicleDeadline(facts.flight.link.clock, _SETTLE_FLIGHT_S)
    with facts.flight.link.subscribe("SYS_STATUS", "OPEN_DRONE_ID_ARM_STATUS") as news:
        for _ in range(_SETTLE_LOOKS):
            late = (fence.fence_active, remote_id.remote_id, machine.prearm)
            if all(look(facts).ok for look in late) or deadline.passed:
                return
            await news.next_or_none(_LOOK_S)


async def _reasons(flight: Flight) -> list[str]:
    """Have the vehicle look again whether it would arm, and return what it says against it.

    Raises:
        LinkLost: no answer.

    """
    async with heard_texts(flight.link) as texts:
        with flight.link.subscribe("SYS_STATUS") as news:
            await ask_command(flight.link, MAV_CMD_RUN_PREARM_CHECKS, what="the pre-arm checks")
            await news.next_or_none(_LOOK_S)
        return _against_arming(texts)


def _against_arming(texts: Sequence[str]) -> list[str]:
    """Return what speaks against arming, each once."""
    return list(dict.fromkeys(text for text in texts if text.lower().startswith("prearm")))


def _check(name: str, finding: Finding) -> Check:
    return Check(name=name, state=CheckState.PASS if finding.ok else CheckState.FAIL, detail=finding.text)


def _waived(check: Check, settings: FlySettings) -> Check:
    waiver = settings.waiver_of(check.name) if check.name not in _NEVER_WAIVED else None
    if check.state is not CheckState.FAIL or waiver is None:
        return check
    return replace(check, state=CheckState.WAIVED, waived_by=waiver.operator, reason=waiver.reason)
