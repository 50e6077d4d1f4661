from dataclasses import replace

from geo import LocalFrame
from missions import GeoPoint, Incident, IncidentKind, Responder, Roster
from response import plan_dispatch, plan_dispatch_alerts, rank_responders


class StraightLines:
    """Everyone may walk across everything, except into the lake north of 30.5."""

    def distance_m(self, a: GeoPoint, b: GeoPoint) -> float | None:
        """Return the distance as the crow flies."""
        if a.lat_deg > 30.5:
            return None
        frame = LocalFrame(lat_deg=a.lat_deg, lon_deg=a.lon_deg)
        east, north, _ = frame.geodetic_to_enu(b.lat_deg, b.lon_deg)[0]
        return float((east**2 + north**2) ** 0.5)


WALK = StraightLines()


def sent_to(incident: Incident, roster: Roster) -> str | None:
    dispatch = plan_dispatch(incident, roster, WALK, now_wall_s=1.0)
    return dispatch.person_id if dispatch else None


def test_the_nearest_with_an_extinguisher_goes_to_smoke_before_a_nearer_one_without(
    smoke: Incident, roster: Roster
) -> None:
    dispatch = plan_dispatch(smoke, roster, WALK, now_wall_s=1.0)
    assert dispatch is not None
    assert dispatch.person_id == "gate"
    assert 80 < dispatch.walking_m < 92  # 0.0009 degrees of longitude at 30.5 N
    assert dispatch.eta_s == 10.0 + dispatch.walking_m / 1.35
    assert [c.responder.person_id for c in rank_responders(smoke, roster, WALK)] == ["gate", "shop"]


def test_the_nearest_goes_where_nothing_burns_or_nobody_has_an_extinguisher(smoke: Incident, roster: Roster) -> None:
    stopped = replace(smoke, kind=IncidentKind.STOPPED_VEHICLE)
    assert sent_to(stopped, roster) == "shop"
    unequipped = replace(roster, responders=tuple(replace(r, equipment=()) for r in roster.responders))
    assert sent_to(smoke, unequipped) == "shop"


def test_a_faster_responder_may_beat_a_nearer_one(smoke: Incident, roster: Roster) -> None:
    runner = replace(roster.responders[0], walking_m_s=9.0)
    stopped = replace(smoke, kind=IncidentKind.STOPPED_VEHICLE)
    faster = replace(roster, responders=(runner, roster.responders[1]))
    assert plan_dispatch(stopped, faster, WALK, now_wall_s=1.0, reaction_s=0.0).person_id == "gate"


def test_nobody_is_sent_to_an_unknown_place_or_where_no_road_leads(smoke: Incident, roster: Roster) -> None:
    assert plan_dispatch(replace(smoke, position=None), roster, WALK, now_wall_s=1.0) is None
    cut_off = Roster(
        staff=roster.staff, responders=(Responder(person_id="gate", position=GeoPoint(lat_deg=30.6, lon_deg=114.4)),)
    )
    assert plan_dispatch(smoke, cut_off, WALK, now_wall_s=1.0) is None


def test_the_responder_is_told_the_way_the_time_what_to_take_and_how_to_stay_safe(
    smoke: Incident, roster: Roster
) -> None:
    dispatch = plan_dispatch(smoke, roster, WALK, now_wall_s=1.0)
    (alert,) = plan_dispatch_alerts(smoke, dispatch, roster, now_wall_s=2.0)
    assert alert.person_id == "gate"
    assert alert.alert_id == f"{dispatch.dispatch_id}:0"
    assert f"{dispatch.walking_m:.0f} 米" in alert.body
    assert "1 分 15 秒" in alert.body  # 86.4 m at 1.35 m/s and 10 s, rounded up
    assert "灭火器、对讲机" in alert.body
    assert "切勿扑救燃烧的电池" in alert.body


def test_planning_a_dispatch_twice_gives_the_same_id(smoke: Incident, roster: Roster) -> None:
    first = plan_dispatch(smoke, roster, WALK, now_wall_s=1.0)
    again = plan_dispatch(smoke, roster, WALK, now_wall_s=9.0)
    assert first.dispatch_id == again.dispatch_id
