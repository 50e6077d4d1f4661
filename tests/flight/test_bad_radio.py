"""Everything that goes up and down before a flight, over a radio that loses a part of it both ways."""

from test_transfer import some_items

from flight.commands import request_message
from flight.item_codec import list_differences
from flight.link import open_link
from flight.message_rates import request_rates
from flight.parameters import download_parameters, set_parameters
from flight.transfer import clear, download, upload
from flight.vehicle_state import STREAMS
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from sitl.copter_process import CopterProcess
from sitl.lossy_link import LossyLink
from tests.samples import DOCK

LOSS, SEED = 0.3, 5
NOT_THERE = {"EXTENDED_SYS_STATE", "WIND_COV"}  # not among the messages of the embedded copter


async def test_a_vehicle_is_met_and_gets_its_mission_though_a_third_of_the_messages_is_lost() -> None:
    items = some_items(60)
    with CopterProcess(home=f"{DOCK.lat_deg},{DOCK.lon_deg},32,0", speedup=5.0) as copter:
        async with LossyLink(copter.link_url, seed=SEED, loss=LOSS) as radio, open_link(radio.link_url) as link:
            await link.wait_vehicle(timeout_s=20.0)
            assert await request_message(link, 148, name="AUTOPILOT_VERSION") is not None
            wanted = {name: (number, 10.0 * share) for name, (number, share) in STREAMS.items()}
            assert set(await request_rates(link, wanted)) == NOT_THERE
            parameters = await download_parameters(link)
            await set_parameters(link, parameters, {"FENCE_TYPE": 5, "RTL_ALT_M": 33})
            radio.loss = 0.0
            again = await download_parameters(link)
            assert again.by_name == parameters.by_name
            assert again.by_name["RTL_ALT_M"].value == 33
            radio.loss = LOSS
            await upload(link, items, MAV_MISSION_TYPE_MISSION)
            radio.loss = 0.0
            assert list_differences(items, await download(link, MAV_MISSION_TYPE_MISSION)) == []
            radio.loss = LOSS
            await clear(link, MAV_MISSION_TYPE_MISSION, timeout_s=30.0)
            assert await download(link, MAV_MISSION_TYPE_MISSION) == ()
