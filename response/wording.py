"""What a warning says: the lines alerts and dispatches share, in a person's language."""

import math
from datetime import UTC, datetime

from geo import wgs84_to_gcj02
from missions.catalogue import LANGUAGES, keys, say
from missions.geopoint import GeoPoint
from missions.incident import Incident, IncidentKind

BURNING = frozenset({IncidentKind.SMOKE, IncidentKind.FIRE})
"""Kinds that carry the safety card: from the air an e-bike's battery cannot be told from other fuel."""


def spoken(language: str) -> str:
    """Return the language if the catalogue has it, else English: a warning in the wrong language beats none."""
    return language if language in LANGUAGES else "en"


def kind_name(incident: Incident, language: str) -> str:
    """Return the kind as people call it."""
    return say(f"incident.{incident.kind}", language)


def geo_uri(position: GeoPoint, error_m: float | None) -> str:
    """Return an RFC 5870 link, which a phone opens in its own map; no outside service is named."""
    uncertainty = "" if error_m is None else f";u={math.ceil(error_m)}"
    return f"geo:{position.lat_deg:.6f},{position.lon_deg:.6f}{uncertainty}"


def place_lines(incident: Incident, language: str) -> list[str]:
    """Return road, position with its error, and a map link; or that the place is not known."""
    lines = [say("alert.road", language, road=incident.road_name)] if incident.road_name else []
    position, error_m = incident.position, incident.position_error_m
    if position is None:
        return [*lines, say("alert.no_place", language)]
    where = {"lat": position.lat_deg, "lon": position.lon_deg}
    if error_m is None:
        lines.append(say("alert.place_no_error", language, **where))
    else:
        lines.append(say("alert.place", language, **where, error=math.ceil(error_m)))
    lines.append(say("alert.map", language, link=geo_uri(position, error_m)))
    shifted = wgs84_to_gcj02(position.lat_deg, position.lon_deg)
    if shifted != (position.lat_deg, position.lon_deg):
        # Map apps in mainland China shift every place by some 500 m; typed in unshifted it leads to another street.
        lines.append(say("alert.gcj02", language, lat=shifted[0], lon=shifted[1]))
    return lines


def when_line(utc_s: float, language: str) -> str:
    """Return the patrol time at which it was seen."""
    return say("alert.when", language, time=f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d %H:%M:%S}")


def safety_lines(incident: Incident, language: str) -> list[str]:
    """Return the safety card where something burns or may."""
    return ["", say("alert.safety", language)] if incident.kind in BURNING else []


def duration(seconds: float, language: str) -> str:
    """Return a duration in whole seconds, rounded up."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    if minutes:
        return say("duration.minutes", language, minutes=minutes, seconds=rest)
    return say("duration.seconds", language, seconds=rest)


def equipment_names(equipment: tuple[str, ...], language: str) -> str:
    """Return the things to take, named where the catalogue knows them and as written where it does not."""
    known = keys(language)
    names = [say(key, language) if (key := f"equipment.{item}") in known else item for item in equipment]
    return ("、" if language == "zh-CN" else ", ").join(names)
