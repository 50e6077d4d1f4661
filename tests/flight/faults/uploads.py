"""300 items over a radio that loses packets both ways."""

import time
from pathlib import Path

from pilot import numbered, waypoint

from flight.item_codec import list_differences
from flight.link import open_link
from flight.transfer import download, upload
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from sitl.lossy_link import Towards
from tests.flight.faults.evidence import lost_bytes
from tests.flight.faults.scene import scene, short_plan
from tests.flight.faults.verdict import Trial, Verdict

_ITEMS = 300


def lossy_upload(share: float, within_s: float) -> Trial:
    """Return the trial of a loss; the times are wall seconds at speed-up 1, read-back included."""

    async def trial(seed: int, folder: Path, verdict: Verdict) -> None:
        tlog = folder / "flight.tlog"
        async with scene(seed, folder, verdict, short_plan(), speedup=1.0) as running:
            radio = running.radio
            items = numbered(
                *(waypoint(seed + 3.0 * number, 20.0 * (number % 2), 15.0) for number in range(_ITEMS - 1))
            )
            async with open_link(radio.link_url, tlog=tlog) as link:
                await link.wait_vehicle(timeout_s=30.0)
                radio.loss, began_s = share, time.monotonic()
                await upload(link, items, MAV_MISSION_TYPE_MISSION)
                took_s = time.monotonic() - began_s
                radio.loss = 0.0
                stored = await download(link, MAV_MISSION_TYPE_MISSION)
            count, missing = lost_bytes(radio.passed(Towards.GROUND), tlog)
        verdict.figures |= {"upload s": took_s, "frames recorded": count}
        verdict.must(took_s <= within_s, f"took {took_s:.1f} s, at most {within_s:g}")
        verdict.must(not list_differences(items, stored), f"{len(stored)} items on board differ from what was sent")
        verdict.must(not missing, f"{missing} bytes that reached the socket are not in the tlog")

    return trial
