"""Values that the parts of a flight speak with."""

from dataclasses import replace

import pytest
from flight_fakes import ScriptedLink

from flight.events import EventKind, FlightEvent
from flight.exchange import LinkQuality
from flight.link_settings import LinkSettings
from flight.preflight_inputs import Waiver
from missions import Message
from missions.codec import from_json, to_json


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        ({"target_system": 255, "target_component": 190}, True),
        ({"target_system": 0, "target_component": 0}, True),
        ({"target_system": 255, "target_component": 0}, True),
        ({}, True),
        ({"target_system": 254, "target_component": 190}, False),
        ({"target_system": 255, "target_component": 1}, False),
    ],
)
def test_a_message_is_for_us_by_its_target_or_for_all(fields: dict[str, int], *, ours: bool) -> None:
    assert ScriptedLink(lambda _: []).is_for_us(Message("COMMAND_ACK", {"command": 1, **fields})) is ours


def test_what_was_counted_on_a_link_comes_back_from_a_report_with_and_without_the_newer_figures() -> None:
    quality = LinkQuality(received=90, lost=10, sent=5, bad_bytes=0, latency_ms=21.5, foreign_stations=(250, 254))
    assert from_json(LinkQuality, to_json(quality)) == quality
    assert quality.loss_pct == 10.0
    older = from_json(LinkQuality, '{"received": 90, "lost": 10, "sent": 5, "bad_bytes": 0}')
    assert older == replace(quality, latency_ms=None, foreign_stations=())


def test_an_event_comes_back_from_a_report_with_its_cause() -> None:
    event = FlightEvent(
        kind=EventKind.FAILSAFE, at_utc_s=1.0, text="returning home", cause="the battery is at 19 %, low is 20 %"
    )
    assert from_json(FlightEvent, to_json(event)) == event


@pytest.mark.parametrize("number", [0, 256, -1])
def test_a_system_id_that_mavlink_does_not_have_is_refused(number: int) -> None:
    assert LinkSettings().own_system_id == 255
    with pytest.raises(ValueError, match=f"own_system_id {number}: a MAVLink system id is 1 to 255"):
        LinkSettings(own_system_id=number)


@pytest.mark.parametrize(("check", "operator", "missing"), [("", "Li", "check"), ("compass", " ", "operator")])
def test_a_waiver_names_its_check_and_who_answers_for_it(check: str, operator: str, missing: str) -> None:
    with pytest.raises(ValueError, match=f"a waiver names its {missing}"):
        Waiver(check=check, operator=operator)
