"""A city over a mission's own roads: what stands, what moves, what happens; the same seed gives the same city."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions.geopoint import GeoPoint
from missions.mission import Wind
from missions.roads.network import RoadNetwork
from missions.scenario import Scenario
from sitl.city_incidents import Actor, Plume, actor_for, gives_way, swerved
from sitl.city_layout import Layout, layout_of
from sitl.city_streets import streets_of
from sitl.city_traffic import Things, Traffic, Walkers, footways_of, lanes_of
from sitl.render.models import BICYCLE_PARKED, BUS, CAR, SCOOTER_PARKED, SUV, VAN

_TRAFFIC_IDS: Final = 10_000
_WALKER_IDS: Final = 30_000
_ACTOR_IDS: Final = 50_000


class City:
    """Streets, houses, traffic and scripted incidents in ENU metres of `frame`, by city time in seconds."""

    def __init__(
        self, network: RoadNetwork, scenario: Scenario, frame: LocalFrame, *, wind: Wind | None = None
    ) -> None:
        self.scenario = scenario
        self.frame = frame
        self.wind = wind or Wind()
        self.layout: Layout = layout_of(streets_of(network, frame), scenario.seed)
        self.traffic = Traffic(lanes_of(self.layout.streets, scenario, _TRAFFIC_IDS))
        self.walkers = Walkers(footways_of(self.layout.streets, scenario, _WALKER_IDS))
        self.actors: tuple[Actor, ...] = ()
        self.parked = self._parked()

    def begin(self, take_off_s: float) -> None:
        """Start the clock of the scripted incidents: the aircraft took off at this city time."""
        actors = []
        for number, script in enumerate(self.scenario.incidents):
            place = self.frame.geodetic_to_enu(script.position.lat_deg, script.position.lon_deg, self.frame.alt_m)
            actor = actor_for(
                script,
                place[0, :2],
                self.traffic.lanes,
                begins_s=take_off_s + script.start_s,
                first_id=_ACTOR_IDS + 10 * number,
                seed=self.scenario.seed * 31 + number,
            )
            if actor is not None:
                actors.append(actor)
        self.actors = tuple(actors)

    def things_at(self, t_s: float) -> Things:
        """Return everything that can move, parked or not, at this city time."""
        parts = [self.parked, self._traffic_at(t_s), self.walkers.at(t_s)]
        parts += [things for actor in self.actors if (things := actor.at(t_s)) is not None]
        return Things.joined(parts)

    def _traffic_at(self, t_s: float) -> Things:
        """Return the traffic; who would meet an actor in its lane has left, the others go round it."""
        things = self.traffic.at(t_s)
        stays = np.ones(len(things.ids), bool)
        for number, lane in enumerate(self.traffic.lanes):
            rows = slice(self.traffic.first[number], self.traffic.first[number + 1])
            for actor in self.actors:
                if actor.lane is lane:
                    stays[rows] &= gives_way(lane, actor, t_s)
                    if t_s > actor.begins_s - 4.0:
                        aside_m = 1.0 if lane.for_two_wheelers else 3.0
                        things.xy_m[rows] = swerved(things.xy_m[rows], things.heading_rad[rows], actor, aside_m)
        return things if stays.all() else things.where(stays)

    def plumes_at(self, t_s: float) -> tuple[Plume, ...]:
        """Return all smoke and fire at this city time."""
        return tuple(plume for actor in self.actors if (plume := actor.plume(t_s)) is not None)

    def place_of(self, actor: Actor) -> GeoPoint:
        """Return where an incident really is: the script's place, moved to the lane where such a thing can happen."""
        lat, lon, _ = self.frame.enu_to_geodetic(np.append(actor.stopped_xy_m, 0.0))[0]
        return GeoPoint(lat_deg=float(lat), lon_deg=float(lon))

    def _parked(self) -> Things:
        parked = self.layout.parked
        rng = np.random.default_rng([self.scenario.seed, 0x9D])
        count = len(parked.heading_rad)
        cars: NDArray[np.int64] = rng.choice([CAR, SUV, VAN, BUS], count, p=[0.62, 0.27, 0.11, 0.0])
        bikes: NDArray[np.int64] = rng.choice([SCOOTER_PARKED, BICYCLE_PARKED], count, p=[0.7, 0.3])
        return Things(
            ids=np.arange(1, count + 1),
            model=np.where(parked.two_wheeler, bikes, cars),
            xy_m=parked.xy_m,
            heading_rad=parked.heading_rad,
            paint=rng.integers(0, 1000, count),
            speed_m_s=np.zeros(count),
        )


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """Return the scenario with another seed: other traffic, houses, textures and plumes."""
    return replace(scenario, seed=seed)
