"""Orders as the copter of a clone carries them out: skip, speed, a look aside, and the exact point to go on from."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flight_fakes import DOCK, FRAME, drawn_plan, place

from flight.control import FlightControl, Look
from flight.events import EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.fly import fly_patrol
from flight.ledger import Ledger
from flight.report import FlightReport, Outcome
from flight.settings import BatterySwap, FlySettings
from missions import Altitude, AltitudeReference, Breakpoint, FailsafePolicy, FlightError, LegKind, Plan, Waypoint
from missions.items import mission_items
from missions.telemetry import Telemetry
from missions.waypoint import LookAt
from sitl.copter_process import CopterProcess

pytestmark = pytest.mark.slow

HOME = f"{DOCK.lat_deg},{DOCK.lon_deg},32,0"
SETTINGS = FlySettings(battery_swap=BatterySwap.SIMULATED)


def plan_of(*corners_m: tuple[float, float]) -> Plan:
    """Return a plan whose vehicle waits long for its station: at this pace a busy machine is silent for seconds."""
    plan = drawn_plan(*corners_m, height_m=20.0)
    return replace(plan, failsafes=FailsafePolicy.model_validate({"link_loss_after_s": 120.0}))


PLAN = plan_of((0, 40), (600, 40), (600, 0))
GROUND = Altitude(metres=0.0, above=AltitudeReference.HOME)


def copter(speedup: float = 10.0) -> CopterProcess:
    return CopterProcess(home=HOME, speedup=speedup, more=["--exact"])


def only_name(folder: Path) -> str:
    """Return the name of the only vehicle that a ledger's folder knows."""
    (file,) = folder.iterdir()
    return file.stem


class Flown:
    """A flight with an operator who acts once it has come so far."""

    def __init__(
        self, act: Callable[[FlightControl], Coroutine[Any, Any, Any]], *, waypoint: int = 2, past: float = 0.2
    ) -> None:
        self.control, self.telemetry, self.events = FlightControl(), list[Telemetry](), list[FlightEvent]()
        self._act, self._waypoint, self._past = act, waypoint, past
        self.acting: asyncio.Task[Any] | None = None

    def watch(self, update: FlightUpdate) -> None:
        """Keep events, and let the operator act in time."""
        if isinstance(update, FlightEvent):
            self.events.append(update)
        elif self.acting is None and update.waypoint >= self._waypoint and self._far(update):
            self.acting = asyncio.create_task(self._act(self.control))

    def _far(self, update: FlightProgress) -> bool:
        return update.leg is LegKind.SERVICE and update.fraction > self._past

    async def fly(self, plan: Plan = PLAN, **settings: Any) -> FlightReport:
        """Fly a plan on a copter of its own."""
        with copter() as flying:
            return await fly_patrol(
                flying.url,
                plan,
                SETTINGS,
                on_event=self.watch,
                on_telemetry=self.telemetry.append,
                control=self.control,
                **settings,
            )

    def kinds(self) -> list[EventKind]:
        """Return what happened, in order."""
        return [event.kind for event in self.events]

    def enu_m(self, telemetry: Telemetry) -> tuple[float, float]:
        """Return metres east and north of the dock."""
        east, north, _ = FRAME.geodetic_to_enu(telemetry.position.lat_deg, telemetry.position.lon_deg)[0]
        return float(east), float(north)


async def test_a_speed_holds_for_the_leg_and_a_skip_leaves_the_rest_of_it_out() -> None:
    slow: list[float] = []

    async def act(control: FlightControl) -> None:
        await control.change_speed(3.0)
        began_utc_s = flown.telemetry[-1].captured_utc_s
        while (now := flown.telemetry[-1]).captured_utc_s - began_utc_s < 15.0:
            slow.append(now.velocity_enu_m_s[0])
            await asyncio.sleep(0.02)
        skipped.append(now)
        await control.skip()

    skipped: list[Telemetry] = []
    # So long a leg that the orders come in time on the busiest machine; what is left of it is never flown.
    plan = plan_of((0, 40), (3000, 40), (0, 0))
    flown = Flown(act, past=0.04)
    report = await flown.fly(plan)
    assert report.outcome is Outcome.COMPLETE
    assert max(slow[-5:]) < 3.5
    assert report.sorties[0].left_out == (1,)
    assert [event.kind for event in flown.events if event.cause == "ordered"] == [EventKind.SPEED, EventKind.SKIPPED]
    assert not [t for t in flown.telemetry if t.armed and t.position.distance_m(place(3000, 40)) < 25.0]
    later = [
        t for t in flown.telemetry if t.armed and t.captured_utc_s > skipped[0].captured_utc_s + 8 and t.mode == "AUTO"
    ]
    assert min(t.velocity_enu_m_s[0] for t in later) < -6.0, "the next leg is flown at the plan's 8 m/s"
    landed = next(event for event in flown.events if event.kind is EventKind.LANDED)
    assert landed.cause == "the sortie was flown to its end"


async def test_a_look_hovers_with_the_camera_on_the_place_and_comes_back_to_the_point_it_left() -> None:
    aside, looked = place(150, 0), place(150, -20)
    view = Waypoint(
        position=aside,
        altitude=Altitude(metres=20.0, above=AltitudeReference.HOME),
        speed_m_s=8.0,
        gimbal_pitch_deg=-45.0,
        leg=LegKind.DEADHEAD,
        hold_s=12.0,
        look_at=LookAt(position=looked, altitude=GROUND),
    )
    left: list[Telemetry] = []
    answers: list[str] = []

    async def act(control: FlightControl) -> None:
        left.append(flown.telemetry[-1])
        answers.append(await control.give(Look(incident_id="p-001", view=view)))

    flown = Flown(act)
    report = await flown.fly()
    assert report.outcome is Outcome.COMPLETE
    assert answers == ["looked"]
    kinds = flown.kinds()
    assert kinds.index(EventKind.LOOKING) < kinds.index(EventKind.LOOKED) < kinds.index(EventKind.RESUMED)
    look = report.sorties[0].looks[0]
    assert look.done
    near = [t for t in flown.telemetry if t.armed and t.position.distance_m(aside) < 3.5]
    assert near[-1].captured_utc_s - near[0].captured_utc_s >= 12.0
    middle = near[len(near) // 2]
    assert middle.gimbal_pitch_deg == pytest.approx(-45.0, abs=8.0)
    back = [t for t in flown.telemetry if t.captured_utc_s > look.ended_utc_s and t.mode == "AUTO" and t.armed]
    east, north = flown.enu_m(back[0])
    left_east, left_north = flown.enu_m(left[0])
    assert abs(east - left_east) < 6.0
    assert abs(north - left_north) < 3.0
    after = [flown.enu_m(t) for t in back if left_east + 5 < flown.enu_m(t)[0] < 580 and flown.enu_m(t)[1] > 25]
    assert after
    assert max(abs(north - 40.0) for _, north in after) < 3.0, "the leg is flown on along its line"
    over = [t for t in back if left_east + 30 < flown.enu_m(t)[0] < 560 and flown.enu_m(t)[1] > 30]
    assert over[-1].gimbal_pitch_deg == pytest.approx(-60.0, abs=2.0)
    assert max(abs(t.velocity_enu_m_s[0]) for t in over) > 6.0, "the leg's speed is asked for again"


async def test_a_return_during_a_look_is_obeyed_at_once() -> None:
    view = replace(PLAN.sorties[0].waypoints[0], position=place(150, 0), hold_s=600.0)

    async def act(control: FlightControl) -> None:
        looking = asyncio.create_task(control.give(Look(incident_id="p-001", view=view)))
        await asyncio.sleep(0.5)
        await control.return_home()
        with pytest.raises(FlightError, match="given up for another order"):
            await looking

    flown = Flown(act)
    with pytest.raises(FlightError, match="returning home") as caught:
        await flown.fly()
    assert isinstance(caught.value.report, FlightReport)
    assert flown.acting is not None
    await flown.acting
    assert caught.value.report.breakpoint is not None


@pytest.mark.parametrize("fraction", [0.7])
async def test_a_breakpoint_is_flown_on_from_its_exact_point_with_gimbal_and_speed(
    fraction: float, tmp_path: Path
) -> None:
    seq = next(item.seq for item in mission_items(PLAN, PLAN.sorties[0]) if item.waypoint_index == 1)
    start = Breakpoint(sortie_id="sortie-1", item_seq=seq, fraction=fraction)
    flown = Flown(lambda control: control.resume(), waypoint=99)
    report = await flown.fly(start=start, ledger=tmp_path)
    sortie = report.sorties[0]
    assert report.outcome is Outcome.COMPLETE
    assert sortie.started_at == start
    assert [leg.waypoint for leg in sortie.legs] == [1, 2]
    assert sortie.legs[0].length_m == pytest.approx(600.0 * (1 - fraction), abs=0.5)
    assert sortie.cross_track_max_m is not None
    assert sortie.cross_track_max_m < 3.0
    point = place(600 * fraction, 40)
    at_point = min(flown.telemetry, key=lambda t: t.position.distance_m(point) if t.armed else 1e9)
    assert at_point.position.distance_m(point) < 1.0, "it comes to the very point"
    assert at_point.gimbal_pitch_deg == pytest.approx(-60.0, abs=2.0)
    assert not [t for t in flown.telemetry if t.armed and t.position.distance_m(place(0, 40)) < 8.0]
    kept = Ledger(tmp_path, only_name(tmp_path)).read()
    assert kept is not None
    assert (kept.phase, kept.place) == ("ended", None)
