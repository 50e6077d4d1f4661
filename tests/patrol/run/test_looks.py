"""Looks that rules ask for: judged by the planner and the battery of now, flown, answered in the journal."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from archive import Archive
from flight.control import FlightControl, Look
from geo import LocalFrame
from missions import Breakpoint, FlightError, GeoPoint, LegKind, LookAnswer, LookRequest, Plan, Telemetry
from missions.items import mission_items
from patrol.run.looks import LookDesk, judge_look
from patrol.run.prepare import Prepared, prepare


@pytest.fixture(scope="module")
def prepared(example_mission: Path) -> Prepared:
    return prepare(example_mission, iterations=20)


@pytest.fixture
def archive(tmp_path: Path, example_mission: Path, prepared: Prepared) -> Archive:
    return Archive.create(
        tmp_path / "p", patrol_id="p", mission_file=example_mission, roads=prepared.roads, plan=prepared.plan
    )


def on_leg(plan: Plan) -> tuple[Breakpoint, GeoPoint]:
    """Half-way along the first service leg, and a place 25 m beside its middle."""
    sortie = plan.sorties[0]
    number = next(i for i, w in enumerate(sortie.waypoints) if w.leg is LegKind.SERVICE)
    seq = next(item.seq for item in mission_items(plan, sortie) if item.waypoint_index == number)
    end, start = sortie.waypoints[number].position, sortie.waypoints[number - 1].position
    frame = LocalFrame(lat_deg=start.lat_deg, lon_deg=start.lon_deg)
    east, north, _ = frame.geodetic_to_enu(end.lat_deg, end.lon_deg)[0] / 2
    lat, lon, _ = frame.enu_to_geodetic([[east + 5.0, north + 5.0]])[0]
    return Breakpoint(sortie_id=sortie.sortie_id, item_seq=seq, fraction=0.5), GeoPoint(lat_deg=lat, lon_deg=lon)


def request_at(position: GeoPoint) -> LookRequest:
    return LookRequest(incident_id="p-look-001", position=position, duration_s=20.0, reason="seen too short")


def now_with(plan: Plan, battery_pct: float | None) -> Telemetry:
    return Telemetry(
        patrol_id="p",
        vehicle_id=plan.vehicle_id,
        stream_id="main",
        captured_utc_s=1000.0,
        position=plan.dock,
        amsl_m=100.0,
        height_above_home_m=60.0,
        heading_deg=0.0,
        roll_deg=0.0,
        pitch_deg=0.0,
        velocity_enu_m_s=(8.0, 0.0, 0.0),
        gimbal_pitch_deg=-60.0,
        gimbal_azimuth_deg=0.0,
        battery_pct=battery_pct,
    )


def test_a_look_that_the_planner_and_the_battery_allow_is_an_order_with_its_way(prepared: Prepared) -> None:
    at, place = on_leg(prepared.plan)
    judged = judge_look(prepared.plan, request_at(place), at, now_with(prepared.plan, 95.0), None)
    assert judged.look is not None, judged.why
    assert judged.look.view.hold_s == 20.0
    assert judged.look.view.look_at is not None
    assert judged.look.view.look_at.position == place
    assert judged.why.endswith("s more")


@pytest.mark.parametrize(("battery_pct", "why"), [(21.0, "Wh above its reserve"), (None, "does not tell its charge")])
def test_a_look_that_the_battery_of_now_does_not_allow_is_refused_with_figures(
    prepared: Prepared, battery_pct: float | None, why: str
) -> None:
    at, place = on_leg(prepared.plan)
    judged = judge_look(prepared.plan, request_at(place), at, now_with(prepared.plan, battery_pct), None)
    assert judged.look is None
    assert why in judged.why


def test_a_place_outside_the_fence_is_refused_by_the_planner(prepared: Prepared) -> None:
    at, _ = on_leg(prepared.plan)
    far = replace(prepared.plan.dock, lat_deg=prepared.plan.dock.lat_deg + 1.0)
    judged = judge_look(prepared.plan, request_at(far), at, now_with(prepared.plan, 95.0), None)
    assert judged.look is None
    assert "outside the plan's geofence" in judged.why


class Flying(FlightControl):
    """A flight that does what it is told, or not."""

    def __init__(self, at: Breakpoint, *, obeys: bool = True) -> None:
        super().__init__()
        self.begin()
        self.at(at)
        self._obeys = obeys
        self.given: list[object] = []

    async def give(self, order: object) -> str:  # type: ignore[override]  # a scripted flight
        """Take any order."""
        self.given.append(order)
        if not self._obeys:
            raise FlightError("the vehicle went to RTL on the way")
        return "looked"


def notes(archive: Archive) -> list[str]:
    return [str(value) for _, _, kind, value in archive.read_since(0) if kind == "note"]


@pytest.mark.parametrize(("obeys", "last"), [(True, LookAnswer.DONE), (False, LookAnswer.REFUSED)])
async def test_a_look_is_answered_when_it_is_accepted_and_when_it_was_flown(
    archive: Archive, prepared: Prepared, obeys: bool, last: LookAnswer
) -> None:
    at, place = on_leg(prepared.plan)
    control = Flying(at, obeys=obeys)
    now = now_with(prepared.plan, 95.0)
    desk = LookDesk(prepared.plan, archive, control, allowed=True, terrain=None, now=lambda: now)
    assert desk.take(request_at(place)) is LookAnswer.NOT_YET
    assert desk.take(request_at(place)) is LookAnswer.REFUSED, "one look at a time"
    await desk.close()
    assert isinstance(control.given[0], Look)
    told = notes(archive)
    assert any(f"{LookAnswer.ACCEPTED}:" in note for note in told)
    assert f"{last}:" in told[-1]


async def test_a_mission_that_does_not_allow_looks_and_an_aircraft_on_the_ground_refuse(
    archive: Archive, prepared: Prepared
) -> None:
    at, place = on_leg(prepared.plan)
    desk = LookDesk(prepared.plan, archive, Flying(at), allowed=False, terrain=None, now=lambda: None)
    assert desk.take(request_at(place)) is LookAnswer.REFUSED
    desk = LookDesk(prepared.plan, archive, FlightControl(), allowed=True, terrain=None, now=lambda: None)
    assert desk.take(request_at(place)) is LookAnswer.REFUSED
    assert "the mission does not allow looks" in notes(archive)[0]
    assert "not flying" in notes(archive)[1]
    await asyncio.sleep(0)
