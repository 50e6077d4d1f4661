"""A plan that somebody changed by hand, its hash made to fit: it is refused before arming."""

from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import place

from flight.errors import PreflightFailed
from missions import InputError, Plan, Waypoint
from missions.formats.plan_file import save_plan, with_hash
from patrol.checked_plan import checked_plan
from tests.flight.faults.scene import Scene, scene, short_plan
from tests.flight.faults.verdict import Verdict


def _with_waypoint(plan: Plan, number: int, waypoint: Waypoint) -> Plan:
    (sortie,) = plan.sorties
    waypoints = (*sortie.waypoints[:number], waypoint, *sortie.waypoints[number + 1 :])
    return replace(plan, sorties=(replace(sortie, waypoints=waypoints),))


async def outside_the_fence(seed: int, folder: Path, verdict: Verdict) -> None:
    """A waypoint was moved out of the fence."""
    async with scene(seed, folder, verdict, short_plan()) as running:
        number = seed % 3
        away_m = running.chance.choice((-1, 1)) * running.chance.uniform(245.0, 900.0)
        old = running.plan.sorties[0].waypoints[number]
        edited = _with_waypoint(running.plan, number, replace(old, position=place(away_m, 40.0)))
        await _refused(running, edited, "outside the fence", "leaves the fence")


async def above_the_ceiling(seed: int, folder: Path, verdict: Verdict) -> None:
    """A waypoint was raised above the ceiling."""
    async with scene(seed, folder, verdict, short_plan()) as running:
        old = running.plan.sorties[0].waypoints[seed % 3]
        height_m = running.plan.ceiling_m + running.chance.uniform(0.0, 80.0)
        edited = _with_waypoint(
            running.plan, seed % 3, replace(old, altitude=replace(old.altitude, metres=round(height_m, 1)))
        )
        await _refused(running, edited, "above home, the fence ends")


async def _refused(running: Scene, edited: Plan, *words: str) -> None:
    """The file's hash does not fit; with a hash that does, the file's check refuses it, and so does the flight."""
    file, verdict = running.folder / "plan.json", running.verdict
    for plan in (edited, with_hash(edited)):
        save_plan(plan, file)
        with pytest.raises(InputError):
            checked_plan(file)
    await running.begin(plan=with_hash(edited))
    refused = [exc for exc in running.refused if isinstance(exc, PreflightFailed)]
    said = bool(refused) and any(word in str(refused[0]) for word in words)
    verdict.must(said, f"not refused for that: {running.refused}")
    running.refused.clear()
    verdict.must(not any(state.armed for state in running.truth()), "it was armed")
    await running.judge()
