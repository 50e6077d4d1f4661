"""Pictures with exact boxes to train a detector on: roads, light and plumes that no mission has.

Every world is drawn from its own seed: streets, houses, textures, sun, haze, noise, traffic and plumes. What the
shipped example's streets look like is not known here.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions.camera import CameraModel
from missions.detection import Box
from missions.geopoint import GeoPoint
from missions.mission import Wind
from missions.roads.network import Road, RoadNetwork
from missions.scenario import Scenario, ScriptedIncident
from sitl.city import City
from sitl.render.distractors import add_distractors
from sitl.render.look import look_of
from sitl.render.renderer import Renderer
from sitl.render.view import TruePose

Image = NDArray[np.uint8]

_PICTURES_PER_WORLD: Final = 28
_LEAST_PX: Final = 5.0
"""A box whose longer side is shorter is left out: nobody could tell what it is."""


class RenderedFrame(NamedTuple):
    """A picture and what is in it."""

    image: Image
    """(H, W, 3) BGR."""
    boxes: tuple[tuple[str, Box], ...]
    """Kind and box of everything of which at least 30 % is seen."""
    seed: int
    """Of this picture's world."""


def rendered_frames(seed: int, count: int, *, size: tuple[int, int] = (1280, 720)) -> Iterator[RenderedFrame]:
    """Yield `count` pictures of `size` (width, height); the same seed yields the same pictures."""
    given = 0
    world = 0
    while given < count:
        for frame in _world_frames(seed * 1_000_003 + world, min(_PICTURES_PER_WORLD, count - given), size):
            yield frame
            given += 1
        world += 1


def _world_frames(seed: int, count: int, size: tuple[int, int]) -> Iterator[RenderedFrame]:
    rng = np.random.default_rng([seed, 0x60])
    frame = LocalFrame(lat_deg=float(rng.uniform(-50, 50)), lon_deg=float(rng.uniform(-170, 170)))
    network = random_network(frame, rng)
    scenario = _scenario(network, seed, rng)
    wind = Wind(speed_m_s=float(rng.gamma(2.0, 1.6)) % 12.0, from_deg=float(rng.uniform(0, 359.9)))
    city = City(network, scenario, frame, wind=wind)
    city.begin(0.0)
    width, height = size
    camera = CameraModel(
        name="training", width_px=width, height_px=height, hfov_deg=float(rng.uniform(58, 84)), fps=10.0
    )
    renderer = Renderer(city, camera, seed % (2**31), look=look_of(seed, varied=True))
    for _ in range(count):
        t_s = float(rng.uniform(4.0, 75.0))
        picture = renderer.picture(_pose(city, t_s, rng), t_s)
        image = add_distractors(picture.image, rng)
        boxes = tuple((s.kind, s.box_px) for s in picture.seen if s.box_px.longer_side_px >= _LEAST_PX)
        yield RenderedFrame(_compressed(image, rng), boxes, seed)


def random_network(frame: LocalFrame, rng: np.random.Generator) -> RoadNetwork:
    """Return one winding main road with side streets, within about 350 m."""
    heading = rng.uniform(0, 2 * math.pi)
    main = _winding(np.array([0.0, 0.0]) - 170 * np.array([math.cos(heading), math.sin(heading)]), heading, 340.0, rng)
    classes = ["primary", "secondary", "tertiary", "residential", "unclassified", "service"]
    main_class = str(rng.choice(classes[:4]))
    roads = [_road("main", main_class, main, frame, oneway=bool(rng.random() < 0.15), rng=rng)]
    for number in range(int(rng.integers(1, 4))):
        at = int(rng.integers(2, len(main) - 2))
        along = main[at + 1] - main[at]
        turn = math.atan2(along[1], along[0]) + float(rng.choice([-1, 1])) * float(rng.uniform(1.1, 2.0))
        side = _winding(main[at], turn, float(rng.uniform(90, 190)), rng)
        road_class = str(rng.choice([*classes[2:], "footway"]))
        roads.append(_road(f"side-{number}", road_class, side, frame, oneway=False, rng=rng))
    return RoadNetwork(roads=tuple(roads), source="random")


def _winding(
    start: NDArray[np.float64], heading: float, length_m: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    steps = max(3, int(length_m / 25))
    bends = np.cumsum(rng.normal(0, 0.09 * float(rng.choice([0.2, 1.0, 1.6])), steps))
    headings = heading + bends
    moves = np.column_stack([np.cos(headings), np.sin(headings)]) * (length_m / steps)
    return np.vstack([start, start + np.cumsum(moves, axis=0)])


def _road(
    road_id: str,
    road_class: str,
    line_m: NDArray[np.float64],
    frame: LocalFrame,
    *,
    oneway: bool,
    rng: np.random.Generator,
) -> Road:
    lat_lon = frame.enu_to_geodetic(np.column_stack([line_m, np.zeros(len(line_m))]))[:, :2]
    lanes = None if rng.random() < 0.4 else int(rng.choice([2, 2, 4, 6]))
    nodes = tuple(f"{lat:.7f},{lon:.7f}" for lat, lon in lat_lon)
    return Road(
        road_id=road_id, name="", road_class=road_class, oneway=oneway, lanes=lanes, node_ids=nodes, lat_lon_deg=lat_lon
    )


def _scenario(network: RoadNetwork, seed: int, rng: np.random.Generator) -> Scenario:
    incidents = []
    for number in range(int(rng.integers(3, 8))):
        road = network.roads[int(rng.integers(0, len(network.roads)))]
        place = road.lat_lon_deg[int(rng.integers(0, len(road.lat_lon_deg)))]
        incidents.append(
            ScriptedIncident(
                incident_id=f"i{number}",
                kind=str(rng.choice(["smoke", "fire"], p=[0.55, 0.45])),
                start_s=float(rng.uniform(0, 60)),
                position=GeoPoint(lat_deg=float(place[0]), lon_deg=float(place[1])),
            )
        )
    return Scenario(
        seed=seed % (2**31),
        incidents=tuple(incidents),
        vehicles_per_km=float(rng.uniform(10, 70)),
        two_wheelers_per_km=float(rng.uniform(8, 60)),
        people_per_km=float(rng.uniform(15, 120)),
    )


def _pose(city: City, t_s: float, rng: np.random.Generator) -> TruePose:
    """Return a pose that looks at an incident that is going on, or anywhere along a street."""
    burning = city.plumes_at(t_s)
    if burning and rng.random() < 0.62:
        plume = burning[int(rng.integers(0, len(burning)))]
        target = np.array([plume.x_m, plume.y_m])
    else:
        street = city.layout.streets[int(rng.integers(0, len(city.layout.streets)))]
        target = street.line_m[int(rng.integers(0, len(street.line_m)))]
    height_m, pitch = float(rng.uniform(40, 110)), -float(min(90.0, rng.uniform(40, 97)))
    azimuth = float(rng.uniform(0, 360))
    back_m = height_m / math.tan(math.radians(-pitch)) if pitch > -89.9 else 0.0
    place = target + rng.normal(0, 0.22 * height_m, 2)
    place = place - back_m * np.array([math.sin(math.radians(azimuth)), math.cos(math.radians(azimuth))])
    return TruePose(
        east_m=float(place[0]),
        north_m=float(place[1]),
        up_m=height_m,
        azimuth_deg=azimuth,
        pitch_deg=pitch,
        roll_deg=float(rng.normal(0, 1.0)),
    )


def _compressed(image: Image, rng: np.random.Generator) -> Image:
    """Return the picture as a downlink might deliver it."""
    if rng.random() < 0.35:
        return image
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 92))])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
