"""Footage: parts in, one file out, no picture lost or moved."""

from pathlib import Path

import pytest

from archive import FootagePart, join_footage
from tests.archive.recordings import record, times


def test_one_part_keeps_every_picture_and_its_time(tmp_path: Path) -> None:
    record(tmp_path / "footage-000.mp4", pictures=23)
    first = join_footage(tmp_path, [FootagePart("footage-000.mp4", 12.5)], tmp_path / "footage.mp4")
    assert first == 12.5
    assert times(tmp_path / "footage.mp4") == [round(n / 10, 3) for n in range(23)]


def test_a_gap_between_parts_stays_a_gap(tmp_path: Path) -> None:
    record(tmp_path / "footage-000.mp4", pictures=10)
    record(tmp_path / "footage-001.mp4", pictures=10)
    parts = [FootagePart("footage-000.mp4", 5.0), FootagePart("footage-001.mp4", 8.0)]
    join_footage(tmp_path, parts, tmp_path / "footage.mp4")
    assert times(tmp_path / "footage.mp4") == pytest.approx(
        [n / 10 for n in range(10)] + [3 + n / 10 for n in range(10)], abs=0.002
    )


def test_a_part_cut_by_a_kill_gives_what_it_holds(tmp_path: Path) -> None:
    record(tmp_path / "footage-000.mp4", pictures=30, cut_bytes=400)
    record(tmp_path / "footage-001.mp4", pictures=5)
    parts = [FootagePart("footage-000.mp4", 0.0), FootagePart("footage-001.mp4", 4.0)]
    join_footage(tmp_path, parts, tmp_path / "footage.mp4")
    found = times(tmp_path / "footage.mp4")
    assert len([at for at in found if at < 3]) >= 24
    assert found[-1] == pytest.approx(4.4, abs=0.002)


def test_a_part_without_a_picture_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "footage-000.mp4").write_bytes(b"")
    assert join_footage(tmp_path, [FootagePart("footage-000.mp4", 0.0)], tmp_path / "footage.mp4") is None
    assert not (tmp_path / "footage.mp4").exists()
