"""A detour as the copter of a clone flies it: it hovers, looks at the place, and comes back to the route."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flight_fakes import drawn_plan

from flight.fly import fly_patrol
from flight.report import Outcome
from flight.settings import BatterySwap, FlySettings
from geo import LocalFrame
from missions import Breakpoint, GeoPoint
from missions.items import mission_items
from missions.telemetry import Telemetry
from planner.detour import Loiter, detour
from sitl.copter_process import CopterProcess
from tests.samples import DOCK

pytestmark = pytest.mark.slow

FRAME = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg)


async def test_a_detour_is_flown_with_its_hover_and_the_camera_on_the_place(tmp_path: Path) -> None:
    plan = drawn_plan((0, 50), (60, 50), height_m=20.0)
    lat, lon, _ = FRAME.enu_to_geodetic([[30.0, 20.0]])[0]
    place = GeoPoint(lat_deg=float(lat), lon_deg=float(lon))
    items = mission_items(plan, plan.sorties[0])
    leg = next(item.seq for item in items if item.waypoint_index == 1)
    at = Breakpoint(sortie_id=plan.sorties[0].sortie_id, item_seq=leg, fraction=0.5)
    changed = replace(plan, sorties=(detour(plan, at, place, Loiter(hold_s=15)),))
    telemetry: list[Telemetry] = []
    with CopterProcess(home=f"{DOCK.lat_deg},{DOCK.lon_deg},32,0", speedup=40.0) as copter:
        report = await fly_patrol(
            copter.url,
            changed,
            FlySettings(battery_swap=BatterySwap.SIMULATED),
            on_event=lambda _update: None,
            on_telemetry=telemetry.append,
            tlog=tmp_path / "f.tlog",
        )
    assert report.outcome is Outcome.COMPLETE
    assert report.cross_track_max_m is not None
    assert report.cross_track_max_m < 4.0
    hover = next(waypoint.position for waypoint in changed.sorties[0].waypoints if waypoint.hold_s)
    near = [t for t in telemetry if t.armed and hover.distance_m(t.position) < 4.0]
    assert 15.0 <= near[-1].captured_utc_s - near[0].captured_utc_s < 25.0  # coming and leaving, too
    assert report.flown_time_s == pytest.approx(changed.sorties[0].estimate.time_s, rel=0.1)
    middle = near[len(near) // 2]
    away_m = middle.position.distance_m(place)
    expected_deg = -np.degrees(np.arctan2(middle.height_above_home_m, away_m))
    assert middle.gimbal_pitch_deg == pytest.approx(expected_deg, abs=6.0)
    last = [t for t in telemetry if t.armed and plan.sorties[0].waypoints[-1].position.distance_m(t.position) < 4.0]
    assert last[0].gimbal_pitch_deg == pytest.approx(-60.0, abs=2.0)  # as the route has it
