"""Three copters on one hub, by the timetable of one fleet's plan: measured on where they truly were."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from flight.report import Outcome
from patrol.arducopter_here import copter_parameters_here
from planner import check_fleet
from sitl.arducopter import ArduCopter
from sitl.copter_process import CopterProcess
from sitl.faults import Fault, wind
from sitl.loopback import free_port
from sitl.simulated_copter import SimulatedCopter
from tests.patrol.fleet.crossing import GROUND_M, SEPARATION_M, Watcher, crossing_fleet, flown

pytestmark = pytest.mark.slow
GUSTY = wind(8.0, 270.0, gusts=2.0)


def test_the_fleet_that_is_flown_here_keeps_its_distances_by_its_timetable() -> None:
    assert [each for each in check_fleet(crossing_fleet()) if each.rule == "separation"] == []


async def test_three_at_once_keep_the_plans_distance_though_one_is_held_for_a_minute(tmp_path: Path) -> None:
    port = free_port()
    copters = [
        CopterProcess(
            home=f"{plan.dock.lat_deg},{plan.dock.lon_deg},{GROUND_M:g},0",
            speedup=3.0,  # at six times real time a busy machine's ground station hears too late to keep them apart
            seed=plan.system_id,
            watched=True,
            more=["--system-id", str(plan.system_id), "--link", f"udpout:127.0.0.1:{port}"],
        )
        for plan in crossing_fleet().plans
    ]
    await keeps_its_distances(port, copters, tmp_path)


@pytest.mark.ardupilot
async def test_three_arducopters_keep_it_in_a_gusty_wind_though_one_is_held(
    arducopter_binary: Path, tmp_path: Path
) -> None:
    port = free_port()
    copters = [
        ArduCopter(
            arducopter_binary,
            plan.dock,
            GROUND_M,
            speedup=3.0,
            link_port=port,
            system_id=plan.system_id,
            instance=plan.system_id,
            base_defaults=copter_parameters_here(),
            watched=True,
        )
        for plan in crossing_fleet().plans
    ]
    await keeps_its_distances(port, copters, tmp_path, GUSTY)


async def keeps_its_distances(
    port: int, copters: Sequence[SimulatedCopter], folder: Path, air: Fault | None = None
) -> None:
    """Fly the fleet, hold its first aircraft for a minute half-way, and look how near they truly came."""
    with ExitStack() as stack:
        for copter in copters:
            stack.enter_context(copter)
            if air is not None:
                copter.set_fault(air)
        watcher = Watcher(copters, hold="uav-1", past_m=150.0)
        report = await flown(f"udpin:127.0.0.1:{port}", watcher, folder)
    assert [each.report.outcome for each in report.aircraft if each.report is not None] == [Outcome.COMPLETE] * 3
    assert watcher.held_s >= 60.0
    assert watcher.together == 3, "all were in the air at once"
    assert watcher.least_m >= SEPARATION_M, report.separation_events
    assert report.nearest is not None
    assert report.nearest.across_m >= SEPARATION_M
    assert [event for event in report.separation_events if event.cause and event.text.startswith("uav-2")]
    held = [event for each in report.aircraft if each.report is not None for event in each.report.events if event.cause]
    assert held, "the flights' own reports say why they waited"
