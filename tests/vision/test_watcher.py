import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import av
import pytest
from vision_detectors import SCRIPTED, FunctionDetector, blind
from vision_streams import (
    GROUND_AMSL_M,
    HEIGHT_M,
    START_UTC_S,
    CreditedSender,
    Flight,
    PacedSender,
    place_of,
    transport_stream,
    write_stream,
)

from missions import codec
from missions.detection import Box, Detection
from missions.errors import InputError
from missions.formats import st0601
from missions.geopoint import GeoPoint
from missions.health import HealthState
from missions.incident import IncidentKind
from missions.telemetry import Telemetry
from vision import WatcherProcess, WatchSpec, watch_source
from vision.events import (
    FootageStarted,
    HealthChanged,
    IncidentSeen,
    StreamEnded,
    TracksSeen,
    WatchFailed,
    WatchProgress,
)
from vision.spec import TelemetryKind
from vision.watcher import events_until_end

pytestmark = pytest.mark.slow

SMOKE_AT_M = (40.0, 3.0)


@pytest.fixture(scope="module")
def flight() -> Flight:
    return Flight(boils_at_m=SMOKE_AT_M)


@pytest.fixture(scope="module")
def pieces(flight: Flight) -> list[bytes]:
    return transport_stream(flight, 6.0)


def smoke(flight: Flight) -> FunctionDetector:
    """Sees smoke that rises from one place on the ground."""

    def boxes(looked: int) -> list[Detection]:
        u, v = flight.pixel(SMOKE_AT_M, looked / 5)
        return [Detection(kind="smoke", score=0.7, box_px=Box(u - 12, v - 20, u + 12, v + 3.5))]

    return FunctionDetector(boxes)


def test_a_spec_travels_as_json() -> None:
    spec = WatchSpec(video="a.mp4", footage=Path("f.mp4"), telemetry=TelemetryKind.PUSHED)
    assert codec.from_json(WatchSpec, codec.to_json(spec)) == spec


def test_smoke_in_a_stream_with_metadata_is_one_incident_at_its_place_and_time(
    tmp_path: Path, flight: Flight, pieces: list[bytes]
) -> None:
    spec = WatchSpec(
        video=str(write_stream(tmp_path / "a.ts", pieces)), patrol_id="p", vehicle_id="v", stream_id="s", watch=SCRIPTED
    )
    events = [e for e in watch_source(spec, detector=smoke(flight)) if e is not None]
    told = [e for e in events if isinstance(e, IncidentSeen)]
    assert {e.incident.incident_id for e in told} == {"p-001"}
    opened, last = told[0].incident, told[-1].incident
    assert opened.kind is IncidentKind.SMOKE
    assert opened.began_utc_s == pytest.approx(START_UTC_S, abs=1e-3)
    # Nothing is drawn where the detector sees smoke, so that the second look doubts it: sureness has to last.
    assert 1.0 <= opened.opened_utc_s - START_UTC_S <= 3.5  # the second look wants three seconds of pictures
    assert last.last_seen_utc_s == pytest.approx(START_UTC_S + 5.8, abs=1e-3)
    assert last.position is not None
    assert place_of(last.position) == pytest.approx(SMOKE_AT_M, abs=1.0)
    assert told[0].thumbnail_jpeg.startswith(b"\xff\xd8")
    assert all(not e.thumbnail_jpeg for e in told[1:])
    assert isinstance(events[-1], StreamEnded)
    assert events[-1].frames == 60
    seen = [e for e in events if isinstance(e, TracksSeen)]
    assert [e.pts_s for e in seen] == sorted(e.pts_s for e in seen)
    between = [e for e in seen if not e.detected and e.tracks]
    assert between
    assert all(t.interpolated and t.on_map is not None for e in between for t in e.tracks)


def test_without_a_pose_no_place_is_claimed_and_that_is_said(tmp_path: Path, flight: Flight) -> None:
    file = write_stream(tmp_path / "a.ts", transport_stream(flight, 4.0, klv=False))
    events = list(watch_source(WatchSpec(video=str(file), watch=SCRIPTED), detector=smoke(flight)))
    notes = [e.health.detail for e in events if isinstance(e, HealthChanged)]
    assert [note for note in notes if "no positions" in note] == notes
    assert len(notes) == 1
    (opened,) = [e.incident for e in events if isinstance(e, IncidentSeen) and e.thumbnail_jpeg]
    assert opened.position is None
    assert opened.position_error_m is None
    assert all(t.on_map is None for e in events if isinstance(e, TracksSeen) for t in e.tracks)
    assert not any(e.positions for e in events if isinstance(e, WatchProgress))


def test_a_restarted_watcher_goes_on_with_the_incidents_it_is_given(
    tmp_path: Path, flight: Flight, pieces: list[bytes]
) -> None:
    spec = WatchSpec(video=str(write_stream(tmp_path / "a.ts", pieces)), patrol_id="p", watch=SCRIPTED)
    first = [e.incident for e in watch_source(spec, detector=smoke(flight)) if isinstance(e, IncidentSeen)][-1]
    again = [
        e
        for e in watch_source(replace(spec, known_incidents=(first,)), detector=smoke(flight))
        if isinstance(e, IncidentSeen)
    ]
    assert {e.incident.incident_id for e in again} == {"p-001"}
    assert all(not e.thumbnail_jpeg for e in again)


def test_bad_metadata_is_said_once_and_the_video_is_watched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = Flight()
    monkeypatch.setattr(flight, "klv", lambda _: b"not a local set")
    file = write_stream(tmp_path / "a.ts", transport_stream(flight, 3.0))
    events = list(watch_source(WatchSpec(video=str(file)), detector=blind()))
    notes = [e.health.detail for e in events if isinstance(e, HealthChanged)]
    assert len([note for note in notes if note.startswith("metadata")]) == 1
    assert isinstance(events[-1], StreamEnded)
    assert events[-1].frames == 30


def test_metadata_that_does_not_look_at_its_own_frame_centre_is_doubted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = Flight()
    right = flight.klv

    def turned(t_s: float) -> bytes:
        packet = st0601.decode(right(t_s))
        return st0601.encode(
            replace(packet, platform_heading_deg=((packet.platform_heading_deg or 0.0) + 70.0) % 360.0)
        )

    def notes() -> list[str]:
        file = write_stream(tmp_path / "a.ts", transport_stream(flight, 3.0))
        events = list(watch_source(WatchSpec(video=str(file)), detector=blind()))
        return [e.health.detail for e in events if isinstance(e, HealthChanged)]

    assert not any("frame centre" in note for note in notes())
    monkeypatch.setattr(flight, "klv", turned)
    assert len([note for note in notes() if "frame centre" in note]) == 1


# The process ---------------------------------------------------------------------------------------------------------
# It loads the shipped detector: what it detects on this ground does not matter here.


def test_the_process_gives_the_events_and_ends(tmp_path: Path, pieces: list[bytes]) -> None:
    spec = WatchSpec(video=str(write_stream(tmp_path / "a.ts", pieces)), footage=tmp_path / "f.mp4")
    watcher = WatcherProcess(spec)
    events = list(events_until_end(watcher, timeout_s=60.0))
    watcher.stop(5.0)
    assert any(isinstance(e, FootageStarted) for e in events)
    assert sum(isinstance(e, WatchProgress) for e in events) == 30
    assert isinstance(events[-1], StreamEnded)
    assert not watcher.alive


def test_a_wrong_address_is_an_input_error_before_and_after_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        WatcherProcess(WatchSpec(video=str(tmp_path / "nowhere.mp4")))
    (tmp_path / "text.mp4").write_text("not a video\n" * 50)
    watcher = WatcherProcess(WatchSpec(video=str(tmp_path / "text.mp4")))
    with pytest.raises(InputError, match=r"text\.mp4"):
        list(events_until_end(watcher, timeout_s=60.0))
    watcher.stop(5.0)


def test_a_killed_watcher_is_restarted_and_its_footage_plays(tmp_path: Path, pieces: list[bytes]) -> None:
    world = CreditedSender(pieces)
    watcher = WatcherProcess(WatchSpec(video=world.url, footage=tmp_path / "footage-001.mp4"))
    told, seen_s, killed_at_s = [], [], 0.0
    for event in events_until_end(watcher, timeout_s=60.0):
        if isinstance(event, WatchProgress):
            seen_s.append(event.pts_s)
        if isinstance(event, HealthChanged) and event.health.part == "watcher":
            told.append(event.health)
        if not killed_at_s and seen_s and seen_s[-1] >= 2.0 and watcher.pid is not None:
            killed_at_s = seen_s[-1]
            os.kill(watcher.pid, signal.SIGKILL)
        if world.all_sent:
            watcher.ask_to_stop()
    world.close()
    watcher.stop(5.0)
    assert [health.state for health in told] == [HealthState.RESTARTED]
    assert watcher.restarts == 1
    with av.open(str(tmp_path / "footage-001.mp4")) as footage:
        last_s = max(float(frame.time or 0.0) for frame in footage.decode(video=0))
    assert last_s >= killed_at_s - 1.0
    assert max(seen_s) == pytest.approx(5.8, abs=0.21)


def test_a_stopped_watcher_never_makes_control_wait(pieces: list[bytes]) -> None:
    camera = PacedSender(pieces * 1, speed=1.0)
    watcher = WatcherProcess(WatchSpec(video=camera.url, telemetry=TelemetryKind.PUSHED))
    while not watcher.events():
        time.sleep(0.05)
    assert watcher.pid is not None
    os.kill(watcher.pid, signal.SIGSTOP)
    started_s = time.monotonic()
    for number in range(500):
        watcher.push_telemetry(a_telemetry(number / 10))
    watcher.events()
    assert time.monotonic() - started_s < 2.0
    assert watcher.lost_telemetry > 0
    os.kill(watcher.pid, signal.SIGCONT)
    watcher.stop(5.0)
    camera.close()
    assert not watcher.alive


def a_telemetry(at_s: float) -> Telemetry:
    from vision_streams import FRAME

    lat, lon, _ = FRAME.enu_to_geodetic([6.0 * at_s, 0.0])[0]
    return Telemetry(
        patrol_id="p",
        vehicle_id="v",
        stream_id="",
        captured_utc_s=START_UTC_S + at_s,
        position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon)),
        amsl_m=GROUND_AMSL_M + HEIGHT_M,
        height_above_home_m=HEIGHT_M,
        heading_deg=90.0,
        roll_deg=0.0,
        pitch_deg=0.0,
        velocity_enu_m_s=(6.0, 0.0, 0.0),
        gimbal_pitch_deg=-60.0,
        gimbal_azimuth_deg=90.0,
    )


def test_pushed_telemetry_gives_poses_and_patrol_time() -> None:
    camera = PacedSender(transport_stream(Flight(), 30.0, klv=False))
    watcher = WatcherProcess(WatchSpec(video=camera.url, telemetry=TelemetryKind.PUSHED, camera="wide-720p"))
    begun_s = time.monotonic()
    progress: list[WatchProgress] = []
    while time.monotonic() - begun_s < 40.0 and sum(p.positions for p in progress) < 10:
        watcher.push_telemetry(a_telemetry(time.monotonic() - begun_s))
        progress += [e for e in watcher.events() if isinstance(e, WatchProgress)]
        time.sleep(0.05)
    now_s = time.monotonic() - begun_s
    watcher.stop(5.0)
    camera.close()
    assert sum(p.positions for p in progress) >= 10
    assert START_UTC_S <= progress[-1].captured_utc_s <= START_UTC_S + now_s + 0.5


def test_a_watcher_whose_parent_is_killed_ends_and_finishes_its_footage(tmp_path: Path, pieces: list[bytes]) -> None:
    world = CreditedSender(pieces)
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from vision import WatcherProcess, WatchSpec
        if __name__ == "__main__":
            watcher = WatcherProcess(WatchSpec(video=sys.argv[1], footage=Path(sys.argv[2])))
            seen = 0
            while seen < 12:
                seen += sum(type(e).__name__ == "WatchProgress" for e in watcher.events())
                time.sleep(0.02)
            print(watcher.pid, flush=True)
            time.sleep(60)
        """
    )
    (tmp_path / "parent.py").write_text(script)
    footage = tmp_path / "footage-001.mp4"
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "parent.py", world.url, footage],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert parent.stdout is not None
    watcher_pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline_s = time.monotonic() + 10.0
    while _runs(watcher_pid) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    world.close()
    assert not _runs(watcher_pid)
    with av.open(str(footage)) as container:
        assert max(float(frame.time or 0.0) for frame in container.decode(video=0)) >= 2.0


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_weights_that_are_not_ours_fail_in_one_line(tmp_path: Path, pieces: list[bytes]) -> None:
    from missions.mission import Watch

    (tmp_path / "w.safetensors").write_bytes(b"not weights")
    file = write_stream(tmp_path / "a.ts", pieces)
    spec = WatchSpec(video=str(file), watch=Watch(detector=str(tmp_path / "w.safetensors")))
    watcher = WatcherProcess(spec)
    events = []
    while not watcher.ended:
        watcher.poll(0.1)
        events += watcher.events()
    watcher.stop(5.0)
    (failed,) = [e for e in events if isinstance(e, WatchFailed)]
    assert failed.is_input
    assert "\n" not in failed.what
