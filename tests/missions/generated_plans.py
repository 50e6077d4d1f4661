"""Plans of any shape, and when two flights are the same, for tests of what a format keeps."""

import math
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from missions import Altitude, AltitudeReference, GeoPoint, LegKind, Plan, Sortie, Waypoint, Zone, ZoneRule
from missions.flight_path import FlightPath
from tests.samples import NOTHING, plan_with

_HOME = st.just(AltitudeReference.HOME)
_IDS = st.from_regex(r"[A-Za-z0-9高新-]{1,8}", fullmatch=True)


@st.composite
def _points(draw: Any, dock: GeoPoint) -> GeoPoint:
    """Within a degree of the dock, in MAVLink's steps."""
    lat_deg = dock.lat_deg + draw(st.floats(-0.5, 0.5))
    lon_deg = dock.lon_deg + draw(st.floats(-0.5, 0.5))
    return GeoPoint(lat_deg=round(lat_deg, 7), lon_deg=round(lon_deg, 7))


@st.composite
def plans(draw: Any, *, above: Any = _HOME, waypoints: int = 2) -> Plan:
    """One or two sorties of `waypoints` or more, zones and rally points; heights above what `above` draws.

    Nothing is at 0, 0, which means "no place" to ground stations and autopilots.
    """
    dock = GeoPoint(
        lat_deg=round(draw(st.floats(-80, 80)), 7), lon_deg=round(draw(st.floats(1, 178) | st.floats(-178, -1)), 7)
    )
    points = _points(dock)
    waypoint = st.builds(
        Waypoint,
        position=points,
        altitude=st.builds(Altitude, metres=st.floats(0, 500).map(lambda m: round(m, 3)), above=above),
        speed_m_s=st.floats(1, 15).map(lambda v: round(v, 2)),
        gimbal_pitch_deg=st.floats(-90, 30).map(lambda a: round(a, 1)),
        leg=st.sampled_from(LegKind),
        stretch_id=st.none() | _IDS,
    )
    zone = st.lists(points, min_size=3, max_size=6).map(tuple)
    sortie = st.builds(
        Sortie,
        sortie_id=st.just("sortie"),
        takeoff_height_m=st.floats(2, 120).map(lambda m: round(m, 2)),
        waypoints=st.lists(waypoint, min_size=waypoints, max_size=7).map(tuple),
        stretch_ids=st.just(()),
        estimate=st.just(NOTHING),
    )
    corners, holes = draw(zone), draw(st.lists(zone, max_size=2))
    sorties = draw(st.lists(sortie, min_size=1, max_size=2))
    return plan_with(
        dock=dock,
        dock_amsl_m=round(draw(st.floats(-100, 4000)), 2),
        sorties=tuple(_named(one, number) for number, one in enumerate(sorties, start=1)),
        fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=corners),
        keep_out=tuple(
            Zone(zone_id=f"z{number}", rule=ZoneRule.KEEP_OUT, corners=hole) for number, hole in enumerate(holes)
        ),
        rally=tuple(draw(st.lists(points, max_size=3))),
    )


def _named(sortie: Sortie, number: int) -> Sortie:
    return replace(sortie, sortie_id=f"sortie-{number}")


def assert_same_items(found: FlightPath, meant: FlightPath, *, within: float) -> None:
    """Every item has the same command, frame and, to a rounding, parameters."""
    assert [(i.seq, i.command, i.frame) for i in found.items] == [(i.seq, i.command, i.frame) for i in meant.items]
    for one, two in zip(found.items, meant.items, strict=True):
        for a, b in zip(one.params, two.params, strict=True):
            assert math.isclose(a, b, abs_tol=within, rel_tol=0), (one, two)
    assert found.home is not None
    assert meant.home is not None
    assert math.isclose(found.home.lat_deg, meant.home.lat_deg, abs_tol=within)
    assert math.isclose(found.home.lon_deg, meant.home.lon_deg, abs_tol=within)
    assert math.isclose(found.home_amsl_m or 0.0, meant.home_amsl_m or 0.0, abs_tol=within)


def around(zone: Zone, *, names: bool = True) -> tuple[Any, ...]:
    """What of an area must come back: its rule, its corners in either direction and, where it has one, its name."""
    ring = [(corner.lat_deg, corner.lon_deg) for corner in zone.corners]
    ways = [way[k:] + way[:k] for way in (ring, ring[::-1]) for k in range(len(ring))]
    return (zone.zone_id if names else "", zone.rule, tuple(min(ways)))
