"""Uploads that end early, judged by the real autopilot: what it holds afterwards."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from test_transfer import some_items

from flight.errors import MissionRejected
from flight.item_codec import list_differences
from flight.link import open_link
from flight.transfer import clear, download, upload
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from sitl.arducopter import ArduCopter
from sitl.lossy_link import LossyLink
from tests.samples import DOCK

pytestmark = pytest.mark.ardupilot
ITEMS = some_items(80)


async def test_a_refusal_names_its_item_and_a_cancelled_upload_leaves_nothing(
    arducopter_at: Callable[..., ArduCopter],
) -> None:
    with arducopter_at(DOCK, speedup=1.0) as copter:
        async with LossyLink(copter.link_url, seed=1, loss=0.1) as radio, open_link(radio.link_url) as link:
            await link.wait_vehicle(timeout_s=20.0)
            unknown = (*ITEMS[:41], replace(ITEMS[41], command=9999), *ITEMS[42:])
            with pytest.raises(MissionRejected, match=r"unsupported command\): item 41 of 80") as caught:
                await upload(link, unknown, MAV_MISSION_TYPE_MISSION)
            assert caught.value.item == 41
            assert await download(link, MAV_MISSION_TYPE_MISSION) == ()
            for after_s in (0.02, 0.1, 0.3, 0.6):
                await upload(link, ITEMS[:30], MAV_MISSION_TYPE_MISSION)
                task = asyncio.create_task(upload(link, ITEMS, MAV_MISSION_TYPE_MISSION))
                await asyncio.sleep(after_s)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                stored = await download(link, MAV_MISSION_TYPE_MISSION)
                assert not stored or not list_differences(ITEMS, stored)
            await upload(link, ITEMS, MAV_MISSION_TYPE_MISSION)
            await clear(link, MAV_MISSION_TYPE_MISSION)
