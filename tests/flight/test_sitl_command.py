from pathlib import Path

import pytest
from flight_fakes import drawn_plan

from missions import InputError
from missions.formats.plan_file import save_plan
from patrol.arducopter_here import arducopter_here
from patrol.commands.sitl import parse_home, sitl_start, sitl_status, sitl_stop
from sitl.arducopter import default_parameters
from sitl.errors import SitlError
from sitl.loopback import free_port


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_home_is_read_with_or_without_height_and_heading() -> None:
    point, amsl_m, heading_deg = parse_home("30.5,114.25,32,90")
    assert (point.lat_deg, point.lon_deg, amsl_m, heading_deg) == (30.5, 114.25, 32.0, 90.0)
    assert parse_home("30.5,114.25")[1:] == (0.0, 0.0)


@pytest.mark.parametrize("text", ["", "30.5", "30.5,114.2,1,2,3", "a,b", "95,10,0,0"])
def test_what_is_no_home_is_wrong_input(text: str) -> None:
    with pytest.raises(InputError, match="--home"):
        parse_home(text)


def test_a_missing_binary_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARDUCOPTER", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="patrol sitl get"):
        arducopter_here()


def test_stopping_what_does_not_run_is_said_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    sitl_stop()
    sitl_status(as_json=True)
    out = capsys.readouterr().out
    assert "none runs" in out
    assert '"running": null' in out


def test_our_defaults_name_each_parameter_once() -> None:
    lines = default_parameters().read_text(encoding="utf-8").splitlines()
    names = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    assert len(names) == len(set(names)) > 30


@pytest.mark.ardupilot
def test_a_real_copter_outlives_the_command_until_it_is_stopped(
    arducopter_binary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_plan(drawn_plan((0, 60), (60, 60)), tmp_path / "plan.json")
    sitl_start(plan=tmp_path / "plan.json", binary=arducopter_binary, port=free_port())
    try:
        with pytest.raises(SitlError, match="one runs already"):
            sitl_start(plan=tmp_path / "plan.json", binary=arducopter_binary)
        sitl_status()
        assert "home 30.4577200,114.4140500,32,0" in capsys.readouterr().out
    finally:
        sitl_stop()
    sitl_status()
    assert capsys.readouterr().out.endswith("none runs\n")
