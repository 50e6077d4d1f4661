"""A Plan flown: MAVLink, preflight, execution, record. Async.

`open_link` gives one vehicle's messages, `fly_patrol` flies a plan on a link from preflight to report, and
`FlightControl` is how somebody else asks it to hold, go on or come home. Nothing else in the house speaks MAVLink to
a vehicle.
"""

from flight.control import FlightControl
from flight.fly import fly_patrol
from flight.link import open_link
from flight.report import FlightReport
from flight.settings import FlySettings

__all__ = ["FlightControl", "FlightReport", "FlySettings", "fly_patrol", "open_link"]
