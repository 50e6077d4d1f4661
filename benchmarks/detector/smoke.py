"""Smoke and fire in time: from the first picture of it to the confirmed incident, and what is confirmed and is none.

The whole watch judges: detector, tracker, rules. Scenes are `sitl.confusing_scenes`, whole pictures of 1280 pixels;
each scene's result is kept by itself, so that hours of them can be broken off and gone on with. What is kept is of all
weights that judge and of the rule's settings: when a rule's code changes, `--again`.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.detector.settings import Settings
from missions.incident import IncidentKind
from missions.mission import Watch
from missions.ports import Detector
from patrol.console import progress_bar
from patrol.smoke_fire_score import IN_TIME_S, poisson_bound
from patrol.smoke_fire_trials import meets
from sitl.confusing_scenes import FULL_PX, PLUMES, THEMES, SceneFrame, SceneSettings, scenes
from vision.analysis import Analysis
from vision.detector import load_detector
from vision.detector.classes import KINDS
from vision.detector.clip_truth import load_clip_truth
from vision.events import IncidentSeen, StreamEnded, TracksSeen
from vision.place_judge import judge_for
from vision.rules.smoke_fire_settings import settings_for
from vision.second_look import load_second_look
from vision.spec import WatchSpec
from vision.stirring import load_stirring
from vision.watch import LEAST_SCORES, watch_source

_SEED: Final = 7780
_NOTHING_SEED: Final = 7781
"""Of scenes with neither."""
_PLUME_KINDS: Final = {IncidentKind.SMOKE, IncidentKind.FIRE}
_POSITIVE: Final = SceneSettings(seconds=16.0, hz=5.0, window_px=FULL_PX, begins_before_s=3.0)
_BURNING: Final = SceneSettings(seconds=14.0, hz=5.0, window_px=FULL_PX)
"""Smoke is up to 25 s old when it is first seen, as when a patrol comes by."""
_NEGATIVE: Final = SceneSettings(seconds=30.0, hz=2.0, window_px=FULL_PX)
_NOTHING_THERE: Final = tuple(theme for theme in THEMES if theme not in PLUMES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """Who watches, and where results are kept."""

    settings: Settings
    detector: Detector
    judges: list[Any]
    """What decides beside the scene: hashes of weights, and the rule's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """What the watch made of one stretch of video."""

    name: str
    theme: str
    seconds: float
    first_s: float | None
    """First picture with smoke or fire in it; None without any."""
    opened_s: float | None
    """First confirmed smoke or fire that is there."""
    opened: int
    """Confirmed, whether there or not."""
    false: int
    """Confirmed, and not there."""


def tables(settings: Settings, weights_sha256: str) -> Iterator[str]:
    """Yield Markdown: clips, rendered smoke and fire, and what is neither."""
    detector = load_detector(settings.weights, conf=LEAST_SCORES)
    run = _Run(settings=settings, detector=detector, judges=judges(weights_sha256, settings.weights))
    clips = list(_clips(run))
    if clips:
        yield _clip_table(clips)
    themes = tuple(PLUMES[number % len(PLUMES)] for number in range(2 * settings.smoke_scenes))
    begin = list(_rendered(run, _SEED, themes, _POSITIVE, "positive"))
    burning = list(_rendered(run, _SEED, ("smoke",) * settings.smoke_scenes, _BURNING, "burning"))
    yield _positive_table(begin, burning)
    count = math.ceil(settings.negative_hours * 3600.0 / _NEGATIVE.seconds)
    themes = tuple(_NOTHING_THERE[number % len(_NOTHING_THERE)] for number in range(count))
    none = list(_rendered(run, _NOTHING_SEED, themes, _NEGATIVE, "negative"))
    yield _negative_table(none, [clip for clip in clips if clip.first_s is None])


def judges(weights_sha256: str, weights: str) -> list[Any]:
    """Return what decides what is confirmed, as JSON: hashes of all weights that look, and the rule's settings."""
    judge = judge_for(weights)
    looks = [load_second_look().sha256, load_stirring().sha256, None if judge is None else judge.sha256]
    return [weights_sha256, *looks, asdict(settings_for(weights))]


def _clips(run: _Run) -> Iterator[_Watched]:
    folder = run.settings.data / "clips"
    for video in sorted([*folder.glob("*/video.mp4"), *folder.glob("*/frames")]):
        name = video.parent.name
        of = [run.judges, str(video)]
        said = run.settings.kept.get(f"smoke/clip-{name}", of, lambda v=video: _watch_clip(v, run))
        yield _Watched(name=name, **said)


def _watch_clip(video: Path, run: _Run) -> dict[str, Any]:
    truth = load_clip_truth(video)
    plumes = {KINDS.index(kind) for kind in PLUMES}
    burning = any(kind in plumes for boxes in truth.boxes.values() for kind, _ in boxes)
    opened: dict[str, float] = {}
    first_s, last_s = None, 0.0
    spec = WatchSpec(video=str(video), watch=Watch(detector=run.settings.weights, detect_hz=5.0))
    for event in watch_source(spec, detector=run.detector):
        if isinstance(event, TracksSeen):
            first_s, last_s = (event.pts_s if first_s is None else first_s), event.pts_s
        if isinstance(event, IncidentSeen) and event.incident.kind in _PLUME_KINDS:
            opened.setdefault(event.incident.incident_id, event.incident.opened_pts_s)
        if isinstance(event, StreamEnded):
            break
    begun_s = first_s or 0.0
    return {
        "theme": "fire" if burning else "nothing",
        "seconds": last_s - begun_s,
        "first_s": 0.0 if burning else None,
        "opened_s": min(opened.values()) - begun_s if opened and burning else None,
        "opened": len(opened),
        "false": 0 if burning else len(opened),
    }


def _rendered(run: _Run, seed: int, themes: tuple[str, ...], drawn: SceneSettings, name: str) -> Iterator[_Watched]:
    """Yield what the watch makes of each scene; pictures of a scene that is kept are not drawn."""
    with progress_bar() as bar:
        task = bar.add_task(name, total=len(themes), status="")
        for theme, number, frames in scenes(seed, themes, drawn):
            of = [run.judges, seed, theme, drawn.seconds, drawn.hz]

            def measure(theme: str = theme, frames: Iterator[SceneFrame] = frames) -> dict[str, Any]:
                return _watch_scene(theme, frames, run, drawn)

            yield _Watched(name=theme, **run.settings.kept.get(f"smoke/{name}/{number:04d}", of, measure))
            bar.update(task, completed=number + 1, status=f"{number + 1}/{len(themes)}")


def _watch_scene(theme: str, frames: Iterator[SceneFrame], run: _Run, drawn: SceneSettings) -> dict[str, Any]:
    watch = Watch(detector=run.settings.weights, detect_hz=drawn.hz)
    analysis = Analysis(WatchSpec(video="scene", watch=watch), None)
    first_s, true, false = None, dict[str, float](), set[str]()
    for frame in frames:
        if frame.truth and first_s is None:
            first_s = frame.t_s
        looked = analysis.look(
            frame.image, run.detector.detect(frame.image), pts_s=frame.t_s, captured_utc_s=frame.t_s, pose=None
        )
        for said in looked.told:
            if not isinstance(said, IncidentSeen) or said.incident.kind not in _PLUME_KINDS:
                continue
            name = said.incident.incident_id
            if name not in true and name not in false:
                if any(meets(said.incident.box_px, box) for _, box in frame.truth):
                    true[name] = frame.t_s
                else:
                    false.add(name)
    return {
        "theme": theme,
        "seconds": drawn.seconds,
        "first_s": first_s,
        "opened_s": min(true.values(), default=None),
        "opened": len(true) + len(false),
        "false": len(false),
    }


def _clip_table(clips: Sequence[_Watched]) -> str:
    rows = ["| clip | seconds | holds | confirmed | first picture to confirmed |", "|---|---|---|---|---|"]
    for clip in clips:
        took = "-" if clip.first_s is None or clip.opened_s is None else f"{clip.opened_s - clip.first_s:.1f} s"
        rows.append(f"| {clip.name} | {clip.seconds:.0f} | {clip.theme} | {clip.opened} | {took} |")
    return "\n".join(rows)


def _positive_table(begin: Sequence[_Watched], burning: Sequence[_Watched]) -> str:
    heads = "| rendered | scenes | confirmed | within 5 s | median | slowest | false beside it |"
    rows = [heads, "|---|---|---|---|---|---|---|"]
    groups = {theme: [each for each in begin if each.theme == theme] for theme in PLUMES}
    groups["smoke that burned before"] = list(burning)
    for name, watched in groups.items():
        shown = [each for each in watched if each.first_s is not None]
        took = [
            each.opened_s - each.first_s for each in shown if each.opened_s is not None and each.first_s is not None
        ]
        false = sum(each.false for each in shown)
        soon = sum(seconds <= IN_TIME_S for seconds in took)
        middle, slowest = (f"{statistics.median(took):.1f} s", f"{max(took):.1f} s") if took else ("-", "-")
        rows.append(f"| {name} | {len(shown)} | {len(took)} | {soon} | {middle} | {slowest} | {false} |")
    note = (
        f"Scenes of {_POSITIVE.seconds:.0f} s at {_POSITIVE.hz:g} Hz; smoke and fire break out after 3 s. "
        f"Smoke that burned before: of {_BURNING.seconds:.0f} s, up to 25 s old in the first picture."
    )
    return "\n".join(rows) + f"\n\n{note}"


def _negative_table(none: Sequence[_Watched], clips: Sequence[_Watched]) -> str:
    rows = ["| without smoke and fire | hours | false confirmations | per hour | at most, 95 % sure |"]
    rows.append("|---|---|---|---|---|")
    by_theme = {theme: [each for each in none if each.theme == theme] for theme in _NOTHING_THERE}
    groups = {**by_theme, "**all rendered**": list(none), "**real clips**": list(clips)}
    for name, watched in groups.items():
        hours = sum(each.seconds for each in watched) / 3600.0
        if hours > 0:
            count = sum(each.false for each in watched)
            most = poisson_bound(count) / hours
            rows.append(f"| {name} | {hours:.3f} | {count} | {count / hours:.2f} | {most:.2f} |")
    return "\n".join(rows) + f"\n\nRendered scenes of {_NEGATIVE.seconds:.0f} s at {_NEGATIVE.hz:g} Hz."
