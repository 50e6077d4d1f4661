from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.camera import PoseError
from missions.errors import InputError
from vision.srt import camera_poses, load_srt, parse_srt

REPORTS = {
    "MAVIC3.srt": (400, 3.41531, -3.3744),
    "air2s.srt": (17, 41.424724, 2.234156),
    "broken_incomplete.SRT": (20, -34.7383, -58.4563),
    "broken_incomplete2.SRT": (4, -34.86995, -57.823395),
    "m2zoom.SRT": (400, 31.452012, 74.398751),
    "matrice_300.srt": (381, 36.6146, -6.112),
    "mavic_2_style.SRT": (468, -20.2533, 149.0251),
    "mavic_2pro_new.SRT": (400, -35.080155, -60.286702),
    "mavic_air.SRT": (2, None, None),
    "mavic_air2.srt": (25, 41.420684, 2.162162),
    "mavic_mini.SRT": (117, 48.0771, -121.7458),
    "mavic_pro.SRT": (468, -20.2533, 149.0251),
    "mavic_pro_buggy.SRT": (546, 42.4668, -1.2218),
    "old_format.SRT": (468, -20.2533, 149.0251),
    "p4_rtk.SRT": (55, -34.237922, -58.851745),
    "p4p_sample.SRT": (5, 47.4692, 8.209),
    "broken_empty2.SRT": (0, None, None),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_every_real_dialect_gives_its_reports_from_the_start_of_the_video(shared_data: Path, name: str) -> None:
    folder = shared_data / "vision" / "clips" / "telemetry" / "dji_srt"
    reports = parse_srt((folder / name).read_text(encoding="utf-8", errors="replace"))
    count, lat_deg, lon_deg = REPORTS[name]
    assert len(reports) == count
    assert [r.at_s for r in reports] == sorted(r.at_s for r in reports)
    placed = [r.position for r in reports if r.position is not None]
    if lat_deg is None:
        assert not placed
    else:
        assert reports[0].at_s == 0.0
        assert placed[0].lat_deg == pytest.approx(lat_deg)
        assert placed[0].lon_deg == pytest.approx(lon_deg)


@pytest.mark.shared
def test_a_sidecar_that_tells_the_gimbal_gives_poses_and_others_none(shared_data: Path) -> None:
    folder = shared_data / "vision" / "clips" / "telemetry" / "dji_srt"
    track = load_srt(folder / "p4_rtk.SRT", PoseError())
    pose = track.pose_at(0.5)
    assert pose is not None
    assert pose.pitch_deg == pytest.approx(-24.4)
    assert pose.azimuth_deg == pytest.approx(110.45)
    assert pose.amsl_m - pose.ground_amsl_m == pytest.approx(85.815)
    assert load_srt(folder / "MAVIC3.srt", PoseError()).pose_at(0.5) is None


@pytest.mark.shared
def test_a_sidecar_without_positions_is_refused(shared_data: Path) -> None:
    folder = shared_data / "vision" / "clips" / "telemetry" / "dji_srt"
    for name in ("broken_empty2.SRT", "mavic_air.SRT"):
        with pytest.raises(InputError, match="holds no position"):
            load_srt(folder / name, PoseError())


@given(st.text(max_size=400))
def test_any_text_is_parsed_or_gives_nothing(text: str) -> None:
    reports = parse_srt(text)
    assert list(camera_poses(reports, PoseError())) is not None


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 500), st.floats(-90, 30))
def test_what_is_written_is_read(lat_deg: float, lon_deg: float, height_m: float, pitch_deg: float) -> None:
    text = (
        "1\n00:00:00,000 --> 00:00:01,000\n"
        f"GPS ({lon_deg:.6f}, {lat_deg:.6f}, 15), H {height_m:.2f}m, H.S 1.00m/s, "
        f"G.PRY ({pitch_deg:.1f}°, 0.0°, 12.0°)\n"
    )
    (report,) = parse_srt(text)
    if report.position is not None:
        assert report.position.lat_deg == pytest.approx(lat_deg, abs=1e-6)
        assert report.position.lon_deg == pytest.approx(lon_deg, abs=1e-6)
    assert report.height_m == pytest.approx(height_m, abs=0.006)
    assert report.gimbal_deg is not None
    assert report.gimbal_deg[0] == pytest.approx(pitch_deg, abs=0.06)
