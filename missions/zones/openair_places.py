"""Positions as OpenAir writes them: degrees, minutes and seconds with hemispheres."""

import re
from typing import Final

from missions.geopoint import GeoPoint

_NUMBER = r"\d+(?::\d+(?:\.\d+)?(?::\d+(?:\.\d+)?)?|\.\d+)?"
_POSITION: Final = re.compile(rf"({_NUMBER})\s*([NS])[\s,]*({_NUMBER})\s*([EW])", re.IGNORECASE)


def coordinate(text: str) -> GeoPoint:
    """Return `45:49:51 N 008:42:58 E`, `45:49.850N 008:42.967E`, `454951N 0084258E` or `45.83083 N 8.71611 E`.

    Raises:
        ValueError: it is no position; 60 minutes or seconds are none.

    """
    match = _POSITION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no position")
    lat_deg, lon_deg = _degrees(match[1], of_degrees=2), _degrees(match[3], of_degrees=3)
    return GeoPoint(
        lat_deg=-lat_deg if match[2] in "Ss" else lat_deg, lon_deg=-lon_deg if match[4] in "Ww" else lon_deg
    )


def _degrees(text: str, *, of_degrees: int) -> float:
    """Return an angle; without colons more digits than degrees have are minutes and seconds."""
    parts = [float(part) for part in (text.split(":") if ":" in text else _split(text, of_degrees))]
    if any(part >= 60 for part in parts[1:]):
        raise ValueError(f"{text} has 60 minutes or seconds")
    return sum((part / 60.0**power for power, part in enumerate(parts)), 0.0)


def _split(text: str, of_degrees: int) -> list[str]:
    whole, _, fraction = text.partition(".")
    last = f".{fraction}" if fraction else ""
    if len(whole) <= of_degrees:
        return [text]
    if len(whole) == of_degrees + 2:
        return [whole[:-2], whole[-2:] + last]
    if len(whole) == of_degrees + 4:
        return [whole[:-4], whole[-4:-2], whole[-2:] + last]
    raise ValueError(f"{text} has {len(whole)} digits")
