"""When zones hold, as files say it; what is not understood makes them hold for longer."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import ActiveTime, GeoPoint, Zone, ZoneRule
from missions.zone import DAYS
from missions.zones.times import active_of_applicability, span_utc_s, utc_s

SQUARE = tuple(GeoPoint(lat_deg=30 + lat, lon_deg=114 + lon) for lat, lon in ((0, 0), (0, 1), (1, 1)))
WEEKEND = {
    "permanent": "NO",
    "startDateTime": "2026-05-01T00:00:00Z",
    "endDateTime": "2026-06-01T00:00:00Z",
    "schedule": [{"day": ["SAT", "SUN"], "startTime": "17:00:00.00Z", "endTime": "23:00Z"}],
}


def _holds(applicability: Any, begin: str, end: str) -> bool:
    zone = Zone(zone_id="z", rule=ZoneRule.KEEP_OUT, corners=SQUARE, active=active_of_applicability(applicability))
    return zone.holds_between(utc_s(begin), utc_s(end))


@pytest.mark.parametrize(
    ("begin", "end", "holds"),
    [
        ("2026-05-02T17:30Z", "2026-05-02T18:00Z", True),  # a Saturday
        ("2026-05-02T16:00Z", "2026-05-02T16:59Z", False),
        ("2026-05-02T16:00Z", "2026-05-02T17:00Z", True),
        ("2026-05-03T23:30Z", "2026-05-04T18:00Z", False),  # Sunday night to Monday
        ("2026-05-04T00:00Z", "2026-05-11T00:00Z", True),  # a week
        ("2026-06-06T17:30Z", "2026-06-06T18:00Z", False),  # a Saturday, but after the end
        ("2026-05-02T19:30+02:00", "2026-05-02T20:00+02:00", True),
    ],
)
def test_a_weekend_schedule_holds_on_weekends_of_its_season(begin: str, end: str, holds: bool) -> None:
    assert _holds([WEEKEND], begin, end) is holds


@pytest.mark.parametrize(
    "applicability",
    [
        pytest.param(None, id="nothing said"),
        pytest.param([], id="no period"),
        pytest.param([{"permanent": "YES"}], id="permanent"),
        pytest.param([WEEKEND, {"permanent": "YES", "startDateTime": None}], id="permanent beside another"),
        pytest.param([WEEKEND, {"permanent": "NO", "startDateTime": "in spring"}], id="no moment"),
        pytest.param([WEEKEND, "always"], id="no period but a word"),
        pytest.param([{"permanent": "NO", "schedule": [{"day": ["ANY"]}]}], id="any day"),
        pytest.param([{"schedule": [{"day": [], "startTime": None, "endTime": None}]}], id="nulls"),
        pytest.param([{"schedule": [{"day": ["MON"], "startEvent": "SR", "endEvent": "SS"}]}], id="sunrise to sunset"),
        pytest.param([{"schedule": [{"day": ["MON"], "startTime": "22:00Z", "endTime": "05:00Z"}]}], id="at night"),
        pytest.param([{"schedule": [{"day": ["MON"], "startTime": "08:00+08:00"}]}], id="not in UTC"),
        pytest.param([{"schedule": [{"day": ["MON"], "startTime": "8 am"}]}], id="in words"),
        pytest.param([{"schedule": [{"day": ["HOLIDAY"], "endTime": "24:00Z"}]}], id="a day of no week"),
    ],
)
def test_what_is_not_understood_holds_always(applicability: Any) -> None:
    assert _holds(applicability, "2026-05-05T03:00Z", "2026-05-05T03:01Z")


@given(
    begin=st.floats(0, 4e9),
    length=st.floats(0, 30 * 86400),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
    hours=st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1]),
    share=st.floats(0, 1),
)
def test_a_moment_of_the_week_is_found_as_a_calendar_finds_it(
    begin: float, length: float, days: set[str], hours: tuple[int, int], share: float
) -> None:
    time = ActiveTime(days=tuple(days), day_from_s=hours[0] * 3600.0, day_until_s=hours[1] * 3600.0)
    moment = begin + share * length
    local = datetime.fromtimestamp(moment, UTC)
    if DAYS[local.weekday()] in days and hours[0] <= local.hour < hours[1]:
        assert time.overlaps(begin, begin + length)
        assert time.overlaps(moment, moment)
    elif DAYS[local.weekday()] not in days:
        assert not time.overlaps(moment, moment) or (local.hour, local.minute, local.second) == (0, 0, 0)


def test_spans_have_an_end_and_run_forwards() -> None:
    assert span_utc_s("NONE/1970-01-01T01:00Z") == (None, 3600.0)
    for wrong in ("NONE/NONE", "2026-01-02T00:00Z/2026-01-01T00:00Z", "2026-01-01", "a/b"):
        with pytest.raises(ValueError):  # noqa: PT011 - which of several does not matter
            span_utc_s(wrong)
