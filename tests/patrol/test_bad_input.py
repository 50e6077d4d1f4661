"""A stranger types wrong things: one clear line, exit code 2, nothing on standard output, nothing written."""

import json
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from missions import GeoPoint
from missions.formats.plan_file import save_plan
from patrol import cli
from patrol.console import stderr, stdout
from patrol.run.prepare import prepare
from sitl.loopback import free_port
from tests.patrol.wrong_input import WRONG
from vision.detector.weights import SHIPPED_FOLDER

NOWHERE = ("--link", "udpout:127.0.0.1:9", "--timeout", "1")  # nobody answers at the discard port
ROAD_FILE = "roads.geojson"
PATROL = [sys.executable, "-c", "from patrol.cli import main; main()"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, example_mission: Path, grey_video: Path) -> Path:
    """A folder full of wrong things, made once; every case asserts that it is left as it was."""
    folder = tmp_path_factory.mktemp("wrong")
    text = example_mission.read_text(encoding="utf-8")
    _missions(folder, text)
    _roads(folder, (example_mission.parent / ROAD_FILE).read_text(encoding="utf-8"))
    _weights(folder)
    (folder / "mission.yaml").write_text(text, encoding="utf-8")
    _plans(folder)
    (folder / "words.txt").write_text("hello\n")
    (folder / "nothing.mp4").touch()
    shutil.copyfile(grey_video, folder / "grey.mp4")
    (folder / "words.srt").write_text("hello\n")
    (folder / "blind.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\n[latitude: 30.4] [longitude: 114.4]\n")
    (folder / "empty").mkdir()
    (folder / "full").mkdir()
    (folder / "full" / "something").touch()
    (folder / "coco").mkdir()
    (folder / "coco" / "annotations.json").write_text('{"images": 3}')
    return folder


def _missions(folder: Path, text: str) -> None:
    for name, right, wrong in (
        ("unknown-field", "height_m: 60", "height_metres: 60"),
        ("wrong-type", "height_m: 60", "height_m: high"),
        ("too-far", "gimbal_pitch_deg: -60", "gimbal_pitch_deg: -25"),
        ("too-fast", "speed_m_s: 8", "speed_m_s: 25"),
        ("no-airframe", "quad-5kg", "warp-drive"),
        ("no-camera", "wide-720p", "eye"),
        ("no-detector", "detector: nano", "detector: nanu"),
        ("noise-weights", "detector: nano", "detector: some.bin"),
        ("pickle-weights", "detector: nano", "detector: some.pt"),
        ("cut-weights", "detector: nano", "detector: cut.safetensors"),
        ("other-weights", "detector: nano", "detector: other.safetensors"),
        ("shapes-weights", "detector: nano", "detector: shapes.safetensors"),
        ("int8-runtime", "detector: nano", "detector: nano\n  runtime: openvino:int8"),
        ("no-runtime", "detector: nano", "detector: nano\n  runtime: tensorrt"),
        ("many-tiles", "detector: nano", "detector: nano\n  tiles: 9"),
        ("map", "detector: nano", "detector: peer.yml"),
        ("no-map", "detector: nano", "detector: gone.yml"),
        ("no-roads", ROAD_FILE, "none.geojson"),
        ("empty-roads", ROAD_FILE, "empty.geojson"),
        ("cut-roads", ROAD_FILE, "cut.geojson"),
        ("swapped-roads", ROAD_FILE, "swapped.geojson"),
        ("point-roads", ROAD_FILE, "points.geojson"),
    ):
        assert right in text
        (folder / f"{name}.yaml").write_text(text.replace(right, wrong), encoding="utf-8")
    (folder / "not-yaml.yaml").write_text("name: [ not: yaml {", encoding="utf-8")


def _roads(folder: Path, text: str) -> None:
    roads = json.loads(text)
    (folder / ROAD_FILE).write_text(text, encoding="utf-8")
    (folder / "empty.geojson").touch()
    (folder / "cut.geojson").write_text(text[:1500], encoding="utf-8")
    for feature in roads["features"]:
        feature["geometry"]["coordinates"] = [place[::-1] for place in feature["geometry"]["coordinates"]]
    (folder / "swapped.geojson").write_text(json.dumps(roads), encoding="utf-8")
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [114.4, 30.4]}}
    (folder / "points.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [point]}))


def _weights(folder: Path) -> None:
    shipped = SHIPPED_FOLDER / "nano.safetensors"
    with safe_open(str(shipped), framework="numpy") as ours:
        said = ours.metadata()
    tensors = {"a": np.zeros((2, 2), np.float32)}
    (folder / "some.bin").write_bytes(bytes(range(256)))
    (folder / "peer.yml").write_text(
        f"family: yolo\nonnx: some.bin\nsha256: {'ab' * 32}\ninput: {{width_px: 1280, height_px: 736}}\n"
        "classes: {0: vehicle}\n"
    )
    (folder / "some.pt").write_bytes(pickle.dumps({"a": 1}))
    (folder / "cut.safetensors").write_bytes(shipped.read_bytes()[:5000])
    save_file(tensors, folder / "other.safetensors")
    save_file(tensors, folder / "shapes.safetensors", metadata=said)


def _plans(folder: Path) -> None:
    plan = prepare(folder / "mission.yaml", iterations=5).plan
    save_plan(plan, folder / "plan.json")
    text = (folder / "plan.json").read_text(encoding="utf-8")
    assert '"speed_m_s": 8.0' in text
    (folder / "edited.json").write_text(text.replace('"speed_m_s": 8.0', '"speed_m_s": 9.0', 1), encoding="utf-8")
    sortie = plan.sorties[0]
    first = sortie.waypoints[0]
    away = GeoPoint(lat_deg=first.position.lat_deg + 0.02, lon_deg=first.position.lon_deg)
    crossing = replace(sortie, waypoints=(replace(first, position=away), *sortie.waypoints[1:]))
    save_plan(replace(plan, sorties=(crossing, *plan.sorties[1:])), folder / "crossing.json")
    save_plan(replace(plan, mission_hash="0" * 64), folder / "elsewhere.json")
    save_plan(replace(plan, sorties=(sortie, sortie)), folder / "two-sorties.json")


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in that folder; afterwards not one file more, fewer or newer."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(stderr, "width", 200)
    before = _listing(place)
    yield place
    assert _listing(place) == before, "something was written"


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*"))


def typed(*words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run the command line in this process; return exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "argv", ["patrol", *words])
    monkeypatch.setattr(stdout, "_file", None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


@pytest.mark.parametrize(("words", "said"), [pytest.param(*case, id=case[0]) for case in WRONG])
@pytest.mark.usefixtures("here")
def test_wrong_input_is_one_line(
    words: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "nowhere")  # no quantised network of whoever runs the tests
    arguments = [part for word in words.split() for part in (NOWHERE if word == "LINK" else (word,))]
    code, out, err = typed(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert said in err
    assert err.count("\n") == 1, err
    assert (code, out) == (2, "")


@pytest.mark.usefixtures("here")
def test_a_plan_that_crosses_its_fence_is_listed_by_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = typed("check", "crossing.json", "--json", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1
    assert any("outside the geofence" in row["text"] for row in json.loads(out)["violations"])


@pytest.mark.usefixtures("here")
def test_a_demo_without_its_arducopter_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARDUCOPTER", "/none/arducopter")
    words = ("demo", "--autopilot", "ardupilot", "--no-serve", "--archive", "x/y")
    code, out, err = typed(*words, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "/none/arducopter" in err


@pytest.mark.parametrize(
    "link", ["udpin:127.0.0.1:{}", "udpout:127.0.0.1:{}", "tcp:127.0.0.1:{}", "serial:/none:57600"]
)
@pytest.mark.usefixtures("here")
def test_a_link_to_nowhere_ends_within_its_timeout(
    link: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("run", "mission.yaml", "--plan", "plan.json", "--archive", "new/deep/x", "--json", "--timeout", "1")
    code, out, err = typed(*words, "--link", link.format(free_port()), monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert ("no heartbeat" in err) or ("nothing answers" in err) or ("cannot be opened" in err)


@pytest.mark.parametrize(
    ("video", "said"), [("words.txt", "not a video"), ("udp://127.0.0.1:{}", "no picture within 1 s")]
)
@pytest.mark.usefixtures("here")
def test_a_video_that_shows_nothing_ends_the_run_before_it_begins(
    video: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("run", "mission.yaml", "--plan", "plan.json", "--video", video.format(free_port()), *NOWHERE)
    code, out, err = typed(*words, monkeypatch=monkeypatch, capsys=capsys)
    assert said in err
    assert (code, out, err.count("\n")) == (2, "", 1), err


@pytest.mark.usefixtures("here")
def test_a_telemetry_feed_that_is_silent_ends_the_run_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = ("--telemetry", f"udpin:127.0.0.1:{free_port()}")
    words = ("run", "mission.yaml", "--plan", "plan.json", "--video", "grey.mp4", *feed, *NOWHERE)
    code, out, err = typed(*words, monkeypatch=monkeypatch, capsys=capsys)
    assert "--telemetry: no heartbeat of vehicle with system id 1 at udpin:127.0.0.1:" in err
    assert (code, out, err.count("\n")) == (2, "", 1), err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--waive", "hmoe", "--operator", "Li Wei"), "--waive: no check 'hmoe'"),
        (("--waive", "home"), "--operator: nobody answers for waiving 'home'"),
    ],
)
@pytest.mark.parametrize("command", [("fly", "two-sorties.json"), ("run", "mission.yaml", "--plan", "plan.json")])
@pytest.mark.usefixtures("here")
def test_a_waiver_of_nothing_or_by_nobody_is_refused(
    command: tuple[str, ...],
    more: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = typed(*command, *more, *NOWHERE, monkeypatch=monkeypatch, capsys=capsys)
    assert message in err
    assert (code, out, err.count("\n")) == (2, "", 1), err


INTERRUPTS_ITSELF = """
import os, signal, sys, threading, time

signal.alarm(90)  # of the system, whatever Python does: it must not outlive a test that was killed

def interrupt():
    while {module!r} not in sys.modules:
        time.sleep(0.0005)
    os.killpg(0, signal.SIGINT)  # as a terminal does: the children of a command get it too

threading.Thread(target=interrupt, daemon=True).start()
from patrol.cli import main
main()
"""
EARLY = (
    ("--help", "typer"),
    ("doctor", "numpy"),
    ("review none --no-open", "patrol.contents"),
    ("plan mission.yaml -o x.json --iterations 1000000000", "numba"),
    ("run mission.yaml --video udp://127.0.0.1:9 LINK", "vision.watcher"),
    ("watch udp://127.0.0.1:9", "av"),
)


@pytest.mark.parametrize(("words", "module"), [pytest.param(*case, id=f"{case[0]} at {case[1]}") for case in EARLY])
@pytest.mark.usefixtures("here")
def test_ctrl_c_while_a_command_still_imports_is_one_line(words: str, module: str) -> None:
    arguments = [part for word in words.split() for part in (NOWHERE if word == "LINK" else (word,))]
    started = subprocess.run(
        [sys.executable, "-c", INTERRUPTS_ITSELF.format(module=module), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    assert (started.returncode, started.stdout, started.stderr) == (130, "", "interrupted\n")


def test_an_interrupt_that_python_drops_comes_again() -> None:
    class Dropping:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def dropped() -> None:
        Dropping()
        time.sleep(5.0)

    with cli.interrupts_kept(), pytest.raises(KeyboardInterrupt):
        dropped()


@pytest.mark.usefixtures("here")
def test_ctrl_c_ends_a_run_with_130_and_leaves_nothing() -> None:
    link = f"udpin:127.0.0.1:{free_port()}"
    words = ("run", "mission.yaml", "--plan", "plan.json", "--link", link, "--timeout", "60")
    process = subprocess.Popen([*PATROL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(4.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.splitlines()) == (130, "", ["interrupted"])
