"""An autopilot in Python that speaks MAVLink 2 and flies a multirotor in simulated time."""

from sitl.autopilot.copter import Copter
from sitl.autopilot.settings import CopterSettings, VehicleState

__all__ = ["Copter", "CopterSettings", "VehicleState"]
