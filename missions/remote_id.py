"""Who the aircraft and its operator are to everybody around: the mission file's `remote_id` (ASTM F3411)."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from missions.section import Place, Section


class IdKind(StrEnum):
    """What kind of name an aircraft's id is."""

    SERIAL_NUMBER = "serial_number"
    """ANSI/CTA-2063-A, by its maker."""
    REGISTRATION = "registration"
    """By the aviation authority."""
    UTM_ASSIGNED = "utm_assigned"
    """By a traffic service, for this flight."""
    SESSION = "session"
    """A specific session id."""


def _plain(value: str) -> str:
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError("has to be plain ASCII without spaces round it")
    return value


Plain = Annotated[str, AfterValidator(_plain)]
UasId = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_plain)]


class OperatorPlace(Place):
    """Where the operator stays during the flight."""

    amsl_m: float | None = Field(
        None, ge=-500, le=9000, description="Height above mean sea level, metres; left out: not known"
    )


class RemoteId(Section):
    """What is broadcast about the aircraft and its operator, where the vehicle has a transmitter."""

    uas_id: UasId | None = Field(
        None, description="The aircraft's id, at most 20 characters; of several aircraft each names its own"
    )
    id_kind: IdKind = Field(
        IdKind.SERIAL_NUMBER, description="serial_number, registration, utm_assigned or session: what uas_id is"
    )
    operator_id: Plain = Field(
        min_length=1, max_length=20, description="The operator's id, as the authority registered it"
    )
    operator: OperatorPlace | None = Field(
        None, description="lat, lon and amsl_m of the operator; left out: at the dock"
    )
    description: Plain = Field("road patrol", min_length=1, max_length=23, description="What the flight is for")
