"""The no-fly zones of a mission: those drawn in it and those of the files it names."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.hindrance_sections import NoFly
from missions.mission import Mission
from missions.mission_file import LoadedMission, line_of_field
from missions.zone import Zone, ZoneRule
from missions.zones.load import ZoneFile, load_zones
from missions.zones.shapes import bearing_and_distance
from missions.zones.times import span_utc_s

_NUMBERING: Final = re.compile(r"(?: \(\d+\))?(?:/\d+)?$")
"""What a reader adds to an id that stands several times in a file, or that became several zones."""
_NEAR_M: Final = 50_000.0
_FAR_M: Final = 300_000.0
_WHEN_REMEDY: Final = "FROM/UNTIL in UTC, 2026-05-01T08:00Z/2026-05-01T10:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFlyZones:
    """What a mission keeps out of; every id stands once."""

    zones: tuple[Zone, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the files was left out or taken for granted; a sentence each."""


def drawn_no_fly(mission: Mission) -> NoFlyZones:
    """Return the zones of a mission that names no zone file.

    Raises:
        InputError: it does name one: `load_no_fly` reads it.

    """
    for number, entry in enumerate(mission.no_fly):
        if entry.file is not None:
            raise InputError("names a zone file, which was not read", field=f"no_fly.{number}.file")
    return NoFlyZones(zones=_with_own_ids([_drawn(entry) for entry in mission.no_fly]))


def load_no_fly(loaded: LoadedMission) -> NoFlyZones:
    """Return the zones of a mission, those of files too; a file's path is relative to the mission file.

    Raises:
        InputError: a file, or what the mission asks of it, is wrong; with file, line, field and remedy.

    """
    zones: list[Zone] = []
    notes: list[str] = []
    for number, entry in enumerate(loaded.mission.no_fly):
        if entry.file is None:
            zones.append(_drawn(entry))
            continue
        try:
            chosen, said = _of_file(entry, loaded, f"no_fly.{number}")
        except InputError as exc:
            if exc.file is not None:
                raise
            line = line_of_field(loaded.path, exc.field or "no_fly")
            raise InputError(exc.what, file=loaded.path, line=line, field=exc.field, remedy=exc.remedy) from exc
        zones += chosen
        notes += said
    return NoFlyZones(zones=_with_own_ids(zones), notes=tuple(notes))


def _drawn(entry: NoFly) -> Zone:
    corners = [corner.point for corner in entry.corners or ()]
    if len(corners) > 3 and corners[0] == corners[-1]:
        corners.pop()
    return Zone(
        zone_id=entry.id or "",
        rule=ZoneRule.KEEP_OUT,
        corners=tuple(corners),
        lower=entry.lower.altitude if entry.lower else None,
        upper=entry.upper.altitude if entry.upper else None,
    )


def _with_own_ids(zones: Sequence[Zone]) -> tuple[Zone, ...]:
    seen: Counter[str] = Counter()
    own: list[Zone] = []
    for zone in zones:
        seen[zone.zone_id] += 1
        count = seen[zone.zone_id]
        own.append(zone if count == 1 else replace(zone, zone_id=f"{zone.zone_id} [{count}]"))
    return tuple(own)


def _of_file(entry: NoFly, loaded: LoadedMission, field: str) -> tuple[list[Zone], list[str]]:
    assert entry.file is not None
    found = load_zones((loaded.path.parent / entry.file).resolve())
    _refuse_swapped(found, loaded.mission.dock.point)
    chosen = _chosen(found, entry.ids, field)
    name = Path(entry.file).name
    notes = [f"{name}: left out {reason}" for reason in found.left_out]
    timed = [zone for zone in chosen if zone.active]
    if entry.when is None:
        if timed:
            notes.append(f"{name}: {_ids(timed)} hold at times only, taken to hold (no_fly.when leaves some out)")
        return chosen, notes
    try:
        begin, end = span_utc_s(entry.when)
    except ValueError as exc:
        raise InputError(str(exc), field=f"{field}.when", remedy=_WHEN_REMEDY) from exc
    if begin is None or end is None:
        raise InputError("needs a beginning and an end", field=f"{field}.when", remedy=_WHEN_REMEDY)
    idle = [zone for zone in timed if not zone.holds_between(begin, end)]
    if idle:
        notes.append(f"{name}: {_ids(idle)} do not hold from {entry.when.replace('/', ' until ')}, left out")
    return [zone for zone in chosen if zone not in idle], notes


def _ids(zones: Sequence[Zone]) -> str:
    """Return a few ids and how many more."""
    names = ", ".join(zone.zone_id for zone in zones[:4])
    return names + (f" and {len(zones) - 4} more" if len(zones) > 4 else "")


def _chosen(found: ZoneFile, ids: Sequence[str], field: str) -> list[Zone]:
    """Return the zones asked for, by id or name, with all their parts."""
    if not ids:
        return list(found.zones)
    known = {name for zone in found.zones for name in _names(zone)}
    for wanted in ids:
        if wanted not in known:
            close = get_close_matches(wanted, sorted(known), n=1, cutoff=0.4)
            remedy = f"did you mean {close[0]}?" if close else f"one of the {len(found.zones)} zones in it"
            raise InputError(f"{wanted} is no zone of {found.path.name}", field=f"{field}.ids", remedy=remedy)
    return [zone for zone in found.zones if _names(zone) & set(ids)]


def _names(zone: Zone) -> set[str]:
    return {zone.zone_id, _NUMBERING.sub("", zone.zone_id), zone.name} - {""}


def _refuse_swapped(found: ZoneFile, dock: GeoPoint) -> None:
    """Zones far from the dock that would lie around it with their axes exchanged are not where they are meant."""
    firsts = [zone.corners[0] for zone in found.zones]
    if min(bearing_and_distance(dock, place)[1] for place in firsts) < _FAR_M:
        return
    swapped = [GeoPoint(lat_deg=p.lon_deg, lon_deg=p.lat_deg) for p in firsts if abs(p.lon_deg) <= 90]
    if any(bearing_and_distance(dock, place)[1] < _NEAR_M for place in swapped):
        raise InputError(
            "axes look swapped: the zones lie far from the dock, and round it with latitude and longitude exchanged",
            file=found.path,
            remedy="exchange latitude and longitude",
        )
