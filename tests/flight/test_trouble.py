"""A wind that is stronger, a thrust that is too little: what is taken for it and what is ordered."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ready_vehicle import configured
from trouble_sky import STILL, Sky

from flight import copter_modes as modes
from flight.control import Land, Order, ReturnHome
from flight.strong_wind import WindFight, lean_of

SINKS = {"velocity_enu_m_s": (0.0, 0.0, -1.2)}
CARRIED = {"roll_deg": 0.0, "pitch_deg": -29.5, "heading_deg": 0.0, "velocity_enu_m_s": (0.0, -4.0, 0.0)}
THRUST, WIND = "because a motor gives too little thrust", "because the wind is stronger than the aircraft"


# -- too little thrust ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "orders"),
    [("report", []), ("return", [ReturnHome(why=THRUST)]), ("land", [Land(why=THRUST, where_it_must=True)])],
)
async def test_what_sinks_at_full_throttle_does_what_was_chosen_once(action: str, orders: list[Order]) -> None:
    sky = Sky(on_thrust_loss=action)
    await sky.fly(5)
    sky.says("Potential Thrust Loss (2)")
    await sky.fly(5, throttle=100.0)
    assert sky.orders == [], "it holds its height: the other motors do"
    sky.says("Potential Thrust Loss (2)")
    await sky.fly(1.6, throttle=100.0, **SINKS)
    assert sky.orders == orders
    assert sky.lines()[-1] == (
        f'it sinks at 1.2 m/s at full throttle ("Potential Thrust Loss (2)"): on_thrust_loss: {action}'
    )
    await sky.fly(10, throttle=100.0, **SINKS)
    assert sky.orders == orders


async def test_a_descent_needs_no_full_throttle_and_is_no_loss() -> None:
    sky = Sky()
    sky.says("Potential Thrust Loss (2)")
    await sky.fly(10, throttle=30.0, **SINKS)
    assert sky.lines() == []


async def test_a_loss_that_the_vehicle_does_not_tell_takes_a_little_longer() -> None:
    sky = Sky()
    await sky.fly(2.8, throttle=97.0, **SINKS)
    assert sky.orders == []
    await sky.fly(1, throttle=97.0, **SINKS)
    assert sky.orders == [Land(why=THRUST, where_it_must=True)]


async def test_what_leans_far_may_be_short_of_thrust_for_that_alone() -> None:
    sky = Sky(lean_deg=45.0)
    await sky.fly(20, throttle=97.0, pitch_deg=-30.0, **SINKS)
    assert sky.lines() == []


async def test_where_the_throttle_is_not_told_the_vehicles_words_are_needed() -> None:
    sky = Sky()
    await sky.fly(6, throttle=None, **SINKS)
    assert sky.orders == []
    sky.says("Potential Thrust Loss (1)")
    await sky.fly(2, throttle=None, **SINKS)
    assert sky.orders == [Land(why=THRUST, where_it_must=True)]


async def test_a_fence_crossed_on_the_way_down_does_not_send_it_up_again() -> None:
    sky = Sky(on_fence_breach="return")
    before = sky.flight.parameters.by_name["FENCE_ACTION"].value
    await sky.fly(5, throttle=97.0, **SINKS)
    await asyncio.sleep(0.05)
    assert sky.flight.parameters.by_name["FENCE_ACTION"].value == 2.0
    assert sky.flight.replaced == {"FENCE_ACTION": before}, "it is given back after the landing"


# -- a wind that is stronger -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "orders"),
    [("report", []), ("return", [ReturnHome(why=WIND)]), ("land", [Land(why=WIND, where_it_must=True)])],
)
async def test_what_the_wind_carries_off_does_what_was_chosen_and_says_how_fast(
    action: str, orders: list[Order]
) -> None:
    sky = Sky(on_strong_wind=action)
    await sky.fly(2.8, **CARRIED)
    assert sky.orders == []
    await sky.fly(1, **CARRIED)
    assert sky.orders == orders
    said = "the wind is stronger than the aircraft: it is carried off at 4.0 m/s, leaning 30 deg against it"
    assert sky.lines() == [f"{said}: on_strong_wind: {action}"]
    await sky.fly(10, mode={"report": modes.AUTO, "return": modes.RTL, "land": modes.LAND}[action], **CARRIED)
    assert sky.orders == orders


async def test_a_landing_for_the_winds_sake_that_a_failsafe_ends_is_ordered_again() -> None:
    sky = Sky()
    await sky.fly(4, **CARRIED)
    await sky.fly(4, mode=modes.LAND, **CARRIED)
    await sky.fly(1, mode=modes.RTL, **CARRIED)
    assert sky.orders == [Land(why=WIND, where_it_must=True)] * 2


async def test_what_brakes_leans_as_far_and_is_not_carried_off() -> None:
    sky = Sky()
    for speed_m_s in range(18, 0, -1):  # at 30 degrees it loses 5.7 m/s each second
        await sky.fly(0.2, **{**CARRIED, "velocity_enu_m_s": (0.0, -float(speed_m_s), 0.0)})
    assert sky.lines() == []


@pytest.mark.parametrize("changed", [{"ANGLE_MAX": 4500.0}, {"ANGLE_MAX": 4500.0, "PSC_ANGLE_MAX": 30.0}])
async def test_the_most_it_leans_is_what_its_parameters_or_its_thrust_allow(changed: dict[str, float]) -> None:
    sky = Sky()
    sky.flight.parameters = configured(sky.flight.plan, **changed)
    await sky.fly(5, throttle=70.0, **CARRIED)
    assert (sky.orders != []) == ("PSC_ANGLE_MAX" in changed)
    await sky.fly(5, throttle=95.0, **CARRIED)
    assert sky.orders[0] == Land(why=WIND, where_it_must=True)


async def test_a_flight_with_headway_is_none_that_is_lost() -> None:
    sky = Sky()
    await sky.fly(90, **{**CARRIED, "velocity_enu_m_s": (0.0, 1.0, 0.0)})
    await sky.fly(90, **{**CARRIED, "pitch_deg": -20.0, "velocity_enu_m_s": (0.0, -6.0, 0.0)})
    assert sky.lines() == [], "with the wind it leans back, but not as far as it may"


async def test_no_headway_for_half_a_minute_is_told_as_that() -> None:
    sky = Sky()
    await sky.fly(29, **{**CARRIED, "velocity_enu_m_s": (0.0, 0.1, 0.0)})
    assert sky.orders == []
    await sky.fly(2, **{**CARRIED, "velocity_enu_m_s": (0.0, 0.1, 0.0)})
    assert sky.orders == [Land(why=WIND, where_it_must=True)]
    assert "it makes no headway, leaning 30 deg" in sky.lines()[0]


async def test_a_pilots_aircraft_is_the_pilots() -> None:
    sky = Sky()
    for mode in (modes.STABILIZE, modes.LOITER):
        await sky.fly(20, mode=mode, throttle=97.0, **{**CARRIED, **SINKS})
        await sky.fly(40, mode=mode, throttle=0.0)
    assert sky.lines() == []


@given(roll=st.floats(-60, 60), pitch=st.floats(-60, 60), yaw=st.floats(0, 360))
def test_the_lean_is_that_of_the_thrust(roll: float, pitch: float, yaw: float) -> None:
    import numpy as np

    phi, theta, psi = np.radians([roll, pitch, yaw])
    turn_z = np.array([[np.cos(psi), -np.sin(psi), 0], [np.sin(psi), np.cos(psi), 0], [0, 0, 1]])
    turn_y = np.array([[np.cos(theta), 0, np.sin(theta)], [0, 1, 0], [-np.sin(theta), 0, np.cos(theta)]])
    turn_x = np.array([[1, 0, 0], [0, np.cos(phi), -np.sin(phi)], [0, np.sin(phi), np.cos(phi)]])
    north, east, down = turn_z @ turn_y @ turn_x @ np.array([0.0, 0.0, -1.0])
    lean_deg, way = lean_of(replace(STILL, roll_deg=roll, pitch_deg=pitch, heading_deg=yaw))
    assert lean_deg == pytest.approx(np.degrees(np.arccos(np.clip(-down, -1, 1))), abs=1e-6)
    level = np.hypot(north, east)
    assert way == pytest.approx((east / level, north / level) if level > 1e-9 else (0.0, 0.0), abs=1e-6)


def test_a_wind_fight_is_over_with_a_gap_in_what_is_told() -> None:
    fight = WindFight(30.0)
    leaning = replace(STILL, pitch_deg=-30.0, velocity_enu_m_s=(0.0, -4.0, 0.0))
    heard = [fight.hear(replace(leaning, captured_utc_s=at_s), None) for at_s in (0.0, 2.0, 8.0, 9.0, 11.9, 12.1)]
    assert [lost is not None for lost in heard] == [False, False, False, False, False, True]
