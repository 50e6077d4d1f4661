"""Parameters: names by presence, reading some, and setting them with their own types."""

import asyncio
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Final

from flight.errors import ParameterRefused, TransferFailed
from flight.exchange import Exchange
from flight.gather import gather
from flight.parameter_list import Parameter, ParameterList, parameter_of
from flight.parameter_names import (
    ALL_ARMING_CHECKS,
    ARMING_CHECKS,
    ARMING_CHECKS_SKIPPED,
    EVERY_ARMING_CHECK,
    KNOWN_ARMING_CHECKS,
    MOUNT_SERVO_FUNCTIONS,
    MOUNT_TYPE,
    MOUNTS_ON_BODY,
    SIM_SPEEDUP,
    Setting,
)
from missions import Message

__all__ = ["Parameter", "Parameters", "download_parameters", "read_parameters", "set_parameter", "set_parameters"]

_TRIES: Final = 14  # a third lost both ways: one name in 10 000 is taken for absent
_OTHER_ANSWERS: Final = 6
"""Times that a set is sent and answered otherwise until it is refused: it may be lost, the answer of an earlier one."""
_INTEGERS: Final = frozenset(range(1, 9))  # MAV_PARAM_TYPE_UINT8 .. INT64
_BY_NAME: Final = -1


class Parameters:
    """What the vehicle said its parameters are; `hear` lets them follow what it says later."""

    def __init__(self, by_name: dict[str, Parameter]) -> None:
        self.by_name = by_name

    def hear(self, message: Message) -> None:
        """Follow a message of the vehicle: a value that somebody changed."""
        if message.name == "PARAM_VALUE":
            parameter = parameter_of(message)
            self.by_name[parameter.name] = parameter

    def resolve(self, setting: Setting) -> tuple[Parameter, float] | None:
        """Return the first spelling the vehicle knows and its units per SI unit; None where it knows none."""
        for name, per_si in setting.spellings:
            if (found := self.by_name.get(name)) is not None:
                return found, per_si
        return None

    def value_si(self, setting: Setting) -> float | None:
        """Return the value in SI units; None where the vehicle has no such parameter."""
        resolved = self.resolve(setting)
        return resolved[0].value / resolved[1] if resolved else None

    @property
    def is_simulated(self) -> bool:
        """Whether the vehicle is a simulation: it says so itself, whatever its address."""
        return self.resolve(SIM_SPEEDUP) is not None

    @property
    def skipped_arming_checks(self) -> int:
        """The checks before arming that the vehicle leaves out, as ARMING_SKIPCHK has them; -1: all of them."""
        if (skipped := self.value_si(ARMING_CHECKS_SKIPPED)) is not None:
            return int(skipped)
        made = int(self.value_si(ARMING_CHECKS) or 0) if self.resolve(ARMING_CHECKS) else ALL_ARMING_CHECKS
        if made & ALL_ARMING_CHECKS:
            return 0
        return KNOWN_ARMING_CHECKS & ~made if made else EVERY_ARMING_CHECK

    @property
    def gimbal_rides_body(self) -> bool:
        """Whether gimbal angles come against the body: a servo mount with its servos on outputs."""
        outputs = {p.value for p in self.by_name.values() if p.name.startswith("SERVO") and p.name.endswith("FUNCTION")}
        return self.value_si(MOUNT_TYPE) in MOUNTS_ON_BODY and bool(outputs & MOUNT_SERVO_FUNCTIONS)


async def download_parameters(link: Exchange, *, timeout_s: float | None = None) -> Parameters:
    """Return all parameters; what got lost is asked for again by its place in the list.

    Raises:
        TransferFailed: the vehicle fell silent, or not complete within `timeout_s` of wall time, if given.

    """
    listing = ParameterList(link)
    try:
        async with asyncio.timeout(timeout_s):
            found = await listing.read()
    except TimeoutError as exc:
        came = f"{len(listing.found)} of {listing.total or 'unknown'} parameters came"
        raise TransferFailed(f"{came} within {timeout_s:g} s") from exc
    return Parameters({parameter.name: parameter for parameter in found})


async def read_parameters(link: Exchange, names: Sequence[str], *, tries: int | None = None) -> Parameters:
    """Return the named parameters as the vehicle has them now; those it does not have are left out.

    `tries` is how often each is asked for; fewer where it matters little that a bad link hides one.
    """
    wanted = frozenset(names)

    def value(message: Message) -> tuple[str, Parameter] | None:
        parameter = parameter_of(message)
        return (parameter.name, parameter) if parameter.name in wanted else None

    with link.subscribe("PARAM_VALUE") as values:
        return Parameters(await gather(link, values, names, lambda name: [_read(name)], value, tries=tries or _TRIES))


async def set_parameter(link: Exchange, parameters: Parameters, name: str, value: float) -> None:
    """Set one parameter, with its own type, and make sure the vehicle took the value.

    Raises:
        ParameterRefused: it is absent or keeps another value.

    """
    await set_parameters(link, parameters, {name: value})


async def set_parameters(link: Exchange, parameters: Parameters, wanted: Mapping[str, float]) -> None:
    """Set parameters together, each with its own type, and make sure the vehicle took the values.

    `parameters` follows what the vehicle answers.

    Raises:
        ParameterRefused: one is absent or keeps another value; the others may have been set.

    """
    for name, value in wanted.items():
        _check(parameters, name, value)
    others, answered_otherwise = dict.fromkeys(wanted, 0), set[str]()

    def taken(message: Message) -> tuple[str, bool] | None:
        name = message.text("param_id")
        if name not in wanted:
            return None
        parameters.hear(message)
        if _same(message.number("param_value"), wanted[name]):
            return name, True
        if name not in answered_otherwise:  # not twice for one that was sent once
            answered_otherwise.add(name)
            others[name] += 1
        return (name, False) if others[name] >= _OTHER_ANSWERS else None

    def order(name: str) -> list[Message]:
        answered_otherwise.discard(name)
        # The read makes sure of an answer: a vehicle need not tell a value that was the same before.
        fields = {"param_id": name, "param_value": wanted[name], "param_type": parameters.by_name[name].mav_type}
        return [Message("PARAM_SET", fields), _read(name)]

    with link.subscribe("PARAM_VALUE") as values:
        found = await gather(link, values, wanted, order, taken, tries=_TRIES)
    for name, value in wanted.items():
        if not found.get(name, False):
            raise ParameterRefused(f"{name} stays {parameters.by_name[name].value:g} instead of {value:g}")


def _read(name: str) -> Message:
    return Message("PARAM_REQUEST_READ", {"param_id": name, "param_index": _BY_NAME})


def _check(parameters: Parameters, name: str, value: float) -> None:
    known = parameters.by_name.get(name)
    if known is None:
        raise ParameterRefused(f"the vehicle has no parameter {name}")
    if known.mav_type in _INTEGERS and (value != int(value) or _single(value) != value):
        raise ParameterRefused(f"{name} cannot be {value!r}: it is an integer and travels in 24 bits")


def _single(value: float) -> float:
    result: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return result


def _same(stored: float, wanted: float) -> bool:
    if math.isnan(wanted):
        return math.isnan(stored)
    return math.isclose(stored, _single(wanted), rel_tol=1e-6, abs_tol=1e-6)
