"""Whether the aircraft is told to everybody around, where it has to be."""

from typing import Final

from flight.checks.facts import Facts, Finding, bad, good
from flight.remote_id import has_remote_id

_GOOD_TO_ARM: Final = 0  # MAV_ODID_ARM_STATUS_GOOD_TO_ARM


def remote_id(facts: Facts) -> Finding:
    """Whether the vehicle's transmitter says it is ready, where vehicle or mission has Remote ID."""
    flight, wanted = facts.flight, facts.flight.plan.remote_id
    if not has_remote_id(flight.parameters):
        return good("the vehicle has none") if wanted is None else bad("the mission wants it, DID_ENABLE is not 1")
    if wanted is None:
        return bad("the vehicle has it (DID_ENABLE 1), the mission has no remote_id")
    status = flight.link.latest.get("OPEN_DRONE_ID_ARM_STATUS")
    if status is None:
        return bad("no transmitter is heard")
    if status.integer("status") != _GOOD_TO_ARM:
        return bad(status.text("error") or "the transmitter is not ready and gives no reason")
    return good(f"{wanted.uas_id}, the transmitter is ready")
