from collections.abc import Callable

import pytest
from flight_fakes import DOCK

from flight.dronekit_bridge import connect_dronekit, import_dronekit
from missions import InputError
from sitl.arducopter import ArduCopter


def test_dronekit_imports_on_this_python() -> None:
    dronekit = import_dronekit()
    assert callable(dronekit.connect)
    assert dronekit.VehicleMode("GUIDED").name == "GUIDED"


def test_a_wrong_address_is_told_before_anything_is_opened() -> None:
    with pytest.raises(InputError, match="udpin:HOST:PORT"):
        connect_dronekit("127.0.0.1:14550")


@pytest.mark.ardupilot
def test_a_dronekit_vehicle_connects_to_a_real_copter(arducopter_at: Callable[..., ArduCopter]) -> None:
    with arducopter_at(DOCK) as copter:
        vehicle = connect_dronekit(copter.link_url, timeout_s=20)
        try:
            assert vehicle.version.vehicle_type == 2
            assert vehicle.battery.voltage > 10
        finally:
            vehicle.close()
