"""What happens to the link reaches the operator, the journal and the report as events of the flight."""

import pytest
from flight_fakes import ScriptedLink, drawn_plan

from flight.context import Flight
from flight.control import FlightControl
from flight.events import EventKind, FlightUpdate
from flight.link_news import LinkNewsKind
from flight.link_watch import tell_link_news
from flight.settings import FlySettings
from flight.vehicle_state import VehicleState


def watched() -> tuple[Flight, list[FlightUpdate]]:
    told: list[FlightUpdate] = []
    link, plan = ScriptedLink(lambda _message: ()), drawn_plan((0, 60), (60, 60))
    flight = Flight(
        link=link,
        state=VehicleState(link.clock, patrol_id="", vehicle_id="uav-1", stream_id="main"),
        plan=plan,
        settings=FlySettings(),
        control=FlightControl(),
        on_event=told.append,
    )
    tell_link_news(flight)
    return flight, told


@pytest.mark.parametrize("kind", list(LinkNewsKind))
def test_each_of_them_is_told_and_kept(kind: LinkNewsKind) -> None:
    flight, told = watched()
    flight.link.tell(kind, "something happened to the link")
    assert told == flight.events
    assert [event.text for event in flight.events] == ["something happened to the link"]


def test_another_ground_station_and_a_change_of_channel_have_kinds_of_their_own() -> None:
    flight, _ = watched()
    flight.link.tell(LinkNewsKind.FOREIGN_STATION, "another ground station (system id 250) is heard")
    flight.link.tell(LinkNewsKind.FAILOVER, "spoken to over another channel")
    assert [event.kind for event in flight.events] == [EventKind.FOREIGN_STATION, EventKind.LINK_FAILOVER]


def test_a_reboot_in_flight_is_told_by_who_follows_the_sortie() -> None:
    flight, told = watched()
    flight.control.begin()
    flight.link.tell(LinkNewsKind.REBOOTED, "vehicle 1 began anew")
    assert not told
    flight.control.end()
    flight.link.tell(LinkNewsKind.REBOOTED, "vehicle 1 began anew")
    assert [event.kind for event in flight.events] == [EventKind.REBOOTED]
