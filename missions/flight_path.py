"""A flight as a file of any program tells it: home, items, fence, rally points, and what it could not say."""

from dataclasses import dataclass, field

from missions.formats.stored_item import StoredItem, stored
from missions.geopoint import Altitude, GeoPoint
from missions.items import mission_items, rally_items
from missions.plan import Plan, Sortie
from missions.zone import Zone, ZoneRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A round fence, which ground stations have and our plans have not."""

    centre: GeoPoint
    radius_m: float
    rule: ZoneRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RallyPoint:
    """A place to come down at, and how high to fly there."""

    position: GeoPoint
    altitude: Altitude | None
    """None where the file has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPath:
    """One flight. Items are kept as the file stores them, because other programs' commands use all seven parameters."""

    name: str
    """Of the flight, where the file has several."""
    source: str
    """The format it was read from, for people."""
    home: GeoPoint | None
    """None where the file has none."""
    home_amsl_m: float | None
    items: tuple[StoredItem, ...]
    """In `seq` order from 1, surveys and corridors unrolled; home is not among them."""
    zones: tuple[Zone, ...] = ()
    circles: tuple[Circle, ...] = ()
    rally: tuple[RallyPoint, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the file is not represented here."""
    source_text: str = field(default="", repr=False, compare=False)
    """Of a `.plan`, the file itself, so that what nobody changed is written back as it stood."""


def path_of(plan: Plan, sortie: Sortie) -> FlightPath:
    """Return one sortie of ours as the flight that an export of it should be read as."""
    return FlightPath(
        name=sortie.sortie_id,
        source="skypatrol plan",
        home=plan.dock,
        home_amsl_m=plan.dock_amsl_m,
        items=tuple(stored(item) for item in mission_items(plan, sortie)[1:]),
        zones=(plan.fence, *plan.keep_out),
        rally=tuple(
            RallyPoint(position=item.position, altitude=item.altitude)
            for item in rally_items(plan)
            if item.position is not None
        ),
    )


def paths_of(plan: Plan) -> tuple[FlightPath, ...]:
    """Return every sortie of ours as a flight."""
    return tuple(path_of(plan, sortie) for sortie in plan.sorties)
