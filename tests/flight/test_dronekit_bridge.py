import sys
import types
from pathlib import Path

import pytest

from flight.dronekit_bridge import import_dronekit, run_script, told_error


def test_dronekit_imports_on_this_python() -> None:
    dronekit = import_dronekit()
    assert callable(dronekit.connect)
    assert dronekit.VehicleMode("GUIDED").name == "GUIDED"


class PlayedVehicle:
    """As much of a vehicle as the bridge itself looks at."""

    def __init__(self) -> None:
        self._handler = types.SimpleNamespace(_alive=True)
        self.waited: list[object] = []

    def wait_ready(self, *what: object) -> None:
        """Remember what was waited for."""
        self.waited.extend(what)

    def close(self) -> None:
        """Be closed."""
        self._handler._alive = False


def run(tmp_path: Path, text: str, *arguments: str) -> tuple[str | None, list[PlayedVehicle]]:
    script = tmp_path / "flown.py"
    script.write_text(text)
    made: list[PlayedVehicle] = []

    def connect() -> PlayedVehicle:
        made.append(PlayedVehicle())
        return made[-1]

    dronekit, path, argv = import_dronekit(), list(sys.path), sys.argv
    connect_of_dronekit = dronekit.connect
    try:
        return run_script(script, arguments, connect), made
    finally:
        dronekit.connect, sys.path[:], sys.argv = connect_of_dronekit, path, argv


def test_a_script_finds_its_vehicle_its_name_and_its_arguments(tmp_path: Path) -> None:
    text = (
        "import sys\nfrom dronekit import connect\n"
        "assert __name__ == '__main__' and sys.argv[1:] == ['--height', '8']\n"
        "assert connect('127.0.0.1:14550', wait_ready=True, baud=57600) is vehicle\n"
        "assert connect('com3', wait_ready=['mode']) is vehicle\n"
    )
    problem, made = run(tmp_path, text, "--height", "8")
    assert problem is None
    assert [vehicle.waited for vehicle in made] == [[True, "mode"]]
    assert not made[0]._handler._alive


def test_a_script_that_closes_its_vehicle_may_connect_again(tmp_path: Path) -> None:
    text = "import dronekit\nvehicle.close()\nagain = dronekit.connect('x')\nassert again is not vehicle\n"
    problem, made = run(tmp_path, text)
    assert problem is None
    assert len(made) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "def climb():\n    return 1 / 0\n\nclimb()\n", ":2: ZeroDivisionError: division by zero", id="raised"
        ),
        pytest.param("import sys\nsys.exit('no fix')\n", ": no fix", id="words"),
        pytest.param("import sys\nsys.exit(3)\n", ": ended with exit code 3", id="number"),
        pytest.param("raise KeyboardInterrupt\n", ": interrupted", id="interrupted"),
        pytest.param("assert False\n", ":1: AssertionError", id="without words"),
    ],
)
def test_what_goes_wrong_in_a_script_is_told_in_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    problem, made = run(tmp_path, text)
    assert problem == f"{tmp_path / 'flown.py'}{told}"
    assert not made[0]._handler._alive


def test_an_error_in_a_file_that_a_script_imports_names_the_line_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("def fail():\n    raise ValueError('beside')\n")
    problem, _ = run(tmp_path, "import beside\n\nbeside.fail()\n")
    assert problem == f"{tmp_path / 'flown.py'}:3: ValueError: beside"


def test_a_syntax_error_that_a_script_runs_into_names_its_own_file() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("x = (", "other.py", "exec")
    assert told_error(Path("flown.py"), caught.value).startswith("other.py:1: SyntaxError: ")
