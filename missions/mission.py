"""The mission: what an operator writes down, checked. `mission_file.py` reads it from YAML."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from missions.alert import Person, Responder, Roster
from missions.detection import Runtime, Tiles
from missions.failsafe import FailsafePolicy
from missions.hindrance_sections import NoFly, ObstacleSection
from missions.incident import IncidentKind
from missions.remote_id import RemoteId, UasId
from missions.roads_section import Roads
from missions.section import Place, Section, wrong
from missions.terrain.use import VerticalDatum

Language = Literal["en", "zh-CN"]
Goal = Literal["flight_time", "makespan", "energy", "sorties"]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Day(Section):
    """The part of a day in which roads are to be revisited, on the clock of the place."""

    begin: ClockTime = Field(description="HH:MM")
    end: ClockTime = Field(description="HH:MM, later than begin")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Day":
        if self.end <= self.begin:
            raise ValueError(f"ends at {self.end}, not after it begins at {self.begin}")
        return self

    @property
    def length_s(self) -> float:
        """From begin to end."""
        begin_s, end_s = (60.0 * (60 * int(clock[:2]) + int(clock[3:])) for clock in (self.begin, self.end))
        return end_s - begin_s


class Dock(Place):
    """Where the aircraft starts and lands."""

    amsl_m: float = Field(0.0, ge=-500, le=6000, description="Ground height above mean sea level, metres")

    @property
    def known_amsl_m(self) -> float | None:
        """The ground's height where the mission says it; None where it is only taken to be the sea's."""
        return self.amsl_m if "amsl_m" in self.model_fields_set else None


class FleetDock(Dock):
    """One of several places where aircraft start and land."""

    id: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    swap_s: float | None = Field(
        None, ge=0, le=86400, description="From a landing to the next take-off; default flight.swap_s"
    )


class Aircraft(Section):
    """What flies."""

    vehicle_id: str = Field("uav-1", min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    system_id: int = Field(1, ge=1, le=254, description="MAVLink system id")
    airframe: str = "quad-5kg"
    camera: str = "wide-720p"
    gimbal_pitch_deg: float = Field(-60.0, ge=-90, le=-20, description="0 horizon, -90 straight down")
    uas_id: UasId | None = Field(None, description="Its Remote ID, at most 20 characters; default remote_id.uas_id")


class FleetAircraft(Aircraft):
    """One of several aircraft."""

    vehicle_id: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    system_id: int = Field(ge=1, le=254, description="MAVLink system id, another for each aircraft")
    dock: str = Field(description="The id of its dock")


class Wind(Section):
    """Wind to plan for, or as an aircraft measures it."""

    speed_m_s: float = Field(0.0, ge=0, le=30)
    from_deg: float = Field(0.0, ge=0, lt=360, description="Direction it blows from, clockwise from north")

    @classmethod
    def measured(cls, *, speed_m_s: float, from_deg: float) -> "Wind":
        """Return a wind that nobody wrote down: any angle, a speed that is held within what a mission may say."""
        return cls(speed_m_s=min(max(speed_m_s, 0.0), 30.0), from_deg=math.fmod(from_deg % 360.0, 360.0))


def _none_for_auto(value: object) -> object:
    return None if value == "auto" else value


Height = Annotated[
    float | None,
    BeforeValidator(_none_for_auto),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 5, "maximum": 500}, {"enum": ["auto", None]}]}),
]
"""None is auto."""


class Flight(Section):
    """How it flies."""

    height_m: Height = Field(
        None,
        gt=5,
        le=500,
        description="Metres above home (the dock's ground), above the ground below where terrain is given; "
        "or auto: the greatest at which the detector still has its smallest pixels on watch.smallest",
    )
    speed_m_s: float | None = Field(None, gt=0.5, le=30, description="Along stretches; default the airframe's cruise")
    altitude_cap_m: float = Field(
        120.0,
        gt=5,
        le=500,
        description="Above home, or above ground where terrain is given; 120 m is China's limit for small drones",
    )
    radio_range_m: float | None = Field(
        None, gt=50, le=100_000, description="Straight distance from the dock up to which the link holds, metres"
    )
    reserve_pct: float = Field(25.0, ge=5, le=80, description="Share of the battery that must be left on landing")
    fence_margin_m: float = Field(60.0, ge=10, le=2000, description="From the outermost leg to the geofence")
    obstacle_clearance_m: float = Field(10.0, ge=0, le=200, description="Least height over the top of an obstacle")
    wind: Wind = Wind()
    goal: Goal = Field(
        "flight_time",
        description="Least time in the air, the last landing as early as can be, least energy, or fewest sorties",
    )
    swap_s: float = Field(
        120.0, ge=0, le=86400, description="From a landing to the next take-off: battery swap or charge, seconds"
    )
    separation_m: float = Field(
        30.0,
        ge=1,
        le=1000,
        description="Two aircraft in the air are never nearer than this over the ground, metres ...",
    )
    layer_m: float = Field(10.0, ge=1, le=100, description="... unless one is so much higher than the other, metres")

    @model_validator(mode="after")
    def _height_below_cap(self) -> "Flight":
        if self.height_m is not None and self.height_m > self.altitude_cap_m:
            raise ValueError(f"height_m {self.height_m:g} is above altitude_cap_m {self.altitude_cap_m:g}")
        return self


class TerrainFile(Section):
    """The ground's height; with it heights of `flight` are above the ground below (AGL)."""

    file: Path = Field(
        description="GeoTIFF, or SRTM .hgt under its own name; relative to this file. Join several with `rio merge`"
    )
    clearance_m: float = Field(
        30.0, ge=2, le=300, description="Least height above the highest ground near by, everywhere but at the dock"
    )
    datum: VerticalDatum = Field(
        "egm96",
        description="What its heights are above: egm96 (mean sea level, as SRTM's) or ellipsoid (WGS84's); "
        "heights are planned from differences, so it only decides whether dock.amsl_m can be compared",
    )


class Watch(Section):
    """What is looked for."""

    smallest: Literal["person", "two_wheeler", "vehicle"] = Field(
        "two_wheeler",
        description="Smallest object that has to be seen; height, lens and detector are checked against it",
    )
    detector: str = Field(
        "nano", description="A shipped detector's name, a weights file of ours, or the .yaml map of an ONNX file"
    )
    runtime: Runtime = Field(
        "auto", description="What runs the detector's network; auto is the quickest here: a GPU, else OpenVINO"
    )
    tiles: Tiles = Field(
        "auto",
        description="auto: a picture is looked at in overlapping tiles where smallest would be too few pixels in it; "
        "off; or so many tiles across",
    )
    detect_hz: float = Field(5.0, gt=0, le=30, description="Pictures per second of patrol time that are looked at")
    incidents: tuple[IncidentKind, ...] = tuple(IncidentKind)
    corridor_m: float = Field(
        30.0, gt=0, le=1000, description="Smoke and fire count within so far of a road's centreline, metres"
    )
    stopped_after_s: float = Field(20.0, gt=2, description="A vehicle on the carriageway is an incident after so long")
    looks: bool = Field(
        default=False,
        description="Whether the aircraft leaves its route to look at a place that a rule wants to see closer, "
        "where zones and battery allow it",
    )


class StaffMember(Section):
    """Someone to warn; with a position also someone to send."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    channels: tuple[str, ...] = ("console:",)
    language: Language | None = Field(None, description="Default: the mission's")
    position: Place | None = Field(None, description="Where a responder waits; staff without one are only warned")
    equipment: tuple[str, ...] = ()


def _dock_or_docks(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema, too, that `docks` stands instead of `dock`."""
    schema["required"].remove("dock")
    schema["oneOf"] = [{"required": ["dock"]}, {"required": ["docks", "fleet"]}]


class Mission(Section):
    """A patrol mission, version 1 of the file."""

    model_config = ConfigDict(json_schema_extra=_dock_or_docks)

    version: Literal[1] = 1
    name: str = Field(min_length=1)
    language: Language = "en"
    roads: Roads
    docks: tuple[FleetDock, ...] = Field((), description="Several docks, instead of dock")
    dock: Dock = Field(description="lat, lon and amsl_m of the one dock; the first of docks where there are several")
    fleet: tuple[FleetAircraft, ...] = Field((), description="Several aircraft, instead of aircraft")
    aircraft: Aircraft = Field(Aircraft(), description="The one aircraft; the first of fleet where there are several")
    day: Day | None = Field(None, description="When roads are revisited: begin and end as HH:MM")
    flight: Flight = Flight()
    failsafes: FailsafePolicy = Field(FailsafePolicy(), description="What happens when something fails in flight")
    remote_id: RemoteId | None = Field(
        None, description="What is broadcast about aircraft and operator, where the vehicle has Remote ID"
    )
    terrain: TerrainFile | None = None
    no_fly: tuple[NoFly, ...] = ()
    obstacles: tuple[ObstacleSection, ...] = ()
    watch: Watch = Watch()
    staff: tuple[StaffMember, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, data: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        """Let `dock` and `aircraft` be the first of a fleet's, for whoever looks at one."""
        if not isinstance(data, Mapping):
            return data
        for one, several in (("dock", "docks"), ("aircraft", "fleet")):
            if several in data and one in data:
                raise wrong(several, f"stands beside {one}: give one of the two")
            if several in data and not (isinstance(data[several], list | tuple) and data[several]):
                raise wrong(several, "is not a list with at least one entry")
        docks, fleet = ([row for row in data.get(key, ()) if isinstance(row, Mapping)] for key in ("docks", "fleet"))
        firsts: dict[str, Any] = {}
        if fleet:
            firsts["aircraft"] = {key: value for key, value in fleet[0].items() if key != "dock"}
        if docks:
            own = next((row for row in docks if fleet and row.get("id") == fleet[0].get("dock")), docks[0])
            firsts["dock"] = {key: value for key, value in own.items() if key not in {"id", "swap_s"}}
        return {**data, **firsts}

    @model_validator(mode="after")
    def _fleet_agrees(self) -> "Mission":
        if bool(self.fleet) != bool(self.docks):
            missing, given = ("docks", "fleet") if self.fleet else ("fleet", "docks")
            raise wrong(given, f"needs {missing} too: each aircraft of fleet names one of docks by its id")
        for field, values in (
            ("docks.{}.id", [dock.id for dock in self.docks]),
            ("fleet.{}.vehicle_id", [one.vehicle_id for one in self.fleet]),
            ("fleet.{}.system_id", [one.system_id for one in self.fleet]),
        ):
            _refuse_twins(field, values)
        known = [dock.id for dock in self.docks]
        for number, one in enumerate(self.fleet):
            if one.dock not in known:
                raise wrong(f"fleet.{number}.dock", f"no dock {one.dock!r}: one of {', '.join(known)}")
        if self.roads.revisit and self.day is None:
            raise wrong("roads.revisit", "needs day: {begin: HH:MM, end: HH:MM}")
        return self

    @model_validator(mode="after")
    def _each_aircraft_has_its_remote_id(self) -> "Mission":
        if self.remote_id is None:
            return self
        flown: tuple[Aircraft, ...] = self.fleet or (self.aircraft,)
        seen: set[str] = set()
        for number, one in enumerate(flown):
            uas_id = one.uas_id or self.remote_id.uas_id
            if uas_id is None:
                raise wrong("remote_id", "uas_id is missing: here, or with each aircraft")
            if uas_id in seen:
                raise wrong(f"fleet.{number}.uas_id", f"{uas_id} is taken by another: each aircraft needs its own")
            seen.add(uas_id)
        return self

    @model_validator(mode="after")
    def _staff_ids_differ(self) -> "Mission":
        ids = [member.id for member in self.staff]
        if len(set(ids)) < len(ids):
            raise ValueError("two members of staff have the same id")
        return self

    @model_validator(mode="after")
    def _obstacle_ids_differ(self) -> "Mission":
        ids = [obstacle.id for obstacle in self.obstacles]
        if len(set(ids)) < len(ids):
            raise ValueError("two obstacles have the same id")
        return self

    @property
    def has_timetable(self) -> bool:
        """Whether several aircraft fly it, or one all day: it becomes a `FleetPlan`."""
        return len(self.fleet) > 1 or bool(self.roads.revisit)

    def with_flight(self, **fields: object) -> "Mission":
        """Return the mission with other fields of `flight`, which are not checked again."""
        return self.model_copy(update={"flight": self.flight.model_copy(update=fields)})

    def remote_id_of(self, aircraft: Aircraft) -> RemoteId | None:
        """What is broadcast of one aircraft; None where the mission says nothing of it."""
        if self.remote_id is None or aircraft.uas_id is None:
            return self.remote_id
        return self.remote_id.model_copy(update={"uas_id": aircraft.uas_id})

    @property
    def roster(self) -> Roster:
        """Who is warned and who can go."""
        return Roster(
            staff=tuple(
                Person(person_id=m.id, name=m.name, channels=m.channels, language=m.language or self.language)
                for m in self.staff
            ),
            responders=tuple(
                Responder(person_id=m.id, position=m.position.point, equipment=m.equipment)
                for m in self.staff
                if m.position is not None
            ),
        )


def _refuse_twins(field: str, values: Iterable[str | int]) -> None:
    seen: Counter[str | int] = Counter()
    for number, value in enumerate(values):
        if seen[value]:
            raise wrong(field.format(number), f"{value} is taken by another: each needs its own")
        seen[value] += 1
