"""A Plan flown: MAVLink, preflight, execution, record. Async.

`open_link` gives one vehicle's messages over one address or several, `open_hub` those of many vehicles, `fly_patrol`
flies a plan on a link from preflight to report, and `FlightControl` is how somebody else asks it to hold, go on or come
home. Nothing else in the house speaks MAVLink to a vehicle.
"""

from flight.control import FlightControl
from flight.fly import fly_patrol
from flight.hub import LinkHub, open_hub
from flight.link import open_link
from flight.report import FlightReport
from flight.settings import FlySettings

__all__ = ["FlightControl", "FlightReport", "FlySettings", "LinkHub", "fly_patrol", "open_hub", "open_link"]
