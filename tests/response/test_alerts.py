from collections.abc import Callable
from dataclasses import replace

import pytest

from missions import Alert, Incident, IncidentKind, Roster
from missions.catalogue import LANGUAGES, keys, say
from response import plan_alerts

Plan = Callable[..., tuple[Alert, ...]]


@pytest.fixture
def plan(smoke: Incident, roster: Roster) -> Plan:
    """Plans the smoke, or another incident, for the roster, or another."""
    return lambda incident=smoke, people=roster, already=(): plan_alerts(
        incident, people, mission_name="Gaoxin", now_wall_s=5.0, already=already
    )


def test_every_member_of_staff_gets_one_alert_per_channel(plan: Plan) -> None:
    assert [(a.person_id, a.channel) for a in plan()] == [
        ("desk", "console:"),
        ("desk", "review:"),
        ("gate", "console:"),
        ("shop", "console:"),
    ]


def test_planning_the_same_incident_again_gives_the_same_ids_and_warns_nobody_twice(
    plan: Plan, smoke: Incident
) -> None:
    first = plan()
    later = replace(smoke, last_seen_utc_s=smoke.last_seen_utc_s + 60, score=0.99, position_error_m=2.0)
    assert [a.alert_id for a in plan(later)] == [a.alert_id for a in first]
    assert plan(later, already={a.alert_id for a in first}) == ()
    assert len({a.alert_id for a in first}) == len(first)


def test_smoke_that_becomes_fire_warns_once_more_and_never_goes_back(plan: Plan, smoke: Incident) -> None:
    warned = {a.alert_id for a in plan()}
    fire = plan(replace(smoke, kind=IncidentKind.FIRE), already=warned)
    assert len(fire) == len(warned)
    assert warned.isdisjoint(a.alert_id for a in fire)
    told = warned | {a.alert_id for a in fire}
    assert plan(replace(smoke, kind=IncidentKind.FIRE), already=told) == ()
    opened_as_fire = {a.alert_id for a in plan(replace(smoke, kind=IncidentKind.FIRE))}
    assert plan(smoke, already=opened_as_fire) == ()


def test_an_alert_says_what_where_within_which_error_and_when(plan: Plan) -> None:
    alert = plan()[0]
    assert alert.title == "Smoke on Gaoxin Avenue"
    assert "30.45790, 114.41500 (± 7 m)" in alert.body  # 6.2 m rounded up
    assert "geo:30.457900,114.415000;u=7" in alert.body
    assert "2026-05-28 20:28:23 UTC" in alert.body
    assert "http" not in alert.body


def test_people_in_china_also_get_the_place_as_their_map_apps_count_it(plan: Plan, smoke: Incident) -> None:
    # 30.4579, 114.4150 in GCJ-02, from the published polynomial: 545 m east-south-east of the WGS84 figure.
    assert "GCJ-02): 30.45" in plan()[0].body
    abroad = replace(smoke, position=replace(smoke.position, lat_deg=-22.9868, lon_deg=-43.205))
    assert "GCJ-02" not in plan(abroad)[0].body


def test_an_alert_is_in_the_language_of_the_person(plan: Plan) -> None:
    gate = next(a for a in plan() if a.person_id == "gate")
    assert gate.title == "Gaoxin Avenue发现烟雾"
    assert "火警电话 119" in gate.body


def test_an_unknown_language_is_warned_in_english(plan: Plan, roster: Roster) -> None:
    alerts = plan(people=replace(roster, staff=(replace(roster.staff[0], language="xx"),)))
    assert alerts[0].title == "Smoke on Gaoxin Avenue"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(IncidentKind.SMOKE, True), (IncidentKind.FIRE, True), (IncidentKind.STOPPED_VEHICLE, False)],
)
def test_only_what_may_burn_carries_the_safety_card(
    plan: Plan, smoke: Incident, kind: IncidentKind, *, expected: bool
) -> None:
    body = plan(replace(smoke, kind=kind))[0].body
    assert ("Never fight a burning battery" in body) is expected
    assert ("119" in body) is expected


def test_an_incident_without_a_place_claims_none(plan: Plan, smoke: Incident) -> None:
    nowhere = replace(smoke, position=None, position_error_m=None, road_name=None)
    alert = plan(nowhere)[0]
    assert alert.title == "Smoke seen from uav-1"
    assert "not known" in alert.body
    assert "geo:" not in alert.body


def test_both_languages_have_every_sentence_with_the_same_places() -> None:
    import string

    first, *others = LANGUAGES
    for language in others:
        assert keys(language) == keys(first)
    for key in keys(first):
        places = []
        for language in LANGUAGES:
            from missions.catalogue import _sentences

            text = _sentences(language)[key]
            places.append({name for _, name, _, _ in string.Formatter().parse(text) if name})
        assert places.count(places[0]) == len(places), key
    assert say("incident.smoke", "zh-CN") == "烟雾"
