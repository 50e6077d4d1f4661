"""`patrol sim` is `patrol fly` on a simulated vehicle."""

import inspect
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from missions import InputError
from missions.formats.plan_file import save_plan
from patrol.commands.fly import fly
from patrol.commands.sim import sim, with_options_of
from patrol.contents import app
from patrol.sim_faults import FaultPlayer, TimedFault, parse_fault
from sitl.errors import SitlError
from sitl.faults import GPS_LOST, Fault
from sitl.side_channel import TrueState
from tests.flight.flight_fakes import drawn_plan

pytestmark = pytest.mark.slow


def test_sim_takes_every_option_of_fly_but_the_link() -> None:
    flown, simulated = inspect.signature(fly).parameters, inspect.signature(sim).parameters
    assert {name: simulated[name] for name in flown if name != "link"} == {
        name: parameter for name, parameter in flown.items() if name != "link"
    }
    assert set(simulated) - set(flown) == {"autopilot", "speedup", "seed", "fault"}
    assert "link" not in simulated


def test_a_command_with_anothers_options_keeps_its_own() -> None:
    def shared(plan: Path, *, link: str, deep: bool = False) -> None: ...

    def own(*, speed: float = 1.0, **_rest: object) -> None: ...

    widened = with_options_of(shared, but="link")(own)
    assert list(inspect.signature(widened).parameters) == ["plan", "deep", "speed"]


def test_a_plan_is_flown_by_the_embedded_copter_with_the_arguments_of_fly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, report = tmp_path / "plan.json", tmp_path / "report.json"
    save_plan(drawn_plan((0, 50), (60, 50), height_m=20.0), path)
    # The drawn plan says nothing of energy that a check would believe; the check has tests of its own.
    monkeypatch.setattr("patrol.checked_plan.check_any_plan", lambda _plan, _terrain: ())
    arguments = ["--report", str(report), "--json", "--speedup", "40", "--fault", "wind=4,90@5"]
    result = CliRunner().invoke(app, ["sim", str(path), *arguments])
    assert result.exit_code == 0, result.output
    assert json.loads(report.read_text())["outcome"] == "complete"
    assert json.loads(result.stdout)["vehicle_id"] == "uav-1"


@pytest.mark.parametrize(
    ("text", "after_s", "what"),
    [
        ("gps-lost@60", 60.0, "GPS lost"),
        ("gps-glitch=40@1.5", 1.5, "GPS off by 40 m north, 0 m east"),
        ("battery=10@90", 90.0, "battery at 10 V"),
        ("wind=12,270,3@0", 0.0, "wind 12 m/s from 270 deg, gusts 3"),
        ("motor=0.6@40", 40.0, "motor 1 at 60%"),
    ],
)
def test_a_fault_is_read_with_its_figures_and_its_time(text: str, after_s: float, what: str) -> None:
    timed = parse_fault(text)
    assert (timed.after_s, timed.fault.what) == (after_s, what)


@pytest.mark.parametrize(
    "text",
    ["gps-lost", "gps-lost@", "gps-lost@-1", "gps-lost@nan", "gps-lost@inf", "gps-lost=1@5", "battery@5", "wind=1@5",
     "wind=1,2,3,4@5", "motor=x@5", "battery=nan@5", "wind=inf,0@5", "fire@5", "@5", "=@5", ""],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_all_that_are(text: str) -> None:
    with pytest.raises(InputError, match=r"--fault: .* is no fault \(gps-lost@SECONDS, .*motor=THRUST@SECONDS"):
        parse_fault(text)


@given(st.text(max_size=30))
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    try:
        assert parse_fault(text).after_s >= 0
    except InputError:
        return


class PlayedCopter:
    """A vehicle that is armed at 20 s and flies on."""

    link_url = second_url = firmware = ""

    def __init__(self, *, refuses: bool = False) -> None:
        self.set: list[str] = []
        self._now_s, self._refuses = 18.0, refuses

    def truth(self) -> tuple[TrueState, ...]:
        """A second later each time."""
        self._now_s += 1.0
        state = TrueState(
            boot=0, t_s=self._now_s, lat_deg=0, lon_deg=0, amsl_m=0, speed_m_s=0, armed=self._now_s >= 20, mode=3
        )
        return (state,)

    def set_fault(self, fault: Fault) -> None:
        """Remember it."""
        if self._refuses:
            raise SitlError("the vehicle has no parameter X")
        self.set.append(f"{fault.what} at {self._now_s:g}")


def played(copter: PlayedCopter, *timed: TimedFault, wait_for: int) -> list[str]:
    said: list[str] = []
    with FaultPlayer(copter, timed, said.append):  # type: ignore[arg-type] # as much of a copter as is asked
        ends_s = time.monotonic() + 20.0
        while len(said) < wait_for and time.monotonic() < ends_s:
            time.sleep(0.05)
    return said


def test_faults_come_in_order_so_long_after_arming() -> None:
    copter = PlayedCopter()
    said = played(copter, TimedFault(3.0, GPS_LOST), TimedFault(0.0, parse_fault("battery=10@0").fault), wait_for=2)
    assert copter.set == ["battery at 10 V at 20", "GPS lost at 23"]
    assert said == ["simulated: battery at 10 V, 0 s after arming", "simulated: GPS lost, 3 s after arming"]


def test_a_fault_that_is_not_possible_or_comes_too_late_is_told() -> None:
    said = played(PlayedCopter(refuses=True), TimedFault(0.0, GPS_LOST), TimedFault(9e9, GPS_LOST), wait_for=1)
    assert said == [
        "simulated: GPS lost is not possible: the vehicle has no parameter X",
        "simulated: GPS lost did not come, the flight ended before",
    ]
