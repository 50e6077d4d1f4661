"""Whether a vehicle is a simulation, and what only one can do: get a full battery by itself."""

from flight.clock import VehicleDeadline
from flight.commands import MAV_CMD_BATTERY_RESET, ask_command
from flight.context import Flight
from flight.exchange import Exchange
from flight.parameter_names import SIM_BATTERY_AH, SIM_BATTERY_V, SIM_SPEEDUP
from flight.parameters import read_parameters, set_parameter
from missions import FlightError

_FIRST_BATTERY = 1  # bit mask
_NUDGE_V = 0.01
_TRIES = 4
"""One that is taken for real because of a bad link is only asked about."""
_FULL_PCT = 98.0
_REFILL_FLIGHT_S = 20.0


async def says_simulated(link: Exchange) -> bool:
    """Ask a vehicle whose parameters nobody read whether it is a simulation; one that does not answer is real."""
    return (await read_parameters(link, [name for name, _ in SIM_SPEEDUP.spellings], tries=_TRIES)).is_simulated


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
