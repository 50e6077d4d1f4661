"""Who goes, who waits, who climbs: judged on flights drawn by hand, and on a small world of many of them."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.fleet.ahead import Doing, Place, Seen, climbs, flies_home, goes_on, stops
from patrol.fleet.separation import Action, Mover, Option, Rule, choose, too_near

RULE = Rule(separation_m=50.0, layer_m=8.0)
HORIZON_S = 20.0


def seen(at: Place, velocity: Place, *route: Place, doing: Doing = Doing.ROUTE, speed_m_s: float = 8.0) -> Seen:
    """Return an aircraft that flies along a route and stays at its end."""
    return Seen(
        place_m=at,
        velocity_m_s=velocity,
        doing=doing,
        dock_m=(0.0, 0.0, 30.0),
        return_m=60.0,
        route=tuple((place, speed_m_s) for place in route),
        comes_home=False,
    )


def mover(name: str, aircraft: Seen, *, free: bool = True) -> Mover:
    """Return what an aircraft may do."""
    east, north, up = aircraft.place_m
    route = aircraft.route
    if route and up > route[0][0][2] + 1.0:
        route = (((east, north, route[0][0][2]), 1.0), *route)  # it comes down before it goes on
    extra_m = 10.0 if aircraft.speed_m_s < 0.5 else 0.0
    go = Option(action=Action.GO, tracks=(goes_on(replace(aircraft, route=route), HORIZON_S),), extra_m=extra_m)
    if not free:
        return Mover(vehicle_id=name, options=(go,))
    to_m = aircraft.place_m[2] + 11.0
    hold = Option(action=Action.HOLD, tracks=(stops(aircraft, HORIZON_S),))
    climb = Option(action=Action.CLIMB, tracks=(climbs(aircraft, to_m, HORIZON_S),), to_m=to_m)
    return Mover(vehicle_id=name, options=(go, hold, climb))


EASTWARD = seen((-150.0, 0.0, 60.0), (8.0, 0.0, 0.0), (400.0, 0.0, 60.0))
NORTHWARD = seen((0.0, -150.0, 60.0), (0.0, 8.0, 0.0), (0.0, 400.0, 60.0))


def test_of_two_that_cross_the_later_waits_and_is_told_for_whom() -> None:
    choices = choose([mover("a", EASTWARD), mover("b", NORTHWARD)], RULE)
    assert choices["a"].action is Action.GO
    assert choices["b"].action is Action.HOLD
    because = choices["b"].because
    assert because is not None
    assert because.other == "a"
    assert because.gap.across_m < 50.0
    assert because.told(50.0).startswith("it would come ")


def test_a_layer_apart_nobody_waits() -> None:
    higher = seen((0.0, -150.0, 70.0), (0.0, 8.0, 0.0), (0.0, 400.0, 70.0))
    choices = choose([mover("a", EASTWARD), mover("b", higher)], RULE)
    assert {choice.action for choice in choices.values()} == {Action.GO}


def test_one_that_takes_no_orders_goes_first_whatever_its_rank() -> None:
    choices = choose([mover("a", EASTWARD), mover("b", NORTHWARD, free=False)], RULE)
    assert choices["b"].action is Action.GO
    assert choices["a"].action is Action.HOLD


def test_whoever_waits_on_the_others_way_climbs_in_time() -> None:
    waiting = seen((40.0, 0.0, 60.0), (0.0, 0.0, 0.0), (-400.0, 0.0, 60.0))
    choices = choose([mover("a", EASTWARD), mover("b", waiting)], RULE)
    assert choices["a"].action is Action.GO
    assert choices["b"].action is Action.CLIMB
    assert choices["b"].to_m == 71.0


def test_where_it_is_too_late_to_climb_the_other_stands_until_it_is_up() -> None:
    close = seen((-60.0, 0.0, 60.0), (0.0, 0.0, 0.0), (400.0, 0.0, 60.0))
    waiting = seen((0.0, 0.0, 60.0), (0.0, 0.0, 0.0), (-400.0, 0.0, 60.0))
    choices = choose([mover("a", close), mover("b", waiting)], RULE)
    assert choices["a"].action is Action.HOLD
    assert choices["b"].action is Action.CLIMB
    assert choices["b"].because is not None
    assert choices["a"].makes_room_for == "b"
    far = seen((0.0, 4000.0, 60.0), (8.0, 0.0, 0.0), (400.0, 4000.0, 60.0))
    more = choose([mover("far", far), mover("a", close), mover("b", waiting)], RULE)
    assert more["far"].action is Action.GO, "whoever is not concerned flies on"


def test_nobody_takes_off_under_one_that_lands() -> None:
    landing = seen((0.0, 10.0, 50.0), (0.0, 0.0, -1.0), doing=Doing.LANDING)
    ready = seen((0.0, 0.0, 30.0), (0.0, 0.0, 0.0), (0.0, 0.0, 60.0), (300.0, 0.0, 60.0))
    off = Option(action=Action.GO, tracks=(goes_on(ready, 60.0),))
    waits = Option(action=Action.WAIT, tracks=())
    lands = mover("a", landing, free=False)
    choices = choose([lands, Mover(vehicle_id="b", options=(off, waits))], RULE)
    assert choices["b"].action is Action.WAIT
    alone = choose([Mover(vehicle_id="b", options=(off, waits))], RULE)
    assert alone["b"].action is Action.GO


def test_a_flight_home_climbs_flies_and_lands() -> None:
    track = flies_home(seen((200.0, 0.0, 45.0), (8.0, 0.0, 0.0)), 200.0)
    assert tuple(track.places_m[0]) == (200.0, 0.0, 45.0)
    assert track.places_m[:, 2].max() == 60.0
    assert tuple(track.places_m[-1]) == (0.0, 0.0, 30.0)


@given(speed_m_s=st.floats(0.0, 18.0), course_rad=st.floats(0.0, 6.3), latency_s=st.floats(0.1, 3.0))
def test_a_stop_ends_where_the_brakes_allow_and_time_only_rises(
    speed_m_s: float, course_rad: float, latency_s: float
) -> None:
    velocity = (speed_m_s * math.cos(course_rad), speed_m_s * math.sin(course_rad), 0.0)
    track = stops(replace(seen((0.0, 0.0, 60.0), velocity), latency_s=latency_s), HORIZON_S)
    assert (track.times_s[1:] >= track.times_s[:-1]).all()
    ran_m = math.hypot(*track.places_m[-1][:2])
    assert ran_m <= speed_m_s * latency_s + max(speed_m_s**2 / 3.0, 0.05 * speed_m_s) + 1e-6


class World:
    """Aircraft as points that stop and start as a Copter does, each second."""

    def __init__(self, *aircraft: Seen) -> None:
        self.now = {f"uav-{number}": each for number, each in enumerate(aircraft)}
        self.speeds = {name: each.speed_m_s for name, each in self.now.items()}
        self.least_m = math.inf

    def step(self, step_s: float = 0.5) -> None:
        """Let all do what they are told, for half a second."""
        choices = choose([mover(name, each) for name, each in self.now.items()], RULE)
        for name, each in tuple(self.now.items()):
            self.now[name] = self._moved(name, each, choices[name].action, choices[name].to_m, step_s)
        self.now = {name: each for name, each in self.now.items() if each.route}  # who has come through is gone
        places = [each.place_m for each in self.now.values()]
        for index, one in enumerate(places):
            for other in places[index + 1 :]:
                if abs(one[2] - other[2]) < RULE.layer_m:
                    self.least_m = min(self.least_m, math.dist(one[:2], other[:2]))

    def _moved(self, name: str, each: Seen, action: Action, to_m: float | None, step_s: float) -> Seen:
        wanted = 8.0 if action is Action.GO and each.route else 0.0
        speed = self.speeds[name]
        speed += max(-2.5 * step_s, min(2.5 * step_s, wanted - speed))
        self.speeds[name] = speed
        east, north, up = each.place_m
        if action is Action.CLIMB and to_m is not None:
            up = min(to_m, up + 2.5 * step_s)
        (target, leg_m_s), *rest = each.route
        left_m = math.dist((east, north), target[:2])
        if action is Action.GO and abs(up - target[2]) > 0.1:
            return replace(each, place_m=(east, north, max(target[2], up - 1.0 * step_s)), velocity_m_s=(0.0, 0.0, 0.0))
        if left_m <= speed * step_s:
            return replace(each, place_m=(target[0], target[1], up), route=tuple(rest))
        share = speed / left_m
        velocity = ((target[0] - east) * share, (target[1] - north) * share, 0.0)
        moved = (east + velocity[0] * step_s, north + velocity[1] * step_s, up)
        return replace(each, place_m=moved, velocity_m_s=velocity, route=((target, leg_m_s), *rest))


@pytest.mark.parametrize("seed", range(6))
def test_three_that_cross_one_place_keep_apart_and_all_come_through(seed: int) -> None:
    chance = random.Random(seed)
    sides = [chance.uniform(-60.0, 60.0) * (seed > 0) for _ in range(3)]
    later_m = [chance.uniform(0.0, 90.0) * (seed > 0) for _ in range(3)]
    ends = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]
    aircraft = []
    for (east, north), side_m, late_m in zip(ends, sides, later_m, strict=True):
        start = (-east * (220.0 + late_m) + north * side_m, -north * (220.0 + late_m) + east * side_m, 60.0)
        goal = (east * 300.0 + north * side_m, north * 300.0 + east * side_m, 60.0)
        aircraft.append(seen(start, (8.0 * east, 8.0 * north, 0.0), goal))
    world = World(*aircraft)
    for _ in range(600):
        world.step()
        if not world.now:
            break
    assert world.least_m >= 50.0 - 5.0, "the rule has 5 m in hand over what a plan wants"
    assert not world.now, "nobody waits for ever"


def test_flights_far_apart_are_not_compared() -> None:
    far = goes_on(seen((5000.0, 0.0, 60.0), (8.0, 0.0, 0.0), (5400.0, 0.0, 60.0)), HORIZON_S)
    assert too_near(goes_on(EASTWARD, HORIZON_S), far, RULE) is None
