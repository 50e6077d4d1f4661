"""Parameters: the whole list, names by presence, and setting one with its own type."""

import asyncio
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from flight.errors import ParameterRefused, TransferFailed
from flight.exchange import Exchange, Subscription
from flight.parameter_names import MOUNT_SERVO_FUNCTIONS, MOUNT_TYPE, MOUNTS_ON_BODY, Setting
from missions import Message

_QUIET_S = 1.0
_GAP_BATCH = 50
_LIST_TRIES = 3
_SET_TRIES = 4
_READ_TRIES = 10
READ_TIMEOUT_S = 20.0
_SET_RETRY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter as the vehicle has it."""

    name: str
    value: float
    mav_type: int
    """MAV_PARAM_TYPE: integers must be sent back with their own."""


class Parameters:
    """What the vehicle said its parameters are; follows later PARAM_VALUEs through `set_setting`."""

    def __init__(self, by_name: dict[str, Parameter]) -> None:
        self.by_name = by_name

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
    def gimbal_rides_body(self) -> bool:
        """Whether gimbal angles come against the body: a servo mount with its servos on outputs."""
        outputs = {p.value for p in self.by_name.values() if p.name.startswith("SERVO") and p.name.endswith("FUNCTION")}
        return self.value_si(MOUNT_TYPE) in MOUNTS_ON_BODY and bool(outputs & MOUNT_SERVO_FUNCTIONS)


def _parameter_of(message: Message) -> Parameter:
    return Parameter(
        name=message.text("param_id"), value=message.number("param_value"), mav_type=message.integer("param_type")
    )


async def download_parameters(link: Exchange, *, timeout_s: float = 60.0) -> Parameters:
    """Return all parameters; what got lost is asked for again by index.

    Raises:
        TransferFailed: not complete within `timeout_s` of wall time.

    """
    found: dict[int, Parameter] = {}
    total = 0
    try:
        async with asyncio.timeout(timeout_s):
            with link.subscribe("PARAM_VALUE") as values:
                for attempt in range(_LIST_TRIES):
                    await link.send(Message("PARAM_REQUEST_LIST"))
                    total = await _collect(values, found, total, first_wait_s=_QUIET_S * (attempt + 1))
                    if total:
                        break
                while len(found) < total:
                    missing = [index for index in range(total) if index not in found][:_GAP_BATCH]
                    for index in missing:
                        await link.send(Message("PARAM_REQUEST_READ", {"param_index": index, "param_id": ""}))
                    total = await _collect(values, found, total, first_wait_s=_QUIET_S)
    except TimeoutError as exc:
        raise TransferFailed(f"{len(found)} of {total or 'unknown'} parameters came within {timeout_s:g} s") from exc
    if not total:
        raise TransferFailed("the vehicle does not list its parameters")
    return Parameters({parameter.name: parameter for parameter in found.values()})


async def _collect(values: Subscription, found: dict[int, Parameter], total: int, *, first_wait_s: float) -> int:
    """Take parameters until all are there or the vehicle falls silent; return how many there are in all."""
    wait_s = first_wait_s
    while not total or len(found) < total:
        message = await values.next_or_none(wait_s)
        if message is None:
            return total
        wait_s = _QUIET_S
        index, total = message.integer("param_index"), message.integer("param_count")
        if index < total:  # 65535 marks an answer to a set, not an entry of the list
            found[index] = _parameter_of(message)
    return total


async def read_parameters(link: Exchange, names: Sequence[str], *, timeout_s: float | None = None) -> Parameters:
    """Return some parameters as the vehicle has them now; what it does not have is not in it.

    Raises:
        TransferFailed: it answered nothing within `timeout_s` of wall time (default 20 s).

    """
    found: dict[str, Parameter] = {}
    waited_for = set(names)
    with link.subscribe("PARAM_VALUE") as values:
        for _ in range(_READ_TRIES):
            for name in sorted(waited_for - set(found)):
                await link.send(Message("PARAM_REQUEST_READ", {"param_index": -1, "param_id": name}))
            while not waited_for <= set(found):
                message = await values.next_or_none((timeout_s or READ_TIMEOUT_S) / _READ_TRIES)
                if message is None:
                    break
                if message.text("param_id") in waited_for:
                    found[message.text("param_id")] = _parameter_of(message)
    if waited_for and not found:
        raise TransferFailed(f"the vehicle did not say what {', '.join(sorted(waited_for)[:3])} ... are")
    return Parameters(found)


def _single(value: float) -> float:
    result: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return result


async def set_parameter(link: Exchange, parameters: Parameters, name: str, value: float) -> None:
    """Set one parameter, with its own type, and make sure the vehicle took the value.

    Raises:
        ParameterRefused: it is absent or keeps another value.

    """
    known = parameters.by_name.get(name)
    if known is None:
        raise ParameterRefused(f"the vehicle has no parameter {name}")
    wanted = Message("PARAM_SET", {"param_id": name, "param_value": value, "param_type": known.mav_type})
    stored: float | None = None
    with link.subscribe("PARAM_VALUE") as values:
        for _ in range(_SET_TRIES):
            await link.send(wanted)
            while (message := await values.next_or_none(_SET_RETRY_S)) is not None:
                if message.text("param_id") != name:
                    continue
                parameters.by_name[name] = _parameter_of(message)
                stored = message.number("param_value")
                if math.isclose(stored, _single(value), rel_tol=1e-6, abs_tol=1e-6):
                    return
                break
    raise ParameterRefused(f"{name} stays {stored if stored is not None else known.value:g} instead of {value:g}")
