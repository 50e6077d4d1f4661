"""What a run tells its flight before arming: the energy in another wind, and the video as it arrives."""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flight.events import Check, CheckState, EventKind, FlightEvent
from missions.mission import Wind
from missions.mission_file import load_mission
from missions.plan import Breakpoint, Plan
from missions.roads import load_network
from patrol.energy_now import energy_needed
from patrol.run.ground_side import preflight_record, video_probes
from planner import Effort, plan_mission
from vision.spec import TelemetryKind


@dataclass
class Post:
    """A watcher as the probes see it."""

    pictures: int = 0
    metadata: int = 0
    bad_metadata: int = 0
    picture_wall_s: float = field(default_factory=time.monotonic)


def rows(post: Post, kind: TelemetryKind = TelemetryKind.PUSHED) -> dict[str, Check]:
    return {probe().name: probe() for probe in video_probes(post, kind)}


@pytest.mark.parametrize(
    ("post", "state", "text"),
    [
        (Post(), CheckState.FAIL, "no picture yet"),
        (Post(pictures=3), CheckState.PASS, "3 pictures, the last 0.0 s ago"),
        (Post(pictures=3, picture_wall_s=time.monotonic() - 60.0), CheckState.FAIL, "s ago"),
    ],
)
def test_pictures_have_to_arrive_now(post: Post, state: CheckState, text: str) -> None:
    if state is CheckState.PASS:
        post.picture_wall_s = time.monotonic()
    assert rows(post)["video"].state is state
    assert text in rows(post)["video"].detail


@pytest.mark.parametrize(
    ("post", "kind", "state", "text"),
    [
        (Post(metadata=20), TelemetryKind.STREAM, CheckState.PASS, "20 KLV packets, 0 unreadable"),
        (Post(bad_metadata=20), TelemetryKind.PUSHED, CheckState.FAIL, "none of 20 KLV packets"),
        (Post(), TelemetryKind.STREAM, CheckState.FAIL, "places will not be known"),
        (Post(), TelemetryKind.PUSHED, CheckState.PASS, "from the flight's link"),
    ],
)
def test_poses_come_from_metadata_or_from_somewhere_else(
    post: Post, kind: TelemetryKind, state: CheckState, text: str
) -> None:
    assert rows(post, kind)["metadata"].state is state
    assert text in rows(post, kind)["metadata"].detail


def test_the_table_goes_into_the_journal_with_who_answers_for_it() -> None:
    check = Check(name="home", state=CheckState.WAIVED, detail="40 m away", waived_by="Li Wei", reason="new dock")
    event = FlightEvent(kind=EventKind.PREFLIGHT, at_utc_s=1000.0, text="ready", sortie_id="sortie-1", checks=(check,))
    kept = preflight_record(event)
    assert (kept.sortie_id, kept.captured_utc_s) == ("sortie-1", 1000.0)
    assert (kept.rows[0].state, kept.rows[0].waived_by, kept.rows[0].reason) == ("waived", "Li Wei", "new dock")


@pytest.fixture(scope="module")
def flown(example_mission: Path) -> Plan:
    loaded = load_mission(example_mission)
    network = load_network(loaded.roads_file)
    return plan_mission(loaded.mission, loaded.mission_hash, network, Effort(iterations=50))


def test_a_sortie_takes_what_was_planned_in_the_planned_wind_more_in_a_stronger_and_less_for_the_rest(
    flown: Plan,
) -> None:
    needed_wh, sortie = energy_needed(flown), flown.sorties[0]
    planned = Wind.measured(speed_m_s=flown.wind_m_s, from_deg=flown.wind_from_deg)
    assert needed_wh(sortie, None, planned) == pytest.approx(sortie.estimate.energy_wh, rel=1e-3)
    strong = Wind.measured(speed_m_s=flown.wind_m_s + 7.0, from_deg=flown.wind_from_deg)
    assert needed_wh(sortie, None, strong) > needed_wh(sortie, None, planned)
    late = Breakpoint(sortie_id=sortie.sortie_id, item_seq=len(sortie.waypoints), fraction=0.0)
    assert needed_wh(sortie, late, planned) < needed_wh(sortie, None, planned)
    assert needed_wh(sortie, None, Wind.measured(speed_m_s=30.0, from_deg=0.0)) == math.inf
