"""Airframes: what an aircraft can do and what it costs in energy. Data files in `missions/airframes/`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Airframe:
    """A multirotor as the planner and the simulator see it."""

    name: str
    cruise_m_s: float
    """Default ground speed on legs."""
    max_airspeed_m_s: float
    climb_m_s: float
    descent_m_s: float
    acceleration_m_s2: float
    """Along-track acceleration; a stop-and-turn at a waypoint costs about speed / acceleration seconds."""
    battery_wh: float
    """Usable energy when full."""
    hover_w: float
    cruise_w: float
    """Electrical power at `cruise_m_s` airspeed."""
    climb_w: float
    battery_cells: int
    battery_full_v: float
    battery_empty_v: float
    battery_mah: float
    max_wind_m_s: float
