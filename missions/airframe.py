"""Airframes: what an aircraft can do and what it costs in energy. Data files in `missions/airframes/`."""

import math
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Airframe:
    """A multirotor as the planner and the simulator see it.

    Its powers are of the whole aircraft in flight, avionics included, as makers publish them.
    """

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
    max_airspeed_lean_deg: float | None = None
    """Lean at which it flies level at `max_airspeed_m_s`; None where it is not known."""

    def airspeed_at_lean_m_s(self, lean_deg: float) -> float:
        """Return the airspeed that it can hold level at most with so much lean, 0 to below 90 degrees.

        In steady level flight the lean's share of the thrust is the drag, weight x tan(lean) = drag(airspeed), and a
        multirotor's drag grows by a power between one (momentum drag of its rotors) and two (its body) of the
        airspeed. Taken as one, from the known point down, the airspeed is on the safe side: too small, never too large.
        """
        if self.max_airspeed_lean_deg is None:
            return self.max_airspeed_m_s
        share = math.tan(math.radians(lean_deg)) / math.tan(math.radians(self.max_airspeed_lean_deg))
        return self.max_airspeed_m_s * min(1.0, share)

    @overload
    def level_power_w(self, airspeed_m_s: float) -> float: ...
    @overload
    def level_power_w(self, airspeed_m_s: Floats) -> Floats: ...
    def level_power_w(self, airspeed_m_s: float | Floats) -> float | Floats:
        """Return the electrical power of level flight at one airspeed, or at each of an array.

        From hover it falls with the square of the airspeed to cruise power at cruise speed; beyond, a third of cruise
        power is taken as drag, whose power grows with the cube. A clean airframe does better at speed, so this errs on
        the safe side. The planner reckons with this curve and the embedded autopilot draws its battery down by it.
        """
        share = airspeed_m_s / self.cruise_m_s
        slow = self.hover_w + (self.cruise_w - self.hover_w) * share**2
        fast = self.cruise_w * (2.0 + share**3) / 3.0
        if isinstance(share, np.ndarray):
            return np.where(share <= 1.0, slow, fast)
        return slow if share <= 1.0 else fast
