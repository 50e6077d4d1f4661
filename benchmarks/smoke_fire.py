"""How soon smoke and fire are confirmed, and how often something else is: `python benchmarks/smoke_fire.py`.

Rendered scenes, from seeds that nothing was fitted to, and the real clips where they are at hand. With `--keep FOLDER`
the scenes stay there and are not drawn again; `--hours 3` is the length that is reported.
"""

import argparse
import os
import time
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from patrol.commands.smoke_fire_training import looked_at
from patrol.kept_scenes import keep
from patrol.smoke_fire_score import Score, by_name, score
from patrol.smoke_fire_trials import Trial
from patrol.taught_scenes import with_estimated_motion
from sitl.confusing_scenes import CONFUSING, FULL_PX, PLUMES, SceneFrame, SceneSettings, scenes
from vision.place_judge import PlaceJudge, judge_for
from vision.rules.smoke_fire_settings import SmokeFireSettings, settings_for

NEGATIVE_S = 20.0


def main() -> None:
    """Draw, look, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="nano")
    parser.add_argument("--hours", type=float, default=0.1, help="Of rendered scenes without smoke and fire, at 2 Hz.")
    parser.add_argument("--street-hours", type=float, default=0.02, help="Of whole pictures of streets, at 2 Hz.")
    parser.add_argument("--burning", type=int, default=8, help="Scenes of smoke and fire at 5 Hz, and as many at 2 Hz.")
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=41001)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SKYPATROL_DATA", "../shared/data")))
    options = parser.parse_args()
    begin_s = time.process_time()
    with TemporaryDirectory() as scratch:
        root = options.keep or Path(scratch)
        folders = [root / "pos5", root / "pos2", root / "neg2", root / "street2"]
        draw(
            folders, hours=options.hours, street_hours=options.street_hours, burning=options.burning, seed=options.seed
        )
        drawn_s = time.process_time() - begin_s
        settings, judge = settings_for(options.weights), judge_for(options.weights)
        groups = {folder.name: list(looked_at(options.weights, [folder], None)) for folder in folders}
    looked_s = time.process_time() - begin_s - drawn_s
    print(f"{options.weights}; {drawn_s:.0f} CPU s drawing, {looked_s:.0f} looking; {settings}")
    heading("rendered, smoke and fire that break out before the camera")
    for hz in (5, 2):
        rows({f"{name}, {hz} Hz": one for name, one in by_name(groups[f"pos{hz}"], settings, judge).items()})
    heading("rendered, what is taken for smoke or fire, 2 Hz")
    rows(by_name(groups["neg2"], settings, judge))
    rows({"all": score(groups["neg2"], settings, judge)})
    rows({"all, without the second look": score(groups["neg2"], unlooked(settings))})
    heading("rendered, whole pictures of streets, motion as estimated, 2 Hz")
    rows({"street": score(groups["street2"], settings, judge)})
    clips = options.data / "vision" / "clips"
    if clips.is_dir():
        real(list(looked_at(options.weights, [], clips)), settings, judge)


def draw(folders: list[Path], *, hours: float, street_hours: float, burning: int, seed: int) -> None:
    """Draw what is not there yet."""
    themes = tuple(islice(cycle((*CONFUSING, "street")), max(13, round(hours * 3600.0 / NEGATIVE_S))))
    streets = ("street",) * max(1, round(street_hours * 3600.0 / NEGATIVE_S))
    parts = (
        (folders[0], PLUMES * (burning // 2), SceneSettings(seconds=12.0, hz=5.0, begins_before_s=2.0)),
        (folders[1], PLUMES * (burning // 2), SceneSettings(seconds=14.0, hz=2.0, begins_before_s=2.0)),
        (folders[2], themes, SceneSettings(seconds=NEGATIVE_S, hz=2.0)),
        (folders[3], streets, SceneSettings(seconds=NEGATIVE_S, hz=2.0, window_px=FULL_PX)),
    )
    for number, (folder, names, settings) in enumerate(parts):
        if len(list(folder.glob("*-*.npz"))) < len(names):
            for _ in keep(drawn(seed + number, names, settings), folder):
                pass


def drawn(
    seed: int, names: tuple[str, ...], settings: SceneSettings
) -> Iterator[tuple[str, int, Iterable[SceneFrame]]]:
    """Yield scenes; the motion over a whole picture is as it is estimated in flight."""
    for name, number, frames in scenes(seed, names, settings):
        yield name, number, with_estimated_motion(frames) if settings.window_px == FULL_PX else frames


def real(trials: list[Trial], settings: SmokeFireSettings, judge: PlaceJudge | None) -> None:
    """Print the clips' rows: first all at 5 Hz, then all at 2 Hz."""
    half = len(trials) // 2
    for hz, part in ((5, trials[:half]), (2, trials[half:])):
        heading(f"real clips, {hz} Hz (still sequences at their own 2)")
        rows(by_name(part, settings, judge))
        rows({"all": score(part, settings, judge)})


def unlooked(settings: SmokeFireSettings) -> SmokeFireSettings:
    """Return the settings with a second look that says nothing."""
    from dataclasses import replace

    return replace(settings, look_cost=0.0, full_look=1e9, even_smoke_look=-1e3, even_fire_look=-1e3, most_awaited=0)


def heading(text: str) -> None:
    """Print a table's head."""
    print(f"\n{text}\n")
    print("| scene | burning | confirmed | in 5 s | delay, median / 90 % | false | hours | per hour | 95 % below |")
    print("|---|---|---|---|---|---|---|---|---|")


def rows(scores: dict[str, Score]) -> None:
    """Print a row for each."""
    for name, said in scores.items():
        print(f"| {name} | " + " | ".join(cells(said)) + " |")


def cells(said: Score) -> Iterator[str]:
    """Yield the cells of a row after its name."""
    delays = said.delays_s
    late = f"{delays[len(delays) // 2]:.1f} / {delays[int(0.9 * len(delays))]:.1f} s" if delays else "-"
    yield from (str(said.burning or "-"), str(said.found if said.burning else "-"))
    yield from (str(said.in_time if said.burning else "-"), late, str(said.false), f"{said.hours:.3f}")
    yield from (f"{said.per_hour:.2f}", f"{said.most_per_hour:.2f}") if said.hours > 0.001 else ("-", "-")


if __name__ == "__main__":
    main()
