"""A timetable as a picture: a row for each aircraft, its sorties and battery swaps over time."""

import io
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from missions import FleetPlan, Plan, Sortie
from missions.fleet_plan import plans_of
from missions.formats.atomic import write_atomically
from planner.drawn_flights import COLOURS
from planner.lettering import legible, lettering

_INK: Final = "#2b2b2b"
_FAINT: Final = "#8a8880"
_RULE: Final = "#e3e0d8"
_SWAP: Final = "#d9d5cc"
_AGAIN: Final = 0.55
"""Opacity of sorties that revisit what was flown before."""
_DPI: Final = 150
_WIDTH_IN: Final = 11.5
_ROW_IN: Final = 0.46
_LEFT_IN: Final = 1.75
_RIGHT_IN: Final = 0.35
_TOP_IN: Final = 1.0
_BOTTOM_IN: Final = 0.95
_STEPS_MIN: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120)
_MOST_TICKS: Final = 12
_ROOM_FOR_NUMBER: Final = 0.018
"""Of the width; narrower bars bear no number."""


def draw_timetable(plan: Plan | FleetPlan, path: Path) -> None:
    """Draw who flies when as a PNG; the file is written whole or not at all.

    Raises:
        InputError: the place cannot be written.

    """
    plans = plans_of(plan)
    height_in = _TOP_IN + _ROW_IN * len(plans) + _BOTTOM_IN
    figure = Figure(figsize=(_WIDTH_IN, height_in), dpi=_DPI, facecolor="white")
    axes = figure.add_axes(
        (
            _LEFT_IN / _WIDTH_IN,
            _BOTTOM_IN / height_in,
            (_WIDTH_IN - _LEFT_IN - _RIGHT_IN) / _WIDTH_IN,
            _ROW_IN * len(plans) / height_in,
        )
    )
    end_s = _end_s(plan)
    _draw_frame(axes, plan, plans, end_s)
    for row, one in enumerate(plans):
        _draw_row(axes, plan, one, row, end_s)
    _draw_words(figure, plan, plans, height_in)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI)
    write_atomically(path, picture.getvalue())


def _end_s(plan: Plan | FleetPlan) -> float:
    plans = plans_of(plan)
    last_s = max((sortie.lands_s for one in plans for sortie in one.sorties), default=60.0)
    day_s = plan.day.length_s if isinstance(plan, FleetPlan) and plan.day else 0.0
    return max(last_s, day_s)


def _draw_frame(axes: Axes, plan: Plan | FleetPlan, plans: tuple[Plan, ...], end_s: float) -> None:
    """Lay out time along and aircraft down, each with its dock and height."""
    axes.set(xlim=(0, end_s * 1.01), ylim=(len(plans) - 0.5, -0.5))
    step_s = 60 * next((step for step in _STEPS_MIN if end_s / 60 / step <= _MOST_TICKS), _STEPS_MIN[-1])
    ticks = [float(tick) for tick in range(0, int(end_s) + 1, step_s)]
    axes.set_xticks(ticks, [_clock(tick, plan) for tick in ticks], fontproperties=lettering(8.5), color=_INK)
    axes.set_yticks([])
    axes.grid(axis="x", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set(color=_FAINT, linewidth=0.8)
    across = axes.get_yaxis_transform()
    for row, one in enumerate(plans):
        height_m = f"{one.sorties[0].takeoff_height_m:.0f} m" if one.sorties else ""
        dock = f"{plan.dock_of(one).dock_id}, {height_m}" if isinstance(plan, FleetPlan) else height_m
        axes.text(
            -0.015, row - 0.14, legible(one.vehicle_id), transform=across, ha="right", va="center", color=_INK,
            fontproperties=lettering(9.5, bold=True),
        )  # fmt: skip
        axes.text(
            -0.015, row + 0.24, legible(dock), transform=across, ha="right", va="center", color=_FAINT,
            fontproperties=lettering(7.5),
        )  # fmt: skip


def _draw_row(axes: Axes, plan: Plan | FleetPlan, one: Plan, row: int, end_s: float) -> None:
    """Draw an aircraft's sorties with their numbers, and what passes at the dock between."""
    swap_s = plan.dock_of(one).swap_s if isinstance(plan, FleetPlan) else 0.0
    colour = COLOURS[row % len(COLOURS)]
    seen: set[tuple[str, ...]] = set()
    for number, sortie in enumerate(one.sorties, start=1):
        again = sortie.stretch_ids in seen
        seen.add(sortie.stretch_ids)
        axes.barh(row, sortie.estimate.time_s, left=sortie.starts_s, height=0.62, color="white")  # over the grid
        axes.barh(
            row, sortie.estimate.time_s, left=sortie.starts_s, height=0.62, color=colour, edgecolor="white",
            linewidth=0.6, alpha=_AGAIN if again else 1.0,
        )  # fmt: skip
        if number < len(one.sorties) and swap_s > 0:
            axes.barh(row, swap_s, left=sortie.lands_s, height=0.2, color=_SWAP)
        if sortie.estimate.time_s > _ROOM_FOR_NUMBER * end_s:
            _number(axes, sortie, row, number)


def _number(axes: Axes, sortie: Sortie, row: int, number: int) -> None:
    axes.text(
        sortie.starts_s + sortie.estimate.time_s / 2, row, str(number), ha="center", va="center", color="white",
        fontproperties=lettering(8.5, bold=True),
    )  # fmt: skip


def _draw_words(figure: Figure, plan: Plan | FleetPlan, plans: tuple[Plan, ...], height_in: float) -> None:
    """Write title and totals above, and what the signs mean below."""
    flights = sum(len(one.sorties) for one in plans)
    last_s = max((sortie.lands_s for one in plans for sortie in one.sorties), default=0.0)
    title = legible(plan.mission_name) or "Patrol"
    left = 0.3 / _WIDTH_IN
    figure.text(left, 1 - 0.32 / height_in, title, fontproperties=lettering(15, bold=True), color=_INK, va="center")
    parts = [
        f"{len(plans)} aircraft",
        f"{flights} {'sortie' if flights == 1 else 'sorties'}",
        f"{plan.estimate.time_s / 60:.1f} min in the air",
        f"last landing {'at ' if _begin(plan) else 'after '}{_clock(last_s, plan)}",
    ]
    if isinstance(plan, FleetPlan) and len(plans) > 1:
        parts.append(f"{plan.separation_m:g} m or {plan.layer_m:g} m in height apart")
    line = "   ·   ".join(parts)
    figure.text(left, 1 - 0.66 / height_in, line, fontproperties=lettering(9), color=_FAINT, va="center")
    signs = ["bar: a sortie, by number", "grey: battery swap or charge"]
    if _begin(plan):
        signs.append("pale: a sortie flown again")
    signs.append("time of day" if _begin(plan) else "minutes and seconds after the beginning")
    figure.text(
        _LEFT_IN / _WIDTH_IN, 0.3 / height_in, "   ·   ".join(signs), fontproperties=lettering(8), color=_FAINT,
        va="center",
    )  # fmt: skip


def _begin(plan: Plan | FleetPlan) -> str | None:
    return plan.day.begin if isinstance(plan, FleetPlan) and plan.day else None


def _clock(seconds: float, plan: Plan | FleetPlan) -> str:
    begin = _begin(plan)
    whole = round(seconds)
    if begin is None:
        return f"{whole // 60}:{whole % 60:02d}"
    minutes = 60 * int(begin[:2]) + int(begin[3:]) + whole // 60
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
