import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo import LocalFrame, ground_from_pixels
from missions import CameraModel, GeoPoint, InputError, PoseError, Scenario, ScriptedIncident, TelemetryError, Truth
from missions.codec import from_json, to_json
from missions.formats import st0601
from sitl.autopilot import VehicleState
from sitl.autopilot.wire import Wire, mav
from sitl.world import WorldProcess, WorldSpec, last_heartbeat, start_world
from sitl.world_ardupilot import TruePoses
from sitl.world_camera import metadata, true_pose

from geo.camera_rays import PinholeCamera  # isort: skip

Ports = Callable[[int], list[int]]
MakeReader = Callable[..., Any]
ROADS = Path(__file__).resolve().parents[2] / "missions" / "examples" / "gaoxin-avenue" / "roads.geojson"
DOCK = GeoPoint(lat_deg=30.45772, lon_deg=114.41405)
SMOKE = ScriptedIncident(
    incident_id="bike", kind="smoke", start_s=8.0, position=GeoPoint(lat_deg=30.45733, lon_deg=114.41405)
)


class Station:
    """A ground station of a few lines: arms, takes off, looks down."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        self._wire = Wire(255)
        self._peer: Any = None
        self.last: dict[str, Any] = {}
        self._beat_s = 0.0

    def listen(self) -> None:
        """Take in what has come, and say that we are there."""
        try:
            data, self._peer = self._socket.recvfrom(65536)
        except TimeoutError:
            return
        for message in self._wire.parse(data):
            self.last[message.get_type()] = message
        if time.monotonic() - self._beat_s > 0.3:
            self._beat_s = time.monotonic()
            self.say(mav.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3))

    def say(self, message: Any) -> None:
        """Send one message."""
        self._wire.send(message)
        if self._peer is not None:
            self._socket.sendto(self._wire.take(), self._peer)

    def command(self, number: int, *params: float) -> None:
        """Send a command until it is accepted."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.last.pop("COMMAND_ACK", None)
            self.say(mav.MAVLink_command_long_message(1, 1, number, 0, *(*params, 0, 0, 0, 0, 0, 0, 0)[:7]))
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                self.listen()
                ack = self.last.get("COMMAND_ACK")
                if ack is not None and ack.command == number and ack.result == 0:
                    return
        raise AssertionError(f"command {number} was never accepted: {self.last.get('COMMAND_ACK')}")

    def until(self, done: Callable[[], bool], timeout_s: float = 40.0) -> None:
        """Listen until something holds."""
        deadline = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline, {name: str(message) for name, message in self.last.items()}
            self.listen()

    def fly_up(self, height_m: float) -> None:
        """Take off in GUIDED and look 50 degrees down."""
        self.until(lambda: "HEARTBEAT" in self.last)
        self.command(mav.MAV_CMD_SET_MESSAGE_INTERVAL, mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, 200_000)
        self.command(mav.MAV_CMD_DO_SET_MODE, 1, 4)
        self.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
        self.command(mav.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, height_m)
        self.command(mav.MAV_CMD_DO_MOUNT_CONTROL, -50, 0, 0, 0, 0, 0, 2)

    @property
    def height_m(self) -> float:
        """Above home, as last told."""
        position = self.last.get("GLOBAL_POSITION_INT")
        return 0.0 if position is None else float(position.relative_alt / 1000)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


@pytest.fixture
def spec(tmp_path: Path, free_ports: Ports) -> WorldSpec:
    link, video, credit = free_ports(3)
    return WorldSpec(
        roads=ROADS,
        dock=DOCK,
        dock_amsl_m=32.0,
        heading_deg=180.0,
        scenario=Scenario(seed=5, incidents=(SMOKE,)),
        wind_m_s=2.0,
        link=f"udpout:127.0.0.1:{link}",
        video_url=f"udp://127.0.0.1:{video}?credits=127.0.0.1:{credit}",
        truth_path=tmp_path / "truth.json",
        max_speedup=20.0,
        parameters={"FS_GCS_TIMEOUT": 120.0},
    )


@pytest.fixture
def world(spec: WorldSpec) -> Iterator[WorldProcess]:
    with start_world(spec) as process:
        yield process
    assert not process.alive


@pytest.fixture
def station(spec: WorldSpec) -> Iterator[Station]:
    made = Station(int(spec.link.rsplit(":", 1)[1]))
    yield made
    made.close()


def _ports(spec: WorldSpec) -> tuple[int, int]:
    video, credit = spec.video_url.removeprefix("udp://127.0.0.1:").split("?credits=127.0.0.1:")
    return int(video), int(credit)


def test_a_flight_is_seen_picture_by_picture_and_goes_on_after_its_reader_was_killed(
    spec: WorldSpec, world: WorldProcess, station: Station, make_reader: MakeReader
) -> None:
    video, credit = _ports(spec)
    first = make_reader(video, credit, session="aaaa")
    station.fly_up(35.0)
    station.until(lambda: station.height_m > 20.0)
    first.close()
    told = len(first.pts)
    second = make_reader(video, credit, session="bbbb")
    station.until(lambda: station.height_m > 33.0 and len(second.pts) > 60)
    second.close()
    assert world.alive, world.errors()
    assert told > 20
    for reader in (first, second):
        _none_is_missing(reader.pts)
        captured = [reader.klv[pts].captured_utc_s for pts in reader.pts if pts in reader.klv]
        assert len(captured) >= len(reader.pts) - 1
        for pts, utc_s in zip(reader.pts, captured, strict=False):
            assert utc_s == pytest.approx(spec.scenario.start_utc_s + pts / 90_000 - 1.0, abs=1e-4)
    assert second.keyframes[0]
    pose = st0601.camera_pose(second.klv[second.pts[-1]], PoseError())
    assert pose is not None
    assert pose.pitch_deg == pytest.approx(-50.0, abs=2.0)
    assert pose.amsl_m - pose.ground_amsl_m == pytest.approx(35.0, abs=4.0)
    assert spec.truth_path is not None
    (truth,) = from_json(tuple[Truth, ...], spec.truth_path.read_bytes())
    assert truth.incident_id == "bike"
    assert truth.first_visible_utc_s is not None
    assert 0 <= truth.first_visible_utc_s - truth.began_utc_s < 20.0  # the climb brings it into view
    world.stop()
    figures = json.loads(spec.truth_path.with_name("world-stats.json").read_text())
    assert figures["pictures_lost"] == 0
    assert figures["reader_sessions"] == 2


def _none_is_missing(pts: list[int]) -> None:
    """One picture a second on the ground, ten in flight; arming may come anywhere in between."""
    steps = np.diff(pts).tolist()
    on_ground = steps.count(90_000)
    assert steps[:on_ground] == [90_000] * on_ground
    assert all(step % 9_000 == 0 for step in steps)
    assert steps[on_ground + 1 :] == [9_000] * len(steps[on_ground + 1 :])


def test_the_world_stands_still_while_its_reader_does(
    spec: WorldSpec, world: WorldProcess, station: Station, make_reader: MakeReader
) -> None:
    video, credit = _ports(spec)
    station.until(lambda: "SYSTEM_TIME" in station.last or "HEARTBEAT" in station.last)
    reader = make_reader(video, credit, session="slow", slow_s=0.15)
    station.fly_up(30.0)
    reader.wait_for(10)
    before, began = len(reader.pts), time.monotonic()
    reader.wait_for(before + 12)
    assert time.monotonic() - began > 0.15 * 11  # ten pictures are one simulated second
    _none_is_missing(reader.pts)
    assert world.alive


def test_a_world_ends_with_the_process_that_started_it(spec: WorldSpec, station: Station, tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from missions.codec import from_json; "
        "from sitl.world import WorldSpec, start_world; "
        "w = start_world(from_json(WorldSpec, Path(sys.argv[1]).read_text())); print(w.pid, flush=True); time.sleep(60)"
    )
    (tmp_path / "spec.json").write_text(to_json(spec))
    root = str(ROADS.parents[3])
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "spec.json")],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    station.until(lambda: "HEARTBEAT" in station.last)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while _running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_wrong_spec_is_refused(spec: WorldSpec) -> None:
    with pytest.raises(InputError, match="no such file"):
        start_world(replace(spec, roads=Path("/nowhere/roads.geojson")))
    with pytest.raises(InputError, match="no such Airframe"):
        start_world(replace(spec, airframe="zeppelin"))
    assert from_json(WorldSpec, to_json(spec)) == spec


STATE = VehicleState(
    t_s=10.0,
    utc_s=1010.0,
    enu_m=(12.0, -30.0, 60.0),
    velocity_enu_m_s=(8.0, 0.0, 0.0),
    roll_deg=4.0,
    pitch_deg=-7.0,
    heading_deg=83.0,
    gimbal_pitch_deg=-60.0,
    gimbal_azimuth_deg=85.0,
    armed=True,
    landed=False,
    flown=True,
    mode=3,
    battery_pct=80.0,
)


def test_the_metadata_of_an_exact_pose_lead_back_to_it_and_to_its_frame_centre() -> None:
    home = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg, alt_m=32.0)
    camera = CameraModel(name="test", width_px=1280, height_px=720, hfov_deg=70.0, fps=10.0)
    klv = st0601.decode(st0601.encode(metadata(STATE, camera, home, captured_utc_s=1010.0)))
    pose = st0601.camera_pose(klv, PoseError())
    assert pose is not None
    assert (pose.azimuth_deg, pose.pitch_deg) == pytest.approx((85.0, -60.0), abs=0.01)
    assert pose.roll_deg == pytest.approx(0.0, abs=0.01)
    origin = home.geodetic_to_enu(pose.position.lat_deg, pose.position.lon_deg, pose.amsl_m)[0]
    pinhole: PinholeCamera = camera.pinhole
    hit = ground_from_pixels(
        np.array([pinhole.centre_px]),
        pinhole,
        origin_enu_m=origin,
        azimuth_deg=pose.azimuth_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    )
    centre = home.geodetic_to_enu(klv.frame_centre_lat_deg or 0.0, klv.frame_centre_lon_deg or 0.0, 32.0)[0]
    np.testing.assert_allclose(hit.points_enu_m[0, :2], centre[:2], atol=0.4)  # heights are rounded to 0.3 m
    assert klv.slant_range_m == pytest.approx(hit.slant_range_m[0], abs=0.4)
    grounded = replace(STATE, enu_m=(0.0, 0.0, 0.0), gimbal_pitch_deg=0.0)
    assert metadata(grounded, camera, home, captured_utc_s=1.0).slant_range_m is None
    assert true_pose(grounded).up_m > 0


def test_the_last_heartbeat_is_found_among_other_messages() -> None:
    wire = Wire(1)
    wire.send(mav.MAVLink_heartbeat_message(2, 3, 81, 4, 4, 3))
    beat = wire.take()
    wire.send(mav.MAVLink_system_time_message(1, 2))
    other = wire.take()
    assert last_heartbeat(other + beat + other) == beat
    assert last_heartbeat(other) == b""
    assert last_heartbeat(b"\xfd\x01") == b""


def test_arducopters_true_pose_is_interpolated_along_its_own_clock() -> None:
    home = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg, alt_m=32.0)
    poses = TruePoses(home)
    wire = Wire(1)
    wire.send(mav.MAVLink_system_time_message(1_700_000_010_000_000, 10_000))
    wire.send(mav.MAVLink_heartbeat_message(2, 3, 128, 4, 4, 3))
    # A servo mount looking 60 degrees down on a body leaning 10 degrees forward turns 50 degrees against the body.
    half = np.radians(-50.0) / 2
    wire.send(
        mav.MAVLink_gimbal_device_attitude_status_message(
            0, 0, 10_000, 12, [np.cos(half), 0, np.sin(half), 0], 0, 0, 0, 0
        )
    )
    poses.take(Wire(2).parse(wire.take()))
    for boot_ms, north_m, yaw in ((10_000, 0.0, np.radians(359.0)), (10_050, 0.4, np.radians(1.0))):
        lat, lon, alt = home.enu_to_geodetic([[5.0, north_m, 60.0]])[0]
        wire.send(mav.MAVLink_attitude_message(boot_ms, 0, 0, 0, 0, 0, 0))
        wire.send(
            mav.MAVLink_sim_state_message(
                *(1, 0, 0, 0, 0, np.radians(-10.0), yaw, 0, 0, 0, 0, 0, 0, lat, lon, alt, 0, 0, 8, 0, 0),
                round(lat * 1e7),
                round(lon * 1e7),
            )
        )
        poses.take(Wire(2).parse(wire.take()))
    state = poses.at(10.025)
    assert poses.start_utc_s == pytest.approx(1_700_000_000.0)
    assert state.enu_m == pytest.approx((5.0, 0.2, 60.0), abs=0.02)
    assert abs((state.heading_deg + 180) % 360 - 180) < 0.01  # the short way round, through north
    assert state.gimbal_pitch_deg == pytest.approx(-60.0, abs=0.01)
    assert state.armed
    assert TelemetryError().lag_s == 0.2
