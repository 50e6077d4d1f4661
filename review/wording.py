"""Times, places and states as pages show them."""

import math
from datetime import UTC, datetime

from missions.alert import channel_scheme
from missions.catalogue import LANGUAGES, keys, say
from missions.geopoint import GeoPoint
from missions.incident import Incident


def page_language(wanted: str | None, fallback: str) -> str:
    """Return the language asked for if the catalogue has it."""
    return wanted if wanted in LANGUAGES else fallback


def script_texts(language: str) -> dict[str, str]:
    """Return the sentences the browser's scripts need, without their prefix."""
    prefix = "review.js."
    return {key.removeprefix(prefix): say(key, language) for key in keys(language) if key.startswith(prefix)}


def date_time(utc_s: float) -> str:
    """Return 2026-05-28 20:28:23."""
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d %H:%M:%S}"


def clock_time(utc_s: float) -> str:
    """Return 20:28:23.5."""
    tenths = math.floor(utc_s * 10) / 10
    return f"{datetime.fromtimestamp(tenths, UTC):%H:%M:%S}.{round(tenths * 10) % 10}"


def place_text(position: GeoPoint | None, language: str) -> str:
    """Return latitude, longitude, or that there is none."""
    if position is None:
        return say("review.no_place", language)
    return f"{position.lat_deg:.5f}, {position.lon_deg:.5f}"


def error_text(error_m: float | None, language: str) -> str:
    """Return ± metres, empty where not known."""
    return "" if error_m is None else say("review.error", language, error=f"{error_m:.1f}")


def road_text(incident: Incident, language: str) -> str:
    """Return the road's name, or that it has none."""
    return incident.road_name or say("review.no_road", language)


def seconds_text(seconds: float, language: str) -> str:
    """Return a span: 3.5 s, or minutes and seconds from two minutes on."""
    if seconds < 120:
        return say("review.seconds", language, seconds=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    return say("duration.minutes", language, minutes=minutes, seconds=rest)


def walk_text(seconds: float, language: str) -> str:
    """Return an expected walk in whole seconds, rounded up."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    if minutes:
        return say("duration.minutes", language, minutes=minutes, seconds=rest)
    return say("duration.seconds", language, seconds=rest)


def channel_text(channel: str, language: str) -> str:
    """Return the kind of a channel in words."""
    scheme = channel_scheme(channel)
    key = f"review.channel.{scheme}"
    return say(key, language) if key in keys(language) else scheme
