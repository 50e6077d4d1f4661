"""Something of the aircraft, or of the air around it, fails on the long leg."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from flight import copter_modes as modes
from flight.errors import PreflightFailed
from flight.report import FlightReport, Outcome
from missions import Plan
from missions.formats.plan_file import with_hash
from sitl.faults import COMPASS_FAILED, COMPASSES_FAILED, GPS_LOST, Fault, battery_volts, gps_glitch, wind
from sitl.faults import motor as weak_motor
from tests.flight.faults.evidence import mode_at, outside_m
from tests.flight.faults.scene import DOCK, Scene, ended, scene, short_plan
from tests.flight.faults.verdict import Verdict

_MODES: Final = {
    "return": frozenset({modes.RTL}),
    "smart_return": frozenset({modes.SMART_RTL}),
    "land": frozenset({modes.LAND}),
}
_LOW_SHARE: Final = 0.8
"""Of a full pack's voltage: below BATT_LOW_VOLT, above what stops the motors."""
_BATTERY_WITHIN_S: Final = 30.0  # the voltage is filtered, and has to be low for ten seconds
_GPS_WITHIN_S: Final = 30.0
_OVER_WITHIN_S: Final = 600.0
"""Eight times what the patrol takes."""

_DOWN_WITHIN_S: Final = 120.0
_RATED_M_S, _TOO_STRONG_M_S, _GUSTS_M_S = 12.0, 18.0, 3.0
"""`sitl-quad` is rated for the first and, leaning as far as it may, makes 15 m/s."""

_AT_ANY_HEIGHT: Final = Fault(what="the wind is the same near the ground", settings=((("SIM_WIND_T", 1),),))
"""Else the simulator's full wind blows above 60 m only, and half of it at 15 m."""


def _chosen(seed: int) -> str:
    return ("return", "land", "smart_return")[seed % 3]


async def _until_acted(running: Scene, wanted: frozenset[int], since_s: float, within_s: float, policy: str) -> None:
    await running.until(lambda: mode_at(running.truth()[-200:], wanted, since_s) is not None, within_s)
    acted_s = mode_at(running.truth(), wanted, since_s)
    running.verdict.must(acted_s is not None, f"{policy} did not happen within {within_s:g} s: {running.lines()[-4:]}")
    if acted_s is not None:
        running.verdict.figures["policy after s"] = acted_s


async def battery_low(seed: int, folder: Path, verdict: Verdict) -> None:
    """The pack's voltage falls to 80 %; on_low_battery is each of its actions in turn."""
    action = _chosen(seed)
    async with scene(seed, folder, verdict, short_plan(on_low_battery=action)) as running:
        running.asked = _MODES[action]
        flying = running.begin()
        await running.on_long_leg(flying, running.chance.uniform(0.1, 0.8))
        full_v = running.vehicle.side.parameter("SIM_BATT_VOLTAGE")
        broke_s = await running.breaks(battery_volts(_LOW_SHARE * full_v))
        await _until_acted(running, running.asked, broke_s, _BATTERY_WITHIN_S, f"on_low_battery: {action}")
        await flying
        running.must_say("battery", f"on_low_battery: {action}")
        await running.judge()


async def battery_critical(seed: int, folder: Path, verdict: Verdict) -> None:
    """So little charge is left that it is critical; on_critical_battery is each of its actions in turn."""
    action = _chosen(seed)
    plan = short_plan(on_low_battery="report", on_critical_battery=action)
    async with scene(seed, folder, verdict, plan) as running:
        running.asked = _MODES[action]
        flying = running.begin()
        await running.on_long_leg(flying, running.chance.uniform(0.1, 0.8))
        capacity_mah = running.vehicle.side.parameter("BATT_CAPACITY")
        critical = Fault(what="nothing left", settings=((("BATT_CRT_MAH", capacity_mah - 1.0),),))
        broke_s = await running.breaks(critical)
        await _until_acted(running, running.asked, broke_s, _BATTERY_WITHIN_S, f"on_critical_battery: {action}")
        await flying
        running.must_say("critical", f"on_critical_battery: {action}")
        await running.judge()


async def gps_lost(seed: int, folder: Path, verdict: Verdict) -> None:
    """The GPS is gone, in a breeze; it has to land, at most the fence's margin outside the fence."""
    async with scene(seed, folder, verdict, short_plan(on_gps_loss="land")) as running:
        running.asked, running.may_leave_m = _MODES["land"], running.plan.fence_margin_m
        flying = running.begin()
        await running.on_long_leg(flying, running.chance.uniform(0.1, 0.8))
        broke_s = await running.breaks(
            _AT_ANY_HEIGHT, wind(3.0, running.chance.uniform(0.0, 360.0), gusts=0.5), GPS_LOST
        )
        await _until_acted(running, running.asked, broke_s, _GPS_WITHIN_S, "on_gps_loss: land")
        await flying
        running.must_say("position", "on_gps_loss: land")
        states = running.truth()
        verdict.figures["outside fence m"] = max(outside_m(running.plan, state) for state in states)
        await running.judge()


async def gps_glitching(seed: int, folder: Path, verdict: Verdict) -> None:
    """The GPS is 20 to 60 m off for 8 to 20 s; the patrol goes on, or it lands as on_gps_loss wants."""
    async with scene(seed, folder, verdict, short_plan(on_gps_loss="land")) as running:
        running.may_leave_m = running.plan.fence_margin_m
        chance, flying = running.chance, running.begin()
        await running.on_long_leg(flying, chance.uniform(0.1, 0.6))
        north_m, east_m = (chance.choice((-1, 1)) * chance.uniform(15, 42) for _ in range(2))
        await running.breaks(gps_glitch(north_m, east_m, lat_deg=DOCK.lat_deg))
        await running.sleep(chance.uniform(8.0, 20.0))
        await running.breaks(gps_glitch(0.0))
        report = await flying
        running.must_say("glitch")
        _landed_or_complete(running, report, ("on_gps_loss",))
        await running.judge()


def _landed_or_complete(running: Scene, report: FlightReport | None, policies: Sequence[str]) -> None:
    """The patrol is complete, or one of these policies ended it: nothing is asked for that no operator's line tells."""
    complete = report is not None and report.outcome is Outcome.COMPLETE
    running.verdict.figures["patrol complete"] = float(complete)
    actions = {name: getattr(running.plan.failsafes, name).value for name in policies}
    told = [action for name, action in actions.items() if any(f"{name}: {action}" in line for line in running.lines())]
    running.verdict.must(complete or told, f"no line says {' or '.join(policies)}; the last: {running.lines()[-4:]}")
    running.asked = frozenset().union(*(_MODES[action] for action in told))
    states = running.truth()
    running.verdict.figures["outside fence m"] = max(outside_m(running.plan, state) for state in states)


def _gale(speed_m_s: float) -> Callable[[Scene], tuple[Fault, ...]]:
    """Return a wind with gusts from any side."""
    return lambda running: (_AT_ANY_HEIGHT, wind(speed_m_s, running.chance.uniform(0, 360), gusts=_GUSTS_M_S))


def _planned_for_wind() -> Plan:
    """Return the plan of an aircraft that is rated for the wind that it is planned for."""
    return with_hash(replace(short_plan(on_grounded="force_disarm"), airframe="sitl-quad", wind_m_s=_RATED_M_S))


async def windy(seed: int, folder: Path, verdict: Verdict) -> None:
    """12 m/s with gusts from any side, from the long leg on; the aircraft is rated for it."""
    report = await _goes_on(seed, folder, verdict, _gale(_RATED_M_S), plan=_planned_for_wind(), policies=())
    outcome = report.outcome.value if report is not None else "without a report"
    verdict.must(outcome == Outcome.COMPLETE.value, f"the patrol ended {outcome}")


async def wind_too_strong(seed: int, folder: Path, verdict: Verdict) -> None:
    """A wind that carries the aircraft off at 3 to 4 m/s, from the long leg on."""
    report = await _goes_on(
        seed,
        folder,
        verdict,
        _gale(_TOO_STRONG_M_S),
        plan=_planned_for_wind(),
        policies=("on_strong_wind",),
        says=("wind is stronger than the aircraft", "carried off"),
        may_leave=True,
        over_within_s=_DOWN_WITHIN_S,
    )
    _must_end_astray(verdict, report, "the wind")


async def motor_weak(seed: int, folder: Path, verdict: Verdict) -> None:
    """One motor gives 60 % of its thrust."""
    report = await _goes_on(
        seed,
        folder,
        verdict,
        lambda running: (weak_motor(running.seed % 4, 0.6),),
        plan=short_plan(on_grounded="force_disarm"),
        policies=("on_thrust_loss",),
        says=("thrust loss", "on_thrust_loss: land"),
        over_within_s=_DOWN_WITHIN_S,
    )
    _must_end_astray(verdict, report, "thrust")


def _must_end_astray(verdict: Verdict, report: FlightReport | None, why: str) -> None:
    """The report has to say that it landed where it should not, and why; a patrol that is complete did not."""
    if report is not None and report.outcome is Outcome.COMPLETE:
        return
    said = report.ended_by if report is not None else ""
    astray = "landed where it should not" in said and why in said
    verdict.must(astray, f"the report does not say where it landed, and why: {said!r}")


async def leans_too_little(seed: int, folder: Path, verdict: Verdict) -> None:
    """A wind that the airframe takes is planned for, and the vehicle's largest lean is too small for it."""
    async with scene(seed, folder, verdict, _planned_for_wind()) as running:
        lean_deg = running.chance.uniform(15.0, 35.0)
        little = Fault(what="a small lean", settings=((("ATC_ANGLE_MAX", lean_deg), ("ANGLE_MAX", 100 * lean_deg)),))
        await running.breaks(little)
        await running.begin()
        refused = [exc for exc in running.refused if isinstance(exc, PreflightFailed)]
        verdict.must(refused and "wind: " in str(refused[0]), f"not refused for that: {running.refused}")
        running.refused.clear()
        verdict.must(not any(state.armed for state in running.truth()), "it was armed")
        await running.judge()


async def compass_failed(seed: int, folder: Path, verdict: Verdict) -> None:
    """The first of three compasses fails."""
    await _goes_on(seed, folder, verdict, lambda _: (COMPASS_FAILED,), policies=("on_gps_loss",), says=("compass",))


async def compasses_failed(seed: int, folder: Path, verdict: Verdict) -> None:
    """Every compass fails."""
    await _goes_on(seed, folder, verdict, lambda _: (COMPASSES_FAILED,), policies=("on_gps_loss",), says=("compass",))


async def _goes_on(
    seed: int,
    folder: Path,
    verdict: Verdict,
    faults: Callable[[Scene], tuple[Fault, ...]],
    *,
    policies: Sequence[str],
    says: tuple[str, ...] = (),
    plan: Plan | None = None,
    may_leave: bool = False,
    over_within_s: float = _OVER_WITHIN_S,
) -> FlightReport | None:
    """Break something on the long leg: the policy for it, or for its effects, happens, or nothing has to."""
    async with scene(seed, folder, verdict, plan or short_plan()) as running:
        running.may_leave_m = running.plan.fence_margin_m if may_leave else 0.0
        flying = running.begin()
        await running.on_long_leg(flying, running.chance.uniform(0.0, 0.3))
        broke_s = await running.breaks(*faults(running))
        over = await running.until(flying.done, over_within_s)
        verdict.must(over, f"the flight did not end within {over_within_s:g} s: {running.lines()[-2:]}")
        if not over:
            await ended(flying)
        report = await flying if over else None
        _landed_or_complete(running, report, policies)
        for said in says:
            running.must_say(said)
        verdict.figures["over after s"] = running.now_s - broke_s
        if report is not None and report.sorties:
            felt = [sample.wind_m_s for sample in report.sorties[-1].samples if sample.wind_m_s is not None]
            verdict.figures["wind told m/s"] = max(felt, default=0.0)
            verdict.figures["cross-track m"] = report.cross_track_max_m or 0.0
        await running.judge()
        return report
