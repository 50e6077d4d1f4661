"""Times of validity as zone files write them, to spans of UTC. What is not understood makes a zone hold for longer."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from missions.zone import DAY_S, DAYS, ActiveTime

_TIME: Final = re.compile(r"(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*(Z|[+-]00:?00)?")


def utc_s(text: str) -> float:
    """Return an ISO 8601 moment as UTC seconds; one without a zone is UTC.

    Raises:
        ValueError: it is no moment.

    """
    moment = datetime.fromisoformat(text.strip())
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except OverflowError as exc:
        raise ValueError(f"{text!r} is out of the calendar") from exc


def span_utc_s(text: str) -> tuple[float | None, float | None]:
    """Return `FROM/UNTIL`, either of which may be NONE, as UTC seconds.

    Raises:
        ValueError: it is no span, has no end at all, or ends before it begins.

    """
    ends = [part.strip() for part in text.split("/")]
    if len(ends) != 2:
        raise ValueError(f"{text!r} is not FROM/UNTIL")
    begin, end = (None if part.upper() == "NONE" else utc_s(part) for part in ends)
    if begin is None and end is None:
        raise ValueError(f"{text!r} has neither a beginning nor an end")
    if begin is not None and end is not None and begin >= end:
        raise ValueError(f"{text!r} ends before it begins")
    return begin, end


def active_of_applicability(periods: Any) -> tuple[ActiveTime, ...]:  # noqa: ANN401 - parsed JSON
    """Return ED-269's `applicability` or ED-318's `limitedApplicability`; none is always.

    Both are lists of periods with `startDateTime`, `endDateTime` and a `schedule` (in early files `dailyPeriod`) of
    days and times. A period that is permanent, or that cannot be understood, makes the zone hold always; a time of
    day that is not in UTC, or is an event like sunset, makes it hold all day.
    """
    if not isinstance(periods, list):
        return ()
    times: list[ActiveTime] = []
    for period in periods:
        try:
            found = _of_period(period)
        except (ValueError, TypeError, AttributeError, OverflowError):
            return ()
        if ActiveTime() in found:
            return ()
        times += found
    return tuple(times)


def _of_period(period: Any) -> list[ActiveTime]:  # noqa: ANN401 - parsed JSON
    begin, end = (None if period.get(key) is None else utc_s(period[key]) for key in ("startDateTime", "endDateTime"))
    if period.get("permanent") == "YES":
        begin = end = None
    daily = period.get("schedule") or period.get("dailyPeriod") or []
    spans = [_of_day(row) for row in daily] or [((), 0.0, DAY_S)]
    return [
        ActiveTime(from_utc_s=begin, until_utc_s=end, days=days, day_from_s=from_s, day_until_s=until_s)
        for days, from_s, until_s in spans
    ]


def _of_day(row: dict[str, Any]) -> tuple[tuple[str, ...], float, float]:
    """Return days, and from when until when of the day."""
    named = row.get("day") or []
    days = tuple(day for day in DAYS if day in named) if all(day in DAYS for day in named) else ()
    begin, end = _second_of_day(row.get("startTime"), 0.0), _second_of_day(row.get("endTime"), DAY_S)
    events = row.get("startEvent") or row.get("endEvent")
    if events or begin is None or end is None or begin >= end:  # over midnight, the morning after is another day
        return (), 0.0, DAY_S
    return days, begin, end


def _second_of_day(value: object, otherwise: float) -> float | None:
    """Return seconds since midnight UTC; None where the time is not in UTC or not understood."""
    if value is None:
        return otherwise
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[4] not in {None, "Z", "+00:00", "+0000", "-00:00"}:
        return None
    return int(match[1]) * 3600.0 + int(match[2]) * 60.0 + float(match[3] or 0.0)
