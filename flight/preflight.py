"""Before arming: wait until the vehicle can be judged, set what the plan needs, and a table of named checks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from flight.clock import VehicleDeadline
from flight.commands import MAV_CMD_RUN_PREARM_CHECKS, ask_command, heard_texts
from flight.context import Flight
from flight.errors import LinkLost
from flight.events import Check, CheckState
from flight.parameter_names import (
    FAILSAFE_CONTINUE_AUTO_ON_GCS,
    FAILSAFE_OPTIONS,
    FENCE_ENABLE,
    FENCE_HEIGHT_M,
    FENCE_TYPE,
    FENCE_TYPE_POLYGONS,
    GCS_FAILSAFE,
    GCS_FAILSAFE_OFF,
    GCS_SYSTEM_ID,
    RETURN_HEIGHT_M,
)
from flight.settings import OnLinkLoss
from missions import GeoPoint, Sortie
from missions.zone import Zone

_EKF_NEEDED = 0x01 | 0x02 | 0x10 | 0x20  # attitude, horizontal velocity, absolute position, absolute height
_EKF_CONSTANT_POSITION = 0x80
_PREARM_BIT = 0x10000000  # MAV_SYS_STATUS_PREARM_CHECK
_FIX_3D = 3
_DISK_NEEDED_BYTES = 200 << 20
_LOOK_S = 0.5


def contains(zone: Zone, point: GeoPoint) -> bool:
    """Whether a place is inside a polygon (even-odd rule in its own degrees)."""
    inside = False
    corners = zone.corners
    for first, second in zip(corners, corners[1:] + corners[:1], strict=True):
        if (first.lat_deg > point.lat_deg) != (second.lat_deg > point.lat_deg):
            share = (point.lat_deg - first.lat_deg) / (second.lat_deg - first.lat_deg)
            if point.lon_deg < first.lon_deg + share * (second.lon_deg - first.lon_deg):
                inside = not inside
    return inside


async def wait_ready(flight: Flight) -> list[str]:
    """Wait until the vehicle knows where it is and would arm, at most `ready_flight_s` of its time.

    Returns what still keeps it from arming; the checks judge that.

    Raises:
        LinkLost: it falls silent meanwhile.

    """
    deadline = VehicleDeadline(flight.link.clock, flight.settings.ready_flight_s)
    async with heard_texts(flight.link) as texts:
        with flight.link.subscribe("SYS_STATUS", "EKF_STATUS_REPORT", "GLOBAL_POSITION_INT") as news:
            while not (_position_known(flight) and _ekf_problem(flight) is None and _prearm_ok(flight)):
                await news.next_or_none(_LOOK_S)
                if deadline.passed:
                    texts.clear()
                    await ask_command(flight.link, MAV_CMD_RUN_PREARM_CHECKS, what="the pre-arm checks")
                    await news.next_or_none(_LOOK_S)
                    break
                if flight.link.silent_s > flight.settings.lost_wait_s:
                    raise LinkLost(f"the vehicle fell silent {flight.link.silent_s:.0f} s ago, before it was ready")
        return list(dict.fromkeys(text for text in texts if text.lower().startswith("prearm")))


def _position_known(flight: Flight) -> bool:
    return flight.state.telemetry is not None and flight.link.clock.has_utc


def _prearm_ok(flight: Flight) -> bool:
    status = flight.link.latest.get("SYS_STATUS")
    if status is None:
        return False
    present = status.integer("onboard_control_sensors_present") & _PREARM_BIT
    return not present or bool(status.integer("onboard_control_sensors_health") & _PREARM_BIT)


def _ekf_problem(flight: Flight) -> str | None:
    report = flight.link.latest.get("EKF_STATUS_REPORT")
    if report is None:
        return "not reported"
    flags = report.integer("flags")
    if flags & _EKF_CONSTANT_POSITION:
        return "no position aiding yet"
    missing = _EKF_NEEDED & ~flags
    return f"flags {flags:#x} lack {missing:#x}" if missing else None


def home_of(flight: Flight) -> GeoPoint | None:
    """Return where the vehicle will come back to: its home, else where it stands."""
    home = flight.link.latest.get("HOME_POSITION")
    if home is not None and home.integer("latitude"):
        return GeoPoint(lat_deg=home.integer("latitude") / 1e7, lon_deg=home.integer("longitude") / 1e7)
    return flight.state.telemetry.position if flight.state.telemetry else None


def preflight_checks(
    flight: Flight, sortie: Sortie, *, item_count: int, reasons: list[str], folder: Path
) -> tuple[Check, ...]:
    """Return the table; a check whose name is waived in the settings does not fail."""
    rows = [
        ("heartbeat", None, f"system id {flight.link.target_system}, heard {flight.link.silent_s:.1f} s ago"),
        ("firmware", None, flight.firmware),
        _fix(flight),
        ("ekf", _ekf_problem(flight), "position, velocity and height are good"),
        _battery(flight, sortie),
        _home(flight),
        *_fence(flight),
        *_failsafes(flight, sortie),
        ("storage", None, f"{item_count} mission items stored and read back"),
        ("prearm", None if _prearm_ok(flight) else "; ".join(reasons) or "not ready, no reason given", "would arm"),
        _disk(folder),
    ]
    return tuple(_check(flight, *row) for row in rows)


def _check(flight: Flight, name: str, problem: str | None, good: str) -> Check:
    if problem is None:
        return Check(name=name, state=CheckState.PASS, detail=good)
    waived = name in flight.settings.waive
    return Check(name=name, state=CheckState.WAIVED if waived else CheckState.FAIL, detail=problem)


def _fix(flight: Flight) -> tuple[str, str | None, str]:
    report = flight.link.latest.get("GPS_RAW_INT")
    if report is None:
        return "position", "the vehicle reports no GPS", ""
    kind, satellites = report.integer("fix_type"), report.integer("satellites_visible")
    problem = None if kind >= _FIX_3D else f"fix type {kind}, needs 3 (3D)"
    return "position", problem or (None if flight.state.telemetry else "no position yet"), f"{satellites} satellites"


def _battery(flight: Flight, sortie: Sortie) -> tuple[str, str | None, str]:
    needed = sortie.estimate.energy_share_pct + flight.plan.reserve_pct
    have = flight.state.battery_pct
    if have is None:
        return "battery", "the vehicle does not report its charge", ""
    text = f"{have:.0f} %, this sortie needs {needed:.0f} % with its reserve"
    return "battery", text if have < needed else None, text


def _home(flight: Flight) -> tuple[str, str | None, str]:
    home = home_of(flight)
    if home is None:
        return "home", "not known", ""
    away_m = flight.plan.dock.distance_m(home)
    text = f"{away_m:.1f} m from the plan's dock"
    limit_m = flight.settings.home_tolerance_m
    return "home", f"{text}, at most {limit_m:g} m is allowed" if away_m > limit_m else None, text


def _fence(flight: Flight) -> Iterator[tuple[str, str | None, str]]:
    plan, parameters = flight.plan, flight.parameters
    home = home_of(flight)
    outside = home is None or not contains(plan.fence, home)
    corners = len(plan.fence.corners) + sum(len(zone.corners) for zone in plan.keep_out)
    yield "fence", "home is outside the fence" if outside else None, f"{corners} corners read back, home inside"
    enabled = parameters.value_si(FENCE_ENABLE)
    kinds = int(parameters.value_si(FENCE_TYPE) or 0)
    ceiling_m = parameters.value_si(FENCE_HEIGHT_M)
    problem = None
    if not enabled:
        problem = "switched off on the vehicle" if enabled is not None else "the vehicle has no fence"
    elif not kinds & FENCE_TYPE_POLYGONS:
        problem = f"FENCE_TYPE {kinds} leaves polygons out"
    yield "fence enabled", problem, f"types {kinds}, ceiling {ceiling_m or 0:g} m above home"


def _failsafes(flight: Flight, sortie: Sortie) -> Iterator[tuple[str, str | None, str]]:
    parameters, wanted = flight.parameters, flight.settings.on_link_loss
    action = parameters.value_si(GCS_FAILSAFE)
    options = int(parameters.value_si(FAILSAFE_OPTIONS) or 0)
    problem = None
    if action is None:
        problem = "the vehicle has none"
    elif wanted is OnLinkLoss.RETURN_TO_LAUNCH and (
        action == GCS_FAILSAFE_OFF or options & FAILSAFE_CONTINUE_AUTO_ON_GCS
    ):
        problem = f"FS_GCS_ENABLE {action:g}, FS_OPTIONS {options}: it would fly on without us"
    yield "link loss", problem, f"{wanted.value} (FS_GCS_ENABLE {action or 0:g})"
    listens_to = parameters.value_si(GCS_SYSTEM_ID)
    own = flight.settings.own_system_id
    other = None if listens_to in {None, own} else f"the vehicle obeys system id {listens_to:g}, we are {own}"
    yield "ground station id", other, str(own)
    height_m = parameters.value_si(RETURN_HEIGHT_M)
    cap_m = flight.plan.ceiling_m
    low_high = height_m is None or not sortie.takeoff_height_m <= height_m + 0.01 <= cap_m + 0.02
    text = f"{height_m or 0:g} m above home"
    yield "return height", f"{text}, not within {sortie.takeoff_height_m:g}..{cap_m:g} m" if low_high else None, text


def _disk(folder: Path) -> tuple[str, str | None, str]:
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB free"
    return "disk", f"{text}, needs {_DISK_NEEDED_BYTES >> 20} MiB" if free < _DISK_NEEDED_BYTES else None, text
