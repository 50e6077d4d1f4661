"""A simulated world for a run: free ports, a script from a seed, and the truth afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from archive import Archive
from flight.link_url import parse_link_url
from missions.codec import from_json
from missions.hardware import load_airframe
from missions.roads import save_network
from missions.scenario import Scenario, Truth
from patrol.arducopter_here import arducopter_here, copter_parameters_here
from patrol.run.prepare import Prepared
from patrol.run.settings import RunSettings
from patrol.scenarios import scenario_for
from sitl.arducopter import ArduCopter
from sitl.loopback import free_ports
from sitl.world import start_world
from sitl.world_spec import WorldSpec

Autopilot = Literal["embedded", "ardupilot"]

_BATTERY_SWAP_S = 60.0
_ARDUPILOT_SPEEDUP = 2.0
"""To begin with; the world lowers it where pictures would be late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedWorld:
    """A world that is running, and how to fly in it."""

    settings: RunSettings
    read_truth: Callable[[], tuple[Truth, ...]]
    pid: int


@contextmanager
def simulated_world(
    prepared: Prepared, archive: Path, *, seed: int, autopilot: Autopilot, resume: bool = False
) -> Iterator[SimulatedWorld]:
    """Run a world for a patrol; it ends with the block. A resumed patrol finds its world later in the day.

    Raises:
        InputError: the autopilot asked for is not on this machine.
    """
    plan = prepared.plan
    link_port, video_port, credits_port, second_port = free_ports(4)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skypatrol-world-")))
        save_network(prepared.roads, folder / "roads.geojson")
        if autopilot == "ardupilot":
            stack.enter_context(_arducopter(prepared, link_port, second_port))
        scenario = scenario_for(plan, load_airframe(plan.airframe), seed)
        truth_path = folder / "truth.json"
        video_url = f"udp://127.0.0.1:{video_port}?credits=127.0.0.1:{credits_port}"
        spec = WorldSpec(
            roads=folder / "roads.geojson",
            dock=plan.dock,
            dock_amsl_m=plan.dock_amsl_m,
            airframe=plan.airframe,
            camera=plan.camera,
            system_id=plan.system_id,
            wind_m_s=plan.wind_m_s,
            wind_from_deg=plan.wind_from_deg,
            scenario=replace(scenario, start_utc_s=_later(archive)) if resume else scenario,
            link=f"udpout:127.0.0.1:{link_port}",
            video_url=video_url,
            truth_path=truth_path,
            autopilot=autopilot,
            ardupilot_link=f"udpin:127.0.0.1:{second_port}",
        )
        world = start_world(spec)
        stack.callback(world.stop, 5.0)

        def read_truth() -> tuple[Truth, ...]:
            if not truth_path.is_file():
                return ()
            shutil.copyfile(truth_path, archive / "truth.json")
            return from_json(tuple[Truth, ...], truth_path.read_bytes(), file=truth_path)

        settings = RunSettings(
            links=(parse_link_url(f"udpin:127.0.0.1:{link_port}"),),
            video_url=video_url,
            archive=archive,
            resume=resume,
            ours_alone=True,
        )
        yield SimulatedWorld(settings=settings, read_truth=read_truth, pid=world.pid)


def _later(archive: Path) -> float:
    """Return a minute after the last thing the archive knows of: no instant of a patrol happens twice."""
    with Archive.open(archive) as earlier:
        newest = [telemetry.captured_utc_s for telemetry in earlier.telemetry()]
    return max(newest, default=Scenario(seed=0).start_utc_s) + _BATTERY_SWAP_S


def _arducopter(prepared: Prepared, link_port: int, second_port: int) -> ArduCopter:
    plan = prepared.plan
    return ArduCopter(
        arducopter_here(),
        plan.dock,
        plan.dock_amsl_m,
        speedup=_ARDUPILOT_SPEEDUP,
        link_port=link_port,
        second_port=second_port,
        system_id=plan.system_id,
        base_defaults=copter_parameters_here(),
    )
