"""A recorded flight tells what the live one told."""

import math
from pathlib import Path

import pytest
from flight_fakes import DOCK, ScriptedLink

from flight.dialect import Decoder, Encoder
from flight.replay_link import ReplayLink, recorded_telemetry
from flight.tlog import TlogWriter, read_tlog
from flight.vehicle_state import VehicleState
from missions import InputError, Message, Telemetry

UTC_S = 1_780_000_000.0
IDS = {"patrol_id": "p", "vehicle_id": "uav-1", "stream_id": "main"}
HEARTBEAT = Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 128, "custom_mode": 3})


def told(at_s: float) -> list[Message]:
    """What a vehicle says of itself in a tenth of a second."""
    boot_ms = round(at_s * 1000)
    return [
        Message("SYSTEM_TIME", {"time_boot_ms": boot_ms, "time_unix_usec": round((UTC_S + at_s) * 1e6)}),
        Message("ATTITUDE", {"time_boot_ms": boot_ms, "yaw": math.radians(10 * at_s % 360), "roll": 0.05}),
        Message("SYS_STATUS", {"battery_remaining": 90 - round(at_s), "voltage_battery": 12_000}),
        Message(
            "GLOBAL_POSITION_INT",
            {
                "time_boot_ms": boot_ms,
                "lat": round(DOCK.lat_deg * 1e7) + round(at_s * 100),
                "lon": round(DOCK.lon_deg * 1e7),
                "alt": 62_000,
                "relative_alt": 30_000,
                "hdg": round(1000 * at_s) % 36_000,
            },
        ),
    ]


def recorded(path: Path, *, seconds: int = 20) -> tuple[Telemetry, ...]:
    """Write a flight as a link records it, both directions and another vehicle in it; return what it told live."""
    vehicle, other, station = Encoder(1, 1), Encoder(2, 1), Encoder(255, 190)
    live: list[Telemetry] = []
    link = ScriptedLink(lambda _message: ())
    link.target_system, link.target_component = 1, 1
    state = VehicleState(link.clock, **IDS)
    state.listen(live.append)
    link.listen(state.hear)
    with TlogWriter(path) as log:

        def hear(encoder: Encoder, message: Message) -> None:
            frame = encoder.encode(message)
            log.write(frame)
            link.publish_all(received.message for received in Decoder().decode(frame))

        for tenth in range(1, seconds * 10):
            for message in told(tenth / 10):
                hear(vehicle, message)
            hear(other, told(500.0)[3])
            if tenth % 10 == 1:
                hear(vehicle, HEARTBEAT)
                log.write(station.encode(Message("HEARTBEAT", {"type": 6, "autopilot": 8})))
                log.write(station.encode(Message("MISSION_SET_CURRENT", {"target_system": 1, "seq": 5})))
    return tuple(live)


def test_a_recorded_flight_tells_the_telemetry_of_the_live_one(tmp_path: Path) -> None:
    path = tmp_path / "flight.tlog"
    live = recorded(path)
    assert len(live) == 199
    assert recorded_telemetry(path, system_id=1, **IDS) == live
    assert live[-1].armed
    assert live[-1].mode == "AUTO"


def test_a_gimbal_that_rides_the_body_is_known_from_the_recorded_parameters(tmp_path: Path) -> None:
    path, vehicle = tmp_path / "flight.tlog", Encoder(1, 1)
    recorded(path, seconds=2)
    level = Message("GIMBAL_DEVICE_ATTITUDE_STATUS", {"q": [1.0, 0.0, 0.0, 0.0], "flags": 0})
    with TlogWriter(path) as log:
        for name, value in (("MNT1_TYPE", 1.0), ("SERVO9_FUNCTION", 7.0)):
            fields = {"param_id": name, "param_value": value, "param_type": 2}
            log.write(vehicle.encode(Message("PARAM_VALUE", fields)))
        pitched = Message("ATTITUDE", {"time_boot_ms": 3000, "pitch": math.radians(-20)})
        for message in (pitched, level, told(3.0)[3]):
            log.write(vehicle.encode(message))
    last = recorded_telemetry(path, system_id=1, **IDS)[-1]
    assert last.gimbal_pitch_deg == pytest.approx(-20.0, abs=0.1)


async def test_a_recording_cannot_be_spoken_to(tmp_path: Path) -> None:
    path = tmp_path / "flight.tlog"
    recorded(path, seconds=2)
    link = ReplayLink(path, system_id=1)
    heard: list[str] = []
    link.listen(lambda message: heard.append(message.name))
    await link.send(Message("COMMAND_LONG", {"command": 400}))
    assert heard == []
    link.play(read_tlog(path))
    assert set(heard) == {"HEARTBEAT", "SYSTEM_TIME", "ATTITUDE", "SYS_STATUS", "GLOBAL_POSITION_INT"}
    assert link.clock.has_utc


def test_a_log_of_another_vehicle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flight.tlog"
    recorded(path, seconds=2)
    with pytest.raises(InputError, match=r"tells nothing of vehicle 7, only of 1 \(the log of this flight\)"):
        recorded_telemetry(path, system_id=7, **IDS)


def test_a_log_without_a_place_is_refused(tmp_path: Path) -> None:
    path, encoder = tmp_path / "flight.tlog", Encoder(1, 1)
    with TlogWriter(path) as log:
        log.write(encoder.encode(HEARTBEAT))
    with pytest.raises(InputError, match="tells no place with a time"):
        recorded_telemetry(path, system_id=1, **IDS)
