"""Whether the vehicle would arm with what is stored on it, obeys us, and the flight can be recorded."""

import shutil
from typing import Final

from flight.checks.facts import Facts, Finding, bad, good
from flight.context import Flight
from flight.parameter_names import GCS_SYSTEM_ID
from missions import FailsafeAction

_PREARM_BIT: Final = 0x10000000  # MAV_SYS_STATUS_PREARM_CHECK
_DISK_NEEDED_BYTES: Final = 200 << 20


def prearm_ok(flight: Flight) -> bool:
    """Whether the vehicle says that it would arm; one that does not judge that would."""
    status = flight.link.latest.get("SYS_STATUS")
    if status is None:
        return False
    present = status.integer("onboard_control_sensors_present") & _PREARM_BIT
    return not present or bool(status.integer("onboard_control_sensors_health") & _PREARM_BIT)


def prearm(facts: Facts) -> Finding:
    """Whether it would arm, else why not."""
    return (
        good("would arm") if prearm_ok(facts.flight) else bad("; ".join(facts.reasons) or "not ready, no reason given")
    )


def storage(facts: Facts) -> Finding:
    """Whether a mission is on board and was read back."""
    if not facts.stored:
        return bad("no mission is stored on the vehicle")
    return good(f"{len(facts.stored)} mission items stored and read back")


def disk(facts: Facts) -> Finding:
    """Whether the flight can be recorded."""
    free = shutil.disk_usage(facts.folder).free
    text = f"{free / (1 << 30):.1f} GiB free"
    return bad(f"{text}, needs {_DISK_NEEDED_BYTES >> 20} MiB") if free < _DISK_NEEDED_BYTES else good(text)


def ground_station(facts: Facts) -> Finding:
    """Whether the vehicle's link-loss failsafe listens to our heartbeat."""
    listens_to = facts.flight.parameters.value_si(GCS_SYSTEM_ID)
    own = facts.flight.settings.own_system_id
    if listens_to in {None, own}:
        return good(str(own))
    return bad(f"the vehicle obeys system id {listens_to:g}, we are {own}")


def other_stations(facts: Facts) -> Finding:
    """Whether nobody else commands this vehicle: two stations undo each other's work."""
    others = facts.flight.link.quality.foreign_stations
    if not others:
        return good("none is heard")
    ids = ", ".join(map(str, others))
    return bad(f"another ground station is heard (system id {ids}): end it, or waive this check to fly beside it")


def video_loss(facts: Facts) -> Finding:
    """Whether somebody here would notice that no picture comes any more: the vehicle does not."""
    policy = facts.flight.plan.failsafes
    if facts.flight.ground.pictures is not None:
        return good(f"{policy.on_video_loss.value} after {policy.video_loss_after_s:g} s, by us")
    if policy.on_video_loss is FailsafeAction.REPORT:
        return good("no video is watched in this flight")
    return good(f"no video is watched in this flight: {policy.on_video_loss.value} will not happen")
