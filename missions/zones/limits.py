"""Heights at which zones begin and end, as the formats write them.

Flight levels are pressure altitudes; they are read as heights above mean sea level in the standard atmosphere, where
one level is 100 ft. On a day of low pressure the true level lies lower: by about 8 m for every hPa below 1013.
"""

import re
from typing import Final

from missions.geopoint import Altitude, AltitudeReference

FOOT_M: Final = 0.3048
NAUTICAL_MILE_M: Final = 1852.0
GROUND: Final = Altitude(metres=0.0, above=AltitudeReference.TERRAIN)
METRES_PER: Final = {"M": 1.0, "FT": FOOT_M, "FL": 100 * FOOT_M, "NM": NAUTICAL_MILE_M, "KM": 1000.0}
"""Of the units that zone files name, in upper case."""
LOWEST_M: Final = -1000.0
HIGHEST_M: Final = 30_000.0
"""A limit from here up is no limit: the formats write 99999 for none."""
DATUMS: Final = {
    "AGL": AltitudeReference.TERRAIN,
    "ASFC": AltitudeReference.TERRAIN,
    "SFC": AltitudeReference.TERRAIN,
    "GND": AltitudeReference.TERRAIN,
    "AMSL": AltitudeReference.AMSL,
    "MSL": AltitudeReference.AMSL,
    "ALT": AltitudeReference.AMSL,
    "STD": AltitudeReference.AMSL,
}
"""What the formats call a datum. Heights above the ellipsoid (WGS84) are not among them: no geoid is known here."""

_AT_GROUND: Final = frozenset({"GND", "SFC", "GROUND", "SURFACE", "0"})
_NO_LIMIT: Final = frozenset({"UNL", "UNLIM", "UNLTD", "UNLIMITED", "INF"})
_LEVEL: Final = re.compile(r"FL\s*(\d{1,3})", re.IGNORECASE)
_HEIGHT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(FT|F|M|MTR)?\.?\s*(AGL|AMSL|ASFC|SFC|GND|MSL|ALT|STD)?", re.IGNORECASE)


def altitude(value: float, unit: str, datum: str) -> Altitude | None:
    """Return a height of a named unit and datum; None where it is no limit, or where the datum is not known.

    Raises:
        ValueError: the unit is not known, or the height is not finite.

    """
    if unit.upper() not in METRES_PER:
        raise ValueError(f"unit {unit!r}")
    metres = value * METRES_PER[unit.upper()]
    if not metres >= LOWEST_M:  # NaN too
        raise ValueError(f"height {value}")
    above = DATUMS.get(datum.upper())
    return None if above is None or metres >= HIGHEST_M else Altitude(metres=round(metres, 3), above=above)


def altitude_of_words(text: str) -> Altitude | None:
    """Return a height as OpenAir writes it: `GND`, `FL95`, `2500 ft AMSL`, `3000m AGL`; None for `UNL`.

    Without a unit it is feet, without a datum above mean sea level.

    Raises:
        ValueError: it is no height.

    """
    words = " ".join(text.split()).upper()
    if words in _NO_LIMIT:
        return None
    if words in _AT_GROUND:
        return GROUND
    level = _LEVEL.fullmatch(words)
    if level:
        return altitude(float(level[1]), "FL", "STD")
    height = _HEIGHT.fullmatch(words)
    if not height:
        raise ValueError(f"{text!r} is no height")
    return altitude(float(height[1]), "M" if (height[2] or "").startswith("M") else "FT", height[3] or "AMSL")


def upside_down(lower: Altitude | None, upper: Altitude | None) -> bool:
    """Whether a zone would end below where it begins; heights of two datums are not compared."""
    return lower is not None and upper is not None and lower.above is upper.above and lower.metres > upper.metres
