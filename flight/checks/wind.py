"""Whether the aircraft holds its way in the wind: the one that was planned for, and the one of now."""

from flight.checks.facts import Facts, Finding, bad, good
from flight.strong_wind import largest_lean
from missions.hardware import load_airframe
from missions.mission import Wind


def winds(facts: Facts) -> tuple[Wind, ...]:
    """Return the wind that was planned for, and the one the vehicle feels where it tells one."""
    plan, telemetry = facts.flight.plan, facts.flight.state.telemetry
    planned = Wind.measured(speed_m_s=plan.wind_m_s, from_deg=plan.wind_from_deg)
    felt = telemetry.wind if telemetry is not None else None
    return (planned,) if felt is None else (planned, felt)


def wind(facts: Facts) -> Finding:
    """Whether the stronger of both is within what the airframe takes, and what the vehicle's largest lean holds.

    What a lean holds is `Airframe.airspeed_at_lean_m_s`; the vehicle's lean is PSC_ANGLE_MAX, else ANGLE_MAX
    (ATC_ANGLE_MAX since 4.7).
    """
    airframe = load_airframe(facts.flight.plan.airframe)
    strongest_m_s = max(wind.speed_m_s for wind in winds(facts))
    if strongest_m_s > airframe.max_wind_m_s:
        return bad(f"wind of {strongest_m_s:.1f} m/s, {airframe.name} takes {airframe.max_wind_m_s:g} m/s")
    lean = largest_lean(facts.flight.parameters)
    if lean is None:
        return good(f"{strongest_m_s:.1f} m/s; the vehicle tells no largest lean")
    name, lean_deg = lean
    held_m_s = airframe.airspeed_at_lean_m_s(lean_deg)
    if strongest_m_s >= held_m_s:
        needed = f"{name} of {lean_deg:g} deg holds {held_m_s:.1f} m/s"
        return bad(f"wind of {strongest_m_s:.1f} m/s, {airframe.name} with {needed}: it would be carried off")
    return good(f"{strongest_m_s:.1f} m/s, {name} of {lean_deg:g} deg holds {held_m_s:.1f} m/s")
