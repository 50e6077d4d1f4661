"""`patrol detector`: render pictures, train, evaluate, write the model card."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from missions.detection import Runtime
from missions.errors import InputError
from patrol.console import print_json, progress_bar, stdout

DataOption = Annotated[
    list[Path], typer.Option("--data", help="COCO folder (annotations.json, images/); may be given several times.")
]
WeightsOption = Annotated[
    str,
    typer.Option(
        "--weights", help="A shipped detector's name, a .safetensors file of ours, or the .yaml map of an ONNX file."
    ),
]
RuntimeOption = Annotated[
    Runtime, typer.Option("--runtime", help="What runs the network; `patrol detector runtimes` says which are here.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same result.")]


def detector_render(
    out: Annotated[Path, typer.Argument(help="Folder to write: annotations.json and images/.")],
    count: Annotated[int, typer.Option("--count", min=1, help="How many pictures.")] = 400,
    seed: SeedOption = 1,
) -> None:
    """Render labelled pictures of streets that no example mission and no test shows, as a COCO folder."""
    from sitl.training_frames import rendered_frames
    from vision.detector.coco import write_pictures

    if out.exists() and not out.is_dir():
        raise InputError("is a file", file=out, remedy="an empty folder")
    if (out / "annotations.json").exists():
        raise InputError("holds pictures already", file=out, remedy="an empty folder")
    frames = ((frame.image, frame.boxes) for frame in rendered_frames(seed, count))
    with progress_bar() as bar:
        task = bar.add_task("rendering", total=count, status="")
        for number in write_pictures(frames, out, source="rendered"):
            bar.update(task, completed=number, status=f"{number}/{count}")
    stdout.print(f"{count} pictures -> {out}")


def detector_train(  # noqa: PLR0917 - typer passes options by name
    data: DataOption,
    checkpoints: Annotated[Path, typer.Option("--checkpoints", help="Folder outside the project; holds what resumes.")],
    cpu_minutes: Annotated[float | None, typer.Option(help="Length in CPU minutes of all threads.")] = None,
    wall_minutes: Annotated[
        float | None, typer.Option(help="Length by the clock on the wall; with --cpu-minutes, the end at the latest.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Length in steps, exactly repeatable.")] = None,
    size: Annotated[Literal["nano", "small"], typer.Option(help="nano for two CPU cores, small for a GPU.")] = "nano",
    init: Annotated[str | None, typer.Option(help="Weights to start from.")] = None,
    mixture: Annotated[Path | None, typer.Option(help="TOML: how often each source is shown.")] = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            help="No mosaics, weather, sizes or pastings: for short trainings and the last stretch of long ones.",
        ),
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Tiles a step.")] = 4,
    rate: Annotated[float, typer.Option(min=1e-6, help="Highest learning rate.")] = 2e-3,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 2,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make tiles ahead: one a core beside a GPU.")] = 0,
    memory_gib: Annotated[float, typer.Option(min=0.1, help="For decoded pictures.")] = 4.0,
    seed: SeedOption = 0,
) -> None:
    """Train the detector; started again on the same folder it goes on where it was, also after a kill."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin would be charged to the budget
    from vision.detector.sampling import DEFAULT_MIXTURE
    from vision.detector.training import TrainSettings, train

    settings = TrainSettings(
        data=tuple(data),
        checkpoints=checkpoints,
        steps=steps,
        cpu_minutes=45.0 if steps is None and cpu_minutes is None and wall_minutes is None else cpu_minutes,
        wall_minutes=wall_minutes,
        size=size,
        init=init,
        mixture=mixture or DEFAULT_MIXTURE,
        plain=plain,
        seed=seed,
        batch=batch,
        rate=rate,
        threads=threads,
        workers=workers,
        memory_mib=int(memory_gib * 1024),
    )
    with progress_bar() as bar:
        task = bar.add_task("training", total=1.0, status="")
        for now in train(settings):
            left_min = now.wall_s / 60.0 * (1.0 / max(now.share, 1e-6) - 1.0)
            status = f"step {now.step} loss {now.mean_loss:.3f}, about {left_min:.1f} min left"
            bar.update(task, completed=now.share, status=status)
    stdout.print(f"weights -> {checkpoints / 'weights.safetensors'}")


def detector_evaluate(  # noqa: PLR0917 - typer passes options by name
    data: DataOption,
    weights: WeightsOption = "nano",
    runtime: RuntimeOption = "auto",
    clip: Annotated[
        list[Path] | None,
        typer.Option(
            "--clip",
            help="Video or folder of pictures to count false alarms on; gt.txt (MOT) or gt.csv and meta.json beside it "
            "say what is there, without them it holds no smoke and no fire. May be given several times.",
        ),
    ] = None,
    haze: Annotated[bool, typer.Option("--haze/--no-haze", help="Look at the colour pictures in haze too.")] = True,
    report: Annotated[Path | None, typer.Option("--report", help="One HTML page with the worst cases.")] = None,
    json: JsonOption = False,
) -> None:
    """Measure weights on labelled pictures, and on clips: each kind only where it was labelled.

    Several folders are measured as one.
    """
    from missions.formats.atomic import write_atomically
    from patrol.detector_measuring import measured
    from patrol.output_file import refuse_unwritable
    from vision.detector.card import section
    from vision.detector.report import report_html

    refuse_unwritable(report, "--report")
    found = measured(tuple(data), weights, runtime, clips=tuple(clip or ()), haze=haze)
    title = ", ".join(folder.name for folder in data)
    if report is not None:
        write_atomically(report, report_html(title, f"weights {weights}", found.evaluation, found.judged))
    if json:
        print_json(found.evaluation)
        return
    stdout.print(section(title, found.evaluation), soft_wrap=True, markup=False)
    if report is not None:
        stdout.print(f"report -> {report}")


def detector_calibrate(
    out: Annotated[Path, typer.Argument(help="Weights file to write.")],
    data: DataOption,
    weights: WeightsOption = "nano",
    runtime: RuntimeOption = "auto",
) -> None:
    """Correct the scores of weights, so that of the boxes scored 0.3 about three in ten are right."""
    from patrol.detector_measuring import judged_pictures
    from vision.detector.calibration import fit_corrections, write_corrected
    from vision.detector.weights import open_weights

    corrections = fit_corrections(judged_pictures(tuple(data), weights, runtime))
    write_corrected(open_weights(weights), corrections, out)
    for kind, one in corrections.items():
        stdout.print(
            f"{kind}: logit x {one.slope:.2f} {one.offset:+.2f} from {one.right} right, {one.false} false boxes"
        )
    stdout.print(f"weights -> {out}")


def detector_average(
    out: Annotated[Path, typer.Argument(help="Weights file to write.")],
    weights: Annotated[
        list[Path], typer.Option("--weights", help="Trained on from the same weights; given two times or more.")
    ],
) -> None:
    """Take the mean of several trainings' weights: often better than each on what none has seen."""
    from vision.detector.averaging import write_averaged
    from vision.detector.weights import open_weights

    write_averaged([open_weights(file) for file in weights], out)
    stdout.print(f"mean of {len(weights)} weights -> {out}")


def detector_card(
    card: Annotated[Path, typer.Argument(help="Model card; what stands between its marks is replaced.")],
    data: DataOption,
    weights: WeightsOption = "nano",
    runtime: RuntimeOption = "auto",
) -> None:
    """Measure weights and write the tables into their model card."""
    from patrol.detector_measuring import measured
    from vision.detector.card import with_tables
    from vision.detector.weights import open_weights

    evaluations = {folder.name: measured((folder,), weights, runtime).evaluation for folder in data}
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    card.write_text(with_tables(text, open_weights(weights), evaluations), encoding="utf-8")
    stdout.print(f"tables -> {card}")
