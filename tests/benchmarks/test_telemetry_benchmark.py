"""The benchmark of telemetry: its vehicles must say all that a flight asks for."""

import pytest

from benchmarks.flight.telemetry import said
from flight.dialect import Encoder
from flight.vehicle_state import STREAMS


@pytest.mark.parametrize("name", sorted({*STREAMS, "HEARTBEAT"}))
def test_a_vehicle_of_the_benchmark_says_every_stream_that_a_flight_asks_for(name: str) -> None:
    message = said(name, 1500, 15)
    assert message.name == name
    assert Encoder(7, 1).encode(message)
