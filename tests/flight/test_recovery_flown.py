"""What interrupts a patrol on the copter of a clone: silence, the end of our process, a restart of the vehicle."""

import asyncio
import os
import signal
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flight_fakes import DOCK, drawn_plan

from flight.control import FlightControl
from flight.errors import LinkLost, SortieCutShort
from flight.events import EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.fly import fly_patrol
from flight.ledger import Ledger
from flight.report import FlightReport, Outcome
from flight.settings import BatterySwap, FlySettings, OnOverdue
from missions import FailsafePolicy, LegKind, Plan
from missions.formats.plan_file import save_plan, with_hash
from sitl.copter_process import CopterProcess
from sitl.lossy_link import LossyLink

pytestmark = pytest.mark.slow

HOME = f"{DOCK.lat_deg},{DOCK.lon_deg},32,0"
SETTINGS = FlySettings(battery_swap=BatterySwap.SIMULATED)
LOSS_S = 20.0
"""Of the vehicle's time, until its failsafe acts; the clock runs 15 times as fast as the wall's."""


def plan() -> Plan:
    drawn = drawn_plan((0, 40), (600, 40), (600, 0), height_m=20.0)
    return with_hash(replace(drawn, failsafes=FailsafePolicy(link_loss_after_s=LOSS_S)))


PLAN = plan()
ROOT = Path(__file__).resolve().parents[2]


def copter(*, watched: bool = False, speedup: float = 15.0) -> CopterProcess:
    return CopterProcess(home=HOME, speedup=speedup, more=["--exact"], watched=watched)


async def its_time(flying: CopterProcess, seconds: float) -> None:
    """Let so much of the vehicle's own time pass, as nobody on the radio can hear."""
    ends_s = flying.truth()[-1].t_s + seconds
    while flying.truth()[-1].t_s < ends_s:  # noqa: ASYNC110 - the vehicle's clock is a value, not an event
        await asyncio.sleep(0.02)


def only_name(folder: Path) -> str:
    """Return the name of the only vehicle that a ledger's folder knows."""
    (file,) = folder.iterdir()
    return file.stem


class Station:
    """A ground station's flight, and the moment at which the long leg is being flown."""

    def __init__(self) -> None:
        self.events: list[FlightEvent] = []
        self.on_leg = asyncio.Event()
        self.control = FlightControl()

    def watch(self, update: FlightUpdate) -> None:
        """Keep events, and notice the long leg."""
        if isinstance(update, FlightEvent):
            self.events.append(update)
        elif update.leg is LegKind.SERVICE and update.waypoint == 2 and update.fraction > 0.25:
            self.on_leg.set()

    def kinds(self) -> list[EventKind]:
        """Return what happened, in order."""
        return [event.kind for event in self.events]

    def causes(self) -> list[str]:
        """Return the reasons that were told, in order."""
        return [event.cause for event in self.events if event.cause]

    async def fly(self, url: str, ledger: Path, settings: FlySettings = SETTINGS, **more: Any) -> FlightReport:
        """Fly the plan on the vehicle there."""
        return await fly_patrol(url, PLAN, settings, on_event=self.watch, control=self.control, ledger=ledger, **more)


async def test_after_a_silence_the_failsafes_return_is_turned_back_and_the_patrol_finished(tmp_path: Path) -> None:
    station = Station()
    with copter(watched=True) as flying:
        async with LossyLink(flying.url, seed=1) as radio:
            patrol = asyncio.create_task(station.fly(radio.link_url, tmp_path))
            await station.on_leg.wait()
            radio.silence(on=True)
            await its_time(flying, 60.0)  # at this pace it misses its station after 45
            radio.silence(on=False)
            report = await patrol
    assert report.outcome is Outcome.COMPLETE
    kinds = station.kinds()
    assert kinds.index(EventKind.LINK_BACK) < kinds.index(EventKind.FAILSAFE) < kinds.index(EventKind.RECOVERED)
    failsafe = next(event for event in station.events if event.kind is EventKind.FAILSAFE)
    assert failsafe.text == "the vehicle changed to RTL"
    assert "on_link_loss: return" in failsafe.cause
    assert len(report.sorties[0].silences) == 1
    silence = report.sorties[0].silences[0]
    assert silence.to_utc_s is not None
    assert silence.to_utc_s - silence.from_utc_s > 30.0
    assert report.cross_track_max_m is not None
    assert report.cross_track_max_m < 4.0
    assert report.sorties[0].legs[1].samples > 100, "the leg was flown on from where it was left"


async def test_a_vehicle_that_is_never_heard_again_is_given_up_with_a_report(tmp_path: Path) -> None:
    station = Station()
    settings = FlySettings(
        battery_swap=BatterySwap.SIMULATED,
        lost_warning_wait_s=0.5,
        lost_wait_s=1.0,
        overdue_factor=1.0,
        overdue_extra_flight_s=10.0,
        on_overdue=OnOverdue.REPORT_ONLY,
    )
    with copter(speedup=40.0) as flying:
        patrol = asyncio.create_task(station.fly(flying.url, tmp_path, settings))
        await station.on_leg.wait()
        flying.stop(0.0)
        with pytest.raises(LinkLost, match="silent for") as caught:
            await patrol
    report = caught.value.report
    assert isinstance(report, FlightReport)
    assert report.outcome is Outcome.LOST
    assert report.breakpoint is not None
    assert report.breakpoint_waypoint == 1
    assert report.sorties[0].silences[-1].to_utc_s is None
    assert station.kinds().count(EventKind.LINK_SILENT) == 1


async def test_a_restart_in_flight_is_told_from_a_landing_and_the_rest_is_flown_from_the_ledger(tmp_path: Path) -> None:
    station, again = Station(), Station()
    with copter(watched=True) as flying:
        patrol = asyncio.create_task(station.fly(flying.url, tmp_path))
        await station.on_leg.wait()
        await asyncio.sleep(0.3)
        await asyncio.to_thread(flying.restart)
        with pytest.raises(SortieCutShort, match="started anew") as caught:
            await patrol
        assert EventKind.REBOOTED in station.kinds()
        first = caught.value.report
        assert isinstance(first, FlightReport)
        assert first.breakpoint is not None
        report = await again.fly(flying.url, tmp_path, resume=True)
    assert report.outcome is Outcome.COMPLETE
    started = report.sorties[0].started_at
    assert started is not None
    assert started.item_seq == first.breakpoint.item_seq
    assert abs(started.fraction - first.breakpoint.fraction) < 0.15
    assert [leg.waypoint for leg in report.sorties[0].legs] == [1, 2]


KILLED = """
    import asyncio, sys
    from pathlib import Path
    from flight.events import FlightProgress
    from flight.fly import fly_patrol
    from flight.settings import BatterySwap, FlySettings
    from missions.formats.plan_file import load_any_plan

    def watch(update):
        if isinstance(update, FlightProgress) and update.waypoint == 2 and update.fraction > 0.25:
            print("on the leg", flush=True)

    asyncio.run(
        fly_patrol(
            sys.argv[1],
            load_any_plan(Path(sys.argv[2])),
            FlySettings(battery_swap=BatterySwap.SIMULATED),
            on_event=watch,
            ledger=Path(sys.argv[3]),
        )
    )
"""


async def _flown_until_killed(url: str, folder: Path) -> None:
    """Fly in a process of its own and kill it on the long leg."""
    save_plan(PLAN, folder / "plan.json")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(KILLED), url, str(folder / "plan.json"), str(folder / "ledger"),
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"on the leg\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()


@pytest.mark.parametrize("gone_s", [0.0, 60.0], ids=["at once", "after its failsafe"])
async def test_a_station_that_was_killed_finds_its_plan_and_finishes_it(gone_s: float, tmp_path: Path) -> None:
    station = Station()
    with copter(watched=True) as flying:
        await _flown_until_killed(flying.url, tmp_path)
        kept = Ledger(tmp_path / "ledger", only_name(tmp_path / "ledger")).read()
        assert kept is not None
        assert kept.phase == "flying"
        assert kept.place is not None
        await its_time(flying, gone_s)
        report = await station.fly(flying.url, tmp_path / "ledger")
    assert report.outcome is Outcome.COMPLETE
    assert EventKind.ATTACHED in station.kinds()
    assert EventKind.UPLOADED not in station.kinds()
    assert (EventKind.RECOVERED in station.kinds()) is (gone_s > 0)
    if gone_s:
        assert station.causes()[0] == "it lost its ground station, on_link_loss: return"


async def test_a_hold_outlives_the_station_that_ordered_it(tmp_path: Path) -> None:
    first, second = Station(), Station()

    async def act() -> None:
        while EventKind.HELD not in second.kinds():  # noqa: ASYNC110 - what the flight tells is a list
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        await second.control.resume()

    with copter() as flying:
        patrol = asyncio.create_task(first.fly(flying.url, tmp_path))
        await first.on_leg.wait()
        await first.control.hold()
        patrol.cancel()
        with pytest.raises(asyncio.CancelledError):
            await patrol
        acting = asyncio.create_task(act())
        report = await second.fly(flying.url, tmp_path)
        await acting
    assert report.outcome is Outcome.COMPLETE
    assert second.kinds().index(EventKind.HELD) < second.kinds().index(EventKind.RESUMED)
    assert not [update for update in second.events if isinstance(update, FlightProgress)]
