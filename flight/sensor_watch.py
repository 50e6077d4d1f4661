"""Sensors that the vehicle itself calls sick in flight: most of them it says nothing of in words."""

from typing import Final

from flight.context import Flight
from flight.events import EventKind
from missions import Message

_SENSORS: Final = {
    0x01: "gyroscope",
    0x02: "accelerometer",
    0x04: "compass",
    0x08: "barometer",
    0x20: "GPS",
    0x8000: "motor outputs",
    0x200000: "attitude and position estimate",
    0x2000000: "battery",
    0x40000000: "propulsion",
}
"""MAV_SYS_STATUS_SENSOR, by what an operator calls it."""


class SensorWatch:
    """Tells, once each time, that a sensor has failed or is well again; only in the air, as checks look before."""

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._sick = 0

    def hear(self, message: Message) -> None:
        """Look at a SYS_STATUS."""
        if message.name != "SYS_STATUS":
            return
        present, enabled, health = (
            message.integer(f"onboard_control_sensors_{kind}") for kind in ("present", "enabled", "health")
        )
        sick = present & enabled & ~health if self._flight.state.armed else 0
        changed, self._sick = sick ^ self._sick, sick
        for bit, name in _SENSORS.items():
            if changed & bit and self._flight.state.armed:
                text = f"{name}: the vehicle says it has {'failed' if sick & bit else 'recovered'}"
                self._flight.tell(EventKind.VEHICLE_TEXT, text)
