"""Stand-ins for the world: autopilot, city, camera, downlink; and ArduPilot's own simulator.

`start_world` runs the whole world that a `WorldSpec` describes as a process of its own (`python -m sitl.world`);
`Copter` is its autopilot alone, stepped without sockets, `CopterProcess` the same behind a link, and `ArduCopter` the
real firmware.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sitl.arducopter import ArduCopter
    from sitl.autopilot import Copter
    from sitl.copter_process import CopterProcess
    from sitl.world import WorldProcess, start_world
    from sitl.world_spec import WorldSpec

# Loaded when asked for: each process needs one of them, and `python -m sitl.world` must not import itself.
_HOMES = {
    "ArduCopter": "sitl.arducopter",
    "Copter": "sitl.autopilot",
    "CopterProcess": "sitl.copter_process",
    "WorldProcess": "sitl.world",
    "WorldSpec": "sitl.world_spec",
    "start_world": "sitl.world",
}

__all__ = ["ArduCopter", "Copter", "CopterProcess", "WorldProcess", "WorldSpec", "start_world"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
