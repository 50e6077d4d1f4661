"""Fixtures every room shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from missions import InputError
from patrol.arducopter_here import arducopter_here

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "missions" / "examples" / "gaoxin-avenue" / "mission.yaml"

settings.register_profile("skypatrol", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("skypatrol")  # how long an example takes on a busy machine says nothing of the code


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: one that is begun last is waited for while the other workers have nothing."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def required(lane: str) -> bool:
    """Whether this lane's server was installed on purpose, so that its tests may not skip."""
    return lane in os.environ.get("SKYPATROL_REQUIRE", "").split(",")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real roads, pictures and clips; SKYPATROL_DATA, or beside the project."""
    folder = Path(os.environ.get("SKYPATROL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        if required("shared"):
            pytest.fail(f"SKYPATROL_REQUIRE names shared, but {folder} is absent")
        pytest.skip(f"real data is not at {folder} (set SKYPATROL_DATA)")
    return folder


@pytest.fixture(scope="session")
def arducopter_binary() -> Path:
    """The real autopilot, found as `patrol` finds it; tests that ask for it carry the marker `ardupilot`."""
    try:
        return arducopter_here()
    except InputError as exc:
        if required("ardupilot"):
            pytest.fail(f"SKYPATROL_REQUIRE names ardupilot, but there is {exc}")
        pytest.skip(str(exc))


@pytest.fixture(scope="session")
def example_mission() -> Path:
    """The mission that comes with a clone."""
    return EXAMPLE


@pytest.fixture(scope="session", autouse=True)
def _vehicles_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what tests learn of vehicles out of the user's own folder."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def plan_file(example_mission: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of that mission, as `patrol plan` writes it."""
    from missions.formats.plan_file import save_plan
    from patrol.mission_roads import load_mission_roads
    from patrol.planned import planned
    from planner import Effort

    file, roads = tmp_path_factory.mktemp("plans") / "plan.json", load_mission_roads(example_mission)
    save_plan(planned(roads.loaded, roads.kept, Effort(iterations=50)), file)
    return file
