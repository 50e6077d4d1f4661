"""DroneKit scripts on our link: what they do, what they must not do, and what happens when they end."""

import asyncio
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import DOCK, ScriptedLink

from flight.copter_modes import GUIDED, RETURNING
from flight.dialect import Decoder, Encoder
from flight.dronekit_tap import open_tap
from flight.events import EventKind, FlightEvent, FlightUpdate
from flight.link import open_link
from flight.script_flight import AtEnd, ScriptReport, ScriptSettings, fly_script
from flight.script_process import checked_script
from flight.simulated import says_simulated
from flight.tlog import read_tlog
from missions import InputError, Message
from sitl.arducopter import ArduCopter
from sitl.copter_process import CopterProcess

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent.parent
HOME = f"{DOCK.lat_deg},{DOCK.lon_deg},32,0"
TAKE_OFF = """
import time
from dronekit import VehicleMode, connect

assert connect("127.0.0.1:14550", wait_ready=True) is vehicle
while not vehicle.is_armable:
    time.sleep(0.1)
vehicle.mode = VehicleMode("GUIDED")
while vehicle.mode.name != "GUIDED":
    time.sleep(0.05)
while not vehicle.armed:
    vehicle.armed = True
    time.sleep(0.3)
vehicle.simple_takeoff(8)
while vehicle.location.global_relative_frame.alt < 7:
    time.sleep(0.05)
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "flown.py"
    path.write_text(textwrap.dedent(text))
    return path


async def fly(url: str, settings: ScriptSettings, tlog: Path | None = None) -> tuple[ScriptReport, list[FlightEvent]]:
    events: list[FlightEvent] = []

    def take(update: FlightUpdate) -> None:
        assert isinstance(update, FlightEvent)
        events.append(update)

    async with open_link(url, tlog=tlog) as link:
        await link.wait_vehicle(timeout_s=30.0)
        assert await says_simulated(link)
        report = await fly_script(link, settings, on_event=take, stop=asyncio.Event(), halt=asyncio.Event())
    return report, events


async def test_the_streams_beside_a_script_are_asked_for_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def far_enough(_link: object) -> object:
        raise RuntimeError("far enough")

    monkeypatch.setattr("flight.script_flight.open_tap", far_enough)
    monkeypatch.setattr("flight.message_rates._TRIES", 1)
    link = ScriptedLink(lambda _asked: ())  # a vehicle that answers nothing
    settings, events = ScriptSettings(script=write(tmp_path, "")), (asyncio.Event(), asyncio.Event())
    began_s = time.monotonic()
    with pytest.raises(RuntimeError, match="far enough"):
        await fly_script(link, settings, on_event=lambda _: None, stop=events[0], halt=events[1])
    assert time.monotonic() - began_s < 10.0
    asked = [message.fields["param1"] for message in link.sent if message.fields["command"] == 511]
    assert sorted(asked) == [1, 2, 33]


async def test_a_script_takes_off_and_its_end_brings_the_vehicle_home(tmp_path: Path) -> None:
    tlog = tmp_path / "flight.tlog"
    with CopterProcess(home=HOME, speedup=5.0) as copter:
        settings = ScriptSettings(script=write(tmp_path, TAKE_OFF), ready_wait_s=90.0)
        report, events = await fly(copter.url, settings, tlog)
    assert report.problem is None
    assert report.ended_in == "GUIDED, armed"
    assert not report.armed_at_end
    assert report.height_max_m > 7.0
    kinds = [event.kind for event in events]
    assert kinds.index(EventKind.ARMED) < kinds.index(EventKind.SCRIPT_ENDED) < kinds.index(EventKind.RETURNING)
    assert kinds[-1] is EventKind.LANDED
    returning = next(event for event in events if event.kind is EventKind.RETURNING)
    assert returning.cause == "the script has ended"
    senders = {(message.sysid, message.compid) for _, message in read_tlog(tlog) if message.name == "COMMAND_LONG"}
    assert senders == {(255, 190)}, "a script speaks as we do"


async def test_a_script_that_fails_in_the_air_leaves_nothing_hanging(tmp_path: Path) -> None:
    with CopterProcess(home=HOME, speedup=5.0) as copter:
        script = write(tmp_path, TAKE_OFF + "raise RuntimeError('camera')\n")
        report, events = await fly(copter.url, ScriptSettings(script=script, at_end=AtEnd.LAND, ready_wait_s=90.0))
    assert report.problem is not None
    assert report.problem.endswith(": RuntimeError: camera")
    landing = next(event for event in events if event.kind is EventKind.LANDING)
    assert landing.text == "armed in GUIDED: LAND"
    assert landing.cause == report.problem
    assert not report.armed_at_end


async def test_ctrl_c_ends_a_script_that_would_not_end(tmp_path: Path) -> None:
    stop = asyncio.Event()

    def take(update: FlightUpdate) -> None:
        assert isinstance(update, FlightEvent)

    script = write(tmp_path, f"import time\nopen({str(tmp_path / 'began')!r}, 'w').close()\ntime.sleep(600)\n")

    async def interrupt() -> None:
        while not (tmp_path / "began").exists():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)
        stop.set()

    with CopterProcess(home=HOME, speedup=5.0) as copter:
        async with open_link(copter.url) as link:
            await link.wait_vehicle(timeout_s=30.0)
            settings = ScriptSettings(script=script, ready_wait_s=90.0)
            interrupting = asyncio.create_task(interrupt())
            report = await fly_script(link, settings, on_event=take, stop=stop, halt=asyncio.Event())
            await interrupting
    assert report.problem == f"{script}: interrupted"
    assert not report.armed_at_end


class Stubborn(ScriptedLink):
    """A vehicle in the air that stays in its mode."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.target_system = self.target_component = 1
        self.publish(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 129, "custom_mode": GUIDED}, 1, 1))

    def _answer(self, message: Message) -> list[Message]:
        if message.name != "COMMAND_LONG":
            return []
        return [Message("COMMAND_ACK", {"command": message.integer("command"), "result": 4}, 1, 1)]


async def test_a_vehicle_that_does_not_return_is_told_and_followed_until_it_is_silent(tmp_path: Path) -> None:
    events: list[FlightEvent] = []

    def take(update: FlightUpdate) -> None:
        assert isinstance(update, FlightEvent)
        events.append(update)

    script = write(tmp_path, "pass\n")
    settings = ScriptSettings(script=script, ready_wait_s=1.0, lost_wait_s=0.3, lost_warning_wait_s=0.1)
    report = await fly_script(Stubborn(), settings, on_event=take, stop=asyncio.Event(), halt=asyncio.Event())
    assert report.armed_at_end
    assert report.problem is not None
    assert report.problem.startswith("DroneKit finds no vehicle")
    stalls = (EventKind.LINK_SILENT, EventKind.LINK_BACK)  # ours, of the 0.1 s that this link may be silent
    kinds = [event.kind for event in events]
    told = [kind for kind in kinds if kind in stalls]
    assert told == [stalls[number % 2] for number in range(len(told))], "silent first, and back after that"
    assert [kind for kind in kinds if kind not in stalls] == [
        EventKind.SCRIPT_STARTED,
        EventKind.SCRIPT_ENDED,
        EventKind.RETURNING,
        EventKind.REFUSED,
    ]


def test_a_vehicle_notices_that_we_were_killed_though_the_script_went_on(tmp_path: Path) -> None:
    up = tmp_path / "up"
    arms = "vehicle.parameters['FS_GCS_ENABLE'] = 1\n" + TAKE_OFF
    script = write(tmp_path, f"{arms}open({str(up)!r}, 'w').close()\ntime.sleep(600)\n")
    with CopterProcess(home=HOME, speedup=5.0, watched=True) as copter:
        command = [sys.executable, "-m", "patrol", "script", str(script), "--link", copter.url, "--timeout", "60"]
        station = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        _until(up.exists)
        assert copter.truth()[-1].mode == GUIDED
        station.kill()
        station.wait()
        _until(lambda: copter.truth()[-1].mode in RETURNING)


def _until(there: Callable[[], bool], *, within_s: float = 150.0) -> None:
    ends_s = time.monotonic() + within_s
    while not there():
        assert time.monotonic() < ends_s
        time.sleep(0.1)


class _Listener(asyncio.DatagramProtocol):
    """What DroneKit would hear."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's own name
        self.heard.put_nowait(data)


async def test_a_tap_passes_everything_but_heartbeats_and_keys() -> None:
    link = ScriptedLink(lambda _message: ())
    link.target_system, link.target_component = 1, 1
    loop, encoder = asyncio.get_running_loop(), Encoder(255, 0)
    async with open_tap(link) as tap:
        socket, listener = await loop.create_datagram_endpoint(_Listener, remote_addr=("127.0.0.1", tap.port))
        arm = Message("COMMAND_LONG", {"target_system": 1, "command": 400, "param1": 1.0})
        key = Message("SETUP_SIGNING", {"target_system": 1, "secret_key": [0] * 32})
        for message in (Message("HEARTBEAT", {"type": 6}), key, arm):
            socket.sendto(encoder.encode(message))
        async with asyncio.timeout(20.0):
            while tap.sent < 1:  # noqa: ASYNC110 - a count, not an event
                await asyncio.sleep(0.01)
            said = Message("SYS_STATUS", {"battery_remaining": 70}, 1, 1)
            link.publish(said)
            data = await listener.heard.get()
        socket.close()
    assert [message.name for message in link.sent] == ["COMMAND_LONG"]
    assert link.sent[0].number("param1") == 1.0
    assert (tap.sent, tap.refused) == (1, 2)
    heard = Decoder().decode(data)[0].message
    assert (heard.name, heard.sysid, heard.integer("battery_remaining")) == ("SYS_STATUS", 1, 70)


async def test_a_vehicle_that_says_nothing_of_a_simulation_is_taken_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flight.simulated._TRIES", 1)
    assert not await says_simulated(ScriptedLink(lambda _message: ()))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"x = (\n", "flown.py:1: is no Python: '(' was never closed", id="syntax"),
        pytest.param(b"x = 1\0", "is no Python", id="null byte"),
        pytest.param(b"# coding: nonsense\n", "is no Python", id="encoding"),
        pytest.param(b"x = '\xff'\n", "is no Python", id="bytes that are no text"),
    ],
)
def test_a_file_that_is_no_python_is_refused_before_a_link_is_opened(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "flown.py"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        checked_script(path)
    assert told in str(caught.value)


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        checked_script(tmp_path / "absent.py")


@pytest.mark.ardupilot
async def test_a_script_flies_a_real_copter_to_a_place(
    arducopter_at: Callable[..., ArduCopter], tmp_path: Path
) -> None:
    go = """
    from dronekit import LocationGlobalRelative
    here = vehicle.location.global_relative_frame
    vehicle.simple_goto(LocationGlobalRelative(here.lat + 0.0003, here.lon, 12), groundspeed=5)
    while vehicle.location.global_relative_frame.lat < here.lat + 0.00028:
        time.sleep(0.05)
    """
    script = write(tmp_path, TAKE_OFF + textwrap.dedent(go))
    with arducopter_at(DOCK, speedup=8.0) as copter:
        report, events = await fly(copter.link_url, replace(ScriptSettings(script=script), ready_wait_s=120.0))
    assert report.problem is None
    assert events[-1].kind is EventKind.LANDED
    assert report.height_max_m > 11.0
