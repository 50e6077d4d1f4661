"""Scenes of what is taken for smoke and fire: from a seed, centred, moving as they should."""

import numpy as np
import pytest

from missions.hardware import load_camera
from sitl.confusing_scenes import PLUMES, THEMES, SceneFrame, SceneSettings, scenes
from sitl.confusing_things import CONFUSING
from sitl.render.confusers import Jet, standing_at
from sitl.render.lights import Timing
from sitl.render.view import TruePose, View

SHORT = SceneSettings(seconds=1.0, hz=4.0)


def drawn(seed: int, *themes: str, settings: SceneSettings = SHORT) -> dict[str, list[SceneFrame]]:
    return {theme: list(frames) for theme, _, frames in scenes(seed, themes, settings)}


def test_the_same_seed_draws_the_same_pictures_and_another_does_not() -> None:
    first, again, other = (drawn(seed, "steam")["steam"] for seed in (5, 5, 6))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].image, other[0].image)


def test_every_theme_can_be_drawn_and_only_smoke_and_fire_are_true() -> None:
    assert set(THEMES) == {*PLUMES, *CONFUSING, "street"}
    for theme, frames in drawn(11, *THEMES).items():
        assert len(frames) == 4
        assert all(frame.image.shape == (184, 320, 3) for frame in frames)
        if theme not in PLUMES:
            assert all(frame.truth == () and frame.plume_age_s is None for frame in frames)


def test_smoke_that_breaks_out_later_is_not_there_before() -> None:
    frames = drawn(3, "fire", settings=SceneSettings(seconds=6.0, hz=2.0, begins_before_s=2.0))["fire"]
    assert all(frame.truth == () for frame in frames if frame.t_s <= 2.0)
    assert any(frame.truth for frame in frames)


def test_the_told_motion_carries_the_street_from_picture_to_picture() -> None:
    import cv2

    frames = drawn(21, "street", settings=SceneSettings(seconds=2.0, hz=4.0))["street"]
    before, after = (cv2.GaussianBlur(f.image, (5, 5), 1.0).astype(float) for f in frames[-2:])
    carried = cv2.warpAffine(before, frames[-1].motion, (320, 184))
    middle = (slice(50, 134), slice(90, 230))
    assert np.abs(carried[middle] - after[middle]).mean() <= np.abs(before[middle] - after[middle]).mean() + 0.5


def test_steam_vanishes_and_comes_in_bursts() -> None:
    jet = Jet(
        name="steam", source=standing_at(np.array([0.0, 0.0, 0.0])), life_s=1.5, rise_m_s=2.0, born_radius_m=0.4,
        growth_m_s=0.6, depth=1.6, colour_bgr=(240.0, 240.0, 240.0), wind_share=0.3, seed=3, on_s=3.0, off_s=4.0,
    )  # fmt: skip
    pose = TruePose(east_m=0.0, north_m=0.0, up_m=30.0, azimuth_deg=0.0, pitch_deg=-90.0)
    view = View(pose=pose, camera=load_camera("wide-720p").pinhole)
    boxes = [jet.draw(np.full((720, 1280, 4), 90, np.uint8), view, t_s, np.array([2.0, 0.0])) for t_s in (2.5, 6.8)]
    assert boxes[0] is not None
    assert boxes[1] is None


@pytest.mark.parametrize(
    ("timing", "at_s", "strength"),
    [
        pytest.param(Timing(on_at_s=5.0), 4.9, 0.0, id="before it is switched on"),
        pytest.param(Timing(on_at_s=5.0), 6.0, 1.0, id="after"),
        pytest.param(Timing(on_at_s=0.0, period_s=1.0, duty=0.4), 3.2, 1.0, id="flash"),
        pytest.param(Timing(on_at_s=0.0, period_s=1.0, duty=0.4), 3.7, 0.0, id="between flashes"),
    ],
)
def test_a_light_keeps_its_times(timing: Timing, at_s: float, strength: float) -> None:
    assert timing.at(at_s) == pytest.approx(strength)
