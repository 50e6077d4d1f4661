"""The weather gate: the newest report against the limits, row by row with figures. No report keeps it closed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from missions import FleetPlan, InputError, Plan
from missions.hardware import load_airframe
from patrol.serve.metar import PRECIPITATION, Unreadable, WeatherReport, newest
from patrol.serve.timetable import WeatherLimits

_TIMEOUT_S: Final = 15.0
_MOST_BYTES: Final = 4_000_000
_CLOUD_ROOM_M: Final = 30.0
_ALLOWED: Final[Mapping[str, int]] = {"none": 0, "light": 1, "any": 3}
_AHEAD_S: Final = 900.0

ReadWeather = Callable[[], str]
"""Returns the text of the source now.

Raises InputError where it cannot be read.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says, and by which figures."""

    open: bool
    text: str
    figures: Mapping[str, float]


def weather_source(source: str | None) -> ReadWeather | None:
    """Return how a source is read: a file, or an http or https address; None for `none`.

    Where nothing is named the gate stays closed: reading says so.
    """
    if source is None:
        return _nothing
    if source == "none":
        return None
    if source.startswith(("http://", "https://")):
        return lambda: _fetched(source)
    return lambda: _file(Path(source))


def _nothing() -> str:
    raise InputError("no weather source", field="--weather", remedy="a METAR file or address, or none to fly without")


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:_MOST_BYTES]
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, field="--weather", remedy="METAR text") from exc


def _fetched(url: str) -> str:
    import http.client
    import urllib.request

    try:
        request = urllib.request.Request(url, headers={"User-Agent": "skypatrol"})  # noqa: S310 - http, as looked at above
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - likewise
            body: bytes = answer.read(_MOST_BYTES)
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise InputError(f"{url} cannot be read: {exc}", field="--weather", remedy="an address of METAR text") from exc
    return body.decode("utf-8", "replace")


def judge(
    read: ReadWeather | None,
    limits: WeatherLimits,
    plan: Plan | FleetPlan,
    *,
    now_utc_s: float,
    station: str | None = None,
) -> Verdict:
    """Return whether a plan may be flown in the weather of now."""
    if read is None:
        return Verdict(open=True, text="flown without a weather report, as asked", figures={})
    try:
        report = newest(read(), now_utc_s=now_utc_s, station=station)
    except InputError as exc:
        return Verdict(open=False, text=str(exc), figures={})
    if report is None:
        of = f" of {station}" if station is not None else ""
        return Verdict(open=False, text=f"the weather source holds no METAR{of}", figures={})
    if isinstance(report, Unreadable):
        return Verdict(open=False, text=f"the METAR cannot be understood ({report.why}): {report.text}", figures={})
    return compare(report, limits, plan, now_utc_s=now_utc_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    """Of the figure, with its unit."""
    value: float | None
    refuses: str
    """Why it keeps the gate closed; empty: it does not."""


def compare(report: WeatherReport, limits: WeatherLimits, plan: Plan | FleetPlan, *, now_utc_s: float) -> Verdict:
    """Return what a report says to the limits; what it does not say keeps the gate closed."""
    rows = list(_rows(report, limits, plan, (now_utc_s - report.observed_utc_s) / 60.0))
    refusals = [row.refuses for row in rows if row.refuses] + list(report.dangers)
    figures = {row.name: round(row.value, 2) for row in rows if row.value is not None}
    text = "; ".join(refusals) if refusals else "within its limits"
    return Verdict(open=not refusals, text=f"{text} ({report.text})", figures=figures)


def _rows(report: WeatherReport, limits: WeatherLimits, plan: Plan | FleetPlan, age_min: float) -> Iterator[_Row]:
    plans = _plans(plan)
    airframe_m_s = min(load_airframe(each.airframe).max_wind_m_s for each in plans)
    wind_m_s = limits.max_wind_m_s if limits.max_wind_m_s is not None else airframe_m_s
    gust_m_s = limits.max_gust_m_s if limits.max_gust_m_s is not None else max(airframe_m_s, wind_m_s)
    cloud_m = limits.min_cloud_base_m
    if cloud_m is None:
        cloud_m = max(each.return_height_m for each in plans) + _CLOUD_ROOM_M
    old = f"the report is {age_min:.0f} min old, at most {limits.max_age_min:.0f} are believed"
    ahead = f"the report is of {-age_min:.0f} min ahead"
    early = age_min * 60.0 < -_AHEAD_S
    yield _Row(name="age_min", value=age_min, refuses=ahead if early else old if age_min > limits.max_age_min else "")
    yield _most("wind", "wind_m_s", report.wind_m_s, wind_m_s, "m/s", needed=True)
    yield _most("gusts", "gust_m_s", report.gust_m_s, gust_m_s, "m/s", needed=False)
    yield _least("visibility", "visibility_m", report.visibility_m, limits.min_visibility_m, "m", needed=True)
    yield _least("cloud base", "cloud_base_m", report.cloud_base_m, cloud_m, "m", needed=False)
    yield _least("temperature", "temperature_c", report.temperature_c, limits.min_temperature_c, "°C", needed=False)
    yield _most("temperature", "temperature_c", report.temperature_c, limits.max_temperature_c, "°C", needed=False)
    level = PRECIPITATION.index(report.precipitation)
    wet = f"{report.precipitation} precipitation, {limits.precipitation} is flown in"
    yield _Row(name="precipitation", value=level, refuses=wet if level > _ALLOWED[limits.precipitation] else "")


def _most(what: str, name: str, value: float | None, most: float, unit: str, *, needed: bool) -> _Row:
    if value is None:
        return _Row(name=name, value=None, refuses=f"no {what} in the report" if needed else "")
    return _Row(name=name, value=value, refuses=f"{what} {value:.1f} {unit}, at most {most:g}" if value > most else "")


def _least(what: str, name: str, value: float | None, least: float, unit: str, *, needed: bool) -> _Row:
    if value is None:
        return _Row(name=name, value=None, refuses=f"no {what} in the report" if needed else "")
    return _Row(
        name=name, value=value, refuses=f"{what} {value:.0f} {unit}, at least {least:g}" if value < least else ""
    )


def _plans(plan: Plan | FleetPlan) -> Sequence[Plan]:
    return plan.plans if isinstance(plan, FleetPlan) else (plan,)
