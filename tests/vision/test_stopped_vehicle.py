import math

import numpy as np
import pytest
from scenes import FRAME, avenue, scene, vehicle, view_around

from missions.track import Track
from vision.rules import Finding, LookWish
from vision.rules.carriageway import Carriageways
from vision.rules.stopped_vehicle import StoppedVehicleRule

HZ = 2.0
IN_LANE = (100.0, -2.0)
"""On the avenue, far from its junction at (0, 0)."""


def told(
    seconds: float,
    tracks_at: object,
    *,
    view: tuple[float, float] | None = IN_LANE,
    rule: StoppedVehicleRule | None = None,
) -> tuple[list[Finding], list[LookWish]]:
    rule = rule or StoppedVehicleRule(avenue(), stopped_after_s=20.0)
    findings: list[Finding] = []
    wishes: list[LookWish] = []
    for number in range(round(seconds * HZ)):
        at_s = number / HZ
        tracks: tuple[Track, ...] = tracks_at(at_s)  # type: ignore[operator]  # a function
        for said in rule.update(scene(at_s, tracks=tracks, view_m=view_around(view) if view else None)):
            (findings if isinstance(said, Finding) else wishes).append(said)  # type: ignore[arg-type]  # one of two kinds
    return findings, wishes


def test_a_vehicle_that_stands_in_a_lane_for_long_enough_is_opened_once_with_its_road() -> None:
    findings, _ = told(30.0, lambda at_s: (vehicle(1, IN_LANE, at_s=at_s),))
    assert {f.site for f in findings} == {1}
    assert findings[0].opened_utc_s == pytest.approx(20.0, abs=0.5)
    assert findings[0].road_name == "Road a"
    assert findings[0].place_m == pytest.approx(IN_LANE, abs=0.1)


@pytest.mark.parametrize(
    "tracks_at",
    [
        pytest.param(lambda s: (vehicle(1, (-100 + 8 * s, -2), speed_m_s=8.0),), id="drives"),
        pytest.param(lambda _: (vehicle(1, IN_LANE, speed_m_s=None, speed_error_m_s=None),), id="speed undecided"),
        pytest.param(lambda _: (vehicle(1, IN_LANE, speed_m_s=0.5, speed_error_m_s=2.0),), id="speed too vague"),
        pytest.param(lambda _: (vehicle(1, (100.0, -12.0)),), id="beside the road"),
        pytest.param(lambda _: (vehicle(1, (100.0, -7.0), error_m=3.0),), id="may be a parking bay"),
        pytest.param(lambda _: tuple(vehicle(i, (60.0 + 8 * i, -2.0)) for i in range(5)), id="queue"),
        pytest.param(lambda _: (vehicle(1, (12.0, -2.0)),), id="waits at a junction"),
        pytest.param(lambda s: (vehicle(1, IN_LANE),) if s < 12 else (), id="too short"),
    ],
)
def test_nothing_is_opened_for(tracks_at: object) -> None:
    assert told(40.0, tracks_at)[0] == []


def test_a_vehicle_in_a_junction_longer_than_any_red_light_is_opened() -> None:
    findings, _ = told(140.0, lambda at_s: (vehicle(1, (12.0, -2.0), at_s=at_s),))
    assert findings[0].opened_utc_s == pytest.approx(120.0, abs=0.5)


def test_a_vehicle_that_drives_on_is_forgotten() -> None:
    def tracks(at_s: float) -> tuple[Track, ...]:
        if at_s < 15.0:
            return (vehicle(1, IN_LANE),)
        return (vehicle(1, (100.0 + 6.0 * (at_s - 15.0), -2.0), speed_m_s=6.0),)

    assert told(40.0, tracks) == ([], [])


def test_a_pass_too_short_asks_for_one_closer_look_and_a_second_pass_decides() -> None:
    rule = StoppedVehicleRule(avenue(), stopped_after_s=20.0)
    findings, wishes = told(6.0, lambda _: (vehicle(1, IN_LANE),), rule=rule)
    assert not findings
    for number in range(20):
        at_s = 6.0 + number / HZ
        for said in rule.update(scene(at_s, view_m=view_around((-150.0, 0.0)))):
            assert isinstance(said, LookWish)
            wishes.append(said)
    assert len(wishes) == 1
    assert FRAME.geodetic_to_enu(wishes[0].position.lat_deg, wishes[0].position.lon_deg)[0, :2] == pytest.approx(
        IN_LANE, abs=0.1
    )
    again = rule.update(scene(60.0, tracks=(vehicle(9, (101.0, -3.0), at_s=60.0),), view_m=view_around(IN_LANE)))
    (found,) = [said for said in again if isinstance(said, Finding)]
    assert found.began_utc_s == 0.0
    assert found.track_ids == (1, 9)


def test_likelihood_of_being_on_a_carriageway_is_that_of_a_normal_error() -> None:
    roads = Carriageways(avenue(), FRAME)
    middle = roads.nearest(np.array([100.0, 0.0]))
    edge = roads.nearest(np.array([100.0, -6.5]))
    assert middle is not None
    assert edge is not None
    assert middle.half_width_m == pytest.approx(6.5)
    assert edge.likelihood(2.0) == pytest.approx(0.5, abs=0.01)
    assert middle.likelihood(6.5 * math.sqrt(2.0)) == pytest.approx(0.6827, abs=1e-3)
    assert middle.likelihood(0.0) == pytest.approx(1.0)
    assert middle.to_junction_m == pytest.approx(100.0, abs=0.1)
