"""The clients that `upload` compares: each uploads one mission and says what went wrong."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from flight.item_codec import WireItem
from flight.link import open_link
from flight.transfer import upload
from missions import FlightError

_LONGEST_S: Final = 320.0
_READY_S: Final = 60.0
_MAVSDK: Final = """
import asyncio, sys
from mavsdk.asyncio.mavsdk import Configuration, Mavsdk
from mavsdk.asyncio.plugins.mission_raw import MissionRawAsync
from mavsdk.component_type import ComponentType

async def main():
    async with Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION)) as mavsdk:
        await mavsdk.add_any_connection(sys.argv[1])
        system = await mavsdk.first_autopilot(timeout_s=30.0)
        mission = MissionRawAsync(system)
        data = await mission.import_mission_planner_mission(sys.argv[2])
        await asyncio.sleep(3.0)
        await mission.upload_mission(data.mission_items)

asyncio.run(main())
"""


async def ours(url: str, items: tuple[WireItem, ...]) -> str:
    """Upload and read back; return what went wrong, if anything."""
    async with open_link(url) as link:
        await link.wait_vehicle(timeout_s=_READY_S)
        await asyncio.sleep(1.0)
        try:
            await upload(link, items, 0)
        except FlightError as exc:
            return str(exc)
    return ""


async def mavsdk(url: str, file: Path, python: str) -> str:
    """Upload with MAVSDK's MissionRaw."""
    process = await asyncio.create_subprocess_exec(
        python, "-c", _MAVSDK, f"udpin://{url.removeprefix('udpin:')}", str(file), stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    _, errors = await _ended(process)
    return errors.decode().strip().splitlines()[-1][:60] if process.returncode else ""


async def mavproxy(url: str, file: Path, python: str) -> str:
    """Upload with MAVProxy's `wp load`, once it has its parameters."""
    process = await asyncio.create_subprocess_exec(
        python, str(Path(python).with_name("mavproxy.py")), f"--master={url}", "--nowait", cwd=file.parent,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(_LONGEST_S):
            loading = False
            while True:
                with suppress(TimeoutError):
                    said += await asyncio.wait_for(process.stdout.read(4096), 1.0)
                if not loading and b"Received " in said and b" parameters" in said:
                    process.stdin.write(f"wp load {file}\n".encode())
                    loading = True
                if b" in " in said.partition(b"Loaded ")[2].partition(b"Loaded ")[2]:
                    return ""
    except TimeoutError:
        return f"no end in {_LONGEST_S:g} s"
    finally:
        process.kill()
        await process.wait()


async def _ended(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    try:
        async with asyncio.timeout(_LONGEST_S):
            return await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return b"", f"no end in {_LONGEST_S:g} s".encode()
