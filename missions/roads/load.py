"""Road files of any known format to a `RoadNetwork`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.roads.assemble import roads_from_ways, ways_for_roads
from missions.roads.coordinates import check_coordinates
from missions.roads.datums import TO_WGS84, Datum, hinted_datum, is_shifted_at, ways_in_wgs84
from missions.roads.findings import Finding
from missions.roads.geojson import REPAIRED
from missions.roads.keep import kept_roads
from missions.roads.names import NameMatch, name_matches
from missions.roads.network import RoadNetwork
from missions.roads.read import read_ways
from missions.roads.repair import SNAP_M, islands_of, repaired_ways
from missions.roads.source import KNOWN_FORMATS, RoadSource
from missions.roads.ways import Way
from missions.roads_section import KeepRoads


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadImport:
    """A network and what became of the file it came from."""

    network: RoadNetwork
    lines_read: int
    """Lines that stood in the file as roads."""
    dropped: Mapping[str, int]
    """What was left out: reason to count, the commonest first."""
    findings: tuple[Finding, ...] = ()
    """What was wrong with the whole file's network: repaired, or left and said."""
    matches: tuple[NameMatch, ...] = ()
    """Which of their names the wanted roads were found by."""
    warnings: tuple[str, ...] = ()
    """What a person should look at before flying: a datum that is likely another one."""


def load_network(
    path: Path,
    *,
    datum: Datum = "wgs84",
    keep: KeepRoads | None = None,
    near: GeoPoint | None = None,
    layer: str | None = None,
    snap_m: float = SNAP_M,
) -> RoadNetwork:
    """Read roads of any known format; the content tells which, not the name.

    Without `keep` all roads are returned, footways too, which is what walking needs. Roads are repaired and cut at
    their junctions before `keep` is asked, so a road has the same id in both networks. `near` (the dock) reveals
    swapped axes; `layer` chooses one of a file that holds several; ends nearer than `snap_m` are joined.

    Raises:
        InputError: with file, element and remedy.

    """
    return import_roads(path, datum=datum, keep=keep, near=near, layer=layer, snap_m=snap_m).network


def import_roads(
    path: Path,
    *,
    datum: Datum = "wgs84",
    keep: KeepRoads | None = None,
    near: GeoPoint | None = None,
    layer: str | None = None,
    snap_m: float = SNAP_M,
) -> RoadImport:
    """Read roads as `load_network` does, and say what was left out, repaired and doubtful.

    Raises:
        InputError: with file, element and remedy.

    """
    if datum not in TO_WGS84:
        raise InputError(f"unknown datum {datum!r}", field="datum", remedy=", ".join(TO_WGS84))
    source = RoadSource(path=path, layer=layer)
    ways = read_ways(source)
    check_coordinates(ways, file=path, near=near)
    lines = ways_for_roads(ways_in_wgs84(ways, datum), dropped=source.dropped)
    lines, findings = (
        (lines, [])
        if REPAIRED in source.says
        else repaired_ways(lines, snap_m=snap_m, nodes_stated=source.nodes_stated)
    )
    if again := sum(finding.count for finding in findings if finding.kind in {"drawn_twice", "overlap"}):
        source.dropped["drawn twice"] += again
    roads = roads_from_ways(lines, dropped=source.dropped)
    if not roads:
        raise _no_roads(path, source.dropped)
    whole = RoadNetwork(roads=tuple(roads), source=str(path))
    island = islands_of(whole)
    result = RoadImport(
        network=whole,
        lines_read=len(ways),
        dropped=dict(source.dropped.most_common()),
        findings=(*findings, *([island] if island.count else [])),
        warnings=tuple(_datum_warnings(source, datum, ways)),
    )
    return result if keep is None else keep_roads(result, keep)


def keep_roads(whole: RoadImport, keep: KeepRoads) -> RoadImport:
    """Return the import with only the roads that `keep` asks for.

    Raises:
        InputError: nothing is left; the message names what is there.

    """
    file = Path(whole.network.source)
    dropped = Counter(whole.dropped)
    roads = kept_roads(whole.network.roads, keep, file=file, dropped=dropped)
    names = (*keep.names, *([keep.avenue.name] if keep.avenue else []))
    return replace(
        whole,
        network=RoadNetwork(roads=tuple(roads), source=whole.network.source),
        dropped=dict(dropped.most_common()),
        matches=name_matches(roads, names),
    )


def _datum_warnings(source: RoadSource, datum: Datum, ways: Sequence[Way]) -> Iterator[str]:
    """Yield a warning where the file's own words point at another datum than the one stated, for places in China."""
    hint = hinted_datum(source.says)
    if (
        hint is None
        or hint[0] == datum
        or not any(is_shifted_at(*way.lat_lon_deg[0]) for way in ways if way.lat_lon_deg)
    ):
        return
    words = " ".join(hint[1].split())[:60]
    yield f"{source.path}: says {words!r}, but is read as {datum}: its roads may lie some 500 m off (datum {hint[0]}?)"


def _no_roads(path: Path, dropped: Counter[str]) -> InputError:
    found = ", ".join(f"{count} x {reason}" for reason, count in dropped.most_common(6))
    return InputError(
        "holds no roads", file=path, remedy=f"found only {found}" if found else f"roads as {KNOWN_FORMATS}"
    )
