"""Whether the battery is enough for this sortie, in the wind of now."""

import math

from flight.battery_gauge import Gauge
from flight.checks.facts import Facts, Finding, bad, good
from flight.checks.wind import winds
from flight.parameter_names import BATTERY_CAPACITY_MAH
from missions.airframe import Airframe
from missions.hardware import load_airframe
from missions.mission import Wind


def battery(facts: Facts) -> Finding:
    """Whether what is left of it takes the vehicle through the sortie and leaves the reserve.

    What the sortie takes is worked out in the planned wind and in the wind the vehicle feels; the larger counts.
    """
    flight, have_pct = facts.flight, facts.flight.state.battery_pct
    if have_pct is None:
        return bad("the vehicle does not report its charge")
    airframe = load_airframe(flight.plan.airframe)
    needed_wh, wind = max(((_needed_wh(facts, wind), wind) for wind in winds(facts)), key=_energy)
    if not math.isfinite(needed_wh):
        return bad(f"no headway against a wind of {wind.speed_m_s:.1f} m/s from {wind.from_deg:.0f} deg")
    have_wh = _usable_wh(facts, airframe, have_pct)
    reserve_wh = airframe.battery_wh * flight.plan.reserve_pct / 100.0
    text = (
        f"{have_wh:.0f} Wh ({have_pct:.0f} %), this sortie needs {needed_wh + reserve_wh:.0f} Wh with its reserve "
        f"in {wind.speed_m_s:.1f} m/s of wind"
    )
    return bad(text) if have_wh < needed_wh + reserve_wh else good(text)


def _energy(needed: tuple[float, Wind]) -> float:
    return needed[0]


def _needed_wh(facts: Facts, wind: Wind) -> float:
    energy_needed = facts.flight.ground.energy_needed
    if energy_needed is None:
        return facts.sortie.estimate.energy_wh
    needed_wh = energy_needed(facts.sortie, facts.start, wind)
    return needed_wh if math.isfinite(needed_wh) else math.inf


def _usable_wh(facts: Facts, airframe: Airframe, have_pct: float) -> float:
    capacity_mah = facts.flight.parameters.value_si(BATTERY_CAPACITY_MAH) or 0.0
    if capacity_mah <= 0:  # its percents are of something else; taken for the airframe's usable energy
        return airframe.battery_wh * have_pct / 100.0
    return Gauge.of(airframe, capacity_mah).usable_wh(have_pct)
