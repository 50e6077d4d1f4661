"""Networks of any size, from a real one laid side by side, planned and checked as a mission is."""

import resource
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.planner.networks import Network, chains_of
from geo import LocalFrame
from missions.mission import Mission
from missions.roads import Road, RoadNetwork
from planner import Effort, plan_mission

_GAP_M = 60.0
"""Between neighbouring copies."""
_DOCK = {"lat": 48.85, "lon": 2.35, "amsl_m": 35.0}
_MISSION = {
    "name": "Growth",
    "roads": {"file": "growth.geojson"},
    "dock": _DOCK,
    "flight": {"height_m": 60, "speed_m_s": 8, "wind": {"speed_m_s": 3, "from_deg": 45}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What one size took."""

    stretches: int
    sorties: int
    flight_s: float
    dead_share: float
    cpu_s: float
    peak_mb: float


def grown(network: Network, stretches: int, *, seconds: float, seed: int = 1) -> Grown:
    """Plan and check so many stretches round a dock in the middle; `seconds` go into the search.

    Raises:
        PlanningError: no plan that its check passes.

    """
    roads = _roads(network, stretches)
    mission = Mission.model_validate(_MISSION)
    began_s = time.process_time()
    plan = plan_mission(mission, "growth", roads, Effort(seed=seed, seconds=seconds))
    return Grown(
        stretches=len(plan.stretches),
        sorties=len(plan.sorties),
        flight_s=plan.estimate.time_s,
        dead_share=1 - plan.estimate.service_m / plan.estimate.distance_m,
        cpu_s=time.process_time() - began_s,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _roads(network: Network, stretches: int) -> RoadNetwork:
    """Return the chains of copies of a network that lie nearest to their middle."""
    frame = LocalFrame(lat_deg=_DOCK["lat"], lon_deg=_DOCK["lon"])
    lines = [network.nodes_m[chain] for chain in chains_of(network)]
    span = np.ptp(network.nodes_m, axis=0) + _GAP_M
    side = int(np.ceil(np.sqrt(stretches / len(lines))))
    copies = [line + span * (east, north) for east in range(side) for north in range(side) for line in lines]
    middles = np.array([line.mean(axis=0) for line in copies])
    centre = (middles.min(axis=0) + middles.max(axis=0)) / 2
    nearest = np.argsort(np.linalg.norm(middles - centre, axis=1))[:stretches]
    return RoadNetwork(
        roads=tuple(road_of(number, copies[chosen] - centre, frame) for number, chosen in enumerate(nearest)),
        source=f"{network.name}, {side} x {side}",
    )


def road_of(number: int, line_m: np.ndarray, frame: LocalFrame) -> Road:
    """Return an (N, 2) ENU line as a street."""
    return Road(
        road_id=f"r{number}",
        name="",
        road_class="residential",
        oneway=False,
        lanes=None,
        node_ids=tuple(f"{east:.1f},{north:.1f}" for east, north in line_m),
        lat_lon_deg=frame.enu_to_geodetic(line_m)[:, :2],
    )


def most_chains(networks: list[Network]) -> Network:
    """Return the network with the most chains between junctions."""
    return max(networks, key=lambda network: len(chains_of(network)))
