"""The timetable file: which plan is flown when, in which weather; and the times that follow from it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from missions.errors import InputError
from missions.mission import ClockTime
from missions.mission_file import read_sections
from missions.occurrence import Occurrence
from missions.section import Section

DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: Final[tuple[DayName, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WeatherLimits(Section):
    """What the weather gate lets through; what is left out is taken from the plan's aircraft."""

    max_wind_m_s: float | None = Field(None, gt=0, le=40, description="Mean wind, m/s; by default the airframe's")
    max_gust_m_s: float | None = Field(None, gt=0, le=50, description="Gusts, m/s; by default the airframe's wind")
    min_visibility_m: float = Field(3000.0, ge=0, description="Visibility on the ground, metres")
    min_cloud_base_m: float | None = Field(
        None, ge=0, description="Lowest broken or overcast cloud above the ground, metres; by default 30 above the legs"
    )
    precipitation: Literal["none", "light", "any"] = Field("light", description="Heaviest that is flown in")
    min_temperature_c: float = Field(-10.0, ge=-60, le=60, description="Air temperature, degrees Celsius")
    max_temperature_c: float = Field(40.0, ge=-60, le=60, description="Air temperature, degrees Celsius")
    max_age_min: float = Field(90.0, gt=0, le=1440, description="Oldest report that is believed, minutes")


class TimetablePatrol(Section):
    """One plan and its times."""

    name: str = Field(min_length=1, max_length=60, description="What the history calls it")
    plan: Path = Field(description="Plan file made by `patrol plan`")
    mission: Path | None = Field(None, description="Mission file that the plan was made from, where it is watched")
    video: str | None = Field(
        None, description="Where its pictures come from, as for `patrol run --video`; left out: flown without watching"
    )
    at: tuple[ClockTime, ...] = Field(min_length=1, description="Times of day as HH:MM, on the clock of the zone")
    days: tuple[DayName, ...] = Field(_DAYS, min_length=1, description="mon, tue, wed, thu, fri, sat, sun")
    not_on: tuple[dt.date, ...] = Field((), description="Dates on which it is not flown, YYYY-MM-DD")
    window_min: float = Field(30.0, ge=0, le=720, description="How late it may begin, minutes")
    weather: WeatherLimits = Field(WeatherLimits(), description="Limits of the weather gate")


class TimetableFile(Section):
    """A timetable as written."""

    zone: str = Field("UTC", description="Time zone, such as Asia/Shanghai")
    station: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{3}$")] | None = Field(
        None, description="Weather station whose reports count, four letters; by default the newest of any"
    )
    patrols: tuple[TimetablePatrol, ...] = Field(min_length=1, description="What is flown when")

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"no time zone {zone!r}") from exc
        return zone

    @field_validator("patrols")
    @classmethod
    def _names_differ(cls, patrols: tuple[TimetablePatrol, ...]) -> tuple[TimetablePatrol, ...]:
        names = [patrol.name for patrol in patrols]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{names.count(twice[0])} patrols are called {twice[0]!r}")
        return patrols


class Timetable(NamedTuple):
    """A timetable and where it came from."""

    entries: TimetableFile
    path: Path

    @property
    def patrols(self) -> Sequence[TimetablePatrol]:
        """What is flown when."""
        return self.entries.patrols

    def patrol(self, name: str) -> TimetablePatrol | None:
        """Return a patrol by its name; None where the timetable has none such any more."""
        return next((patrol for patrol in self.patrols if patrol.name == name), None)

    def plan_file(self, patrol: TimetablePatrol) -> Path:
        """Return a patrol's plan file, resolved against the timetable's folder."""
        return (self.path.parent / patrol.plan).resolve()

    def watched(self, patrol: TimetablePatrol) -> tuple[Path, str] | None:
        """Return a patrol's mission file and its video, files against the timetable's folder; None: not watched."""
        if patrol.video is None or patrol.mission is None:
            return None
        is_file = "://" not in patrol.video
        video = str((self.path.parent / patrol.video).resolve()) if is_file else patrol.video
        return (self.path.parent / patrol.mission).resolve(), video


def load_timetable(path: Path) -> Timetable:
    """Read and check a timetable.

    Raises:
        InputError: with file, line, field and remedy.

    """
    entries, _ = read_sections(path, TimetableFile, kind="a timetable", begins="zone: ..., patrols: [...]")
    table = Timetable(entries, path)
    for number, patrol in enumerate(entries.patrols):
        if not table.plan_file(patrol).is_file():
            remedy = "a plan made by `patrol plan`"
            raise InputError(f"no file {patrol.plan}", file=path, field=f"patrols.{number}.plan", remedy=remedy)
        _refuse_unwatchable(table, number, patrol)
    return table


def _refuse_unwatchable(table: Timetable, number: int, patrol: TimetablePatrol) -> None:
    """Refuse a video that is none, and one of the two that belong together.

    Raises:
        InputError: with file, field and remedy.

    """
    watched = table.watched(patrol)
    if watched is None:
        if patrol.video is not None:
            remedy = "the mission file that the plan was made from"
            raise InputError("is missing", file=table.path, field=f"patrols.{number}.mission", remedy=remedy)
        return
    from vision.ingest.source import parse_video

    mission, video = watched
    if not mission.is_file():
        remedy = "the mission file that the plan was made from"
        raise InputError(f"no file {patrol.mission}", file=table.path, field=f"patrols.{number}.mission", remedy=remedy)
    try:
        parse_video(video)
    except InputError as exc:
        raise InputError(str(exc), file=table.path, field=f"patrols.{number}.video") from exc


def occurrences(table: Timetable, after_utc_s: float, until_utc_s: float) -> Iterator[Occurrence]:
    """Yield what is due after one instant and up to another, in order.

    A time that a change of clocks leaves out is flown as much later; of one that comes twice the first counts.
    """
    zone = ZoneInfo(table.entries.zone)
    day = dt.datetime.fromtimestamp(after_utc_s, zone).date() - dt.timedelta(days=1)
    last = dt.datetime.fromtimestamp(until_utc_s, zone).date()
    while day <= last:
        due = [
            Occurrence(patrol=patrol.name, due_utc_s=_instant(day, clock, zone))
            for patrol in table.patrols
            if _DAYS[day.weekday()] in patrol.days and day not in patrol.not_on
            for clock in sorted(set(patrol.at))
        ]
        for each in sorted(due, key=lambda one: (one.due_utc_s, one.patrol)):
            if after_utc_s < each.due_utc_s <= until_utc_s:
                yield each
        day += dt.timedelta(days=1)


def _instant(day: dt.date, clock: str, zone: ZoneInfo) -> float:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), zone).timestamp()
