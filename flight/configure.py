"""The few parameters a patrol needs on its vehicle: the fence, the return height, what happens on link loss."""

from flight.clock import VehicleDeadline
from flight.commands import MAV_CMD_BATTERY_RESET, ask_command
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
    GCS_FAILSAFE_S,
    RETURN_HEIGHT_M,
    SIM_BATTERY_AH,
    SIM_BATTERY_V,
    Setting,
)
from flight.parameters import set_parameter
from flight.settings import OnLinkLoss
from missions import FlightError

_LOSS_WALL_S = 5.0
_USUAL_SIMULATED_PACE = 10.0
_LONGEST_LOSS_S = 120.0  # FS_GCS_TIMEOUT's range
_FIRST_BATTERY = 1  # bit mask
_NUDGE_V = 0.01
_FULL_PCT = 98.0
_REFILL_FLIGHT_S = 20.0


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
    kinds = int(parameters.value_si(FENCE_TYPE) or 0)
    # A circle fence of another site would end the patrol at once; the plan's polygon replaces it.
    kinds = (kinds & ~FENCE_TYPE_CIRCLE) | FENCE_TYPE_HEIGHT | FENCE_TYPE_POLYGONS
    wanted = [
        (RETURN_HEIGHT_M, plan.return_height_m),
        (FENCE_TYPE, float(kinds)),
        (FENCE_HEIGHT_M, plan.ceiling_m),
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
    if parameters.resolve(SIM_BATTERY_V) is not None:
        wanted.append((GCS_FAILSAFE_S, _simulated_loss_s(flight)))
    return wanted


def _simulated_loss_s(flight: Flight) -> float:
    """Return the link-loss time of a simulator, whose clock may run ahead of the wall's: about 5 s of ours."""
    pace = max(_USUAL_SIMULATED_PACE, flight.link.clock.pace)
    now_s = flight.parameters.value_si(GCS_FAILSAFE_S) or 0.0
    return max(now_s, min(_LONGEST_LOSS_S, float(round(_LOSS_WALL_S * pace))))


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


async def refill_simulated_battery(flight: Flight) -> None:
    """Give a simulator a full battery and wait until it reports it.

    ArduPilot SITL starts its battery model anew when SIM_BATT_VOLTAGE changes, and its count by a command; the
    embedded copter takes a fresh pack whenever SIM_BATT_CAP_AH is set.

    Raises:
        FlightError: the vehicle is no simulator, or its charge stays low.

    """
    voltage, capacity = (flight.parameters.resolve(setting) for setting in (SIM_BATTERY_V, SIM_BATTERY_AH))
    if voltage is None or capacity is None:
        raise FlightError("this vehicle's battery is not a simulated one")
    name, full_v = voltage[0].name, voltage[0].value
    for value in (full_v - _NUDGE_V, full_v):
        await set_parameter(flight.link, flight.parameters, name, value)
    await set_parameter(flight.link, flight.parameters, capacity[0].name, capacity[0].value)
    await ask_command(flight.link, MAV_CMD_BATTERY_RESET, (_FIRST_BATTERY, 100.0), what="a simulated battery swap")
    deadline = VehicleDeadline(flight.link.clock, _REFILL_FLIGHT_S)
    with flight.link.subscribe("SYS_STATUS") as news:
        while (flight.state.battery_pct or 0.0) < _FULL_PCT:
            if deadline.passed or await news.next_or_none(_REFILL_FLIGHT_S) is None:
                raise FlightError(f"the simulated battery stays at {flight.state.battery_pct or 0:.0f} %")
