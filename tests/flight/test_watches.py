"""What an operator is told that the vehicle itself does not put into words."""

from dataclasses import replace
from pathlib import Path

from flight_fakes import drawn_plan
from ready_vehicle import COMPASS_BIT, configured, flight_of, health, texts, vehicle_says

from flight.checks.facts import Facts
from flight.checks.machine import other_stations
from flight.exchange import LinkQuality
from flight.sensor_watch import SensorWatch
from missions import Message

PLAN = drawn_plan((0, 40), (40, 40))
_ARMED = Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 217, "custom_mode": 3})


def test_a_sensor_that_fails_in_the_air_is_told_once_and_so_is_its_recovery() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), configured(PLAN))
    flight.link.listen(SensorWatch(flight).hear)
    sick, well = health(bad_bits=COMPASS_BIT), health()
    flight.link.publish_all([sick, _ARMED, sick, sick, well, well])
    assert texts(told) == [
        "compass: the vehicle says it has failed",
        "compass: the vehicle says it has recovered",
    ]


def test_another_ground_station_fails_the_preflight_by_its_number(tmp_path: Path) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN))
    facts = Facts(flight=flight, sortie=PLAN.sorties[0], start=None, stored=(), reasons=(), folder=tmp_path)
    assert other_stations(facts).ok
    alone = flight.link.quality

    class Shared(type(flight.link)):  # type: ignore[misc]  # a link whose channel others use too
        @property
        def quality(self) -> LinkQuality:
            return replace(alone, foreign_stations=(252, 254))

    flight.link.__class__ = Shared
    found = other_stations(facts)
    assert not found.ok
    assert "252, 254" in found.text
