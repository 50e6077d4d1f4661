"""The history of a timetable as a table."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from missions.occurrence import OccurrenceChange, OccurrenceState, latest_of

_STYLES: Final = {
    OccurrenceState.FLOWN: "green",
    OccurrenceState.CUT_SHORT: "red",
    OccurrenceState.FAILED: "red",
    OccurrenceState.REFUSED: "yellow",
    OccurrenceState.MISSED: "yellow",
}


def local_time(utc_s: float, zone: str) -> str:
    """Return an instant on the clock of the zone."""
    return dt.datetime.fromtimestamp(utc_s, ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


def change_line(change: OccurrenceChange, zone: str) -> str:
    """Return one step of the history in a line, with markup."""
    style = _STYLES.get(change.state, "default")
    due = local_time(change.occurrence.due_utc_s, zone)
    state = change.state.value.replace("_", " ")
    text = f": {escape(change.text)}" if change.text else ""
    return f"[dim]{due}[/dim] {escape(change.occurrence.patrol)} [{style}]{state}[/{style}]{text}"


def history_table(changes: Sequence[OccurrenceChange], zone: str) -> Table:
    """Return every occurrence with what became of it; `changes` are all lines of the history."""
    resumed = {each.occurrence for each in changes if each.state is OccurrenceState.RESUMED}
    table = Table("Due", "Patrol", "", "", box=None, pad_edge=False, title=f"Times of {zone}", title_justify="left")
    for each in latest_of(changes):
        style = _STYLES.get(each.state, "default")
        state = each.state.value.replace("_", " ")
        if each.occurrence in resumed and each.state is not OccurrenceState.RESUMED:
            state = f"{state}, resumed"
        table.add_row(
            local_time(each.occurrence.due_utc_s, zone),
            escape(each.occurrence.patrol),
            f"[{style}]{state}[/{style}]",
            escape(each.text),
        )
    return table
