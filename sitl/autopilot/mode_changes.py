"""From one mode to another, and pauses within one."""

from typing import TYPE_CHECKING

from sitl.autopilot.manoeuvres import GoTo, Hold, Idle, Land, ReturnHome
from sitl.autopilot.modes import NEEDS_POSITION, Mode
from sitl.autopilot.stored_items import NAVIGATION, TAKEOFF

if TYPE_CHECKING:
    from sitl.autopilot.vehicle import Vehicle

_CRITICAL, _WARNING = 2, 4  # MAV_SEVERITY


def change_mode(vehicle: "Vehicle", number: int) -> bool:
    """Enter a mode, or say why not."""
    try:
        mode = Mode(number)
    except ValueError:
        vehicle.say(_WARNING, f"No such mode {number}")
        return False
    if mode is vehicle.mode:
        return True
    reason = _denial(vehicle, mode)
    if reason:
        vehicle.say(_WARNING, f"Mode change to {mode.name} failed: {reason}")
        return False
    if vehicle.mode is Mode.AUTO:
        vehicle.mission_flight.leave()
    vehicle.speeds.forget()
    vehicle.mode = mode
    _enter(vehicle, mode)
    return True


def _denial(vehicle: "Vehicle", mode: Mode) -> str:
    """Return what stands against a mode; nothing while it is disarmed."""
    if not vehicle.armed:
        return ""
    if mode in NEEDS_POSITION - {Mode.LAND} and not vehicle.position_ok:
        return "requires position"
    if not vehicle.landed and mode is Mode.STABILIZE:
        return "no pilot"
    return "init failed" if mode is Mode.AUTO and not _auto_allowed(vehicle) else ""


def _auto_allowed(vehicle: "Vehicle") -> bool:
    if vehicle.missions.count() < 2:
        return False
    if vehicle.landed and not _take_off_is_next(vehicle):
        vehicle.say(_CRITICAL, "Auto: Missing Takeoff Cmd")
        return False
    return True


def _take_off_is_next(vehicle: "Vehicle") -> bool:
    """Whether the first navigation command is a take-off; DO commands may stand before it, as on ArduPilot."""
    commands = (vehicle.missions.get(seq).command for seq in range(1, vehicle.missions.count()))
    return next((command for command in commands if command in NAVIGATION), None) == TAKEOFF


def _enter(vehicle: "Vehicle", mode: Mode) -> None:
    airborne = vehicle.body.airborne
    match mode:
        case Mode.AUTO:
            vehicle.mission_flight.enter()
            vehicle.manoeuvre = vehicle.mission_flight
        case Mode.RTL:
            vehicle.manoeuvre = ReturnHome(vehicle) if airborne else Idle()
        case Mode.LAND:
            vehicle.manoeuvre = Land(vehicle) if airborne else Idle()
        case _:
            vehicle.manoeuvre = Hold(vehicle) if airborne else Idle()


def pause(vehicle: "Vehicle") -> bool:
    """Stand still where it is: on a leg of AUTO, or on the way to a place in GUIDED; False elsewhere."""
    if vehicle.mode is Mode.AUTO:
        return vehicle.mission_flight.pause()
    manoeuvre = vehicle.manoeuvre
    if vehicle.mode is not Mode.GUIDED or not isinstance(manoeuvre, GoTo | Hold):
        return False
    if isinstance(manoeuvre, GoTo):
        vehicle.manoeuvre = Hold(vehicle, then=manoeuvre.destination)
    return True


def go_on(vehicle: "Vehicle") -> bool:
    """End a pause; False in modes that know none."""
    if vehicle.mode is Mode.AUTO:
        vehicle.mission_flight.go_on()
        return True
    manoeuvre = vehicle.manoeuvre
    if isinstance(manoeuvre, Hold) and manoeuvre.then is not None:
        vehicle.manoeuvre = GoTo(vehicle, manoeuvre.then)
    return vehicle.mode is Mode.GUIDED
