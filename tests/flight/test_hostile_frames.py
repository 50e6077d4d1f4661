"""Ten thousand frames that are damaged, and ten thousand that are sound and say nonsense: nothing changes."""

from pathlib import Path

import pytest
from hostile import mutated, sound_but_senseless

from flight.channel import Channel
from flight.dialect import Encoder
from flight.hub import LinkHub
from flight.link_settings import LinkSettings
from flight.link_url import parse_link_url
from flight.tlog import TlogWriter
from flight.vehicle_link import VehicleLink
from flight.vehicle_state import VehicleState
from missions import Message

_AUTO_ARMED = {"type": 2, "autopilot": 3, "base_mode": 217, "custom_mode": 3, "system_status": 4, "mavlink_version": 3}
_PLACE = {
    "lat": 304577200, "lon": 1144140500, "alt": 92_000, "relative_alt": 60_000, "vx": 300, "vy": 400, "vz": 0,
    "hdg": 9000,
}  # fmt: skip


class Flying:
    """A vehicle in AUTO on a channel without a socket, and what we know of it."""

    def __init__(self, tlog: TlogWriter | None = None) -> None:
        settings, url = LinkSettings(), parse_link_url("udpin:127.0.0.1:14550")
        self.hub = LinkHub([url], settings, signer=None, tlog=tlog)
        self.link: VehicleLink = self.hub.vehicle(1)
        self.state = VehicleState(self.link.clock, patrol_id="p", vehicle_id="uav-1", stream_id="main")
        self.link.listen(self.state.hear)
        self.encoder = Encoder(1, 1)
        self.boot_ms = 60_000
        self.said: list[bytes] = []
        self.fly_on()

    @property
    def channel(self) -> Channel:
        """The one it is heard on."""
        return self.hub.channels[0]

    def fly_on(self) -> None:
        """Say what a vehicle says in a tenth of a second."""
        self.boot_ms += 100
        now = {"time_boot_ms": self.boot_ms}
        for message in (
            Message("HEARTBEAT", _AUTO_ARMED),
            Message("SYSTEM_TIME", {**now, "time_unix_usec": 1_780_000_000_000_000 + self.boot_ms * 1000}),
            Message("ATTITUDE", {**now, "roll": 0.1, "pitch": -0.1, "yaw": 1.5}),
            Message("SYS_STATUS", {"battery_remaining": 80, "voltage_battery": 15_000, "current_battery": 1000}),
            Message("MISSION_CURRENT", {"seq": 7}),
            Message("GLOBAL_POSITION_INT", {**now, **_PLACE}),
            Message("PARAM_VALUE", {"param_id": "RTL_ALT", "param_value": 1500.0, "param_type": 4, "param_count": 9}),
            Message("MISSION_ACK", {"target_system": 255, "target_component": 190, "type": 0}),
        ):
            self.said.append(self.encoder.encode(message))
            self.channel.take(self.said[-1], ("127.0.0.1", 5))

    def known(self) -> tuple[object, ...]:
        """Return what a flight is decided by."""
        state, link = self.state, self.link
        parameter = link.latest["PARAM_VALUE"]
        return (
            state.armed, state.mode, state.battery_pct, state.mission_seq, parameter.text("param_id"),
            parameter.number("param_value"), link.target_system, link.clock.reboots,
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_mutated_frames_change_nothing(seed: int, tmp_path: Path) -> None:
    with TlogWriter(tmp_path / "x.tlog") as tlog:
        flying = Flying(tlog)
        before, genuine = flying.known(), list(flying.said)
        hostile: list[bytes] = []
        for number, frame in enumerate(mutated(seed, genuine, 10_000)):
            flying.channel.take(frame, ("127.0.0.1", 5))
            hostile.append(frame)
            if number % 500 == 0:
                flying.fly_on()
                assert flying.known() == before
        flying.hub.close()
    assert flying.link.listener_failures == 0
    assert abs(flying.link.clock.boot_s - flying.boot_ms / 1000) < 5.0
    assert flying.channel.quality(0, 0).bad_bytes > 50_000
    log = (tmp_path / "x.tlog").read_bytes()
    assert all(frame in log for frame in genuine)
    assert sum(frame in log for frame in hostile[:500]) > 450, "but for those in which a sound frame is hidden"
    assert len(log) > sum(map(len, hostile))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_sound_but_senseless_frames_change_nothing(seed: int) -> None:
    flying = Flying()
    before = flying.known()
    for number, frame in enumerate(sound_but_senseless(seed, 10_000)):
        flying.channel.take(frame, ("127.0.0.1", 5))
        if number % 10 == 0:
            assert flying.known() == before, number
    flying.fly_on()
    assert flying.known() == before
    assert flying.link.listener_failures == 0
    assert flying.link.senseless > 1000
    assert abs(flying.link.clock.boot_s - flying.boot_ms / 1000) < 5.0
    telemetry = flying.state.telemetry
    assert telemetry is not None
    assert (telemetry.amsl_m, telemetry.height_above_home_m, telemetry.heading_deg) == (92.0, 60.0, 90.0)
    assert telemetry.captured_utc_s == pytest.approx(1_780_000_000 + flying.boot_ms / 1000)


def test_senseless_frames_of_another_system_do_not_reach_the_vehicle() -> None:
    flying = Flying()
    before = flying.known()
    for frame in sound_but_senseless(3, 2000, sender=(9, 1)):
        flying.channel.take(frame, ("127.0.0.1", 6))
    assert flying.known() == before
    assert flying.link.senseless == 0
