"""Starts of a timetable: found for any flights and times, ready and clear, and in tenths of a second."""

from collections.abc import Sequence

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.motion import Track, nearest
from planner.timetable import Flight, Timetable, on_grid

_HAIRS = st.sampled_from([0.0, 1e-9, 3e-8, 6e-8, 9e-7, 1.1e-6, -1e-9, -3e-8, -9e-7, -1.1e-6])
_TIMES = st.builds(lambda tenths, hair_s: max(tenths / 10 + hair_s, 0.2), st.integers(2, 3000), _HAIRS)


def _flight(time_s: float, heading_rad: float = 0.0) -> Flight:
    """Up, 300 m away and down there, over a dock that all share."""
    away = 300.0 * np.array([np.cos(heading_rad), np.sin(heading_rad)])
    places = np.array([[0, 0, 0], [0, 0, 60], [*away, 60], [*away, 0]], float)
    return Flight(
        track=Track(times_s=time_s * np.array([0.0, 0.2, 0.8, 1.0]), places_m=places, leg_ends=np.array([])),
        time_s=time_s,
    )


_FLIGHTS = st.lists(
    st.tuples(st.integers(0, 2), st.builds(_flight, _TIMES, st.floats(0, 6)), _TIMES), min_size=1, max_size=6
)


@given(st.floats(0, 1e6) | _TIMES)
def test_a_time_is_rounded_up_to_a_tenth_of_a_second_but_for_a_microsecond(time_s: float) -> None:
    rounded_s = on_grid(time_s)
    assert -2e-6 < rounded_s - time_s < 0.1
    assert round(rounded_s, 1) == rounded_s
    assert on_grid(rounded_s) == rounded_s


@given(_FLIGHTS, st.lists(_TIMES | st.just(0.0), min_size=3, max_size=3))
@example([(0, _flight(1.3), 0.0), (0, _flight(1.3 + 3e-8), 0.0), (0, _flight(5.0), 0.0)], [0.0, 0.0, 0.0])
@settings(max_examples=60, deadline=None)
def test_every_flight_finds_a_start_at_which_its_aircraft_is_ready_and_the_way_clear(
    flights: Sequence[tuple[int, Flight, float]], swaps_s: Sequence[float]
) -> None:
    timetable = Timetable(swaps_s=swaps_s, separation_m=30.0, layer_m=8.0)
    for craft, flight, after_s in flights:
        start_s = timetable.earliest_s(craft, flight, after_s=after_s)
        assert start_s == on_grid(start_s) >= after_s - 2e-6
        for other, flown, begun_s in timetable.flown:
            if other == craft:
                first_s, second_s = min(start_s, begun_s), max(start_s, begun_s)
                landed_s = first_s + (flown.time_s if begun_s == first_s else flight.time_s)
                assert second_s - landed_s >= swaps_s[craft] - 2e-6
            else:
                pair = (flown.track, begun_s, flight.track, start_s)
                assert nearest(*pair, separation_m=30.0, layer_m=8.0) is None
        timetable.add(craft, flight, start_s)
