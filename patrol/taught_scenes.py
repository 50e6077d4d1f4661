"""Rendered scenes that what looks in time is taught on: windows about one thing, and whole pictures of streets."""

from collections.abc import Iterable, Iterator

import numpy as np

from patrol.console import progress_bar
from sitl.confusing_scenes import FULL_PX, PLUMES, SceneFrame, SceneSettings, scenes
from sitl.confusing_things import CONFUSING
from vision.camera_motion import CameraMotion

Scene = tuple[str, list[SceneFrame]]
"""Theme and pictures."""

_WHOLE_STREETS = 3
"""Scenes of plain streets, to one with something that is taken for smoke and one with smoke."""
_CONFUSING_WHOLE = ("fog", "low_cloud", "smoke", "steam", "fog", "low_cloud", "exhaust", "smoke")


def taught_scenes(rounds: int, seed: int) -> Iterator[Scene]:
    """Yield the scenes of so many rounds: 28 of windows each, and five of whole pictures for three, at 5 and 2 Hz."""
    parts = taught_parts(rounds, seed)
    with progress_bar() as bar:
        task = bar.add_task("scenes", total=sum(len(names) for names, _ in parts), status="")
        for part, (names, settings) in enumerate(parts):
            for theme, _, frames in scenes(10 * seed + part, names, settings):
                whole = settings.window_px == FULL_PX
                yield str(theme), list(with_estimated_motion(frames) if whole else frames)
                bar.update(task, advance=1, status=f"{theme}{', whole picture' if whole else ''}")


def taught_parts(rounds: int, seed: int) -> list[tuple[tuple[str, ...], SceneSettings]]:
    """Return themes and settings of the scenes, in the order they are drawn."""
    return [*_windows(rounds, seed), *_whole(rounds, seed)]


def _windows(rounds: int, seed: int) -> list[tuple[tuple[str, ...], SceneSettings]]:
    """Return themes of windows, and of smoke and fire that break out before the camera."""
    themes = np.array([*PLUMES * 4, *CONFUSING, "street", "street"] * rounds)
    np.random.default_rng([seed, 0x9]).shuffle(themes)
    half = len(themes) // 2
    return [
        (tuple(themes[:half]), SceneSettings(hz=5.0)),
        (tuple(themes[half:]), SceneSettings(hz=2.0)),
        (PLUMES * (2 * rounds), SceneSettings(hz=5.0, begins_before_s=0.8)),
        (PLUMES * rounds, SceneSettings(hz=2.0, begins_before_s=0.8)),
    ]


def _whole(rounds: int, seed: int) -> list[tuple[tuple[str, ...], SceneSettings]]:
    """Return themes of whole pictures, mostly streets."""
    rng = np.random.default_rng([seed, 0xC])
    themes = [
        theme
        for _ in range(max(rounds // 3, 2))
        for theme in (*("street",) * _WHOLE_STREETS, str(rng.choice(CONFUSING)), "smoke")
    ]
    half = len(themes) // 2
    return [
        (tuple(themes[:half]), SceneSettings(hz=5.0, window_px=FULL_PX)),
        (tuple(themes[half:]), SceneSettings(hz=2.0, window_px=FULL_PX)),
    ]


def whole_scenes(count: int, seed: int) -> Iterator[tuple[str, int, Iterable[SceneFrame]]]:
    """Yield theme, number and pictures of whole scenes that a judge of places is taught by.

    Two thirds last 30 s, at 2 Hz, most of them of what covers much ground or is taken for smoke most; a
    third, of 14 s and at 5 Hz, is smoke and fire that burned before. Windows are too small for fog.
    """
    kinds = (
        (_CONFUSING_WHOLE, SceneSettings(seconds=30.0, hz=2.0, window_px=FULL_PX), count - count // 3),
        (("smoke", "smoke", "fire"), SceneSettings(seconds=14.0, hz=5.0, window_px=FULL_PX), count // 3),
    )
    with progress_bar() as bar:
        task = bar.add_task("whole scenes", total=count, status="")
        for part, (cycle, settings, many) in enumerate(kinds):
            names = tuple(cycle[number % len(cycle)] for number in range(many))
            for theme, number, frames in scenes(seed + part, names, settings):
                yield theme, number, with_estimated_motion(frames)
                bar.update(task, advance=1, status=theme)


def with_estimated_motion(frames: Iterable[SceneFrame]) -> Iterator[SceneFrame]:
    """Yield pictures with the background's motion as it is estimated in flight, until it cannot be told.

    Over a whole picture one motion never fits everywhere: what is near its edges, high or far is laid a little beside
    itself. In a window the true motion is told, and blurred where it is taken into a clip, as this is once more.
    """
    camera = CameraMotion()
    for frame in frames:
        boxes = np.array(frame.things, float).reshape(-1, 4)
        motion = camera.estimate(frame.image, boxes)
        if not camera.sure:
            return
        yield frame._replace(motion=motion.copy())
