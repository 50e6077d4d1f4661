"""Writing what a patrol needs of its vehicle's parameters, and giving back what was there before."""

import math
from collections.abc import Iterable, Mapping

from flight.context import Flight
from flight.errors import LinkLost, ParameterRefused, TransferFailed
from flight.events import EventKind
from flight.failsafe_parameters import wanted_parameters
from flight.parameter_names import Setting
from flight.parameters import read_parameters, set_parameters


async def configure(flight: Flight) -> None:
    """Set what differs from the plan's failsafes, fence and return height; each change is told.

    What a value was before is kept first, where a later flight finds it even if this one ends at once. A parameter the
    vehicle does not have is left to the checks, which judge what is read back here.

    Raises:
        ParameterRefused: the vehicle keeps another value.
        InputError: the plan's airframe is not known.

    """
    wanted = wanted_parameters(flight.plan.failsafes, flight.plan, flight.parameters)
    changes = {name: value for name, value in wanted.items() if _differs(flight, name, value)}
    for name in changes:
        flight.replaced.setdefault(name, flight.parameters.by_name[name].value)
    if changes:
        flight.keep_replaced(flight.replaced)
    before = {name: flight.parameters.by_name[name].value for name in changes}
    await set_parameters(flight.link, flight.parameters, changes)
    for name, value in changes.items():
        flight.tell(EventKind.PARAMETER_SET, f"{name} {before[name]:g} -> {value:g}")


def recall_replaced(flight: Flight) -> None:
    """Take over what an earlier flight of this vehicle had replaced and, cut off, did not give back.

    From then on the ledger knows what this one replaces.

    Raises:
        InputError: the ledger cannot be read.

    """
    earlier = flight.keeper.earlier()
    if earlier is not None:
        flight.replaced = {**flight.replaced, **earlier.replaced}

    def keep(values: Mapping[str, float]) -> None:
        flight.keeper.keep_replaced(values, plan_hash=flight.plan.plan_hash, sortie_id=flight.sortie_id or "")

    flight.keep_replaced = keep


async def read_back(flight: Flight) -> None:
    """Ask the vehicle anew for everything that the plan wants set, so that the checks judge what it has now.

    Raises:
        TransferFailed: it does not say.

    """
    names = tuple(wanted_parameters(flight.plan.failsafes, flight.plan, flight.parameters))
    fresh = await read_parameters(flight.link, names)
    unsaid = [name for name in names if name not in fresh.by_name]
    if unsaid:
        more = f" and {len(unsaid) - 3} more" if len(unsaid) > 3 else ""
        raise TransferFailed(f"the vehicle does not say what {', '.join(unsaid[:3])}{more} is")
    flight.parameters.by_name.update(fresh.by_name)


async def restore(flight: Flight, *settings: Setting) -> None:
    """Give the named settings the values they had before this flight.

    Raises:
        ParameterRefused: the vehicle keeps ours.

    """
    resolved = (flight.parameters.resolve(setting) for setting in settings)
    await _give_back(flight, [found[0].name for found in resolved if found is not None])


async def restore_all(flight: Flight) -> None:
    """Give every parameter back that this flight, or one that was cut off before it, had changed; tells how it went.

    A vehicle in the air keeps its failsafes. What cannot be given back stays in the flight's `replaced`.
    """
    if not flight.replaced or flight.state.armed or flight.link.silent_s > flight.settings.lost_warning_wait_s:
        return
    count = len(flight.replaced)
    try:
        # The fence's switch first: its limits may not fit the place while they change one by one.
        await _give_back(flight, sorted(flight.replaced, key=lambda name: name != "FENCE_ENABLE"))
    except (ParameterRefused, LinkLost) as exc:
        kept = ", ".join(f"{name} {value:g}" for name, value in flight.replaced.items())
        flight.tell(EventKind.REFUSED, f"{exc}; not given back: {kept}")
    else:
        flight.tell(EventKind.PARAMETER_SET, f"{count} parameters have the values again that they had before")


async def _give_back(flight: Flight, names: Iterable[str]) -> None:
    for name in names:
        if name in flight.replaced:
            await set_parameters(flight.link, flight.parameters, {name: flight.replaced[name]})
            del flight.replaced[name]
    flight.keep_replaced(flight.replaced)


def _differs(flight: Flight, name: str, value: float) -> bool:
    return not math.isclose(flight.parameters.by_name[name].value, value, rel_tol=1e-6, abs_tol=1e-6)
