"""`patrol sim`: `patrol fly` on a simulated vehicle; every option but the link is that command's own."""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from patrol.commands import fly
from patrol.console import stderr

if TYPE_CHECKING:
    from missions import Plan
    from sitl.simulated_copter import SimulatedCopter

AutopilotOption = Annotated[
    Literal["embedded", "ardupilot"], typer.Option("--autopilot", help="What flies: ours, or arducopter.")
]
SpeedupOption = Annotated[
    float, typer.Option("--speedup", min=0.1, max=50, help="Simulated seconds per second; 10 at most with link faults.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the embedded copter's gusts and sensors.")]
FaultOption = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="NAME[=VALUES]@SECONDS", help="Break something after arming; may be repeated."),
]


def with_options_of(shared: Callable[..., Any], *, but: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command all parameters of another but one, before its own: they cannot come to differ."""

    def widen(command: Callable[..., Any]) -> Callable[..., Any]:
        theirs = [p for p in inspect.signature(shared).parameters.values() if p.name != but]
        ours = [p for p in inspect.signature(command).parameters.values() if p.kind is not p.VAR_KEYWORD]
        command.__signature__ = inspect.Signature([*theirs, *ours])  # type: ignore[attr-defined] # Python reads it so
        command.__annotations__ = {p.name: p.annotation for p in (*theirs, *ours)}
        return command

    return widen


@with_options_of(fly.fly, but="link")
def sim(
    *,
    autopilot: AutopilotOption = "embedded",
    speedup: SpeedupOption = 10.0,
    seed: SeedOption = 1,
    fault: FaultOption = None,
    **flown: Any,  # noqa: ANN401 - whatever `patrol fly` takes
) -> object:
    """Fly PLAN as `patrol fly` does, on a simulated vehicle that stands at the plan's dock."""
    from patrol.checked_plan import checked_plan
    from patrol.sim_faults import FaultPlayer, parse_fault

    timed = [parse_fault(text) for text in fault or ()]
    plan = checked_plan(flown["plan"], vehicle_id=flown["vehicle"])
    with ExitStack() as stack:
        make = _embedded if autopilot == "embedded" else _arducopter
        copter = stack.enter_context(make(plan, speedup, seed, watched=bool(timed)))

        def say(text: str) -> None:
            stderr.print(f"[yellow]{text}[/yellow]", soft_wrap=True)

        stack.enter_context(FaultPlayer(copter, timed, say))
        flying: Callable[..., object] = fly.fly
        return flying(link=[copter.link_url], **flown | {"ours_alone": True})


def _embedded(plan: "Plan", speedup: float, seed: int, *, watched: bool) -> "AbstractContextManager[SimulatedCopter]":
    from sitl.copter_process import CopterProcess

    dock = plan.dock
    more = ["--system-id", str(plan.system_id), "--airframe", plan.airframe]
    more += ["--wind", f"{plan.wind_m_s:g}", "--wind-from", f"{plan.wind_from_deg:g}"]
    home = f"{dock.lat_deg:.7f},{dock.lon_deg:.7f},{plan.dock_amsl_m:g},0"
    return CopterProcess(home=home, speedup=speedup, seed=seed, more=more, watched=watched)


def _arducopter(
    plan: "Plan", speedup: float, _seed: int, *, watched: bool
) -> "AbstractContextManager[SimulatedCopter]":
    from patrol.arducopter_here import arducopter_here, copter_parameters_here
    from sitl.arducopter import ArduCopter
    from sitl.loopback import free_port

    return ArduCopter(
        arducopter_here(),
        plan.dock,
        plan.dock_amsl_m,
        speedup=speedup,
        link_port=free_port(),
        system_id=plan.system_id,
        base_defaults=copter_parameters_here(),
        watched=watched,
    )
