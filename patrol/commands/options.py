"""Options and arguments that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
MissionArg = Annotated[Path, typer.Argument(metavar="MISSION", help="Mission file (YAML).")]
OperatorOption = Annotated[
    str | None, typer.Option("--operator", metavar="NAME", help="Who answers for what is waived.")
]
WaiveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--waive",
        metavar="CHECK",
        help="Preflight check that may fail, by its name, or NAME=REASON; needs --operator. May be repeated.",
    ),
]
VehicleOption = Annotated[
    str | None, typer.Option("--vehicle", metavar="ID", help="Which aircraft of a fleet; its vehicle_id.")
]
