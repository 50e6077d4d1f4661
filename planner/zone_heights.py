"""Zones that begin above a flight; what is not known of a height counts as in the way."""

from typing import Final

from missions import AltitudeReference, Zone

UNDER_ZONE_M: Final = 30.0
"""Kept below a zone that is flown under: a barometer's drift over a flight, and ground that is not level."""


def over_flight_m(zone: Zone, *, height_m: float, dock_amsl_m: float | None) -> float | None:
    """Return how far above a flight's greatest height above home a zone begins; None where that cannot be told.

    A height above ground is compared as if the ground were level with the dock, one above the sea only where it is
    known how high the dock lies.
    """
    if zone.lower is None:
        return None
    if zone.lower.above is not AltitudeReference.AMSL:
        return zone.lower.metres - height_m
    return None if dock_amsl_m is None else zone.lower.metres - dock_amsl_m - height_m


def flown_under(zone: Zone, *, height_m: float, dock_amsl_m: float | None) -> bool:
    """Whether a zone is known to lie wholly above the flight, with `UNDER_ZONE_M` between."""
    over_m = over_flight_m(zone, height_m=height_m, dock_amsl_m=dock_amsl_m)
    return over_m is not None and over_m >= UNDER_ZONE_M
