"""What the vehicle does not notice itself: what is taken for it, what is ordered; nothing is disarmed in the air."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from flight_fakes import drawn_plan, place
from hypothesis import given
from hypothesis import strategies as st
from ready_vehicle import configured, flight_of, vehicle_says

from flight import copter_modes as modes
from flight.context import Flight
from flight.control import Disarm, Land, Order, ReturnHome
from flight.course import Course, Rest
from flight.events import FlightEvent, FlightUpdate
from flight.orders import carry_out, ended_by
from flight.standing import IDLE_PCT, Standing
from flight.strong_wind import WindFight, lean_of
from flight.trouble import Trouble
from missions import FailsafePolicy, FlightError, Message
from missions.telemetry import Telemetry

PLAN = drawn_plan((0, 80), (80, 80))
FALLS_M_S2 = 0.1 * 9.81
"""With an idle throttle attitude control keeps thrust below 0.9 of what hovering takes."""
HZ = 5


class Sky:
    """A flight in the air that tells where it is five times a second; its orders are answered, or refused."""

    def __init__(self, *, lean_deg: float = 30.0, **policy: object) -> None:
        plan = replace(PLAN, failsafes=FailsafePolicy.model_validate(policy))
        made: tuple[Flight, list[FlightUpdate]] = flight_of(
            plan, vehicle_says(), configured(plan, ANGLE_MAX=lean_deg * 100)
        )
        self.flight, self.told = made
        self.flight.control.begin()
        self.trouble = Trouble(self.flight)
        self.orders: list[Order] = []
        self.refuses: tuple[type, ...] = ()
        self.now_s = 1000.0
        self.flight.state.armed = True
        assert self.flight.state.telemetry is not None
        self.at = replace(self.flight.state.telemetry, armed=True, mission_seq=3, height_above_home_m=15.0)

    async def fly(self, seconds: float, *, mode: int = modes.AUTO, throttle: float | None = 40.0, **now: Any) -> None:
        """Let time pass in a state."""
        climb_m_s = now.get("velocity_enu_m_s", (0.0, 0.0, 0.0))[2]
        self.flight.state.mode, self.flight.state.throttle_pct = mode, throttle
        for _ in range(round(seconds * HZ)):
            self.now_s += 1 / HZ
            self.at = replace(self.at, captured_utc_s=self.now_s, **now)
            self.at = replace(self.at, height_above_home_m=self.at.height_above_home_m + climb_m_s / HZ)
            self.trouble.hear(self.at)
            await self._answer()

    async def _answer(self) -> None:
        for _ in range(4):
            await asyncio.sleep(0)
            while (ask := self.flight.control.next_ask()) is not None:
                self.orders.append(ask.order)
                forced = isinstance(ask.order, Disarm) and ask.order.force
                if isinstance(ask.order, self.refuses) and not forced:
                    ask.answer.set_exception(FlightError("refused"))
                else:
                    ask.answer.set_result("done")

    def says(self, text: str) -> None:
        """Have the vehicle say something."""
        self.trouble.hear_text(Message("STATUSTEXT", {"text": text, "severity": 0}))

    def lines(self) -> list[str]:
        """Return what an operator reads."""
        return [f"{each.text}: {each.cause}" for each in self.told if isinstance(each, FlightEvent)]


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
    astray = Land(why=THRUST, where_it_must=True)
    assert ended_by(astray, "landing", over=True) == f"landed where it should not, {THRUST}"
    assert ended_by(STANDS, "landing", over=False) == "landed where it should not, because it stands on the ground"
    assert ended_by(STANDS, "landing", over=True) == ""
    assert ended_by(Land(), "landing", over=False) == "landing"
    assert ended_by(ReturnHome(), "returning home", over=False) == "returning home"


# -- never in the air --------------------------------------------------------------------------------------------------

STILL = Telemetry(
    patrol_id="",
    vehicle_id="",
    stream_id="",
    captured_utc_s=0.0,
    position=place(0, 0),
    amsl_m=32.0,
    height_above_home_m=0.0,
    heading_deg=0.0,
    roll_deg=0.0,
    pitch_deg=0.0,
    velocity_enu_m_s=(0.0, 0.0, 0.0),
    gimbal_pitch_deg=0.0,
    gimbal_azimuth_deg=0.0,
)
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


def test_a_wind_fight_is_over_with_a_gap_in_what_is_told() -> None:
    fight = WindFight(30.0)
    leaning = replace(STILL, pitch_deg=-30.0, velocity_enu_m_s=(0.0, -4.0, 0.0))
    heard = [fight.hear(replace(leaning, captured_utc_s=at_s), None) for at_s in (0.0, 2.0, 8.0, 9.0, 11.9, 12.1)]
    assert [lost is not None for lost in heard] == [False, False, False, False, False, True]
