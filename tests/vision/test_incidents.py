from dataclasses import replace

import numpy as np
import pytest
from scenes import FRAME, geopoint

from missions.detection import Box
from missions.incident import IncidentKind
from vision.incidents import IncidentMerger
from vision.rules import Finding


def finding(**changes: object) -> Finding:
    base = Finding(
        kind=IncidentKind.SMOKE,
        site=1,
        began_utc_s=100.0,
        opened_utc_s=101.0,
        last_seen_utc_s=101.0,
        first_pts_s=0.0,
        opened_pts_s=1.0,
        last_pts_s=1.0,
        score=0.8,
        box_px=Box(0, 0, 10, 10),
        track_ids=(1,),
        place_m=np.array([10.0, 20.0]),
        error_m=4.0,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # fields of several types


def merger(**changes: object) -> IncidentMerger:
    made = IncidentMerger(patrol_id="p", vehicle_id="v", stream_id="s", **changes)  # type: ignore[arg-type]  # fields of several types
    made.settle(FRAME)
    return made


def test_ids_are_numbered_in_the_order_of_opening() -> None:
    m = merger()
    first = m.take(finding(), "smoke_fire")
    second = m.take(finding(site=2, place_m=np.array([90.0, 20.0])), "smoke_fire")
    assert first is not None
    assert second is not None
    assert (first.incident.incident_id, second.incident.incident_id) == ("p-001", "p-002")
    assert first.new
    assert second.new


def test_a_second_pass_over_the_same_place_updates_the_incident() -> None:
    m = merger()
    m.take(finding(), "smoke_fire")
    again = m.take(
        finding(site=7, began_utc_s=300.0, opened_utc_s=301.0, last_seen_utc_s=301.0, place_m=np.array([16.0, 22.0])),
        "smoke_fire",
    )
    assert again is not None
    assert not again.new
    assert again.incident.incident_id == "p-001"
    assert again.incident.began_utc_s == 100.0
    assert again.incident.opened_utc_s == 101.0
    assert again.incident.last_seen_utc_s == 301.0


def test_fire_where_smoke_was_opened_makes_the_incident_graver_and_never_back() -> None:
    m = merger()
    m.take(finding(), "smoke_fire")
    fire = m.take(finding(kind=IncidentKind.FIRE, site=2, last_seen_utc_s=105.0), "smoke_fire")
    smoke = m.take(finding(last_seen_utc_s=110.0), "smoke_fire")
    assert fire is not None
    assert smoke is not None
    assert fire.incident.incident_id == smoke.incident.incident_id == "p-001"
    assert fire.incident.kind is smoke.incident.kind is IncidentKind.FIRE


def test_a_stopped_vehicle_beside_smoke_is_a_happening_of_its_own() -> None:
    m = merger()
    m.take(finding(), "smoke_fire")
    other = m.take(finding(kind=IncidentKind.STOPPED_VEHICLE), "stopped_vehicle")
    assert other is not None
    assert other.new


def test_large_errors_widen_what_counts_as_the_same_place() -> None:
    far = {"site": 2, "place_m": np.array([40.0, 20.0])}
    precise, vague = merger(), merger()
    precise.take(finding(), "smoke_fire")
    vague.take(finding(error_m=15.0), "smoke_fire")
    apart = precise.take(finding(**far), "smoke_fire")
    joined = vague.take(finding(**far, error_m=15.0, last_seen_utc_s=110.0), "smoke_fire")
    assert apart is not None
    assert apart.new
    assert joined is not None
    assert not joined.new


def test_the_better_position_is_kept() -> None:
    m = merger()
    m.take(finding(error_m=3.0), "smoke_fire")
    later = m.take(finding(error_m=9.0, place_m=np.array([15.0, 20.0]), last_seen_utc_s=110.0), "smoke_fire")
    assert later is not None
    assert later.incident.position_error_m == 3.0
    assert later.incident.position is not None
    assert later.incident.position.lon_deg == pytest.approx(geopoint((10.0, 20.0)).lon_deg, abs=1e-9)


def test_updates_are_told_once_a_second_and_the_last_state_at_the_end() -> None:
    m = merger()
    m.take(finding(), "smoke_fire")
    assert m.take(finding(last_seen_utc_s=101.4), "smoke_fire") is None
    assert m.take(finding(last_seen_utc_s=102.0), "smoke_fire") is not None
    assert m.take(finding(last_seen_utc_s=102.2), "smoke_fire") is None
    assert [i.last_seen_utc_s for i in m.last_words()] == [102.2]


def test_numbering_and_merging_go_on_behind_known_incidents() -> None:
    first = merger()
    first.take(finding(), "smoke_fire")
    after = merger(known=first.incidents)
    same = after.take(finding(site=1, last_seen_utc_s=110.0), "smoke_fire")
    other = after.take(finding(site=2, place_m=np.array([200.0, 0.0])), "smoke_fire")
    assert same is not None
    assert not same.new
    assert other is not None
    assert other.incident.incident_id == "p-002"


def test_without_places_only_what_overlaps_in_time_is_one_happening() -> None:
    m = merger()
    m.take(finding(place_m=None, error_m=None), "smoke_fire")
    near = m.take(finding(site=2, place_m=None, error_m=None, began_utc_s=103.0, last_seen_utc_s=104.0), "smoke_fire")
    late = m.take(finding(site=3, place_m=None, error_m=None, began_utc_s=200.0, last_seen_utc_s=201.0), "smoke_fire")
    assert near is not None
    assert not near.new
    assert late is not None
    assert late.new
