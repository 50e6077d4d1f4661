"""Missions through a bad radio: how long an upload takes, ours and those of MAVProxy and MAVSDK.

    python -m benchmarks.flight.upload [--autopilot embedded|arducopter] [--items N] [--loss SHARE ...] [--seeds N]
                                       [--client ours|mavproxy|mavsdk ...] [--peers PYTHON] [--together N]

Every client talks through the same relay, which loses that share of the frames each way, at the vehicle's own pace. A
time is taken on the wire: from the first MISSION_COUNT to the MISSION_ACK that accepts the list. Ours reads back
everything after that and compares; the second time is until it knows. PYTHON is that of an environment of its own with
MAVProxy and mavsdk; without it only ours is measured. Exits with 1 where an upload of ours failed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.flight.upload_clients import mavproxy, mavsdk, ours
from flight.item_codec import WireItem
from patrol.arducopter_here import arducopter_here, copter_parameters_here
from sitl.arducopter import ArduCopter
from sitl.copter_process import CopterProcess
from sitl.loopback import free_ports
from sitl.lossy_link import LossyLink, Towards, split_frames
from tests.flight.flight_fakes import grid_items
from tests.samples import DOCK

_COUNT, _ACK = 44, 47  # message ids


def waypoint_file(items: tuple[WireItem, ...]) -> str:
    """Return the mission as the text that the other clients read (QGC WPL 110)."""
    rows = [
        f"{item.seq}\t0\t{item.frame}\t{item.command}\t0\t0\t0\t0\t{item.x / 1e7:.7f}\t{item.y / 1e7:.7f}\t{item.z}\t1"
        for item in items
    ]
    return "\n".join(["QGC WPL 110", *rows, ""])


class TimedRadio(LossyLink):
    """The relay, with the times of an upload."""

    began_s: float | None = None
    accepted_s: float | None = None

    def relay(self, data: bytes, sender: tuple[str, int], towards: Towards) -> None:
        """Look at each frame as it comes in; what the radio loses after that was sent all the same."""
        for frame in split_frames(data):
            if frame[0] not in {0xFD, 0xFE} or len(frame) < 8:
                continue  # a boot console
            number = int.from_bytes(frame[7:10], "little") if frame[0] == 0xFD else frame[5]
            payload = frame[10:-2] if frame[0] == 0xFD else frame[6:-2]
            if number == _COUNT and towards is Towards.VEHICLE and self.began_s is None:
                self.began_s = time.monotonic()
            elif number == _ACK and towards is Towards.GROUND and self.began_s is not None:
                accepted = len(payload) < 3 or payload[2] == 0  # MAVLink 2 cuts zeros off
                self.accepted_s = self.accepted_s or (time.monotonic() if accepted else None)
        super().relay(data, sender, towards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one upload took."""

    wire_s: float | None
    known_s: float | None
    error: str


@contextmanager
def vehicle(autopilot: str) -> Iterator[str]:
    """Run one and yield the address where a ground station listens for it."""
    if autopilot == "embedded":
        with CopterProcess(home=f"{DOCK.lat_deg},{DOCK.lon_deg},32,0", speedup=1.0) as embedded:
            yield embedded.link_url
        return
    port = free_ports(1)[0]
    with ArduCopter(
        arducopter_here(),
        DOCK,
        32.0,
        link_port=port,
        instance=random.Random(port).randrange(50, 900),
        base_defaults=copter_parameters_here(),
    ) as real:
        yield real.link_url


async def trial(options: argparse.Namespace, client: str, loss: float, seed: int) -> Trial:
    """Start a vehicle and have one client load it."""
    items, peers = grid_items(options.items), options.peers
    with vehicle(options.autopilot) as url, tempfile.TemporaryDirectory(prefix="upload-") as folder:
        file = Path(folder) / "mission.txt"
        file.write_text(waypoint_file(items), encoding="utf-8")
        async with TimedRadio(url, seed=seed, loss=loss) as radio:
            match client:
                case "ours":
                    error = await ours(radio.link_url, items)
                case "mavsdk":
                    error = await mavsdk(radio.link_url, file, peers)
                case _:
                    error = await mavproxy(radio.link_url, file, peers)
            ended_s = time.monotonic()
            wire_s = radio.accepted_s - radio.began_s if radio.accepted_s and radio.began_s else None
            known_s = ended_s - radio.began_s if radio.began_s and client == "ours" else None
            return Trial(wire_s=wire_s, known_s=known_s, error=error)


async def trials(options: argparse.Namespace, client: str, loss: float) -> list[Trial]:
    """Return one trial for each seed, some side by side: they mostly wait."""
    room = asyncio.Semaphore(options.together)

    async def one(seed: int) -> Trial:
        async with room:
            return await trial(options, client, loss, seed)

    return await asyncio.gather(*(one(seed) for seed in range(1, options.seeds + 1)))


def _seconds(values: list[float]) -> str:
    return f"{median(values):6.2f} {max(values):7.2f}" if values else f"{'-':>6} {'-':>7}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--autopilot", choices=("embedded", "arducopter"), default="embedded")
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--loss", type=float, nargs="+", default=[0.0, 0.05, 0.1, 0.2, 0.3])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--client", nargs="+", choices=("ours", "mavproxy", "mavsdk"), default=["ours"])
    parser.add_argument("--peers", default="")
    parser.add_argument("--together", type=int, default=4)
    options = parser.parse_args()
    print(f"{options.items} items, {options.autopilot}, Python {sys.version.split()[0]}, {options.seeds} seeds")
    print(
        f"{'client':<9} {'loss %':>6} {'done':>6} {'wire s':>6} {'most s':>7} {'known s':>7} {'most s':>7}  first error"
    )
    failed = 0
    for client in options.client:
        for loss in options.loss:
            rows = asyncio.run(trials(options, client, loss))
            done = [row for row in rows if not row.error]
            failed += client == "ours" and len(done) < len(rows)
            wire = [row.wire_s for row in done if row.wire_s is not None]
            known = [row.known_s for row in done if row.known_s is not None]
            error = next((row.error for row in rows if row.error), "")
            print(
                f"{client:<9} {100 * loss:>6.0f} {len(done):>3}/{len(rows):<2} {_seconds(wire)}  {_seconds(known)}"
                f"  {error}".rstrip(),
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
