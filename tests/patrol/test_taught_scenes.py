"""Scenes that are taught on: what they are about, and the motion told with them."""

import numpy as np

from patrol.taught_scenes import taught_parts, whole_scenes, with_estimated_motion
from sitl.confusing_scenes import FULL_PX, THEMES, SceneSettings, scenes


def test_windows_come_first_and_whole_pictures_of_streets_after_them() -> None:
    parts = taught_parts(3, 77)
    whole = [settings.window_px == FULL_PX for _, settings in parts]
    assert whole == sorted(whole)
    assert {settings.hz for _, settings in parts} == {2.0, 5.0}
    themes = [theme for names, settings in parts if settings.window_px == FULL_PX for theme in names]
    assert themes.count("street") > len(themes) / 2
    assert "smoke" in themes
    assert {theme for names, _ in parts for theme in names} == set(THEMES)
    assert taught_parts(3, 77) == parts


def test_a_judge_is_taught_by_whole_pictures_of_what_burns_and_of_what_is_taken_for_it() -> None:
    told = [(theme, number) for theme, number, _ in whole_scenes(12, 7)]
    assert len(told) == 12
    assert {theme for theme, _ in told[8:]} == {"smoke", "fire"}
    assert {"fog", "low_cloud", "steam", "exhaust", "smoke"} == {theme for theme, _ in told[:8]}
    ((_, _, frames),) = whole_scenes(1, 7)
    assert next(iter(frames)).image.shape == (FULL_PX[1], FULL_PX[0], 3)


def test_over_a_whole_picture_the_motion_is_the_estimate_of_a_flight() -> None:
    ((_, _, frames),) = scenes(5, ("street",), SceneSettings(seconds=1.2, hz=5.0, window_px=(640, 360)))
    true = list(frames)
    told = list(with_estimated_motion(true))
    assert len(told) == len(true)
    middle = np.array([320.0, 180.0, 1.0])
    errors = [float(np.linalg.norm((a.motion - b.motion) @ middle)) for a, b in zip(told, true, strict=True)]
    assert 0.0 < max(errors[1:]) < 3.0, "pixels, in the middle"
    blank = [frame._replace(image=np.zeros_like(frame.image)) for frame in true]
    assert len(list(with_estimated_motion(blank))) == 1, "nothing to hold on to: the scene ends"
