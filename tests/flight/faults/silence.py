"""The link is silent in flight, or the station dies."""

import asyncio
import os
import signal
import sys
import textwrap
from pathlib import Path
from typing import Final

from flight import copter_modes as modes
from flight.events import EventKind
from flight.report import FlightReport, Outcome
from missions.formats.plan_file import save_plan
from tests.flight.faults.evidence import last_stored, mode_at
from tests.flight.faults.scene import Scene, scene, short_plan
from tests.flight.faults.verdict import Trial, Verdict

_ROOT: Final = Path(__file__).resolve().parents[3]
_LOSS_S: Final = 5.0
_SPEEDUP: Final = 3.0
"""The vehicle's five seconds have to be more than a second of a busy machine's."""
_ACTS_WITHIN_S: Final = 4.0
_RETURN: Final = frozenset({modes.RTL})


def silent_for(seconds: float) -> Trial:
    """Return the trial of a silence of so much of the vehicle's time, somewhere on the long leg."""

    async def trial(seed: int, folder: Path, verdict: Verdict) -> None:
        plan = short_plan(link_loss_after_s=_LOSS_S)
        async with scene(seed, folder, verdict, plan, speedup=_SPEEDUP) as running:
            running.asked = _RETURN if seconds > _LOSS_S else frozenset()
            flying = running.begin()
            await running.on_long_leg(flying, running.chance.uniform(0.1, 0.7))
            began_s = running.now_s
            running.radio.silence(on=True)
            await running.sleep(seconds)
            running.radio.silence(on=False)
            report = await flying
            acted_s = mode_at(running.truth(), _RETURN, began_s)
            if seconds > _LOSS_S:
                _must_act(verdict, acted_s)
                running.must_say("on_link_loss: return")
            await _finished(running, report)
            await running.judge()

    return trial


def _must_act(verdict: Verdict, acted_s: float | None) -> None:
    verdict.must(acted_s is not None, "it never returned, as on_link_loss wants")
    if acted_s is not None:
        verdict.figures["policy after s"] = acted_s
        verdict.must(_LOSS_S - 1.5 <= acted_s <= _LOSS_S + _ACTS_WITHIN_S, f"on_link_loss came after {acted_s:.1f} s")


async def _finished(running: Scene, report: FlightReport | None) -> None:
    """The patrol has to be complete, if need be by a resume."""
    resumed = 0.0
    if report is not None and report.outcome is Outcome.CUT_SHORT:
        resumed, report = 1.0, await running.begin(resume=True)
    running.verdict.figures["resumed by order"] = resumed
    outcome = report.outcome.value if report is not None else "no report"
    running.verdict.must(outcome == Outcome.COMPLETE.value, f"the patrol ended {outcome}: {running.lines()[-3:]}")


_STATION: Final = """
    import asyncio, sys
    from pathlib import Path
    from flight.events import FlightProgress
    from flight.fly import fly_patrol
    from flight.settings import BatterySwap, FlySettings
    from missions.formats.plan_file import load_any_plan

    def watch(update):
        if isinstance(update, FlightProgress) and update.waypoint and update.fraction >= float(sys.argv[4]):
            print("there", flush=True)

    folder = Path(sys.argv[3])
    settings = FlySettings(battery_swap=BatterySwap.SIMULATED, heartbeat_wait_s=30.0, telemetry_hz=5.0)
    plan = load_any_plan(Path(sys.argv[2]))
    asyncio.run(
        fly_patrol(
            sys.argv[1], plan, settings, on_event=watch, ledger=folder / "ledger", tlog=folder / "killed.tlog"
        )
    )
"""


def killed_at(seed: int) -> float:
    """Return the share of the route that is flown when the station dies: each tenth of it in turn, by seed."""
    return 0.03 + 0.1 * ((seed - 1) % 10)


async def killed(seed: int, folder: Path, verdict: Verdict) -> None:
    """Kill the station at each tenth of the route and start another one after 8 to 25 s of the vehicle's time."""
    plan = short_plan(link_loss_after_s=_LOSS_S)
    async with scene(seed, folder, verdict, plan, speedup=_SPEEDUP) as running:
        running.asked = _RETURN
        verdict.figures["killed at share of route"] = killed_at(seed)
        await _flown_until_killed(running, killed_at(seed))
        died_s = running.now_s
        running.records.append((folder / "killed.tlog", 0, running.frames))
        known = last_stored(folder / "ledger")
        verdict.must(known is not None and known.phase == "flying", "the ledger does not know that it flies")
        await running.sleep(running.chance.uniform(8.0, 25.0))
        report = await running.begin()
        _must_act(verdict, mode_at(running.truth(), _RETURN, died_s))
        verdict.must(running.told(EventKind.ATTACHED), "the second station did not take the flight up")
        first = next((number for number, event in enumerate(running.events) if event.kind is EventKind.ATTACHED), 0)
        stored = [event for event in running.events[:first] if event.kind is EventKind.UPLOADED]
        verdict.must(not stored, "the plan was stored again before it was recognised")
        running.must_say("lost its ground station", "on_link_loss: return")
        await _finished(running, report)
        await running.judge()


async def _flown_until_killed(running: Scene, share: float) -> None:
    """Fly in a process of its own and kill it once so much of the route is flown."""
    plan_file = running.folder / "plan.json"
    save_plan(running.plan, plan_file)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(_STATION), running.radio.link_url, str(plan_file), str(running.folder),
        f"{share:.3f}", cwd=_ROOT, env={**os.environ, "PYTHONPATH": str(_ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 150.0)
        assert line == b"there\n", "the first station ended before it was to be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
