"""`patrol detector train-look`, `train-stirring`, `train-judge`, `fit-rule`: what the smoke and fire rule needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.console import progress_bar, stdout
from patrol.output_file import refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Callable

    from missions.ports import Detector
    from patrol.smoke_fire_trials import Looks, Trial
    from vision.second_look.samples import Sample
    from vision.stirring.training import Lesson

WeightsOption = Annotated[str, typer.Option("--weights", help="Shipped detector by name, or a weights file.")]
_ASIDE = 9
"""Every ninth scene is not learned from: what was taught is calibrated by it."""
_LEAST_SAMPLES = 20
ScenesOption = Annotated[
    list[Path], typer.Option("--scenes", help="Folder of kept scenes, as benchmarks/smoke_fire.py writes.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same result.")]


def detector_train_look(
    out: Annotated[Path, typer.Argument(help="File to write, .safetensors.")],
    weights: WeightsOption = "nano",
    rounds: Annotated[int, typer.Option(min=1, help="Each draws 30 scenes of 6 s, smoke and fire in 14.")] = 72,
    steps: Annotated[int, typer.Option(min=1, help="Of 64 strips each.")] = 3500,
    seed: SeedOption = 101,
) -> None:
    """Teach the second look on rendered scenes, where it is proposed and around the truth, and on drawn ones."""
    from vision.kept_network import write_weights
    from vision.second_look.drawn import COUNTS, drawn_samples
    from vision.second_look.look import FORM
    from vision.second_look.samples import LABELS
    from vision.second_look.training import calibrate, taught

    refuse_unwritable(out, "OUT")
    samples: list[Sample] = []
    aside: list[Sample] = []
    for number, scene in enumerate(_samples(weights, rounds, seed)):
        (aside if number % _ASIDE == 0 else samples).extend(scene)
    counts = {label: sum(s.label == n for s in samples) for n, label in enumerate(LABELS)}
    if min(counts.values()) < _LEAST_SAMPLES:
        raise InputError(f"too few samples: {counts}", field="--rounds", remedy="more rounds")
    if len({sample.label > 0 for sample in aside if sample.proposed}) < 2:
        raise InputError("too little is proposed in the scenes set aside", field="--rounds", remedy="more rounds")
    with _counted("drawn places", sum(COUNTS.values())) as on_sample:
        samples.extend(list(drawn_samples(samples, seed, on_sample=on_sample)))
    with _counted("steps", steps) as on_step:
        net = taught(samples, steps=steps, seed=seed, on_step=on_step)
    burns, nothing = calibrate(net, aside)
    said = {"seed": seed, "rounds": rounds, "steps": steps, "samples": counts, "drawn": COUNTS}
    write_weights(net, out, FORM, trained=said)
    stdout.print(f"{counts}, drawn {COUNTS}, {steps} steps -> {out}")
    stdout.print(f"proposed in scenes set aside: {burns:.0%} of smoke and fire believed, {nothing:.0%} of the rest not")


def detector_train_stirring(
    out: Annotated[Path, typer.Argument(help="File to write, .safetensors.")],
    rounds: Annotated[int, typer.Option(min=1, help="Each draws 30 scenes of 6 s, smoke or fire in 14.")] = 60,
    steps: Annotated[int, typer.Option(min=1, help="Of 16 pictures each.")] = 4000,
    seed: SeedOption = 201,
) -> None:
    """Teach the look at what stirs on rendered scenes; it proposes young and thin smoke beside the detector."""
    import numpy as np

    from patrol.taught_scenes import taught_scenes
    from vision.kept_network import write_weights
    from vision.stirring.look import FORM
    from vision.stirring.training import calibrate, lessons_of, taught

    refuse_unwritable(out, "OUT")
    rng = np.random.default_rng([seed, 0xB])
    lessons: list[Lesson] = []
    aside: list[Lesson] = []
    for number, (theme, pictures) in enumerate(taught_scenes(rounds, seed)):
        (aside if number % _ASIDE == 0 else lessons).extend(lessons_of(theme, pictures, rng))
    if not any(lesson.wanted.any() for lesson in aside):
        raise InputError("too little smoke is to be seen in the scenes", field="--rounds", remedy="more rounds")
    with _counted("steps", steps) as on_step:
        net = taught(lessons, steps=steps, seed=seed, on_step=on_step)
    right, false = calibrate(net, aside)
    said = {"seed": seed, "rounds": rounds, "steps": steps, "pictures": len(lessons), "calibrated": f"{right}/{false}"}
    write_weights(net, out, FORM, trained=said)
    stdout.print(f"{len(lessons)} pictures, {steps} steps, calibrated on {right} right and {false} false places: {out}")


def detector_train_judge(
    scenes: ScenesOption,
    weights: WeightsOption = "nano",
    whole: Annotated[int, typer.Option(min=0, help="Scenes of whole pictures drawn beside, of 14 and 30 s.")] = 90,
    seed: SeedOption = 301,
) -> None:
    """Teach the judge of places, which knows all that was seen of one, by a detector; kept beside its weights."""
    from patrol.place_judge_samples import judged
    from patrol.smoke_fire_trials import trials
    from patrol.taught_scenes import whole_scenes
    from vision.kept_network import write_weights
    from vision.place_judge.judge import FORM, judge_file
    from vision.place_judge.training import STEPS, taught
    from vision.rules.smoke_fire_settings import settings_for

    out = judge_file(weights)
    refuse_unwritable(out, "--weights")
    found = list(looked_at(weights, scenes, None))
    if whole:
        found += trials(whole_scenes(whole, 10 * seed), *_eyes(weights))
    samples = list(judged(found, settings_for(weights)))
    places = len({one.place for one in samples})
    burning = len({one.place for one in samples if one.burns})
    if min(burning, places - burning) < _LEAST_SAMPLES:
        raise InputError(
            f"too few places: {burning} of {places} burn",
            field="--scenes",
            remedy=f"scenes with {_LEAST_SAMPLES} that burn and as many that do not",
        )
    net = taught(samples, steps=STEPS, seed=seed)
    write_weights(net, out, FORM, trained={"seed": seed, "steps": STEPS, "places": places, "burning": burning})
    stdout.print(f"{places} places, {burning} of them burning, in {len(samples)} pictures -> {out}")


def detector_fit_rule(
    scenes: ScenesOption,
    weights: WeightsOption = "nano",
    clips: Annotated[Path | None, typer.Option("--clips", help="Folder of real clips, fitted to as well.")] = None,
    rate: Annotated[float, typer.Option(min=0.0, help="False incidents per hour that are borne.")] = 0.5,
) -> None:
    """Fit the thresholds of the smoke and fire rule to a detector's scores, and keep them beside its weights."""
    from patrol.smoke_fire_score import fitted_names, fitted_settings, score
    from vision.place_judge import judge_for
    from vision.rules.smoke_fire_settings import SmokeFireSettings, fitted_file, write_fitted

    refuse_unwritable(fitted_file(weights), "--weights")
    found, judge = list(looked_at(weights, scenes, clips)), judge_for(weights)
    with progress_bar() as bar:
        task = bar.add_task("fitting", total=None, status="")
        best = fitted_settings(
            found,
            SmokeFireSettings(),
            judge,
            most_false_per_hour=rate,
            on_trial=lambda worth: bar.update(task, advance=1, status=f"best so far {worth:.3f}"),
        )
    said = score(found, best, judge)
    values = {name: float(getattr(best, name)) for name in fitted_names()}
    file = fitted_file(weights)
    write_fitted(Path(weights).stem, values, file)
    stdout.print(f"{values} -> {file}")
    stdout.print(
        f"fitted to: {said.in_time} of {said.burning} in time, {said.found} in all; {said.false} false in "
        f"{said.hours:.2f} h"
    )


def looked_at(weights: str, folders: list[Path], clips: Path | None) -> "Iterator[Trial]":
    """Yield the trials of kept scenes, and of real clips at 5 and 2 Hz."""
    from patrol.clip_trials import clip_trials
    from patrol.kept_scenes import kept
    from patrol.smoke_fire_trials import trials

    held = {folder: kept(folder) for folder in folders}  # a folder without scenes is told before anything is loaded
    detector, looks = _eyes(weights)
    with progress_bar() as bar:
        task = bar.add_task("looking", total=None, status="")
        for folder, drawn in held.items():
            for number, trial in enumerate(trials(drawn, detector, looks, at_once=64)):
                bar.update(task, status=f"{folder.name} {number + 1}")
                yield trial
        for hz in (5.0, 2.0) if clips is not None else ():
            assert clips is not None
            yield from clip_trials(clips, detector, looks, hz=hz)


@contextmanager
def _counted(what: str, total: int) -> "Iterator[Callable[..., None]]":
    """Show a bar of so many; what is yielded hears how many are done, and the loss where there is one."""
    with progress_bar() as bar:
        task = bar.add_task(what, total=total, status="")

        def on_one(done: int, loss: float | None = None) -> None:
            bar.update(task, completed=done, status="" if loss is None else f"loss {loss:.3f}")

        yield on_one


def _eyes(weights: str) -> "tuple[Detector, Looks]":
    """Return the detector and the two looks in time."""
    from patrol.smoke_fire_trials import Looks
    from vision.second_look import load_second_look
    from vision.stirring import load_stirring

    return _detector(weights), Looks(stirring=load_stirring(), second=load_second_look())


def _detector(weights: str) -> "Detector":
    from vision.detector import load_detector
    from vision.watch import LEAST_SCORES

    return load_detector(weights, conf=LEAST_SCORES)


def _samples(weights: str, rounds: int, seed: int) -> "Iterator[list[Sample]]":
    """Yield the samples of each scene, at what the detector and what stirs propose there."""
    import numpy as np

    from patrol.taught_scenes import taught_scenes
    from vision.second_look.mosaic import detect_windows
    from vision.second_look.samples import samples_of
    from vision.stirring import load_stirring

    detector, stirring = _detector(weights), load_stirring()
    for number, (theme, pictures) in enumerate(taught_scenes(rounds, seed)):
        found = detect_windows(detector, [picture.image for picture in pictures])
        rng = np.random.default_rng([seed, 0x9, number])
        yield list(samples_of(theme, pictures, found, rng, also=stirring.proposals))
