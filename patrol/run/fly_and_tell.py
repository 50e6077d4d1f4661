"""A run with a terminal beside it: progress while it flies, tables or one JSON object when it has landed."""

from collections.abc import Callable
from dataclasses import dataclass

from archive import Archive, ArchiveState
from missions.scenario import Truth
from patrol.console import print_json, say_error, stdout
from patrol.flight_console import report_table
from patrol.flight_setup import fly_settings
from patrol.run.patrol_run import FlightRules, run_patrol
from patrol.run.prepare import Prepared
from patrol.run.settings import RunSettings
from patrol.run.summary import RunSummary, alert_table, flight_table, incident_table, summarise
from patrol.run.terminal import RunTerminal

ReadTruth = Callable[[], tuple[Truth, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was shown, and the exit code it means."""

    summary: RunSummary
    exit_code: int


async def fly_and_tell(
    prepared: Prepared, settings: RunSettings, *, as_json: bool, read_truth: ReadTruth | None = None
) -> Told:
    """Fly a prepared patrol and show what it came to; `read_truth` scores a simulated one."""
    fly = fly_settings(
        timeout_s=settings.timeout_s,
        waivers=settings.waivers,
        patrol_id=settings.archive.name,
        own_system_id=settings.own_system_id,
        signing_key=settings.signing_key,
        ours_alone=settings.ours_alone,
    )
    with RunTerminal(assume_yes=settings.confirmed) as terminal, terminal.flight.interrupts():
        rules = FlightRules(fly=fly, control=terminal.flight.control, approve=terminal.flight.approve)
        outcome = await run_patrol(prepared, settings, terminal.show, rules)
    with Archive.open(settings.archive) as archive:
        truths = read_truth() if read_truth is not None else None
        for truth in truths or ():
            archive.append("truth", truth)
        summary = summarise(prepared.plan, outcome, archive, truths)
    if as_json:
        print_json(summary)
    else:
        if outcome.report is not None:
            stdout.print(report_table(outcome.report))
        stdout.print(flight_table(summary))
        stdout.print(incident_table(summary) if summary.incidents else "no incidents")
        if summary.alerts:
            stdout.print(alert_table(summary))
        stdout.print(f"archive: {settings.archive}")
    if outcome.error is not None:
        say_error(str(outcome.error))
        return Told(summary=summary, exit_code=outcome.error.exit_code if not outcome.report else 1)
    return Told(summary=summary, exit_code=0 if outcome.state is ArchiveState.COMPLETE else 1)
