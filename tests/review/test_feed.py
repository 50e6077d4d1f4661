import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from missions import Decision, IncidentKind, InputError, Verdict
from review.feed import IncidentFilter, PatrolFeed, PatrolSet, ReviewState

Build = Callable[..., Any]


def verdict(incident_id: str, decision: Decision) -> Verdict:
    return Verdict(incident_id=incident_id, decision=decision, reviewer="x", decided_wall_s=time.time())


def test_incidents_come_newest_first_with_their_alerts_dispatch_and_state(build_in: Build, tmp_path: Path) -> None:
    sample = build_in(tmp_path / "p", close=False, width=320, height=180)
    with Archive.open(sample.folder) as archive:
        feed = PatrolFeed(archive)
        files = feed.files()
        assert [file.incident.incident_id for file in files] == ["p1-fire-3", "p1-stopped-2", "p1-smoke-1"]
        smoke = files[2]
        assert [line.sent_after_s for line in smoke.alerts] == pytest.approx([0.3, 1.2])
        assert smoke.dispatch.person_id == "gate-north"
        assert smoke.state is ReviewState.NEW

        feed.decide(verdict("p1-smoke-1", Decision.CONFIRMED))
        feed.decide(verdict("p1-smoke-1", Decision.DISMISSED))
        assert feed.file("p1-smoke-1").state is ReviewState.DISMISSED  # the last one holds
        assert len(feed.files(IncidentFilter(state=ReviewState.NEW))) == 2
        assert len(feed.files(IncidentFilter(kind=IncidentKind.FIRE))) == 1
        assert feed.file("nothing") is None


def test_what_another_process_writes_appears_with_the_next_poll(build_in: Build, tmp_path: Path) -> None:
    sample = build_in(tmp_path / "p", close=False, width=320, height=180)
    with Archive.open(sample.folder) as reader, Archive.open(sample.folder) as writer:
        feed = PatrolFeed(reader)
        before = feed.poll()
        later = replace(sample.incidents[0], last_seen_utc_s=sample.incidents[0].last_seen_utc_s + 9, score=0.99)
        writer.append("incident", later)
        assert feed.poll() > before
        assert feed.file("p1-smoke-1").incident == later  # one happening, one incident
        assert len(feed.files()) == 3


def test_a_folder_shows_new_archives_as_they_appear_and_a_damaged_one_hides_no_other(
    build_in: Build, tmp_path: Path
) -> None:
    build_in(tmp_path / "one", width=320, height=180)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "patrol.sqlite").write_bytes(b"not a database")
    patrols = PatrolSet(tmp_path)
    assert [feed.key for feed in patrols.feeds()] == ["one"]
    assert list(patrols.unreadable) == ["broken"]
    build_in(tmp_path / "two", width=320, height=180)
    assert {feed.key for feed in patrols.feeds()} == {"one", "two"}
    assert patrols.feed("nothing") is None
    patrols.close()


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        PatrolSet(tmp_path / "nothing")
