"""The embedded copter's parameters against the real firmware's."""

from pathlib import Path

import pytest
from flight_fakes import DOCK

from flight.link import open_link
from flight.parameters import download_parameters
from missions.hardware import load_airframe
from patrol.arducopter_here import copter_parameters_here
from sitl.arducopter import ArduCopter
from sitl.autopilot.parameters import ParameterStore
from sitl.loopback import free_port

SINCE_RENAMED = {"ARMING_SKIPCHK", "ATC_ANGLE_MAX", "MAV_GCS_SYSID_HI", "MNT1_RATE_DEGS", "PILOT_TKO_ALT_M"}
NEWER_UNITS = ("LAND_", "RTL_", "WP_")
"""What the newest Copter has under SI names; a build before that has the older ones."""


@pytest.mark.ardupilot
async def test_every_parameter_exists_on_arducopter_with_the_same_type(arducopter_binary: Path) -> None:
    defaults = copter_parameters_here()
    with ArduCopter(
        arducopter_binary, DOCK, 32.0, 0.0, 10.0, free_port(), base_defaults=defaults, instance=49
    ) as copter:
        async with open_link(copter.link_url) as link:
            await link.wait_vehicle(timeout_s=20.0)
            real = (await download_parameters(link)).by_name
    ours = ParameterStore(load_airframe("quad-5kg"), {}).table
    absent = {parameter.name for parameter in ours if parameter.name not in real}
    assert {name for name in absent - SINCE_RENAMED if not name.startswith(NEWER_UNITS)} == set()
    assert [p.name for p in ours if p.name in real and real[p.name].mav_type != p.kind] == []
