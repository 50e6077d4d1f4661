"""What stands on the ground under running motors is landed and disarmed; nothing is disarmed in the air."""

import asyncio
from dataclasses import replace

import pytest
from flight_fakes import place
from hypothesis import given
from hypothesis import strategies as st
from trouble_sky import FALLS_M_S2, HZ, PLAN, STILL, Sky

from flight import copter_modes as modes
from flight.control import Disarm, Land, Order, ReturnHome
from flight.course import Course, Rest
from flight.orders import carry_out, ended_by
from flight.standing import IDLE_PCT, Standing
from missions import FlightError, Message

# -- the ground --------------------------------------------------------------------------------------------------------

GROUND = {"height_above_home_m": 0.1, "velocity_enu_m_s": (0.0, 0.0, 0.0)}
STANDS = Land(why="because it stands on the ground", stands=True)


async def test_what_stands_at_full_throttle_is_landed_and_what_then_does_not_disarm_is_disarmed() -> None:
    sky = Sky(on_thrust_loss="report", on_grounded="force_disarm")
    sky.at = replace(sky.at, position=place(60, 40))
    await sky.fly(14.6, throttle=100.0, **GROUND)
    assert sky.orders == []
    await sky.fly(1, throttle=100.0, **GROUND)
    assert sky.orders == [STANDS]
    assert sky.lines() == ["it stands on the ground 72 m from the dock, armed: still for 15 s at full throttle"]
    sky.refuses = (Disarm,)
    await sky.fly(20, mode=modes.LAND, throttle=100.0, **GROUND)
    assert sky.orders == [STANDS], "as long as it gives thrust nobody stops its motors"
    await sky.fly(9.8, mode=modes.LAND, throttle=0.0, **GROUND)
    assert sky.orders == [STANDS]
    await sky.fly(1, mode=modes.LAND, throttle=0.0, **GROUND)
    assert sky.orders == [STANDS, Disarm(), Disarm(force=True)]
    await sky.fly(60, mode=modes.LAND, throttle=0.0, **GROUND)
    assert sky.orders == [STANDS, Disarm(), Disarm(force=True)]


async def test_what_stands_with_an_idle_throttle_at_the_end_of_its_return_is_landed() -> None:
    sky = Sky()
    await sky.fly(11, mode=modes.RTL, throttle=0.0, **GROUND)
    assert sky.orders == [STANDS]


@pytest.mark.parametrize(
    ("action", "orders"),
    [
        ("report", []),
        ("disarm", [Disarm()]),
        ("force_disarm", [Disarm(), Disarm(force=True)]),
    ],
)
async def test_a_vehicle_that_refuses_to_disarm_is_forced_only_where_that_was_chosen(
    action: str, orders: list[Order]
) -> None:
    sky = Sky(on_grounded=action)
    sky.refuses = (Disarm,)
    await sky.fly(40, mode=modes.LAND, throttle=0.0, **GROUND)
    assert sky.orders == orders
    assert sky.lines()[0].endswith(f"and its motors run on: on_grounded: {action}")
    assert any("by hand" in line for line in sky.lines()) == (action == "disarm")


async def test_a_hover_however_still_is_no_standing() -> None:
    sky = Sky()
    for mode in (modes.AUTO, modes.GUIDED, modes.LAND):
        await sky.fly(120, mode=mode, throttle=60.0)
        await sky.fly(120, mode=mode, throttle=None)
    assert sky.lines() == []


async def test_before_it_has_taken_off_an_idle_throttle_says_nothing() -> None:
    sky = Sky()
    sky.at = replace(sky.at, mission_seq=1)
    await sky.fly(40, throttle=0.0, **GROUND)
    assert sky.lines() == []


@pytest.mark.parametrize(
    ("mode", "throttle", "why"),
    [
        (modes.AUTO, 0.0, "it is in AUTO, not in LAND"),
        (modes.LAND, 40.0, "its throttle is at 40 %"),
        (modes.LAND, None, "its throttle is not told"),
    ],
)
async def test_an_order_to_disarm_is_refused_where_it_could_be_flying(
    mode: int, throttle: float | None, why: str
) -> None:
    sky = Sky()
    sky.flight.state.mode, sky.flight.state.throttle_pct = mode, throttle
    for force in (False, True):
        with pytest.raises(FlightError, match=why):
            await carry_out(sky.flight, Disarm(force=force), Course(plan=PLAN, rest=Rest(sortie=0)))
    assert not sent_to_disarm(sky)


async def test_an_order_to_disarm_is_forced_only_where_it_says_so() -> None:
    sky = Sky()
    sky.flight.link.latest["HEARTBEAT"] = Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 81})
    sky.flight.state.mode, sky.flight.state.throttle_pct = modes.LAND, 0.0
    course = Course(plan=PLAN, rest=Rest(sortie=0))
    await carry_out(sky.flight, Disarm(), course)
    await carry_out(sky.flight, Disarm(force=True), course)
    assert sent_to_disarm(sky) == [(0.0, 0.0), (0.0, 21196.0)]


def sent_to_disarm(sky: Sky) -> list[tuple[float, float]]:
    sent: list[Message] = sky.flight.link.sent  # type: ignore[attr-defined]  # a ScriptedLink
    return [(m.number("param1"), m.number("param2")) for m in sent if m.fields.get("command") == 400]


def test_a_report_says_where_it_landed_and_that_a_landing_at_its_end_is_one() -> None:
    astray = Land(why="because a motor gives too little thrust", where_it_must=True)
    assert (
        ended_by(astray, "landing", over=True) == "landed where it should not, because a motor gives too little thrust"
    )
    assert ended_by(STANDS, "landing", over=False) == "landed where it should not, because it stands on the ground"
    assert ended_by(STANDS, "landing", over=True) == ""
    assert ended_by(Land(), "landing", over=False) == "landing"
    assert ended_by(ReturnHome(), "returning home", over=False) == "returning home"


# -- never in the air --------------------------------------------------------------------------------------------------


SPANS = st.lists(st.tuples(st.booleans(), st.floats(0.2, 14.0), st.floats(-3.0, 3.0)), min_size=1, max_size=12)


@given(spans=SPANS, idle_pct=st.floats(0, IDLE_PCT))
def test_an_aircraft_in_the_air_never_seems_to_stand_with_an_idle_throttle(
    spans: list[tuple[bool, float, float]], idle_pct: float
) -> None:
    """It hovers, climbs and sinks as it is controlled, and falls whenever the throttle is idle."""
    standing, now_s, height_m = Standing(), 0.0, 100.0
    for idle, seconds, climb_m_s in spans:
        for _ in range(round(seconds * HZ)):
            climb_m_s = max(climb_m_s - FALLS_M_S2 / HZ, -8.0) if idle else climb_m_s  # noqa: PLW2901 - it falls
            now_s, height_m = now_s + 1 / HZ, height_m + climb_m_s / HZ
            now = replace(
                STILL, captured_utc_s=now_s, height_above_home_m=height_m, velocity_enu_m_s=(0.0, 0.0, climb_m_s)
            )
            standing.hear(now, idle_pct if idle else 40.0)
            assert standing.idle_s < 5.0


SAMPLES = st.lists(
    st.tuples(
        st.sampled_from([modes.AUTO, modes.LAND, modes.LAND, modes.RTL]),
        st.sampled_from([None, 0.0, 0.0, 0.0, 4.0, 6.0, 40.0, 95.0]),
        st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.45, 0.7, 3.0]),
        st.sampled_from([0.2, 1.0, 2.0, 11.0]),
        st.integers(1, 40),
    ),
    max_size=12,
)


@given(samples=SAMPLES, action=st.sampled_from(["report", "disarm", "force_disarm"]))
def test_nothing_is_disarmed_but_what_was_still_and_idle_in_land_for_ten_seconds(
    samples: list[tuple[int, float | None, float, float, int]], action: str
) -> None:
    asyncio.run(_disarmed_rightly(samples, action))


async def _disarmed_rightly(samples: list[tuple[int, float | None, float, float, int]], action: str) -> None:
    sky = Sky(on_grounded=action, on_strong_wind="report", on_thrust_loss="report")
    sky.refuses = (Disarm,)
    good_since_s: float | None = None
    for mode, throttle, speed_m_s, step_s, count in samples:
        for _ in range(count):
            sky.now_s += step_s
            idle = throttle is not None and throttle <= IDLE_PCT
            if mode != modes.LAND or not idle or speed_m_s > 0.5 or step_s > 3.0:
                good_since_s = None
            elif good_since_s is None:
                good_since_s = sky.now_s
            await sky.fly(0.2, mode=mode, throttle=throttle, velocity_enu_m_s=(speed_m_s, 0.0, 0.0))
            if any(isinstance(order, Disarm) for order in sky.orders):
                assert action != "report"
                assert good_since_s is not None
                assert sky.now_s - good_since_s >= 9.9
                sky.orders.clear()
