import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from missions import InputError
from patrol.commands.archive import archive_list, archive_show, incidents
from patrol.commands.review import review

Build = Callable[..., Any]


def test_archives_are_listed_newest_first_as_one_json_object(
    build_in: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        build_in(tmp_path / name, width=320, height=180)
    archive_list(tmp_path, json_out=True)
    listed = json.loads(capsys.readouterr().out)["archives"]
    assert [row["name"] for row in listed] == ["two", "one"]
    assert listed[0]["incidents"] == 3
    assert listed[0]["to_review"] == 3


def test_an_archive_tells_what_it_holds(sample: Any, capsys: pytest.CaptureFixture[str]) -> None:
    archive_show(sample.folder, json_out=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["alerts"] == 6
    assert shown["alerts_sent"] == 5
    assert shown["footage_mb"] > 0.01


def test_incidents_are_one_json_object_with_their_verdicts(sample: Any, capsys: pytest.CaptureFixture[str]) -> None:
    incidents(sample.folder, json_out=True)
    rows = json.loads(capsys.readouterr().out)["incidents"]
    assert [row["incident_id"] for row in rows] == ["p1-smoke-1", "p1-stopped-2", "p1-fire-3"]
    assert rows[0]["verdict"] is None
    assert rows[2]["position"] is None


def test_review_refuses_an_unknown_language_and_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no language"):
        review(tmp_path, language="xx")
    with pytest.raises(InputError, match="is no folder"):
        review(tmp_path / "nothing", open_page=False)
