"""Whether the vehicle speaks, and knows where and which way round it is."""

from typing import Final

from flight.checks.facts import Facts, Finding, bad, good
from flight.context import Flight
from flight.parameter_names import EKF_THRESHOLD

EKF_NEEDED: Final = 0x01 | 0x02 | 0x10 | 0x20
"""Of EKF_STATUS_FLAGS, to fly a mission: attitude, horizontal velocity, absolute position, absolute height."""
_EKF_CONSTANT_POSITION: Final = 0x80
_FIX_3D: Final = 3
_COMPASS_BIT: Final = 0x04  # MAV_SYS_STATUS_SENSOR_3D_MAG
_USUAL_EKF_THRESHOLD: Final = 0.8  # FS_EKF_THRESH's default
_ARDUPILOT: Final = 3  # MAV_AUTOPILOT_ARDUPILOTMEGA
_MULTIROTORS: Final = frozenset({2, 3, 4, 13, 14, 15, 29, 35})  # MAV_TYPE_QUADROTOR, ..._COAXIAL, ..._HELICOPTER, ...


def heartbeat(facts: Facts) -> Finding:
    """Whether it was heard just now."""
    link = facts.flight.link
    text = f"system id {link.target_system}, heard {link.silent_s:.1f} s ago"
    return bad(text) if link.silent_s > facts.flight.settings.lost_warning_wait_s else good(text)


def firmware(facts: Facts) -> Finding:
    """Whether it is ArduPilot on a multirotor, whose modes we speak; its version decides nothing."""
    beat, text = facts.flight.link.latest.get("HEARTBEAT"), facts.flight.firmware
    if beat is None:
        return bad("no heartbeat tells what it is")
    if beat.integer("autopilot") != _ARDUPILOT:
        return bad(f"MAV_AUTOPILOT {beat.integer('autopilot')} is not ArduPilot")
    if beat.integer("type") not in _MULTIROTORS:
        return bad(f"MAV_TYPE {beat.integer('type')} is no multirotor")
    return good(text)


def position(facts: Facts) -> Finding:
    """Whether the GPS has a place in space, and the vehicle tells it."""
    report = facts.flight.link.latest.get("GPS_RAW_INT")
    if report is None:
        return bad("the vehicle reports no GPS")
    kind, satellites = report.integer("fix_type"), report.integer("satellites_visible")
    if kind < _FIX_3D:
        return bad(f"fix type {kind}, needs {_FIX_3D} (3D)")
    return good(f"{satellites} satellites") if facts.flight.state.telemetry else bad("no position yet")


def ekf_problem(flight: Flight) -> str | None:
    """Return what the vehicle's estimator lacks for flying a mission; None where that is nothing."""
    report = flight.link.latest.get("EKF_STATUS_REPORT")
    if report is None:
        return "not reported"
    flags = report.integer("flags")
    if flags & _EKF_CONSTANT_POSITION:
        return "no position aiding yet"
    missing = EKF_NEEDED & ~flags
    return f"flags {flags:#x} lack {missing:#x}" if missing else None


def ekf(facts: Facts) -> Finding:
    """Whether the estimator knows place, speed and height, and a failsafe would notice when it does not."""
    problem = ekf_problem(facts.flight)
    if problem is not None:
        return bad(problem)
    if facts.flight.parameters.value_si(EKF_THRESHOLD) == 0:
        return bad("FS_EKF_THRESH is 0: a lost estimate would go unnoticed")
    return good("position, velocity and height are good")


def compass(facts: Facts) -> Finding:
    """Whether a compass is there, is well, and agrees with the estimator."""
    said = [reason for reason in facts.reasons if "ompass" in reason]
    if said:
        return bad("; ".join(said))
    status = facts.flight.link.latest.get("SYS_STATUS")
    if status is None:
        return bad("the vehicle reports no sensors")
    present, enabled, health = (
        status.integer(f"onboard_control_sensors_{kind}") & _COMPASS_BIT for kind in ("present", "enabled", "health")
    )
    if not present or not enabled:
        return bad("the vehicle has none in use")
    if not health:
        return bad("not healthy")
    return _compass_agrees(facts.flight)


def _compass_agrees(flight: Flight) -> Finding:
    report = flight.link.latest.get("EKF_STATUS_REPORT")
    if report is None:
        return bad("no estimator to compare it with")
    limit = flight.parameters.value_si(EKF_THRESHOLD) or _USUAL_EKF_THRESHOLD
    variance = report.number("compass_variance")
    text = f"variance {variance:.2f} of {limit:g}"
    return good(text) if variance < limit else bad(f"{text}: it disagrees with the estimator")


def home(facts: Facts) -> Finding:
    """Whether it will come back to the plan's dock."""
    place = facts.home
    if place is None:
        return bad("not known")
    away_m = facts.flight.plan.dock.distance_m(place)
    text = f"{away_m:.1f} m from the plan's dock"
    limit_m = facts.flight.settings.home_tolerance_m
    return bad(f"{text}, at most {limit_m:g} m is allowed") if away_m > limit_m else good(text)
