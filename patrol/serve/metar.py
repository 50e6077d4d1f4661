"""Weather reports of airports (METAR, WMO No. 306 FM 15) out of text, read by python-metar."""

import datetime as dt
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from metar.Metar import Metar

_REPORT: Final = re.compile(r"\b(?:(?:METAR|SPECI)\s+(?:COR\s+)?)?([A-Z][A-Z0-9]{3})\s+(\d{6})Z\b[^=]*")
_LONGEST: Final = 2000
PRECIPITATION: Final = ("none", "light", "moderate", "heavy")
"""How heavy it is, the heaviest last."""
_CEILING: Final = frozenset({"BKN", "OVC", "VV"})
_RAIN: Final = frozenset({"DZ", "RA", "SN", "SG", "IC", "PL", "GR", "GS", "UP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherReport:
    """What an airport reports; None is what it does not say."""

    station: str
    observed_utc_s: float
    text: str
    wind_m_s: float | None
    gust_m_s: float | None
    visibility_m: float | None
    cloud_base_m: float | None
    """Of the lowest broken or overcast cloud above the ground, or the vertical visibility; None: no such cloud."""
    temperature_c: float | None
    precipitation: str
    """One of PRECIPITATION."""
    dangers: tuple[str, ...]
    """Thunderstorms, freezing rain or fog, hail, squalls, funnel clouds, towering clouds: in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A report that cannot be understood."""

    text: str
    why: str


def reports(text: str, *, now_utc_s: float, station: str | None = None) -> Iterator[WeatherReport | Unreadable]:
    """Yield the reports in a text, of one station or of any, in their order; other lines are passed over.

    A report says the day of the month only: the last such day up to tomorrow is meant.
    """
    for line in text.splitlines():
        if line.lstrip().startswith("TAF"):  # a forecast is written alike
            continue
        for match in _REPORT.finditer(line[:_LONGEST]):
            if station in {None, match[1]}:
                yield _report(match[0].strip(), now_utc_s)


def newest(text: str, *, now_utc_s: float, station: str | None = None) -> WeatherReport | Unreadable | None:
    """Return the newest report of a text; one that cannot be understood only where there is no other."""
    found = list(reports(text, now_utc_s=now_utc_s, station=station))
    readable = [each for each in found if isinstance(each, WeatherReport)]
    if readable:
        return max(readable, key=lambda each: each.observed_utc_s)
    return found[-1] if found else None


def _report(text: str, now_utc_s: float) -> WeatherReport | Unreadable:
    from metar.Metar import Metar, ParserError

    match = re.search(r"\b(\d{2})(\d{2})(\d{2})Z\b", text)
    observed = _instant(*(int(part) for part in match.groups()), now_utc_s=now_utc_s) if match else None
    if observed is None:
        return Unreadable(text=text, why="its time is none")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = Metar(text, month=observed.month, year=observed.year)
            return _values(told, text, observed.timestamp())
    except (ParserError, ValueError, AttributeError, TypeError, IndexError, KeyError) as exc:
        return Unreadable(text=text, why=" ".join(str(exc).split()) or type(exc).__name__)


def _instant(day: int, hour: int, minute: int, *, now_utc_s: float) -> dt.datetime | None:
    """Return the last such day and time of a month up to tomorrow; None where there is none such."""
    now = dt.datetime.fromtimestamp(now_utc_s, dt.UTC)
    for back in range(-1, 32):
        date = (now - dt.timedelta(days=back)).date()
        if date.day == day and hour < 24 and minute < 60:
            return dt.datetime.combine(date, dt.time(hour, minute), dt.UTC)
    return None


def _values(told: "Metar", text: str, observed_utc_s: float) -> WeatherReport:
    groups = [tuple(part or "" for part in group) for group in told.weather]
    base_m = [height.value("M") for cover, height, _ in told.sky if cover in _CEILING and height is not None]
    unknown = [cover for cover, height, _ in told.sky if cover in _CEILING and height is None]
    return WeatherReport(
        station=told.station_id or "",
        observed_utc_s=observed_utc_s,
        text=text,
        wind_m_s=told.wind_speed.value("MPS") if told.wind_speed is not None else None,
        gust_m_s=told.wind_gust.value("MPS") if told.wind_gust is not None else None,
        visibility_m=told.vis.value("M") if told.vis is not None else None,
        cloud_base_m=0.0 if unknown else min(base_m, default=None),
        temperature_c=told.temp.value("C") if told.temp is not None else None,
        precipitation=_precipitation(groups),
        dangers=tuple(_dangers(groups, [cloud or "" for _, _, cloud in told.sky])),
    )


def _precipitation(groups: list[tuple[str, ...]]) -> str:
    """Return the heaviest precipitation at the station; `VC` is only in its vicinity."""
    levels = {"-": 1, "": 2, "+": 3}
    found = [
        levels.get(intensity, 0)
        for intensity, _, kind, _, _ in groups
        if any(kind[index : index + 2] in _RAIN for index in range(0, len(kind), 2))
    ]
    return PRECIPITATION[max(found, default=0)]


def _dangers(groups: list[tuple[str, ...]], clouds: list[str]) -> Iterator[str]:
    for intensity, described, kind, _, other in groups:
        where = " in the vicinity" if intensity == "VC" else ""
        if described == "TS":
            yield f"thunderstorm{where}"
        if described == "FZ":
            yield f"freezing {'rain or drizzle' if kind else 'fog'}"
        if "GR" in kind or "PL" in kind:
            yield "hail or ice pellets"
        if other in {"SQ", "FC", "SS", "DS", "PO"}:
            yield {"SQ": "squall", "FC": "funnel cloud", "PO": "dust whirls"}.get(other, "sand or dust storm")
    if "CB" in clouds:
        yield "cumulonimbus"
