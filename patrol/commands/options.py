"""Options and arguments that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

LinkOption = Annotated[
    list[str],
    typer.Option(
        "--link",
        help="udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or serial:/dev/ttyX:BAUD. Repeated: several ways to the "
        "same vehicle; it is spoken to over the one that reaches it best.",
    ),
]
SigningKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--signing-key", metavar="FILE", help="Sign what is sent, hear only what is signed with the same key."
    ),
]
SystemIdOption = Annotated[
    int,
    typer.Option("--system-id", min=1, max=255, help="Our own MAVLink system id, whose silence the vehicle acts upon."),
]
VehicleSystemIdOption = Annotated[
    int | None,
    typer.Option(
        "--vehicle", metavar="N", min=1, max=255, help="Which vehicle, by its system id, where several are heard."
    ),
]
RecordOption = Annotated[bool, typer.Option("--record", help="Have the aircraft's own camera film the flight.")]
TlogOption = Annotated[Path | None, typer.Option("--tlog", help="Keep every MAVLink message here, both directions.")]
HeartbeatOption = Annotated[float, typer.Option("--timeout", min=0.5, help="Seconds to wait for a first heartbeat.")]
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
