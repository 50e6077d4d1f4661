"""A plan as a picture: roads, sorties told apart by colour and number, dock, fence, zones, scale and totals."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrow
from matplotlib.patheffects import withStroke

from geo import LocalFrame, cumulative_m, point_along
from missions import FleetPlan, GeoPoint, LegKind, Plan, Sortie
from missions.fleet_plan import plans_of
from missions.formats.atomic import write_atomically
from missions.roads import RoadNetwork
from planner.drawn_flights import COLOURS, DrawnFlight, drawn_flights
from planner.energy import Floats
from planner.lettering import legible, lettering
from planner.side_panel import draw_panel

_PAPER: Final = "#fbfaf7"
_ROAD: Final = "#d9d5cc"
_INK: Final = "#2b2b2b"
_FAINT: Final = "#8a8880"
_FENCE: Final = "#2f7d4f"
_ZONE: Final = "#c0392b"
_DPI: Final = 150
_MAP_IN: Final = 8.6
_PANEL_IN: Final = 3.5
_LEAST_MAP_IN: Final = 5.2
_MOST_MAP_IN: Final = 10.5
_NUMBER_APART_MM: Final = 7.0
_NAME_BELOW_MM: Final = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """The map's axes and its extent in ENU metres at the dock."""

    axes: Axes
    frame: LocalFrame
    west_m: float
    south_m: float
    width_m: float
    height_m: float

    def enu(self, points: tuple[GeoPoint, ...]) -> Floats:
        """Return (N, 2) places."""
        lat, lon = [p.lat_deg for p in points], [p.lon_deg for p in points]
        return self.frame.geodetic_to_enu(lat, lon)[:, :2]

    def at(self, across: float, up: float) -> tuple[float, float]:
        """Return the place at shares of the extent."""
        return self.west_m + across * self.width_m, self.south_m + up * self.height_m

    @property
    def unit_m(self) -> float:
        """Metres that are about a millimetre on paper."""
        return self.width_m / (_MAP_IN * 25.4)


def draw_plan(plan: Plan | FleetPlan, network: RoadNetwork, path: Path) -> None:
    """Draw the plan over the roads as a PNG; the file is written whole or not at all.

    A plan of one aircraft has a colour for each sortie, a fleet's one for each aircraft; a sortie that is flown again
    and again is drawn once.

    Raises:
        InputError: the place cannot be written.

    """
    plans, flights = plans_of(plan), drawn_flights(plan, COLOURS)
    figure, sheet = _paper(plan, plans, flights)
    _draw_roads(sheet, network)
    for one in plans:
        _draw_fence(sheet, one)
    _draw_zones(sheet, plans[0])
    _draw_left_out(sheet, plans[0])
    for flight in flights:
        _draw_sortie(sheet, flight.plan, flight.sortie, flight.colour)
    _draw_street_names(sheet, plan)
    _draw_numbers(sheet, plans, flights)
    for one in plans:
        _draw_places(sheet, one)
    if isinstance(plan, FleetPlan):
        for dock in plan.docks:
            below = sheet.enu((dock.position,))[0] - np.array([0.0, _NAME_BELOW_MM * sheet.unit_m])
            _text(sheet, below, legible(dock.dock_id), size_pt=8, colour=_INK, zorder=13)
    _draw_scale(sheet)
    _draw_north(sheet, plans[0])
    _draw_title(figure, plan, flights)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI)
    write_atomically(path, picture.getvalue())


def _paper(plan: Plan | FleetPlan, plans: Sequence[Plan], flights: Sequence[DrawnFlight]) -> tuple[Figure, _Sheet]:
    """Lay out map and side panel; the map's shape follows the patrol's."""
    frame = LocalFrame(lat_deg=plans[0].dock.lat_deg, lon_deg=plans[0].dock.lon_deg)
    points = [
        *(point for one in plans for point in (*one.fence.corners, one.dock)),
        *(corner for zone in plans[0].keep_out for corner in zone.corners),
    ]
    places = frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    margin = 0.05 * max(east - west, north - south)
    width, height = east - west + 2 * margin, north - south + 2 * margin
    map_in = min(max(_MAP_IN * height / width, _LEAST_MAP_IN), _MOST_MAP_IN)
    if height / width > map_in / _MAP_IN:
        wider = height * _MAP_IN / map_in
        west, width = west - (wider - width) / 2, wider
    else:
        taller = width * map_in / _MAP_IN
        south, height = south - (taller - height) / 2, taller
    edge_in, title_in = 0.3, 0.95
    total_w, total_h = _MAP_IN + _PANEL_IN + 3 * edge_in, map_in + title_in + edge_in
    figure = Figure(figsize=(total_w, total_h), dpi=_DPI, facecolor="white")
    axes = figure.add_axes((edge_in / total_w, edge_in / total_h, _MAP_IN / total_w, map_in / total_h))
    axes.set(xlim=(west - margin, west - margin + width), ylim=(south - margin, south - margin + height))
    axes.set(xticks=[], yticks=[], facecolor=_PAPER)
    for spine in axes.spines.values():
        spine.set(color=_ROAD, linewidth=0.8)
    side = figure.add_axes(
        ((_MAP_IN + 2 * edge_in) / total_w, edge_in / total_h, _PANEL_IN / total_w, map_in / total_h)
    )
    draw_panel(side, plan, flights, height_in=map_in, width_in=_PANEL_IN)
    return figure, _Sheet(axes, frame, west - margin, south - margin, width, height)


def _draw_roads(sheet: _Sheet, network: RoadNetwork) -> None:
    lines = [
        sheet.frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])[:, :2] for road in network.roads
    ]
    sheet.axes.add_collection(LineCollection(lines, colors=_ROAD, linewidths=5.0, capstyle="round", zorder=1))
    sheet.axes.add_collection(LineCollection(lines, colors="white", linewidths=3.4, capstyle="round", zorder=2))


def _draw_fence(sheet: _Sheet, plan: Plan) -> None:
    fence = sheet.enu(plan.fence.corners)
    sheet.axes.fill(*fence.T, facecolor=_FENCE, alpha=0.045, zorder=0.5)
    sheet.axes.fill(*fence.T, fill=False, edgecolor=_FENCE, linewidth=1.4, linestyle=(0, (7, 3, 1.5, 3)), zorder=3)


def _draw_zones(sheet: _Sheet, plan: Plan) -> None:
    for zone in plan.keep_out:
        corners = sheet.enu(zone.corners)
        sheet.axes.fill(*corners.T, facecolor=_ZONE, alpha=0.13, zorder=3)
        sheet.axes.fill(*corners.T, fill=False, hatch="////", edgecolor=_ZONE, linewidth=1.2, alpha=0.6, zorder=3)
        name = legible(zone.zone_id)
        _text(sheet, corners.mean(axis=0), name, size_pt=7.5, colour=_ZONE, zorder=9)


def _draw_left_out(sheet: _Sheet, plan: Plan) -> None:
    lines = [sheet.enu(piece.centreline) for piece in plan.left_out]
    sheet.axes.add_collection(
        LineCollection(lines, colors=_ZONE, linewidths=1.8, linestyles=[(0, (1, 1))], alpha=0.8, zorder=3.5)
    )


def _text(
    sheet: _Sheet, place: Floats, text: str, *, size_pt: float, colour: str, turn_deg: float = 0.0, zorder: float = 8
) -> None:
    sheet.axes.text(
        float(place[0]), float(place[1]), text, fontproperties=lettering(size_pt), color=colour, rotation=turn_deg,
        rotation_mode="anchor", ha="center", va="center", zorder=zorder, clip_on=True,
        path_effects=[withStroke(linewidth=2.6, foreground="white", alpha=0.9)],
    )  # fmt: skip


def _legs(sheet: _Sheet, plan: Plan, sortie: Sortie) -> tuple[list[Floats], list[Floats]]:
    """Return the service and the deadhead runs as lines; the return to the dock is in the latter."""
    places = sheet.enu((plan.dock, *(w.position for w in sortie.waypoints), plan.dock))
    kinds = [w.leg for w in sortie.waypoints] + [LegKind.DEADHEAD]
    runs: dict[LegKind, list[Floats]] = {LegKind.SERVICE: [], LegKind.DEADHEAD: []}
    begin = 0
    for index in range(1, len(kinds) + 1):
        if index == len(kinds) or kinds[index] is not kinds[begin]:
            runs[kinds[begin]].append(places[begin : index + 1])
            begin = index
    return runs[LegKind.SERVICE], runs[LegKind.DEADHEAD]


def _draw_sortie(sheet: _Sheet, plan: Plan, sortie: Sortie, colour: str) -> None:
    service, deadhead = _legs(sheet, plan, sortie)
    axes = sheet.axes
    served = [stretch for stretch in plan.stretches if stretch.beside and stretch.stretch_id in sortie.stretch_ids]
    beside = [sheet.enu(way.centreline) for stretch in served for way in stretch.beside]
    axes.add_collection(LineCollection(beside, colors=colour, linewidths=2.2, linestyles=[(0, (0.6, 1.2))], zorder=4.2))
    dashes = LineCollection(deadhead, colors=colour, linewidths=1.15, linestyles=[(0, (4, 2.6))], alpha=0.85, zorder=4)
    axes.add_collection(dashes)
    axes.add_collection(
        LineCollection(service, colors="white", linewidths=4.4, capstyle="round", joinstyle="round", zorder=4.4)
    )
    axes.add_collection(
        LineCollection(service, colors=colour, linewidths=2.6, capstyle="round", joinstyle="round", zorder=5)
    )
    _draw_arrows(sheet, service, colour, size_mm=3.4, every_mm=26.0, zorder=6.0)
    _draw_arrows(sheet, deadhead, colour, size_mm=2.5, every_mm=40.0, zorder=5.5)


def _draw_arrows(
    sheet: _Sheet, lines: list[Floats], colour: str, *, size_mm: float, every_mm: float, zorder: float
) -> None:
    """Put arrow heads along the lines, at least one on each that has room for it."""
    size, heads = size_mm * sheet.unit_m, []
    for line in lines:
        length = float(cumulative_m(line)[-1])
        if length < 2.2 * size:
            continue
        count = max(1, round(length / (every_mm * sheet.unit_m)))
        for station in (np.arange(count) + 0.5) / count * length:
            tail, tip = point_along(line, station - size / 2), point_along(line, station + size / 2)
            way = (tip - tail) / max(float(np.linalg.norm(tip - tail)), 1e-9)
            side = np.array([-way[1], way[0]]) * size * 0.46
            heads.append(np.array([tip, tail + side, tail + way * size * 0.24, tail - side]))
    sheet.axes.add_collection(
        PolyCollection(heads, facecolors=colour, edgecolors="white", linewidths=0.7, joinstyle="round", zorder=zorder)
    )


def _draw_numbers(sheet: _Sheet, plans: Sequence[Plan], flights: Sequence[DrawnFlight]) -> None:
    """Put each sortie's number twice along its service, away from the docks and from other numbers."""
    taken = list(sheet.enu(tuple(one.dock for one in plans)))
    for flight in flights:
        service, _ = _legs(sheet, flight.plan, flight.sortie)
        length = sum(float(cumulative_m(line)[-1]) for line in service)
        for shares in ((0.12, 0.2, 0.28, 0.05, 0.36), (0.6, 0.7, 0.5, 0.8, 0.9)):
            places = [_on_service(service, share * length) for share in shares]
            gaps = [min(float(np.linalg.norm(place - other)) for other in taken) for place in places]
            clear = [place for place, gap in zip(places, gaps, strict=True) if gap > _NUMBER_APART_MM * sheet.unit_m]
            taken.append(clear[0] if clear else places[int(np.argmax(gaps))])
            _number(sheet, taken[-1], flight.number, flight.colour)


def _on_service(service: list[Floats], along_m: float) -> Floats:
    """Return a place on the service runs near a distance along them; never on the straight flight between."""
    for line in service:
        length = float(cumulative_m(line)[-1])
        if along_m <= length:
            return point_along(line, along_m)
        along_m -= length
    return point_along(service[-1], float(cumulative_m(service[-1])[-1]) / 2)


def _number(sheet: _Sheet, place: Floats, number: int, colour: str) -> None:
    sheet.axes.text(
        float(place[0]), float(place[1]), str(number), fontproperties=lettering(8.5, bold=True), color="white",
        ha="center", va="center", zorder=10, clip_on=True,
        bbox={"boxstyle": "circle,pad=0.28", "facecolor": colour, "edgecolor": "white", "linewidth": 1.4},
    )  # fmt: skip


def _draw_street_names(sheet: _Sheet, plan: Plan | FleetPlan) -> None:
    """Write each street's name once, along its longest stretch, where the stretch is long enough for it."""
    longest: dict[str, Floats] = {}
    for stretch in sorted(plan.stretches, key=lambda s: -s.length_m):
        if stretch.name:
            longest.setdefault(stretch.name, sheet.enu(stretch.centreline))
    for name, line in longest.items():
        words = legible(name)
        width_m = sum(2.0 if ord(letter) > 0x2E80 else 1.05 for letter in words) * 1.25 * sheet.unit_m
        length = float(cumulative_m(line)[-1])
        if not words or length < width_m:
            continue
        middle = point_along(line, length / 2)
        along = point_along(line, length / 2 + width_m / 2) - point_along(line, length / 2 - width_m / 2)
        angle = math.degrees(math.atan2(along[1], along[0]))
        angle = angle - 180 if angle > 90 else angle + 180 if angle < -90 else angle
        up = np.array([-math.sin(math.radians(angle)), math.cos(math.radians(angle))])
        _text(sheet, middle + up * 3.0 * sheet.unit_m, words, size_pt=7, colour="#555149", turn_deg=angle)


def _draw_places(sheet: _Sheet, plan: Plan) -> None:
    axes = sheet.axes
    rally = sheet.enu(plan.rally) if plan.rally else np.zeros((0, 2))
    axes.plot(*rally.T, "D", color="white", markeredgecolor=_INK, markeredgewidth=1.2, markersize=7.5, zorder=11)
    for place in rally:
        _mark(sheet, place, "R", size_pt=5.5, colour=_INK)
    home = sheet.enu((plan.dock,))
    axes.plot(*home.T, "s", color=_INK, markeredgecolor="white", markeredgewidth=1.6, markersize=13, zorder=12)
    _mark(sheet, home[0], "H", size_pt=8, colour="white")


def _mark(sheet: _Sheet, place: Floats, letter: str, *, size_pt: float, colour: str) -> None:
    sheet.axes.text(
        float(place[0]), float(place[1]), letter, fontproperties=lettering(size_pt, bold=True), color=colour,
        ha="center", va="center_baseline", zorder=13, clip_on=True,
    )  # fmt: skip


def _round_length_m(about_m: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at most the length."""
    power = 10.0 ** math.floor(math.log10(about_m))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= about_m)


def _draw_scale(sheet: _Sheet) -> None:
    length = _round_length_m(sheet.width_m * 0.22)
    x, y = sheet.at(0.03, 0.0)
    y += 6.0 * sheet.unit_m
    thick = 1.3 * sheet.unit_m
    for part in range(4):
        colour = _INK if part % 2 == 0 else "white"
        left = x + part * length / 4
        sheet.axes.fill(
            [left, left + length / 4, left + length / 4, left], [y, y, y + thick, y + thick], facecolor=colour,
            edgecolor=_INK, linewidth=0.8, zorder=14,
        )  # fmt: skip
    unit, scale = ("km", 1000.0) if length >= 1000 else ("m", 1.0)
    for share in (0.0, 0.5, 1.0):
        words = f"{share * length / scale:g}" + (f" {unit}" if share == 1.0 else "")
        place = np.array([x + share * length, y + thick + 2.2 * sheet.unit_m])
        _text(sheet, place, words, size_pt=7, colour=_INK, zorder=14)


def _draw_north(sheet: _Sheet, plan: Plan) -> None:
    """Draw a north arrow and, beside it, where the planned wind blows to."""
    mm = sheet.unit_m
    east, north = sheet.at(1.0, 1.0)
    foot = np.array([east - 9 * mm, north - 19 * mm])
    needle = np.array([[0.0, 10.0], [2.6, 0.0], [0.0, 2.0], [-2.6, 0.0]]) * mm + foot
    sheet.axes.fill(*needle.T, facecolor=_INK, edgecolor="white", linewidth=1.0, zorder=14)
    _text(sheet, foot + np.array([0.0, 12.6]) * mm, "N", size_pt=9, colour=_INK, zorder=14)
    if plan.wind_m_s <= 0:
        return
    to_rad = math.radians(plan.wind_from_deg + 180)
    way = np.array([math.sin(to_rad), math.cos(to_rad)])
    centre = foot + np.array([-17.0 * mm, 5.0 * mm])
    tail = centre - way * 5 * mm
    arrow = FancyArrow(
        float(tail[0]), float(tail[1]), *(way * 10 * mm), width=0.7 * mm, head_width=3.2 * mm, head_length=3.6 * mm,
        length_includes_head=True, facecolor="#4a86b8", edgecolor="white", linewidth=0.8, zorder=14,
    )  # fmt: skip
    sheet.axes.add_patch(arrow)
    _text(
        sheet, centre - np.array([0.0, 8.2]) * mm, f"wind {plan.wind_m_s:g} m/s", size_pt=7, colour="#35658c", zorder=14
    )


def _draw_title(figure: Figure, plan: Plan | FleetPlan, flights: Sequence[DrawnFlight]) -> None:
    total, count = plan.estimate, len(plan.sorties)
    width_in, height_in = figure.get_size_inches()
    left = 0.3 / width_in
    name = legible(plan.mission_name) or "Patrol"
    figure.text(left, 1 - 0.30 / height_in, name, fontproperties=lettering(16, bold=True), color=_INK, va="center")
    heights = sorted({flight.sortie.takeoff_height_m for flight in flights})
    span = f"{heights[0]:g}" if len(heights) == 1 else f"{heights[0]:.0f} to {heights[-1]:.0f}" if heights else ""
    crafts = f"{len(plan.plans)} aircraft, " if isinstance(plan, FleetPlan) else ""
    parts = (
        f"{crafts}{count} {'sortie' if count == 1 else 'sorties'}",
        f"{total.distance_m / 1000:.2f} km flown, {total.service_m / 1000:.2f} km along roads",
        f"{total.time_s / 60:.1f} min",
        f"{total.energy_wh:.0f} Wh, at most {total.energy_share_pct:.0f} % of a battery",
        f"{span} m above {'ground' if plans_of(plan)[0].terrain else 'home'}" if span else "",
    )
    line = "   ·   ".join(part for part in parts if part)
    figure.text(left, 1 - 0.66 / height_in, line, fontproperties=lettering(9.5), color=_FAINT, va="center")
