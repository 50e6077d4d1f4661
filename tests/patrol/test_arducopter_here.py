"""Which arducopter is flown, and with which defaults."""

from pathlib import Path

import pytest

from missions.errors import InputError
from patrol.arducopter_here import arducopter_here, copter_parameters_here


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    return path


def test_the_environment_goes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    on_path, named = program(tmp_path / "bin" / "arducopter"), program(tmp_path / "mine")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("ARDUCOPTER", raising=False)
    assert arducopter_here() == on_path
    monkeypatch.setenv("ARDUCOPTER", str(named))
    assert arducopter_here() == named
    assert arducopter_here(on_path) == on_path


def test_what_is_no_program_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "text"
    text.write_text("hello", encoding="ascii")
    monkeypatch.setenv("ARDUCOPTER", str(text))
    with pytest.raises(InputError, match="not a program"):
        arducopter_here()


def test_parameters_of_the_environment_have_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COPTER_PARM", raising=False)
    assert copter_parameters_here() is None
    monkeypatch.setenv("COPTER_PARM", str(tmp_path / "copter.parm"))
    with pytest.raises(InputError, match="COPTER_PARM"):
        copter_parameters_here()
    (tmp_path / "copter.parm").write_text("FRAME_CLASS 1\n", encoding="ascii")
    assert copter_parameters_here() == tmp_path / "copter.parm"
