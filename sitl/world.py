"""The simulated world as a process of its own: a city, an aircraft over it, its camera and its downlink.

    python -m sitl.world SPEC.json

Simulated time advances in steps of 0.02 s, never faster than `max_speedup`. As soon as a reader of the video has said
hello, it also waits for that reader: no picture is dropped, and a slow machine flies the same patrol as a fast one. For
that the city stands still until the first take-off is begun, always at a whole second: what follows is a function of
the seed and of the time since then.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, Self

from missions.codec import from_json, to_json
from missions.errors import InputError, SkypatrolError
from missions.hardware import load_airframe
from sitl.autopilot import Copter, CopterSettings
from sitl.doors import Door, open_door
from sitl.ended import end_process
from sitl.world_camera import Cameraman, camera_figures
from sitl.world_spec import WorldSpec
from sitl.world_truth import write_atomically

__all__ = ["WorldProcess", "WorldSpec", "main", "start_world"]

STEP_S: Final = 0.02
_LINK_LOSS_WALL_S: Final = 5.0
_STATS_EVERY_S: Final = 5.0
_HEARTBEAT_EVERY_S: Final = 1.0
_ROOT: Final = Path(__file__).resolve().parent.parent


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked us to end
    """The process was told to end, or the one that started it is gone."""


class Pace:
    """Keeps simulated time from running ahead of wall time x `most`; time lost is not made up for."""

    def __init__(self, most: float) -> None:
        self._most = max(most, 0.01)
        self._due_s = time.monotonic()

    def wait(self, step_s: float) -> None:
        """Wait for the end of a step of simulated time."""
        now = time.monotonic()
        self._due_s = max(self._due_s + step_s / self._most, now - 0.05)
        if self._due_s > now:
            time.sleep(self._due_s - now)


class EmbeddedWorld:
    """The embedded copter in its city, in lockstep with the reader of its video."""

    def __init__(self, spec: WorldSpec, check_alive: Callable[[], None], door: Door | None = None) -> None:
        self._spec = spec
        self._check_alive = check_alive
        self.camera = Cameraman(spec)
        self.copter = Copter(copter_settings(spec))
        self._door: Door = door or open_door(spec.link)
        self._pace = Pace(spec.max_speedup)
        self._began = self._took_off = False
        self._landed_at_s: float | None = None
        self._heartbeat = b""
        self._began_s = self._stats_s = time.monotonic()
        self._waited_s = 0.0

    def run(self) -> None:
        """Live until told to stop."""
        try:
            while True:
                self._check_alive()
                self.step()
                self._pace.wait(STEP_S)
        finally:
            self.camera.close()
            self._door.close()
            self._write_stats()

    def step(self) -> None:
        """Live for one step of simulated time."""
        self._serve()
        self.copter.step(STEP_S)
        self._speak()
        self._look()

    def _serve(self) -> None:
        data = self._door.read()
        if data:
            self.copter.receive(data)

    def _speak(self) -> None:
        out = self.copter.outgoing()
        if out:
            self._door.write(out)
            self._heartbeat = last_heartbeat(out) or self._heartbeat

    def _look(self) -> None:
        """Take a picture if one is due, after the reader has room for it."""
        camera, state = self.camera, self.copter.true_state()
        began = state.flight_s > 0
        flying = (state.armed and began) or self._just_landed(state.t_s, armed=state.armed, flown=state.flown)
        if began and not self._began:
            self._began = True
            camera.begin_flight(state.t_s, state.flight_s)
        if not self._took_off and state.flown:
            self._took_off = True
            camera.take_off(state.flight_s)
        camera.downlink.poll()
        if not camera.due(state.t_s, flying=flying):
            return
        if not self._reader_has_room():
            camera.truth.note(state.flight_s)
            camera.skip(flying=flying)
            return
        camera.shoot(state.t_s, state.flight_s, state, self.copter.reported_state(), flying=flying)
        if time.monotonic() - self._stats_s > _STATS_EVERY_S:
            self._write_stats()

    def _just_landed(self, t_s: float, *, armed: bool, flown: bool) -> bool:
        """Whether it disarmed less than 3 s ago; at their end the encoder is flushed."""
        if armed or not flown:
            self._landed_at_s = None
            return False
        if self._landed_at_s is None:
            self._landed_at_s = t_s
        if t_s - self._landed_at_s < 3.0:
            return True
        if t_s - self._landed_at_s < 3.0 + STEP_S * 1.5:
            self.camera.downlink.flush()
        return False

    def _reader_has_room(self) -> bool:
        """Wait for the reader while simulated time stands still; False where there is none."""
        downlink = self.camera.downlink
        began_s = beat_s = time.monotonic()
        while downlink.listening and not downlink.ready:
            time.sleep(0.0005)
            downlink.poll()
            self._serve()
            out = self.copter.outgoing()  # answers need no time
            if out:
                self._door.write(out)
            now = time.monotonic()
            if now - beat_s > _HEARTBEAT_EVERY_S:  # the ground station must not think the link is lost
                self._check_alive()
                self._door.write(self._heartbeat)
                beat_s = now
        self._waited_s += time.monotonic() - began_s
        return downlink.listening

    def _write_stats(self) -> None:
        self._stats_s = time.monotonic()
        if self._spec.truth_path is not None:
            figures = camera_figures(self.camera) | {
                "simulated_s": round(self.copter.true_state().t_s, 2),
                "wall_s": round(self._stats_s - self._began_s, 2),
                "waited_for_reader_s": round(self._waited_s, 2),
                "pictures_late": 0,
            }
            write_atomically(self._spec.truth_path.with_name("world-stats.json"), json.dumps(figures, indent=1))


def copter_settings(spec: WorldSpec) -> CopterSettings:
    """Return the embedded copter's settings; its patience with a silent ground station is kept in wall time."""
    patience_s = min(120.0, _LINK_LOSS_WALL_S * max(1.0, spec.max_speedup))
    return CopterSettings(
        home=spec.dock,
        home_amsl_m=spec.dock_amsl_m,
        heading_deg=spec.heading_deg,
        system_id=spec.system_id,
        start_utc_s=spec.scenario.start_utc_s,
        airframe=load_airframe(spec.airframe),
        wind_m_s=spec.wind_m_s,
        wind_from_deg=spec.wind_from_deg,
        telemetry_error=spec.scenario.telemetry_error,
        seed=spec.scenario.seed,
        parameters={"FS_GCS_TIMEOUT": patience_s, "SIM_SPEEDUP": spec.max_speedup} | spec.parameters,
    )


def last_heartbeat(data: bytes) -> bytes:
    """Return the last HEARTBEAT among MAVLink 2 messages, b"" where there is none."""
    found, at = b"", 0
    while at + 12 <= len(data) and data[at] == 0xFD:
        size = 12 + data[at + 1] + (13 if data[at + 2] & 1 else 0)
        if data[at + 7 : at + 10] == b"\x00\x00\x00":
            found = data[at : at + size]
        at += size
    return found


class WorldProcess:
    """A running world; a `missions.ports.Worker`, and a context manager that ends it."""

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec
        self._folder = tempfile.TemporaryDirectory(prefix="world-")
        folder = Path(self._folder.name)
        (folder / "spec.json").write_text(to_json(spec), encoding="utf-8")
        self._errors = (folder / "errors.txt").open("w+b")
        path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sitl.world", str(folder / "spec.json"), "--parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is the ground station's to answer
        )

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process.poll() is None

    def errors(self) -> str:
        """Return what it has complained about."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask it to send what is left and end; kill it after `timeout_s`."""
        if self.alive:
            end_process(self._process, timeout_s)
        if not self._errors.closed:
            self._errors.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.stop()


def start_world(spec: WorldSpec) -> WorldProcess:
    """Start a world in a process of its own; it ends when this process does.

    Raises:
        InputError: a road file, a camera, an airframe or an address in the spec is wrong.

    """
    if not spec.roads.is_file():
        raise InputError("no such file", file=spec.roads, field="roads", remedy="a road file")
    load_airframe(spec.airframe)
    return WorldProcess(spec)


def _alive_check(parent: int | None) -> Callable[[], None]:
    """Return a function that raises `Stopped` once we were told to end or our parent is gone."""
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)

    def check() -> None:
        if told or (parent is not None and os.getppid() != parent):
            raise Stopped

    return check


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a world until told to stop; 0 then, 2 on a wrong spec."""
    parser = argparse.ArgumentParser(prog="python -m sitl.world", description="A simulated world, from a JSON spec.")
    parser.add_argument("spec", type=Path)
    parser.add_argument("--parent", type=int, help="end when this process is gone")
    options = parser.parse_args(arguments)
    check = _alive_check(options.parent)
    try:
        spec = from_json(WorldSpec, options.spec.read_text(encoding="utf-8"), file=options.spec)
        with contextlib.suppress(Stopped):
            if spec.autopilot == "ardupilot":
                from sitl.world_ardupilot import ArduPilotWorld

                ArduPilotWorld(spec, check).run()
            else:
                EmbeddedWorld(spec, check).run()
    except OSError as exc:
        sys.stderr.write(f"{options.spec}: {exc}\n")
        return 2
    except SkypatrolError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
