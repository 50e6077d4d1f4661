"""What follows take-off is a function of the seed, however long the aircraft stood on its dock before."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from missions import CameraModel, GeoPoint, Scenario, ScriptedIncident
from missions.formats.st0601 import Klv
from sitl.autopilot import VehicleState
from sitl.autopilot.wire import Wire, mav
from sitl.world import STEP_S, EmbeddedWorld, WorldSpec

ROADS = Path(__file__).resolve().parents[2] / "missions" / "examples" / "gaoxin-avenue" / "roads.geojson"
DOCK = GeoPoint(lat_deg=30.45772, lon_deg=114.41405)
SMOKE = ScriptedIncident(
    incident_id="bike", kind="smoke", start_s=4.0, position=GeoPoint(lat_deg=30.45733, lon_deg=114.41405)
)
SMALL = CameraModel(name="small", width_px=320, height_px=180, hfov_deg=70.0, fps=2.0)
TELEMETRY = {mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 4.0, mav.MAVLINK_MSG_ID_SYS_STATUS: 0.8}
MISSION = (  # command, frame, params 1 and 2, north and east of the dock in 1e-7 degrees, height
    (16, 0, (0.0, 0.0), (0, 0), 32.0),
    (1000, 3, (-60.0, 0.0), None, 0.0),
    (22, 3, (0.0, 0.0), None, 20.0),
    (178, 3, (1.0, 9.0), None, 0.0),
    (16, 3, (0.0, 0.0), (-3800, 0), 20.0),
    (16, 3, (2.0, 0.0), (-3800, 900), 20.0),
    (20, 3, (0.0, 0.0), None, 0.0),
)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One picture as it leaves the camera, before the encoder."""

    t_s: float
    picture: str
    klv: Klv


class Recorder:
    """A downlink that keeps what it is given."""

    listening = ready = True
    credits = None

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.begun_anew: list[int] = []

    def poll(self) -> None:
        """Hear nobody."""

    def begin_anew(self) -> None:
        """Remember before which picture."""
        self.begun_anew.append(len(self.taken))

    flush = poll

    def send(self, image: np.ndarray, klv: Klv, pts_s: float) -> None:
        """Keep a picture by its hash."""
        self.taken.append(Taken(t_s=pts_s, picture=hashlib.sha256(image.tobytes()).hexdigest(), klv=klv))


class Station:
    """A door with a ground station behind it."""

    def __init__(self) -> None:
        self._wire, self._to_vehicle = Wire(255), b""
        self.heard: list[tuple[float, Any]] = []
        self.now_s = 0.0

    def attach(self) -> None:
        """Wait for nobody."""

    close = attach

    def read(self) -> bytes:
        """Hand over what is to be said."""
        data, self._to_vehicle = self._to_vehicle, b""
        return data

    def write(self, data: bytes) -> None:
        """Hear."""
        self.heard += [(self.now_s, message) for message in self._wire.parse(data)]

    def say(self, message: Any) -> None:
        """Say something with the next step."""
        self._wire.send(message)
        self._to_vehicle += self._wire.take()

    def command(self, number: int, *params: float) -> None:
        """Say a command."""
        self.say(mav.MAVLink_command_long_message(1, 1, number, 0, *(*params, 0, 0, 0, 0, 0, 0, 0)[:7]))


class Run:
    """One patrol in a world of its own; `waits` are the steps that pass before each of the ground's orders."""

    def __init__(self, spec: WorldSpec, waits: tuple[int, ...]) -> None:
        self.station, self.recorder = Station(), Recorder()
        self.world = EmbeddedWorld(spec, lambda: None, self.station)
        self.world.camera.camera = SMALL
        self.world.camera.downlink.close()
        self.world.camera.downlink = self.recorder
        self.truths: list[tuple[float, Any]] = []
        self._waits = iter(waits)

    def steps(self, count: int) -> None:
        """Let simulated time pass."""
        for _ in range(count):
            self.world.step()
            state = self.world.copter.true_state()
            self.station.now_s = state.t_s
            self.truths.append((state.t_s, state))

    def order(self, number: int, *params: float) -> None:
        """Wait a while, then give an order and let it arrive."""
        self.steps(next(self._waits))
        self.station.command(number, *params)
        self.steps(2)

    def fly(self) -> "Run":
        """Upload, arm, start, and wait for the landing."""
        self.steps(next(self._waits))
        for number, rate_hz in TELEMETRY.items():
            self.order(mav.MAV_CMD_SET_MESSAGE_INTERVAL, number, 1e6 / rate_hz)
        self.station.say(mav.MAVLink_mission_count_message(1, 1, len(MISSION), 0))
        for seq, (command, frame, params, shift, up_m) in enumerate(MISSION):
            self.steps(next(self._waits))
            x, y = (round(1e7 * d) + m for d, m in zip((DOCK.lat_deg, DOCK.lon_deg), shift or (0, 0), strict=True))
            place = (x, y) if shift is not None else (0, 0)
            self.station.say(
                mav.MAVLink_mission_item_int_message(1, 1, seq, frame, command, 0, 1, *params, 0, 0, *place, up_m, 0)
            )
        self.order(mav.MAV_CMD_DO_SET_MODE, 1, 4)
        self.order(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
        assert self.world.copter.true_state().armed, [m for _, m in self.station.heard if m.get_type() == "STATUSTEXT"]
        self.order(mav.MAV_CMD_MISSION_START)
        self.steps(200)
        while self.world.copter.true_state().armed:
            self.steps(50)
        return self

    @property
    def took_off_s(self) -> float:
        """When the feet left the ground."""
        return next(t_s for t_s, state in self.truths if state.flown)

    @property
    def landed_s(self) -> float:
        """When it disarmed."""
        return next(t_s for t_s, state in self.truths if state.flown and not state.armed)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """The same patrol after different waits."""
    scenario = Scenario(seed=5, incidents=(SMOKE,))
    spec = WorldSpec(
        roads=ROADS,
        dock=DOCK,
        dock_amsl_m=32.0,
        heading_deg=140.0,
        scenario=scenario,
        wind_m_s=3.0,
        wind_from_deg=70.0,
        video_url="udp://127.0.0.1:9",
        max_speedup=1e6,
        reach_m=200.0,
        parameters={"FS_GCS_TIMEOUT": 1e6, "SIM_WIND_TURB": 0.5, "LAND_SPD_MS": 2.0},
    )
    waits = ((460, *[0] * 20), (1777, 333, 12, *[40] * 7, 3, 101, 77))
    return [Run(spec, w).fly() for w in waits]


def _since(run: Run, rows: list[tuple[float, Any]]) -> dict[int, Any]:
    """Return what came from two seconds before lift-off until the landing, by the steps since lift-off."""
    took_off_s, landed_s = run.took_off_s, run.landed_s
    return {round((t_s - took_off_s) / STEP_S): row for t_s, row in rows if took_off_s - 2.0 < t_s < landed_s}


def _pose(state: VehicleState) -> VehicleState:
    return replace(state, t_s=0.0, utc_s=0.0)


def test_true_poses_repeat(runs: list[Run]) -> None:
    first, later = ({n: _pose(s) for n, s in _since(run, run.truths).items()} for run in runs)
    assert len(first) > 700
    assert later == first


def test_pictures_and_what_is_said_beside_them_repeat(runs: list[Run]) -> None:
    def told(run: Run) -> dict[int, tuple[str, Klv]]:
        rows = [(taken.t_s, taken) for taken in run.recorder.taken]
        return {n: (t.picture, replace(t.klv, captured_utc_s=0.0)) for n, t in _since(run, rows).items()}

    first, later = (told(run) for run in runs)
    assert len(first) > 70
    assert len({picture for picture, _ in first.values()}) > 70
    assert later == first
    assert runs[0].recorder.taken[-1].t_s != runs[1].recorder.taken[-1].t_s
    for run in runs:
        for taken in run.recorder.taken:
            assert taken.klv.captured_utc_s == pytest.approx(1_780_000_000.0 + taken.t_s, abs=1e-5)


def test_telemetry_repeats(runs: list[Run]) -> None:
    def told(run: Run, kind: str) -> dict[int, dict[str, Any]]:
        rows = [(t_s, m.to_dict()) for t_s, m in run.station.heard if m.get_type() == kind]
        return {
            n: {name: value for name, value in row.items() if name != "time_boot_ms"}
            for n, row in _since(run, rows).items()
        }

    for kind in ("GLOBAL_POSITION_INT", "SYS_STATUS", "ATTITUDE", "WIND", "MISSION_CURRENT"):
        first, later = (told(run, kind) for run in runs)
        assert len(first) > 20, kind
        assert later == first, kind


def test_the_incident_begins_as_long_after_lift_off(runs: list[Run]) -> None:
    for run in runs:
        (truth,) = run.world.camera.truth.truths.values()
        assert truth.began_utc_s - 1_780_000_000.0 - run.took_off_s == pytest.approx(SMOKE.start_s, abs=1e-6)
        assert truth.first_visible_utc_s is not None
    seen_s = [t.first_visible_utc_s - t.began_utc_s for run in runs for t in run.world.camera.truth.truths.values()]
    assert max(seen_s) - min(seen_s) < 1e-5
