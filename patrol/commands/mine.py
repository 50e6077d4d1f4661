"""`patrol detector mine`: pictures of a patrol that are worth labelling."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from patrol.commands.options import JsonOption
from patrol.console import print_json, progress_bar, stdout

if TYPE_CHECKING:
    from archive import Archive
    from missions.ports import Detector
    from patrol.mining import Mined, Pick

ArchiveArg = Annotated[Path, typer.Argument(help="A patrol's archive.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write: annotations.json and images/.")]
CountOption = Annotated[int, typer.Option("--count", min=1, help="Pictures at most; what was dismissed goes first.")]
WeightsOption = Annotated[str, typer.Option("--weights", help="The model that is to learn: a name, or a weights file.")]


def detector_mine(
    archive: ArchiveArg,
    out: OutOption,
    count: CountOption = 60,
    weights: WeightsOption = "nano",
    json: JsonOption = False,
) -> None:
    """Pick what a reviewer dismissed and what the model is least sure of, far apart in time and place, for labelling.

    The folder is COCO. Dismissed smoke and fire are negatives of their class; boxes of the model are proposals, which
    `patrol detector train --data FOLDER` leaves out until a labelling tool or a person takes the mark away.
    """
    from archive import Archive
    from missions.errors import InputError
    from patrol.mining import PROPOSAL_CONF
    from vision.detector import load_detector

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("exists and is not empty", file=out, remedy="a new folder")
    with Archive.open(archive) as opened:
        found = _mine(opened, load_detector(weights, conf=PROPOSAL_CONF / 2), count, out)
    if json:
        print_json({"out": str(out) if found.picks else None, **_as_json(found)})
    else:
        _print(found, out)


def _mine(archive: "Archive", detector: "Detector", count: int, out: Path) -> "Mined":
    from patrol.mining import Mined, PatrolRecord, mined, pictures_of
    from vision.detector.mined import write_mined

    record, found = PatrolRecord(archive), None
    with progress_bar() as bar:
        task = bar.add_task("looking", total=None, status="")
        for said in mined(record, detector, count):
            if isinstance(said, Mined):
                found = said
            else:
                bar.update(task, completed=said[0], total=said[1], status=f"{said[0]}/{said[1]}")
        assert found is not None, "it ends with what was picked"
        if not found.picks:
            return found
        task = bar.add_task("writing", total=len(found.picks), status="")
        for number in write_mined(pictures_of(record, found), out):
            bar.update(task, completed=number, status=f"{number}/{len(found.picks)}")
    return found


def _as_json(found: "Mined") -> dict[str, Any]:
    return {
        "looked_at": found.looked_at,
        "picked": [
            {
                "pts_s": round(pick.candidate.pts_s, 3),
                "reason": _reason(pick),
                "why": pick.candidate.why,
                "value": round(pick.candidate.value, 3),
                "incident_id": pick.incident_id,
                "labelled_classes": list(pick.labelled_classes),
            }
            for pick in found.picks
        ],
        "left_out": list(found.left_out),
    }


def _reason(pick: "Pick") -> str:
    return "unsure" if pick.incident_id is None else "dismissed"


def _print(found: "Mined", out: Path) -> None:
    for line in found.left_out:
        stdout.print(f"left out: {line}", soft_wrap=True)
    if not found.picks:
        stdout.print(f"nothing picked of {found.looked_at} looked at: none dismissed, and the model is sure of them")
        return
    table = Table("at", "reason", "why", box=None, pad_edge=False)
    for pick in found.picks:
        table.add_row(f"{pick.candidate.pts_s:.1f} s", _reason(pick), pick.candidate.why)
    stdout.print(table)
    dismissed = sum(pick.incident_id is not None for pick in found.picks)
    unsure = len(found.picks) - dismissed
    stdout.print(f"{dismissed} dismissed and {unsure} unsure pictures of {found.looked_at} looked at -> {out}")
