"""Remote ID: aircraft, operator and the operator's place, told to the vehicle's transmitter each second."""

import asyncio
import math
from typing import Final

from flight.clock import VehicleClock
from flight.context import Flight
from flight.events import EventKind
from flight.parameter_names import REMOTE_ID
from flight.parameters import Parameters
from missions import GeoPoint, Message, Plan
from missions.remote_id import IdKind, RemoteId

_EVERY_S: Final = 1.0
_LOOK_S: Final = 0.05
_ID_TYPES: Final = {
    IdKind.SERIAL_NUMBER: 1,
    IdKind.REGISTRATION: 2,
    IdKind.UTM_ASSIGNED: 3,
    IdKind.SESSION: 4,
}
"""MAV_ODID_ID_TYPE."""
_MULTIROTOR: Final = 2  # MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR
_TAKEOFF, _FIXED = 0, 2  # MAV_ODID_OPERATOR_LOCATION_TYPE
_ONE_AIRCRAFT: Final = 1
_UNKNOWN_HEIGHT_M: Final = -1000.0  # of all heights of OPEN_DRONE_ID_SYSTEM
_EPOCH_UNIX_S: Final = 1_546_300_800  # 2019-01-01 00:00 UTC, from which it counts
_ALL_COMPONENTS: Final = 0  # the autopilot takes it and passes it on to its transmitter


def has_remote_id(parameters: Parameters) -> bool:
    """Whether the vehicle has Remote ID, switched on."""
    return bool(parameters.value_si(REMOTE_ID))


def remote_id_messages(
    remote_id: RemoteId, plan: Plan, *, utc_s: float, undulation_m: float | None
) -> tuple[Message, ...]:
    """Return what the transmitter has to know: OPEN_DRONE_ID_BASIC_ID, OPERATOR_ID, SELF_ID and SYSTEM.

    Args:
        remote_id: who they are.
        plan: for the dock, where the operator stays who has no other place.
        utc_s: now, UTC.
        undulation_m: of the geoid above the ellipsoid, here; None leaves the operator's height out, because Remote ID
            wants it above the ellipsoid.

    """
    place, amsl_m = plan.dock, plan.dock_amsl_m
    known_m: float | None = amsl_m
    if remote_id.operator is not None:
        place, known_m = remote_id.operator.point, remote_id.operator.amsl_m
    height_m = _UNKNOWN_HEIGHT_M if known_m is None or undulation_m is None else known_m + undulation_m
    to_all = {"target_component": _ALL_COMPONENTS}
    return (
        Message(
            "OPEN_DRONE_ID_BASIC_ID",
            {
                **to_all,
                "id_type": _ID_TYPES[remote_id.id_kind],
                "ua_type": _MULTIROTOR,
                "uas_id": _twenty(remote_id.uas_id or ""),
            },
        ),
        Message("OPEN_DRONE_ID_OPERATOR_ID", {**to_all, "operator_id_type": 0, "operator_id": remote_id.operator_id}),
        Message("OPEN_DRONE_ID_SELF_ID", {**to_all, "description_type": 0, "description": remote_id.description}),
        Message("OPEN_DRONE_ID_SYSTEM", {**to_all, **_system(remote_id, place, height_m, utc_s)}),
    )


def _system(remote_id: RemoteId, place: GeoPoint, height_m: float, utc_s: float) -> dict[str, int | float]:
    return {
        "operator_location_type": _TAKEOFF if remote_id.operator is None else _FIXED,
        "classification_type": 0,
        "operator_latitude": round(place.lat_deg * 1e7),
        "operator_longitude": round(place.lon_deg * 1e7),
        "area_count": _ONE_AIRCRAFT,
        "area_radius": 0,
        "area_ceiling": _UNKNOWN_HEIGHT_M,
        "area_floor": _UNKNOWN_HEIGHT_M,
        "category_eu": 0,
        "class_eu": 0,
        "operator_altitude_geo": height_m,
        "timestamp": max(0, int(utc_s) - _EPOCH_UNIX_S),
    }


def _twenty(text: str) -> list[int]:
    return list(text.encode("ascii").ljust(20, b"\0"))


async def tell_remote_id(flight: Flight) -> None:
    """Send them once a second of the vehicle's time, for as long as it runs, to a vehicle that has Remote ID."""
    remote_id = flight.plan.remote_id
    if remote_id is None or not has_remote_id(flight.parameters):
        return
    flight.tell(EventKind.REMOTE_ID, f"telling {remote_id.uas_id} of {remote_id.operator_id} each second")
    clock = flight.link.clock
    while True:
        began_boot_s, began_wall_s = clock.boot_s, clock.wall_s()
        for message in remote_id_messages(
            remote_id, flight.plan, utc_s=_utc_s(clock), undulation_m=_undulation_m(flight)
        ):
            await flight.link.send(message)
        # The vehicle's clock is a value, not an event.
        while clock.boot_s - began_boot_s < _EVERY_S and clock.wall_s() - began_wall_s < _EVERY_S:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)


def _utc_s(clock: VehicleClock) -> float:
    return clock.now_utc_s if clock.has_utc else clock.wall_s()


def _undulation_m(flight: Flight) -> float | None:
    """Return the geoid's height above the ellipsoid as the vehicle's GPS knows it."""
    report = flight.link.latest.get("GPS_RAW_INT")
    if report is None or "alt_ellipsoid" not in report.fields or report.integer("alt_ellipsoid") == 0:
        return None
    undulation_m = (report.integer("alt_ellipsoid") - report.integer("alt")) / 1000.0
    return undulation_m if math.isfinite(undulation_m) and abs(undulation_m) < 120 else None
