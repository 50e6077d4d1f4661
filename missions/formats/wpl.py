"""`QGC WPL 110`: the text format of Mission Planner, MAVProxy, DroneKit and older QGroundControl."""

import math
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.formats.stored_item import StoredItem, stored
from missions.items import mission_items
from missions.plan import Plan, Sortie

_HEADER: Final = "QGC WPL 110"
_COLUMNS: Final = ("seq", "current", "frame", "command", "p1", "p2", "p3", "p4", "x", "y", "z", "autocontinue")
_NUMBERS: Final = frozenset({"seq", "current", "frame", "command", "autocontinue"})


def to_wpl(plan: Plan, sortie: Sortie) -> str:
    """Return one sortie as `QGC WPL 110`; the first line is home."""
    rows = [_line(stored(item)) for item in mission_items(plan, sortie)]
    return "\n".join([_HEADER, *rows]) + "\n"


def _line(item: StoredItem) -> str:
    x_deg, y_deg = (f"{value:.8f}" for value in item.params[4:6])
    numbers = [_number(value) for value in (*item.params[:4], item.params[6])]
    fields = [item.seq, int(item.current), item.frame, item.command, *numbers[:4], x_deg, y_deg, numbers[4]]
    return "\t".join(str(field) for field in (*fields, int(item.autocontinue)))


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else f"{value:.6f}"


def from_wpl(text: str, *, file: Path | str | None = None) -> tuple[StoredItem, ...]:
    """Return the items of a `QGC WPL 110` file; columns may be parted by tabs or spaces, lines may be empty.

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
    items = tuple(_item(row, number, file) for number, row in rows if row and not row[0].startswith("#"))
    if not items:
        raise InputError("holds no items", file=file, line=1, remedy="one line for each item")
    return items


def _item(row: list[str], line: int, file: Path | str | None) -> StoredItem:
    if len(row) != len(_COLUMNS):
        what = f"has {len(row)} columns"
        raise InputError(what, file=file, line=line, remedy=f"{len(_COLUMNS)}: {' '.join(_COLUMNS)}")
    values = [_value(name, text, line, file) for name, text in zip(_COLUMNS, row, strict=True)]
    p1, p2, p3, p4, x, y, z = values[4:11]
    return StoredItem(
        seq=int(values[0]),
        current=bool(values[1]),
        frame=int(values[2]),
        command=int(values[3]),
        params=(p1, p2, p3, p4, x, y, z),
        autocontinue=bool(values[11]),
    )


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
