"""OpenAir airspace files, versions 1 and 2, to drawn areas.

A record begins with its two letters: AC begins an airspace, AN names it, AL and AH are its limits, AA its times; DP is
a corner, DC a circle in nautical miles, DA and DB arcs, DY a corner of an airway, V sets the centre (X), the direction
(D) and the airway's width (W). An asterisk begins a comment. Every airspace is read as an area to keep out of,
whatever its class.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from missions.geopoint import Altitude, GeoPoint
from missions.zone import ActiveTime
from missions.zones.drawn import Drawing, DrawnArea, Place
from missions.zones.limits import NAUTICAL_MILE_M, altitude_of_words, upside_down
from missions.zones.openair_places import coordinate
from missions.zones.outline import Outline
from missions.zones.times import span_utc_s

_RECORD: Final = re.compile(r"(A[CNLHAFGXYI]|D[PCABY]|V|S[PB]|T[OC]|AT)(?:\s+(.*))?", re.IGNORECASE)
_HEIGHT_REMEDY: Final = "GND, UNL, FL95, 2500 ft AMSL or 1000 ft AGL"
_PLACE_REMEDY: Final = "for example 45:49:51 N 008:42:58 E"
_IGNORED: Final = frozenset({"AI", "AT", "SB", "SP", "TC", "TO"})
_TRANSPONDER: Final = re.compile(r"[0-7]{4}")
_FARTHEST_NM: Final = 1000.0


def begins_like_openair(text: str) -> bool:
    """Whether the first line that is no comment is an OpenAir record."""
    lines = (line.split("*", 1)[0].strip() for line in text.splitlines())
    first = next((line for line in lines if line), "")
    return bool(_RECORD.fullmatch(first))


def areas_from_openair(text: str, *, file: Path) -> Drawing:
    """Return every airspace of the file.

    Raises:
        InputError: with the line that is wrong and what would be right.

    """
    drawing = Drawing()
    airspace: _Airspace | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("*", 1)[0].strip()
        if not line:
            continue
        place = Place(file=file, line=number)
        record = _RECORD.fullmatch(line)
        if record is None:
            raise place.refusal(f"is no OpenAir record: {line[:40]!r}", "AC, AN, AL, AH, DP, DC, DA, DB or V")
        kind, words = record[1].upper(), (record[2] or "").strip()
        if kind == "AC":
            if airspace is not None:
                drawing.areas.append(airspace.drawn())
            airspace = _Airspace(place)
        elif kind in _IGNORED:
            continue
        elif airspace is None:
            raise place.refusal(f"{kind} stands before the first airspace", "an AC record first")
        else:
            airspace.take(kind, words, place)
    if airspace is not None:
        drawing.areas.append(airspace.drawn())
    return drawing


class _Airspace:
    """One airspace while its records are read; `drawn` refuses what lacks something."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._seen: dict[str, Place] = {}
        self._name = ""
        self._limits: dict[str, Altitude | None] = {}
        self._active: list[ActiveTime] = []
        self._by_notam = False
        self._outline = Outline()

    def take(self, kind: str, words: str, place: Place) -> None:
        """Take a record into the airspace."""
        if kind in {"AN", "AL", "AH", "AF", "AG", "AX", "AY"}:
            if kind in self._seen:
                raise place.refusal(f"{kind} stands twice in one airspace", f"one {kind}, the other is in another AC")
            self._seen[kind] = place
        _TAKERS[kind](self, words, place)

    def take_name(self, words: str, place: Place) -> None:
        if not words:
            raise place.refusal("AN has no name", "AN and the airspace's name")
        self._name = " ".join(words.split())

    def take_lower(self, words: str, place: Place) -> None:
        self._limits["lower"] = _height(words, place)

    def take_upper(self, words: str, place: Place) -> None:
        self._limits["upper"] = _height(words, place)

    def take_transponder(self, words: str, place: Place) -> None:
        if not _TRANSPONDER.fullmatch(words):
            raise place.refusal(f"AX {words} is no transponder code", "four digits from 0 to 7")

    def take_nothing(self, words: str, place: Place) -> None:
        """Class, type, frequency and station say nothing about where the airspace is."""

    def take_time(self, words: str, place: Place) -> None:
        if words.upper() == "NONE":
            self._by_notam = True
        else:
            try:
                begin, end = span_utc_s(words)
            except ValueError as exc:
                remedy = "2025-01-01T12:00Z/2025-01-01T13:00Z, one end of it may be NONE"
                raise place.refusal(f"AA {exc}", remedy) from exc
            self._active.append(ActiveTime(from_utc_s=begin, until_utc_s=end))
        if self._by_notam and self._active:
            raise place.refusal("AA NONE (by NOTAM) stands beside other times", "either AA NONE or times")

    def take_variable(self, words: str, place: Place) -> None:
        name, _, value = (part.strip() for part in words.partition("="))
        if name.upper() == "X":
            self._outline.centre = _position(value, place)
        elif name.upper() == "D":
            if value not in {"+", "-"}:
                raise place.refusal(f"V D={value} is no direction", "V D=+ clockwise or V D=- counter-clockwise")
            self._outline.clockwise = value == "+"
        elif name.upper() == "W":
            (width,) = _numbers(value, 1, "V W=", place)
            self._outline.width_m = width * NAUTICAL_MILE_M

    def take_corner(self, words: str, place: Place) -> None:
        self._outline.corner(_position(words, place))

    def take_airway(self, words: str, place: Place) -> None:
        self._outline.airway(_position(words, place))

    def take_circle(self, words: str, place: Place) -> None:
        (radius,) = _numbers(words, 1, "DC", place)
        self._outline.circle(self._centre(place), radius * NAUTICAL_MILE_M)

    def take_arc_of_angles(self, words: str, place: Place) -> None:
        radius, start_deg, end_deg = _numbers(words, 3, "DA", place)
        self._outline.arc_of_angles(self._centre(place), radius * NAUTICAL_MILE_M, start_deg, end_deg)

    def take_arc_of_places(self, words: str, place: Place) -> None:
        ends = words.split(",")
        if len(ends) != 2:
            raise place.refusal("DB needs two places", f"two places and a comma between, {_PLACE_REMEDY}")
        start, end = (_position(part, place) for part in ends)
        try:
            self._outline.arc_of_places(self._centre(place), start, end)
        except ValueError as exc:
            raise place.refusal(f"DB {exc}", "two places equally far from the centre in V X=") from exc

    def _centre(self, place: Place) -> GeoPoint:
        if self._outline.centre is None:
            raise place.refusal("has no centre", "V X= and the centre, in the same airspace, before it")
        return self._outline.centre

    def drawn(self) -> DrawnArea:
        """Return the airspace as an area."""
        missing = [kind for kind in ("AN", "AL", "AH") if kind not in self._seen]
        if missing:
            raise self._place.refusal(f"airspace {self._name or 'here'} lacks {', '.join(missing)}", "AN, AL and AH")
        if "AG" in self._seen and "AF" not in self._seen:
            raise self._seen["AG"].refusal("AG names a station without a frequency", "AF beside it, or neither")
        lower, upper = self._limits["lower"], self._limits["upper"]
        if upside_down(lower, upper):
            raise self._seen["AH"].refusal("the upper limit lies below the lower", "AL below AH")
        try:
            outline = self._outline.ring()
        except ValueError as exc:
            raise self._place.refusal(f"airspace {self._name}: {exc}", "at least 3 corners, or a circle") from exc
        return DrawnArea(
            place=self._place,
            area_id=self._name,
            name=self._name,
            outline=outline,
            lower=lower,
            upper=upper,
            active=tuple(self._active),
        )


_TAKERS: Final[dict[str, Callable[[_Airspace, str, Place], None]]] = {
    "AN": _Airspace.take_name,
    "AL": _Airspace.take_lower,
    "AH": _Airspace.take_upper,
    "AX": _Airspace.take_transponder,
    "AF": _Airspace.take_nothing,
    "AG": _Airspace.take_nothing,
    "AY": _Airspace.take_nothing,
    "AA": _Airspace.take_time,
    "V": _Airspace.take_variable,
    "DP": _Airspace.take_corner,
    "DY": _Airspace.take_airway,
    "DC": _Airspace.take_circle,
    "DA": _Airspace.take_arc_of_angles,
    "DB": _Airspace.take_arc_of_places,
}


def _height(words: str, place: Place) -> Altitude | None:
    try:
        return altitude_of_words(words)
    except ValueError as exc:
        raise place.refusal(f"{exc}", _HEIGHT_REMEDY) from exc


def _position(words: str, place: Place) -> GeoPoint:
    try:
        return coordinate(words)
    except ValueError as exc:
        raise place.refusal(f"{words[:60]!r} is no position", _PLACE_REMEDY) from exc


def _numbers(words: str, count: int, record: str, place: Place) -> list[float]:
    try:
        numbers = [float(part) for part in words.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not 0 < numbers[0] <= _FARTHEST_NM or not all(abs(n) <= 720 for n in numbers[1:]):
        remedy = "nautical miles" if count == 1 else "radius in nautical miles, start and end bearing"
        raise place.refusal(f"{record} {words[:40]} cannot be meant", remedy)
    return numbers
