"""`patrol script` at the terminal: what may be a real aircraft is not flown unasked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flight.errors import NotApproved
from missions import InputError, Message
from patrol.contents import app
from patrol.vehicle_confirmed import confirm_vehicle
from tests.flight.flight_fakes import ScriptedLink

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vehicle of these tests answers at once or never."""
    monkeypatch.setattr("flight.simulated._TRIES", 1)
    monkeypatch.setattr("flight.retry._FIRST_S", 0.01)


def vehicle(*, simulated: bool) -> ScriptedLink:
    """Return a link to a vehicle that has, or has not, a simulator's parameter."""
    value = Message("PARAM_VALUE", {"param_id": "SIM_SPEEDUP", "param_value": 1.0, "param_type": 9}, 7, 1)
    link = ScriptedLink(lambda asked: [value] if simulated and asked.name == "PARAM_REQUEST_READ" else [])
    link.target_system, link.target_component = 7, 1
    return link


async def confirm(link: ScriptedLink, *, assume_yes: bool) -> None:
    await confirm_vehicle(link, about="a script is about to fly it", field="--yes", assume_yes=assume_yes)


async def test_a_simulation_needs_no_word_of_anybody() -> None:
    await confirm(vehicle(simulated=True), assume_yes=False)


async def test_what_may_be_real_is_not_flown_where_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(InputError, match=r"--yes: system id 7 at scripted may be a real aircraft"):
        await confirm(vehicle(simulated=False), assume_yes=False)
    await confirm(vehicle(simulated=False), assume_yes=True)


async def test_what_may_be_real_flies_once_its_system_id_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _prompt: " 7 ")
    await confirm(vehicle(simulated=False), assume_yes=False)
    monkeypatch.setattr("builtins.input", lambda _prompt: "yes")
    with pytest.raises(NotApproved, match="it was not approved"):
        await confirm(vehicle(simulated=False), assume_yes=False)


def test_a_script_that_is_none_is_refused_before_anything_is_heard(tmp_path: Path) -> None:
    (tmp_path / "flown.py").write_text("def (\n")
    result = CliRunner().invoke(app, ["script", str(tmp_path / "flown.py"), "--link", "udpin:127.0.0.1:1"])
    assert isinstance(result.exception, InputError)
    assert "flown.py:1: is no Python" in str(result.exception)
