"""A small plan, written down by hand, that the tests of formats share."""

import pytest

from missions import (
    Altitude,
    AltitudeReference,
    Estimate,
    GeoPoint,
    LegKind,
    Plan,
    Sortie,
    Stretch,
    Waypoint,
    Zone,
    ZoneRule,
)
from tests.samples import plan_with

DOCK = GeoPoint(lat_deg=30.45772, lon_deg=114.41405)
WEST = GeoPoint(lat_deg=30.4572459, lon_deg=114.4115011)
MIDDLE = GeoPoint(lat_deg=30.4573, lon_deg=114.4127505)
NORTH = GeoPoint(lat_deg=30.4588335, lon_deg=114.4126256)


def _waypoint(position: GeoPoint, leg: LegKind, stretch_id: str | None, **changed: float) -> Waypoint:
    values = {"speed_m_s": 8.0, "gimbal_pitch_deg": -60.0} | changed
    return Waypoint(
        position=position,
        altitude=Altitude(metres=60.0, above=AltitudeReference.HOME),
        leg=leg,
        stretch_id=stretch_id,
        **values,
    )


def _estimate(distance_m: float) -> Estimate:
    return Estimate(
        distance_m=distance_m, service_m=distance_m / 2, time_s=distance_m / 8, energy_wh=20.5, energy_share_pct=6.4
    )


@pytest.fixture
def plan() -> Plan:
    """Two sorties, a fence, a keep-out area and two rally points."""
    first = Sortie(
        sortie_id="sortie-1",
        takeoff_height_m=60.0,
        waypoints=(
            _waypoint(WEST, LegKind.DEADHEAD, None, speed_m_s=10.0),
            _waypoint(MIDDLE, LegKind.SERVICE, "avenue"),
            _waypoint(NORTH, LegKind.SERVICE, "guanggu-3", gimbal_pitch_deg=-70.0),
        ),
        stretch_ids=("avenue", "guanggu-3"),
        estimate=_estimate(800.0),
    )
    second = Sortie(
        sortie_id="sortie-2",
        takeoff_height_m=65.0,
        waypoints=(_waypoint(NORTH, LegKind.DEADHEAD, None), _waypoint(MIDDLE, LegKind.SERVICE, "guanggu-3")),
        stretch_ids=("guanggu-3",),
        estimate=_estimate(400.0),
    )
    corners = ((30.456, 114.410), (30.460, 114.410), (30.460, 114.418), (30.456, 114.418))
    hole = ((30.4580, 114.4150), (30.4585, 114.4150), (30.4585, 114.4156))
    return plan_with(
        mission_name="高新大道 Gaoxin Avenue",
        mission_hash="0" * 64,
        dock=DOCK,
        wind_m_s=3.0,
        wind_from_deg=45.0,
        stretches=(
            Stretch(
                stretch_id="avenue",
                road_ids=("avenue-west",),
                name="高新大道",
                road_class="primary",
                centreline=(WEST, MIDDLE),
                length_m=120.2,
            ),
            Stretch(
                stretch_id="guanggu-3",
                road_ids=("guanggu-3",),
                name="光谷三路",
                road_class="secondary",
                centreline=(MIDDLE, NORTH),
                length_m=170.5,
            ),
        ),
        sorties=(first, second),
        fence=Zone(
            zone_id="fence",
            rule=ZoneRule.STAY_IN,
            corners=tuple(GeoPoint(lat_deg=lat, lon_deg=lon) for lat, lon in corners),
        ),
        keep_out=(
            Zone(
                zone_id="school",
                rule=ZoneRule.KEEP_OUT,
                corners=tuple(GeoPoint(lat_deg=lat, lon_deg=lon) for lat, lon in hole),
            ),
        ),
        rally=(DOCK, MIDDLE),
        estimate=_estimate(1200.0),
        notes=("a person is 5 px at the detector's input",),
    )
