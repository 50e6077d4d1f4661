"""The few parameters a patrol needs on its vehicle: the fence, the return height, what happens on link loss."""

from flight.context import Flight
from flight.events import EventKind
from flight.parameter_names import (
    FAILSAFE_CONTINUE_AUTO_ON_GCS,
    FAILSAFE_OPTIONS,
    FENCE_ACTION,
    FENCE_ACTION_RETURN,
    FENCE_ENABLE,
    FENCE_HEIGHT_M,
    FENCE_TYPE,
    FENCE_TYPE_CIRCLE,
    FENCE_TYPE_HEIGHT,
    FENCE_TYPE_POLYGONS,
    GCS_FAILSAFE,
    GCS_FAILSAFE_OFF,
    GCS_FAILSAFE_RETURN,
    RETURN_HEIGHT_M,
    SIM_BATTERY_V,
    Setting,
)
from flight.parameters import set_parameter
from flight.settings import OnLinkLoss


async def configure(flight: Flight) -> None:
    """Set what differs, each change told; a setting the vehicle does not have is left to the checks.

    Raises:
        ParameterRefused: the vehicle keeps another value.

    """
    for setting, value_si in _wanted(flight):
        await _set(flight, setting, value_si)


async def restore(flight: Flight, *settings: Setting) -> None:
    """Give the named settings the values they had before this flight."""
    for setting in settings:
        resolved = flight.parameters.resolve(setting)
        if resolved is not None and resolved[0].name in flight.replaced:
            name = resolved[0].name
            await set_parameter(flight.link, flight.parameters, name, flight.replaced.pop(name))


def _wanted(flight: Flight) -> list[tuple[Setting, float]]:
    plan, parameters = flight.plan, flight.parameters
    highest_m = max(sortie.takeoff_height_m for sortie in plan.sorties)
    kinds = int(parameters.value_si(FENCE_TYPE) or 0)
    # A circle fence of another site would end the patrol at once; the plan's polygon replaces it.
    kinds = (kinds & ~FENCE_TYPE_CIRCLE) | FENCE_TYPE_HEIGHT | FENCE_TYPE_POLYGONS
    wanted = [
        (RETURN_HEIGHT_M, highest_m),
        (FENCE_TYPE, float(kinds)),
        (FENCE_HEIGHT_M, plan.altitude_cap_m),
        (FENCE_ACTION, float(FENCE_ACTION_RETURN)),
        (FENCE_ENABLE, 1.0),
    ]
    options = int(parameters.value_si(FAILSAFE_OPTIONS) or 0)
    match flight.settings.on_link_loss:
        case OnLinkLoss.RETURN_TO_LAUNCH:
            action = parameters.value_si(GCS_FAILSAFE)
            wanted.append((FAILSAFE_OPTIONS, float(options & ~FAILSAFE_CONTINUE_AUTO_ON_GCS)))
            if action == GCS_FAILSAFE_OFF:  # another choice of the operator's (land, SmartRTL) is kept
                wanted.append((GCS_FAILSAFE, float(GCS_FAILSAFE_RETURN)))
        case OnLinkLoss.CONTINUE_MISSION:
            wanted.append((FAILSAFE_OPTIONS, float(options | FAILSAFE_CONTINUE_AUTO_ON_GCS)))
        case OnLinkLoss.VEHICLE_SETTING:
            pass
    return wanted


async def _set(flight: Flight, setting: Setting, value_si: float) -> None:
    resolved = flight.parameters.resolve(setting)
    if resolved is None:
        return
    known, per_si = resolved
    value = value_si * per_si
    if abs(known.value - value) < 1e-6:
        return
    await set_parameter(flight.link, flight.parameters, known.name, value)
    flight.replaced.setdefault(known.name, known.value)
    flight.tell(EventKind.PARAMETER_SET, f"{known.name} {known.value:g} -> {value:g} ({setting.what})")


async def refill_simulated_battery(flight: Flight) -> bool:
    """Give a simulator a full battery; False where the vehicle is no simulator.

    SITL starts its battery model anew when SIM_BATT_VOLTAGE changes.
    """
    resolved = flight.parameters.resolve(SIM_BATTERY_V)
    if resolved is None:
        return False
    known = resolved[0]
    for value in (known.value - 0.01, known.value):
        await set_parameter(flight.link, flight.parameters, known.name, value)
    return True
