import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import Scenario
from missions.roads.network import Road, RoadNetwork
from sitl.city import City, with_seed
from sitl.city_streets import streets_of
from sitl.city_traffic import Things
from sitl.render.models import BICYCLE, MODELS, PERSON, SCOOTER

instants = st.floats(0.0, 3600.0)


def _vehicles(city: City, t_s: float) -> Things:
    things = city.traffic.at(t_s)
    return things.where(np.isin(things.model, [SCOOTER, BICYCLE], invert=True))


def test_roads_that_go_straight_on_become_one_street_and_know_where_others_join(network: RoadNetwork) -> None:
    streets = streets_of(network, network.frame)
    avenue = max(streets, key=lambda street: street.length_m)
    assert len(streets) == len(network.roads) - 2  # the avenue is drawn in three pieces
    assert avenue.profile.lanes_each == 3
    stations = [station - avenue.network_m[0] for station, _ in avenue.junctions_m]
    assert stations == pytest.approx([120.1, 350.2], abs=0.5)
    assert avenue.network_m[1] - avenue.network_m[0] == pytest.approx(480.2, abs=0.5)


def test_the_same_seed_gives_the_same_city_and_another_seed_another(
    network: RoadNetwork, scenario: Scenario, city: City
) -> None:
    again = City(network, scenario, network.frame)
    again.begin(0.0)
    other = City(network, with_seed(scenario, 4), network.frame)
    np.testing.assert_array_equal(city.things_at(33.3).xy_m, again.things_at(33.3).xy_m)
    assert city.layout.trees.xy_m.shape != other.layout.trees.xy_m.shape
    assert not np.array_equal(city.traffic.at(33.3).xy_m, other.traffic.at(33.3).xy_m)


@settings(max_examples=40, deadline=None)
@given(t_s=instants)
def test_vehicles_stay_on_the_carriageway_and_drive_on_the_right(city: City, t_s: float) -> None:
    things = _vehicles(city, t_s)
    carriage = city.layout.surfaces["carriage"]
    assert shapely.contains_xy(carriage.buffer(0.2), things.xy_m).all()
    for street in city.layout.streets:
        line = shapely.LineString(street.line_m)
        for xy, heading in zip(things.xy_m, things.heading_rad, strict=True):
            station = line.project(shapely.Point(xy))
            if line.distance(shapely.Point(xy)) > street.profile.motor_m or not 40 < station < street.length_m - 40:
                continue
            ahead = np.array(line.interpolate(station + 1).coords[0]) - line.interpolate(station - 1).coords[0]
            ahead /= np.linalg.norm(ahead)
            forward = float(ahead @ [np.sin(heading), np.cos(heading)])
            offset = xy - np.array(line.interpolate(station).coords[0])
            right = float(offset @ [ahead[1], -ahead[0]])
            if abs(forward) > 0.95:
                assert np.sign(right) == np.sign(forward)


@settings(max_examples=40, deadline=None)
@given(t_s=instants)
def test_vehicles_of_a_lane_keep_their_distance(city: City, t_s: float) -> None:
    things = city.traffic.at(t_s)
    for number, lane in enumerate(city.traffic.lanes):
        rows = slice(city.traffic.first[number], city.traffic.first[number + 1])
        xy, speed = things.xy_m[rows], things.speed_m_s[rows]
        if len(xy) < 2 or lane.for_two_wheelers:
            continue
        order = np.argsort((t_s - lane.leaves_s) % lane.period_s)
        ahead = np.linalg.norm(np.diff(xy[order], axis=0), axis=1)
        turn = np.abs(np.diff(things.heading_rad[rows][order]))
        straight = (speed[order][:-1] > 5) & (speed[order][1:] > 5) & (turn < 0.5)  # not past each other
        assert (ahead[straight] > 5.0).all()


@settings(max_examples=30, deadline=None)
@given(t_s=instants)
def test_people_walk_on_footways_and_nobody_jumps(city: City, t_s: float) -> None:
    before, after = city.walkers.at(t_s), city.walkers.at(t_s + 0.1)
    assert (np.linalg.norm(after.xy_m - before.xy_m, axis=1) < 2.5).all()  # a turn at a bend may swing the side
    surfaces = city.layout.surfaces  # a footpath that begins on a road crosses its kerb and bays
    crossings = shapely.union_all([surfaces[name] for name in ("carriage", "kerb", "bays")])
    assert shapely.contains_xy(surfaces["walk"].buffer(2.5).union(crossings), before.xy_m).all()
    moved = np.linalg.norm(city.traffic.at(t_s + 0.1).xy_m - city.traffic.at(t_s).xy_m, axis=1)
    assert (moved < 1.5).all()  # 13 m/s at most, and no vehicle vanishes at a street's end


def test_houses_trees_and_parked_cars_keep_off_the_carriageway(city: City) -> None:
    layout = city.layout
    carriage = layout.surfaces["carriage"]
    houses = [shapely.Polygon(house.corners_m) for house in layout.buildings]
    assert len(houses) > 20
    assert not any(carriage.intersects(house) for house in houses)
    assert not any(a.intersects(b) for n, a in enumerate(houses) for b in houses[:n])
    assert not shapely.contains_xy(carriage, layout.trees.xy_m).any()
    assert not shapely.contains_xy(carriage, layout.parked.xy_m).any()
    assert (~layout.parked.two_wheeler).sum() > 5


def test_a_smoking_e_bike_comes_to_the_kerb_stops_in_time_and_its_rider_walks_away(city: City) -> None:
    actor = next(a for a in city.actors if a.script.kind == "smoke")
    riding, stopped, later = actor.at(2.0), actor.at(10.0), actor.at(40.0)
    assert riding is not None
    assert stopped is not None
    assert later is not None
    assert riding.speed_m_s[0] > 2.0
    np.testing.assert_allclose(stopped.xy_m[0], actor.stopped_xy_m, atol=1e-6)
    np.testing.assert_allclose(later.xy_m[0], actor.stopped_xy_m, atol=1e-6)
    assert [MODELS[m].kind for m in later.model] == ["two_wheeler", "person"]
    assert np.linalg.norm(later.xy_m[1] - later.xy_m[0]) > 4.0
    wanted = city.frame.geodetic_to_enu(actor.script.position.lat_deg, actor.script.position.lon_deg)[0, :2]
    assert np.linalg.norm(actor.stopped_xy_m - wanted) < 20.0
    place = city.place_of(actor)
    np.testing.assert_allclose(
        city.frame.geodetic_to_enu(place.lat_deg, place.lon_deg)[0, :2], actor.stopped_xy_m, atol=0.01
    )
    assert city.plumes_at(9.9) == ()
    assert {plume.kind for plume in city.plumes_at(11.0)} == {"smoke", "fire"}


def test_traffic_goes_round_a_stopped_vehicle(city: City) -> None:
    actor = next(a for a in city.actors if a.script.kind == "stopped_vehicle")
    for t_s in np.arange(21.0, 120.0, 0.5):
        things = city.things_at(float(t_s))
        others = ~np.isin(things.ids, range(actor.first_id, actor.first_id + 10))
        gaps = np.linalg.norm(things.xy_m[others] - actor.stopped_xy_m, axis=1)
        assert gaps.min() > 1.5


def test_ids_are_unique_and_a_city_without_traffic_or_roads_for_it_works(city: City, scenario: Scenario) -> None:
    things = city.things_at(12.0)
    assert len(set(things.ids.tolist())) == len(things.ids)
    assert (things.model == PERSON).sum() > 5
    path = Road(
        road_id="path",
        name="",
        road_class="footway",
        oneway=False,
        lanes=None,
        node_ids=("a", "b"),
        lat_lon_deg=np.array([[30.0, 114.0], [30.001, 114.0]]),
    )
    network = RoadNetwork(roads=(path,), source="test")
    lonely = City(network, Scenario(seed=1, incidents=scenario.incidents), network.frame)
    lonely.begin(0.0)
    assert lonely.plumes_at(50.0) == ()
    assert lonely.layout.buildings == ()
    assert len(lonely.things_at(50.0).ids) >= 0
