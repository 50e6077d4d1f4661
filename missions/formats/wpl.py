"""`QGC WPL 110`: the text format of Mission Planner, MAVProxy, DroneKit and older QGroundControl.

It holds the items of one flight and home, degrees to eight places and other numbers to six; fence and rally points are
files of their own, so a flight read back has none.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.flight_path import FlightPath, path_of
from missions.formats.mav_commands import (
    MAV_CMD_DO_JUMP,
    MAV_CMD_NAV_FENCE_RETURN_POINT,
    MAV_CMD_NAV_RALLY_POINT,
    MAV_CMD_NAV_WAYPOINT,
    MAV_FRAME_GLOBAL,
)
from missions.formats.stored_item import StoredItem
from missions.geopoint import AltitudeReference
from missions.plan import Plan, Sortie

_HEADER: Final = "QGC WPL 110"
_COLUMNS: Final = ("seq", "current", "frame", "command", "p1", "p2", "p3", "p4", "x", "y", "z", "autocontinue")
_FENCE_OR_RALLY: Final = range(MAV_CMD_NAV_FENCE_RETURN_POINT, MAV_CMD_NAV_RALLY_POINT + 1)
_NUMBERS: Final = frozenset({"seq", "current", "frame", "command", "autocontinue"})


def to_wpl(plan: Plan, sortie: Sortie) -> str:
    """Return one sortie as `QGC WPL 110`; the first line is home."""
    return path_to_wpl(path_of(plan, sortie))


def path_to_wpl(path: FlightPath) -> str:
    """Return the items of a flight as `QGC WPL 110`; the first line is home, 0, 0 where it is unknown."""
    lat_deg, lon_deg = (path.home.lat_deg, path.home.lon_deg) if path.home else (0.0, 0.0)
    home = StoredItem(
        seq=0,
        command=MAV_CMD_NAV_WAYPOINT,
        frame=MAV_FRAME_GLOBAL,
        params=(0.0, 0.0, 0.0, 0.0, lat_deg, lon_deg, math.nan if path.home_amsl_m is None else path.home_amsl_m),
        current=True,
    )
    rows = [_line(item) for item in (home, *(replace(item, current=False) for item in path.items))]
    return "\n".join([_HEADER, *rows]) + "\n"


def _line(item: StoredItem) -> str:
    x_deg, y_deg = (f"{value:.8f}" for value in item.params[4:6])
    numbers = [_number(value) for value in (*item.params[:4], item.params[6])]
    fields = [item.seq, int(item.current), item.frame, item.command, *numbers[:4], x_deg, y_deg, numbers[4]]
    return "\t".join(str(field) for field in (*fields, int(item.autocontinue)))


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else f"{value:.6f}"


def from_wpl(text: str, *, file: Path | str | None = None) -> FlightPath:
    """Return the flight of a `QGC WPL 110` file, home taken from its first line where that is a waypoint.

    Raises:
        InputError: with line, column and remedy.

    """
    items = wpl_items(text, file=file)
    first = items[0]
    notes: tuple[str, ...] = ()
    home = home_amsl_m = None
    if first.seq == 0 and first.command == MAV_CMD_NAV_WAYPOINT:
        items, home = items[1:], first.position
        known = first.altitude is not None and first.altitude.above is AltitudeReference.AMSL and home is not None
        home_amsl_m = first.params[6] if known and not math.isnan(first.params[6]) else None
    else:
        notes = (f"the first line is command {first.command}, no home: heights above home have no place to start from",)
        items = tuple(_renumbered(item, 1 - first.seq) for item in items)
    return FlightPath(name="flight", source="QGC WPL 110", home=home, home_amsl_m=home_amsl_m, items=items, notes=notes)


def _renumbered(item: StoredItem, by: int) -> StoredItem:
    jumps = item.command == MAV_CMD_DO_JUMP
    return replace(item, seq=item.seq + by, params=(item.params[0] + by, *item.params[1:]) if jumps else item.params)


def wpl_items(text: str, *, file: Path | str | None = None) -> tuple[StoredItem, ...]:
    """Return the lines of a `QGC WPL 110` file; columns may be parted by tabs or spaces, lines may be empty.

    Raises:
        InputError: with line, column and remedy.

    """
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].split()[:2] != ["QGC", "WPL"]:
        raise InputError("is no waypoint file", file=file, line=1, remedy=f"the first line is {_HEADER}")
    if lines[0].split()[2:] != ["110"]:
        version = " ".join(lines[0].split()[2:]) or "none"
        raise InputError(f"version {version} is not understood", file=file, line=1, remedy=_HEADER)
    rows = [(number, line.split()) for number, line in enumerate(lines[1:], start=2)]
    rows = [(number, row) for number, row in rows if row and not row[0].startswith("#")]
    items = tuple(_item(row, number, file) for number, row in rows)
    if not items:
        raise InputError("holds no items", file=file, line=1, remedy="one line for each item")
    for seq, (item, (number, _)) in enumerate(zip(items, rows, strict=True), start=int(items[0].seq != 0)):
        if item.seq != seq:
            raise InputError(f"is {item.seq}", file=file, line=number, field="seq", remedy=f"{seq}, in order")
    return items


def _item(row: list[str], line: int, file: Path | str | None) -> StoredItem:
    if len(row) != len(_COLUMNS):
        what = f"has {len(row)} columns"
        raise InputError(what, file=file, line=line, remedy=f"{len(_COLUMNS)}: {' '.join(_COLUMNS)}")
    values = [_value(name, text, line, file) for name, text in zip(_COLUMNS, row, strict=True)]
    p1, p2, p3, p4, x, y, z = values[4:11]
    item = StoredItem(
        seq=int(values[0]),
        current=bool(values[1]),
        frame=int(values[2]),
        command=int(values[3]),
        params=(p1, p2, p3, p4, x, y, z),
        autocontinue=bool(values[11]),
    )
    if item.misplaced:
        raise InputError(item.misplaced, file=file, line=line, remedy="degrees, in frame 0, 3 or 10")
    if item.command in _FENCE_OR_RALLY:
        what = f"command {item.command} belongs to a fence or to rally points"
        raise InputError(what, file=file, line=line, field="command", remedy="a file of waypoints")
    return item


def _value(name: str, text: str, line: int, file: Path | str | None) -> float:
    try:
        value = float(text)
    except ValueError as exc:
        raise InputError(f"is {text!r}", file=file, line=line, field=name, remedy="a number") from exc
    if name in _NUMBERS and not value.is_integer():
        raise InputError(f"is {text!r}", file=file, line=line, field=name, remedy="a whole number")
    if math.isinf(value):
        raise InputError(f"is {text!r}", file=file, line=line, field=name, remedy="a finite number")
    return value
