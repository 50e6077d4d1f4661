"""Which telemetry places an incident, where several tell a pose: the one named for the stream, else KLV."""

from pathlib import Path

import pytest
from vision_detectors import SCRIPTED, FunctionDetector
from vision_streams import FRAME, GROUND_AMSL_M, HEIGHT_M, START_UTC_S, Flight, place_of, transport_stream, write_stream

from missions.detection import Box, Detection
from missions.geopoint import GeoPoint
from missions.incident import Incident
from missions.telemetry import Telemetry
from vision import WatchSpec, watch_source
from vision.events import IncidentSeen
from vision.spec import TelemetryKind
from vision.watch import Inbox, NobodySpeaks

SMOKE_AT_M = (40.0, 3.0)
MOVED_M = 500.0
"""So far north of what KLV says do the other tellers put the camera."""


class Pushed(NobodySpeaks):
    """Control, which has pushed the telemetry of the whole flight before the first picture."""

    def __init__(self, seconds: float) -> None:
        self._waiting = [_telemetry(number / 10) for number in range(round(seconds * 10))]

    def telemetry(self) -> list[Telemetry]:
        """Return it once."""
        waiting, self._waiting = self._waiting, []
        return waiting


def _place(at_s: float) -> GeoPoint:
    lat, lon, _ = FRAME.enu_to_geodetic([[6.0 * at_s, MOVED_M]])[0]
    return GeoPoint(lat_deg=float(lat), lon_deg=float(lon))


def _telemetry(at_s: float) -> Telemetry:
    return Telemetry(
        patrol_id="p", vehicle_id="v", stream_id="main", captured_utc_s=START_UTC_S + at_s, position=_place(at_s),
        amsl_m=GROUND_AMSL_M + HEIGHT_M, height_above_home_m=HEIGHT_M, heading_deg=90.0, roll_deg=0.0, pitch_deg=0.0,
        velocity_enu_m_s=(6.0, 0.0, 0.0), gimbal_pitch_deg=-60.0, gimbal_azimuth_deg=90.0,
    )  # fmt: skip


def _sidecar(path: Path, seconds: int) -> Path:
    """Write a sidecar of one report a second, in the newest dialect; it knows no UTC."""
    blocks = []
    for at_s in range(seconds + 1):
        place = _place(at_s)
        blocks.append(
            f"{at_s + 1}\n00:00:{at_s:02d},000 --> 00:00:{at_s + 1:02d},000\n"
            f"[latitude: {place.lat_deg:.7f}] [longitude: {place.lon_deg:.7f}] "
            f"[rel_alt: {HEIGHT_M:.3f} abs_alt: {GROUND_AMSL_M + HEIGHT_M:.3f}] "
            "[gb_yaw: 90.0 gb_pitch: -60.0 gb_roll: 0.0]\n"
        )
    path.write_text("\n".join(blocks))
    return path


def _placed(video: Path, *, telemetry: TelemetryKind, file: Path | None = None, inbox: Inbox | None = None) -> Incident:
    flight = Flight()

    def smoke(looked: int) -> list[Detection]:
        u, v = flight.pixel(SMOKE_AT_M, looked / 5)
        return [Detection(kind="smoke", score=0.7, box_px=Box(u - 12, v - 20, u + 12, v + 3.5))]

    spec = WatchSpec(video=str(video), telemetry=telemetry, telemetry_file=file, camera="wide-720p", watch=SCRIPTED)
    events = watch_source(spec, detector=FunctionDetector(smoke), inbox=inbox or Pushed(6.0))
    return [event.incident for event in events if isinstance(event, IncidentSeen)][-1]


@pytest.mark.parametrize(
    ("telemetry", "moved_m"),
    [
        pytest.param(TelemetryKind.STREAM, 0.0, id="KLV, though somebody pushes"),
        pytest.param(TelemetryKind.PUSHED, 0.0, id="KLV before the flight's link"),
        pytest.param(TelemetryKind.FEED, MOVED_M, id="a feed of its own before KLV"),
        pytest.param(TelemetryKind.SRT, MOVED_M, id="a sidecar before KLV"),
    ],
)
def test_an_incident_stands_where_the_first_of_the_tellers_puts_it(
    tmp_path: Path, telemetry: TelemetryKind, moved_m: float
) -> None:
    video = write_stream(tmp_path / "a.ts", transport_stream(Flight(boils_at_m=SMOKE_AT_M), 6.0))
    file = _sidecar(tmp_path / "a.srt", 6) if telemetry is TelemetryKind.SRT else None
    incident = _placed(video, telemetry=telemetry, file=file)
    assert incident.position is not None
    assert place_of(incident.position) == pytest.approx((SMOKE_AT_M[0], SMOKE_AT_M[1] + moved_m), abs=2.0)
    assert incident.began_utc_s == pytest.approx(START_UTC_S, abs=0.5), "the time stays the stream's"


def test_without_klv_a_sidecar_tells_the_place_and_time_counts_from_the_start(tmp_path: Path) -> None:
    video = write_stream(tmp_path / "a.ts", transport_stream(Flight(boils_at_m=SMOKE_AT_M), 6.0, klv=False))
    incident = _placed(video, telemetry=TelemetryKind.SRT, file=_sidecar(tmp_path / "a.srt", 6))
    assert incident.position is not None
    assert place_of(incident.position) == pytest.approx((SMOKE_AT_M[0], SMOKE_AT_M[1] + MOVED_M), abs=4.0)
    assert incident.began_utc_s == pytest.approx(0.0, abs=0.5)


def test_where_the_feed_says_nothing_klv_is_taken(tmp_path: Path) -> None:
    video = write_stream(tmp_path / "a.ts", transport_stream(Flight(boils_at_m=SMOKE_AT_M), 6.0))
    incident = _placed(video, telemetry=TelemetryKind.FEED, inbox=NobodySpeaks())  # not a word from the feed
    assert incident.position is not None
    assert place_of(incident.position) == pytest.approx(SMOKE_AT_M, abs=2.0)
