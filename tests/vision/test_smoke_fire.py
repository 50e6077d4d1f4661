from dataclasses import dataclass

import numpy as np
import pytest
from scenes import located, plume, scene, shift, view_around

from missions.detection import Box
from missions.incident import IncidentKind
from missions.roads import Road, RoadNetwork
from vision.clip import Clip
from vision.place_judge import History
from vision.rules import Finding, Sighting
from vision.rules.corridor import Corridor
from vision.rules.smoke_fire import SmokeFireRule

HZ = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Saying(Clip):
    """A clip that says one thing of every place."""

    said: float | None

    def change(self, box: Box) -> float | None:  # noqa: ARG002, D102 - what it says is known
        return self.said


class Doubting:
    """A second look that says one thing of every place."""

    def __init__(self, said: float | None) -> None:
        self.said = said

    def odds(self, clip: Clip, box: Box) -> float | None:  # noqa: ARG002, D102 - what it says is known
        return self.said


def opened_after_s(
    scores: list[float], clip: Clip | None = None, look: Doubting | None = None, **changes: object
) -> float | None:
    """Feed one detection per picture (none where the score is 0); when is the first incident opened?"""
    rule = SmokeFireRule(second_look=look)
    for number, score in enumerate(scores):
        seen = (plume(score, **changes),) if score else ()  # type: ignore[arg-type]  # fields of several types
        for said in rule.update(scene(number / HZ, sightings=seen, clip=clip)):
            assert isinstance(said, Finding)
            return said.opened_utc_s
    return None


@pytest.mark.parametrize(
    ("scores", "earliest_s", "latest_s"),
    [
        pytest.param([0.9] * 40, 1.0, 1.5, id="plain smoke"),
        pytest.param([0.6] * 40, 1.0, 2.0, id="likely smoke"),
        pytest.param([0.7, 0.7, 0.0, 0.7, 0.7, 0.7, 0.0, 0.7, 0.7, 0.7] * 4, 1.0, 4.0, id="with gaps"),
    ],
)
def test_smoke_that_stays_is_opened_soon(scores: list[float], earliest_s: float, latest_s: float) -> None:
    opened_s = opened_after_s(scores)
    assert opened_s is not None
    assert earliest_s <= opened_s <= latest_s


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param([0.9] * 3 + [0.0] * 40, id="a flash of half a second"),
        pytest.param([0.075] * 300, id="a minute of a thing that looks a little like smoke"),
        pytest.param([0.8, 0.0, 0.0, 0.0] * 40, id="now and then"),
        pytest.param([0.0] * 40, id="nothing"),
    ],
)
def test_what_does_not_last_or_is_never_likely_is_not_opened(scores: list[float]) -> None:
    assert opened_after_s(scores) is None


@pytest.mark.parametrize("score", [0.2, 0.6])
@pytest.mark.parametrize("said", [pytest.param(2.0, id="it changes"), pytest.param(None, id="cannot tell")])
def test_what_changes_or_cannot_be_told_is_opened_as_soon_as_without_a_clip(said: float | None, score: float) -> None:
    with_clip_s, without_s = opened_after_s([score] * 40, Saying(said=said)), opened_after_s([score] * 40)
    assert with_clip_s is not None
    assert without_s is not None
    assert with_clip_s <= without_s


def test_weak_detections_of_what_boils_add_up_and_of_what_hardly_changes_do_not() -> None:
    weak = [0.04] * 40
    assert opened_after_s(weak) is None
    assert opened_after_s(weak, Saying(said=0.9)) is None
    opened_s = opened_after_s(weak, Saying(said=2.5))
    assert opened_s is not None
    assert 1.0 <= opened_s <= 4.0


def test_what_is_next_to_never_likely_is_not_opened_however_it_boils() -> None:
    assert opened_after_s([0.015] * 300, Saying(said=4.0)) is None


def test_what_keeps_still_is_not_opened_on_middling_scores() -> None:
    assert opened_after_s([0.13] * 60) is not None
    assert opened_after_s([0.13] * 60, Saying(said=0.0)) is None


def test_a_detector_that_is_sure_is_believed_after_seconds_although_nothing_moves() -> None:
    opened_s = opened_after_s([0.6] * 60, Saying(said=-2.0))
    assert opened_s is not None
    assert 4.0 <= opened_s <= 8.0


def test_what_stirs_is_believed_by_a_scale_of_its_own() -> None:
    assert opened_after_s([0.7] * 40) is not None
    assert opened_after_s([0.7] * 40, stirs=True) is None
    opened_s = opened_after_s([0.95] * 40, stirs=True)
    assert opened_s is not None
    assert opened_s <= 2.0


def test_where_smoke_is_the_detector_says_rather_than_what_stirs() -> None:
    rule = SmokeFireRule()
    said: list[Finding] = []
    for number in range(20):
        seen = (
            plume(0.8, place=located((10.0, 0.0), number / HZ)),
            plume(0.97, uv=(650.0, 350.0), place=located((16.0, 0.0), number / HZ), stirs=True),
        )
        said += [one for one in rule.update(scene(number / HZ, sightings=seen)) if isinstance(one, Finding)]
    assert {one.site for one in said} == {1}
    assert said[-1].place_m is not None
    assert 10.0 <= said[-1].place_m[0] < 11.5


def test_a_plume_that_stirs_in_pieces_is_opened_once_and_not_dragged_along() -> None:
    rule = SmokeFireRule()
    said: list[Finding] = []
    for number in range(60):
        at_s = number / HZ
        pieces = [plume(0.97, place=located((10.0, 0.0), at_s), stirs=True)]
        if number > 15:
            pieces.append(plume(0.99, uv=(900.0, 360.0), place=located((24.0, 0.0), at_s), stirs=True))
        said += [one for one in rule.update(scene(at_s, sightings=tuple(pieces))) if isinstance(one, Finding)]
    assert {one.site for one in said} == {1}
    assert said[-1].place_m == pytest.approx([10.0, 0.0], abs=0.1)


def test_where_something_stirred_the_detector_opens_no_second_incident_and_says_where_it_is() -> None:
    rule = SmokeFireRule()
    said: list[Finding] = []
    for number in range(60):
        at_s = number / HZ
        seen = [plume(0.97, uv=(900.0, 360.0), place=located((24.0, 0.0), at_s), stirs=True)]
        if number > 15:
            seen.append(plume(0.9, place=located((4.0, 0.0), at_s)))
        said += [one for one in rule.update(scene(at_s, sightings=tuple(seen))) if isinstance(one, Finding)]
    assert {one.site for one in said} == {1}
    assert said[-1].place_m is not None
    assert said[-1].place_m[0] < 6.0


def test_fog_that_boils_is_not_opened_where_the_second_look_doubts_it() -> None:
    boiling = Saying(said=2.5)
    assert opened_after_s([0.1] * 60, boiling) is not None
    assert opened_after_s([0.1] * 60, boiling, Doubting(-2.0)) is None


def test_weak_detections_that_the_second_look_believes_add_up() -> None:
    weak = [0.04] * 40
    assert opened_after_s(weak, Saying(said=None), Doubting(0.5)) is None
    opened_s = opened_after_s(weak, Saying(said=None), Doubting(5.0))
    assert opened_s is not None
    assert opened_s <= 5.0


class Judging:
    """A judge of places that says one thing, and remembers how it was asked."""

    def __init__(self, said: float) -> None:
        self.said = said
        self.asked: list[int] = []

    def odds(self, history: History) -> float:  # noqa: D102 - what it says is known
        self.asked.append(history.looks)
        return self.said


def opened_by(judge: Judging, score: float, *, odds: float | None, kind: str = "smoke") -> IncidentKind | None:
    """Feed 12 s of detections with the second look's odds for them; what is opened?"""
    rule = SmokeFireRule(second_look=Doubting(odds), place_judge=judge)
    for number in range(60):
        seen = (plume(score, kind=kind),)
        for said in rule.update(scene(number / HZ, sightings=seen, clip=Saying(said=None))):
            assert isinstance(said, Finding)
            return said.kind
    return None


def test_smoke_that_was_looked_at_is_opened_as_the_judge_of_places_says() -> None:
    assert opened_by(Judging(3.0), 0.1, odds=-5.0) is IncidentKind.SMOKE
    assert opened_by(Judging(-3.0), 0.9, odds=5.0) is None


def test_the_judge_is_asked_of_what_has_lasted_and_was_looked_at() -> None:
    judge = Judging(-3.0)
    opened_by(judge, 0.9, odds=5.0)
    assert judge.asked
    assert min(judge.asked) >= 2


def test_flames_and_what_cannot_be_looked_at_are_not_the_judges() -> None:
    judge = Judging(-3.0)
    assert opened_by(judge, 0.9, odds=5.0, kind="fire") is IncidentKind.FIRE
    assert opened_by(judge, 0.9, odds=None) is IncidentKind.SMOKE
    assert judge.asked == []


def test_nothing_is_opened_before_the_second_look_has_spoken_unless_it_never_can() -> None:
    sure = [0.9] * 40
    with_look_s, without_s = opened_after_s(sure, Saying(said=None), Doubting(None)), opened_after_s(sure)
    assert with_look_s is not None
    assert without_s is not None
    assert without_s < with_look_s <= 3.0


def test_detections_that_jump_about_are_not_one_happening() -> None:
    rule = SmokeFireRule()
    rng = np.random.default_rng(1)
    for number in range(60):
        uv = (float(rng.uniform(50, 1230)), float(rng.uniform(50, 670)))
        assert not rule.update(scene(number / HZ, sightings=(plume(0.6, uv),)))


def test_in_a_moving_picture_smoke_is_followed_with_the_background() -> None:
    rule = SmokeFireRule()
    found: list[Finding] = []
    for number in range(20):
        uv = (200.0 + 40.0 * number, 360.0)
        said = rule.update(scene(number / HZ, sightings=(plume(0.8, uv, side=20.0),), motion=shift(40.0, 0.0)))
        found += [f for f in said if isinstance(f, Finding)]
    assert {f.site for f in found} == {1}
    assert found[0].place_m is None


def test_on_the_map_the_place_is_what_counts_and_small_boxes_say_best_where_it_is() -> None:
    rule = SmokeFireRule()
    found: list[Finding] = []
    for number in range(25):
        uv = (1200.0 - 45.0 * number, 300.0)
        grown = 20.0 + 6.0 * number
        place = located((50.0 + 0.2 * number, -3.0), number / HZ)
        seen = plume(0.8, uv, side=grown, place=place)
        found += [
            f
            for f in rule.update(scene(number / HZ, sightings=(seen,), view_m=view_around((50.0, 0.0))))
            if isinstance(f, Finding)
        ]
    assert {f.site for f in found} == {1}
    assert found[-1].place_m is not None
    assert np.linalg.norm(found[-1].place_m - np.array([50.0, -3.0])) < 3.5


def test_two_places_are_two_happenings() -> None:
    rule = SmokeFireRule()
    sites: set[int] = set()
    for number in range(15):
        seen = tuple(
            plume(0.8, uv, place=located(place, number / HZ))
            for uv, place in (((200.0, 200.0), (0.0, 0.0)), ((1000.0, 500.0), (60.0, 0.0)))
        )
        sites |= {f.site for f in rule.update(scene(number / HZ, sightings=seen, view_m=view_around((30.0, 0.0))))}
    assert len(sites) == 2


def test_fire_in_opened_smoke_makes_it_fire_and_it_stays_so() -> None:
    rule = SmokeFireRule()
    kinds: list[IncidentKind] = []
    for number in range(60):
        seen: tuple[Sighting, ...] = (plume(0.8),)
        if 20 <= number < 35:
            seen += (plume(0.8, (645.0, 370.0), kind="fire", side=12.0),)
        kinds += [f.kind for f in rule.update(scene(number / HZ, sightings=seen)) if isinstance(f, Finding)]
    assert kinds[0] is IncidentKind.SMOKE
    assert kinds[-1] is IncidentKind.FIRE


def test_kinds_that_are_not_wanted_are_not_looked_at() -> None:
    rule = SmokeFireRule((IncidentKind.FIRE,))
    assert not any(rule.update(scene(number / HZ, sightings=(plume(0.9),))) for number in range(30))


def test_smoke_far_from_every_road_is_not_what_the_street_is_watched_for() -> None:
    road = Road(
        road_id="r", name="Long Road", road_class="primary", oneway=False, lanes=2, node_ids=("a", "b"),
        lat_lon_deg=np.array([[30.0, 114.0], [30.0, 114.01]]),
    )  # fmt: skip
    network = RoadNetwork(roads=(road,), source="drawn")
    for north_m, opened in ((10.0, True), (80.0, False)):
        rule = SmokeFireRule(corridor=Corridor(network, 30.0))
        said: list[object] = []
        for number in range(20):
            place = located((5.0, north_m), number / HZ)
            said += rule.update(scene(number / HZ, sightings=(plume(0.8, (600.0, 300.0), place=place),)))
        assert bool(said) is opened
        assert all(isinstance(finding, Finding) and finding.road_name == "Long Road" for finding in said)
