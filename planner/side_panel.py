"""The side panel of a plan's picture: a row for each sortie, the legend, and the plan's notes."""

import textwrap
from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes

from missions import FleetPlan, Plan
from missions.fleet_plan import plans_of
from planner.drawn_flights import COLOURS, DrawnFlight
from planner.lettering import legible, lettering

_INK: Final = "#2b2b2b"
_FAINT: Final = "#8a8880"
_RULE: Final = "#e3e0d8"
_ROW_IN: Final = 0.27
_MOST_ROWS: Final = 24
_COLUMNS: Final = (("stretches", 0.98), ("km", 1.55), ("min", 2.12), ("Wh", 2.72), ("battery", 3.42))
"""Heading and right edge in inches."""
_FIRST_IN: Final = _COLUMNS[0][1]
_LONGEST_ID: Final = 9


class _Writer:
    """Writes lines from the top down, in inches of the panel."""

    def __init__(self, axes: Axes, height_in: float, width_in: float) -> None:
        axes.set(xlim=(0, width_in), ylim=(0, height_in))
        axes.set_axis_off()
        self.axes, self.y_in, self.width_in = axes, height_in - 0.12, width_in

    def write(self, x_in: float, text: str, *, size_pt: float = 8.5, colour: str = _INK, right: bool = False) -> None:
        """Put text at a place on this line."""
        self.axes.text(
            x_in, self.y_in, text, fontproperties=lettering(size_pt), color=colour, va="center",
            ha="right" if right else "left",
        )  # fmt: skip

    def rule(self) -> None:
        """Draw a hair line below this line."""
        y_in = self.y_in - _ROW_IN / 2
        self.axes.plot([0, self.width_in], [y_in, y_in], color=_RULE, linewidth=0.8)

    def down(self, rows: float = 1.0) -> None:
        """Go to a lower line."""
        self.y_in -= rows * _ROW_IN


def draw_panel(
    axes: Axes, plan: Plan | FleetPlan, flights: Sequence[DrawnFlight], *, height_in: float, width_in: float
) -> None:
    """Fill the panel's axes; rows that find no room are summed up in one line."""
    writer = _Writer(axes, height_in, width_in)
    fleet = isinstance(plan, FleetPlan)
    for heading, right_in in _COLUMNS:
        writer.write(
            right_in, "aircraft" if fleet and right_in == _FIRST_IN else heading, size_pt=7.5, colour=_FAINT, right=True
        )
    writer.rule()
    writer.down(1.1)
    room = max(3, min(_MOST_ROWS, int((height_in - 3.4) / _ROW_IN)))
    shown = flights if len(flights) <= room else flights[: room - 1]
    for flight in shown:
        what = flight.plan.vehicle_id[:_LONGEST_ID] if fleet else f"{len(set(flight.sortie.stretch_ids))}"
        _row(writer, flight, what)
    left = len(flights) - len(shown)
    if left:
        writer.write(0.3, f"and {left} more sorties", colour=_FAINT)
        writer.down()
    writer.down(0.5)
    _legend(writer, plans_of(plan)[0], flights[0].colour if flights else COLOURS[0])
    _notes(writer, plan.notes)


def _row(writer: _Writer, flight: DrawnFlight, what: str) -> None:
    writer.axes.text(
        0.16, writer.y_in, str(flight.number), fontproperties=lettering(8, bold=True), color="white", ha="center",
        va="center", bbox={"boxstyle": "circle,pad=0.25", "facecolor": flight.colour, "edgecolor": "none"},
    )  # fmt: skip
    estimate = flight.sortie.estimate
    values = (
        what,
        f"{estimate.distance_m / 1000:.2f}",
        f"{estimate.time_s / 60:.1f}",
        f"{estimate.energy_wh:.0f}",
        f"{estimate.energy_share_pct:.0f} %",
    )
    for (_, right_in), value in zip(_COLUMNS, values, strict=True):
        writer.write(right_in, value, right=True)
    writer.down()


def _legend(writer: _Writer, plan: Plan, colour: str) -> None:
    """Explain every sign that stands on the map."""
    axes = writer.axes

    def entry(words: str) -> None:
        writer.write(0.72, words)
        writer.down(0.95)

    def line(**style: Any) -> None:  # noqa: ANN401 - matplotlib's own
        axes.plot([0.08, 0.56], [writer.y_in, writer.y_in], **style)

    def sign(**style: Any) -> None:  # noqa: ANN401 - as above
        axes.plot([0.32], [writer.y_in], linestyle="none", **style)

    line(color=colour, linewidth=2.6)
    sign(marker=">", color=colour, markeredgecolor="white", markersize=8)
    entry("along a road (camera at work)")
    line(color=colour, linewidth=1.15, linestyle=(0, (4, 2.6)))
    entry("straight flight between roads")
    if any(stretch.beside for stretch in plan.stretches):
        line(color=colour, linewidth=2.2, linestyle=(0, (0.6, 1.2)))
        entry("carriageway seen from beside")
    if plan.left_out:
        line(color="#c0392b", linewidth=1.8, linestyle=(0, (1, 1)), alpha=0.8)
        entry("required, but left out")
    line(color="#d9d5cc", linewidth=5.0)
    line(color="white", linewidth=3.4)
    entry("road")
    sign(marker="s", color=_INK, markersize=10)
    axes.text(0.32, writer.y_in, "H", fontproperties=lettering(6.5, bold=True), color="white", ha="center", va="center")
    entry("dock (home)")
    if plan.rally:
        sign(marker="D", color="white", markeredgecolor=_INK, markeredgewidth=1.2, markersize=7)
        entry("rally point")
    line(color="#2f7d4f", linewidth=1.4, linestyle=(0, (7, 3, 1.5, 3)))
    entry("geofence")
    if plan.keep_out:
        y_in = writer.y_in
        box = ([0.08, 0.56, 0.56, 0.08], [y_in - 0.08, y_in - 0.08, y_in + 0.08, y_in + 0.08])
        axes.fill(*box, facecolor="#c0392b", alpha=0.13)
        axes.fill(*box, fill=False, hatch="////", edgecolor="#c0392b", linewidth=1.0, alpha=0.6)
        entry("no-fly zone")


def _notes(writer: _Writer, notes: Sequence[str]) -> None:
    """Write the notes as far as there is room."""
    lines = [line for note in notes for line in textwrap.wrap("! " + legible(note), 50, subsequent_indent="  ")]
    writer.down(0.4)
    room = int(writer.y_in / (_ROW_IN * 0.7))
    if len(lines) > room:
        lines = [*lines[: max(room - 1, 0)], "..."]
    for line in lines:
        writer.write(0.0, line, size_pt=7.5, colour="#9a5b12")
        writer.down(0.7)
