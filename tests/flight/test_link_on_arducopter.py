"""Signatures and several channels, judged by ArduPilot's own Copter firmware."""

import asyncio
from pathlib import Path

import pytest
from flight_fakes import DOCK, drawn_plan

from flight.commands import request_message, send_command
from flight.errors import LinkLost
from flight.events import EventKind, FlightUpdate
from flight.fly import fly_patrol
from flight.key_giving import give_key
from flight.link import open_link
from flight.link_news import LinkNews, LinkNewsKind
from flight.link_url import parse_link_url
from flight.report import Outcome
from flight.settings import BatterySwap, FlySettings
from flight.signing import write_key
from sitl.arducopter import ArduCopter
from sitl.loopback import free_port
from sitl.lossy_link import LossyLink, Towards

pytestmark = pytest.mark.ardupilot
_VERSION = 148  # AUTOPILOT_VERSION
_RUN_PREARM_CHECKS = 401


def copter_on_two_ports(binary: Path, *, speedup: float) -> ArduCopter:
    return ArduCopter(binary, DOCK, 32.0, 0.0, speedup, free_port(), free_port())


async def test_a_vehicle_with_a_key_obeys_on_its_second_link_who_has_it_and_nobody_else(
    arducopter_binary: Path, tmp_path: Path
) -> None:
    write_key(key := tmp_path / "signing.key", bytes(range(1, 33)))
    with copter_on_two_ports(arducopter_binary, speedup=1.0) as copter:
        await give_key([parse_link_url(copter.link_url)], key, 1, own_system_id=255)
        async with open_link(copter.second_url) as stranger:
            await stranger.wait_vehicle(timeout_s=20.0)
            with pytest.raises(LinkLost):
                await send_command(stranger, _RUN_PREARM_CHECKS, what="a check", timeout_s=4.0)
        async with open_link(copter.second_url, signing_key=key) as ours:
            await ours.wait_vehicle(timeout_s=20.0)
            assert await request_message(ours, _VERSION, name="AUTOPILOT_VERSION") is not None
            await asyncio.sleep(3.0)
            quality = ours.quality
    assert quality.received > 0
    assert (quality.unsigned, quality.bad_signatures, quality.replayed) == (0, 0, 0)
    assert quality.latency_ms is not None
    assert quality.latency_ms < 500.0


async def test_frames_of_a_signed_link_that_are_sent_once_more_are_refused(
    arducopter_binary: Path, tmp_path: Path
) -> None:
    write_key(key := tmp_path / "signing.key", bytes(range(1, 33)))
    with copter_on_two_ports(arducopter_binary, speedup=1.0) as copter:
        await give_key([parse_link_url(copter.link_url)], key, 1, own_system_id=255)
        async with (
            LossyLink(copter.second_url, seed=1) as radio,
            open_link(radio.link_url, signing_key=key, tlog=tmp_path / "x.tlog") as ours,
        ):
            await ours.wait_vehicle(timeout_s=20.0)
            await asyncio.sleep(2.0)
            frames, before = radio.passed(Towards.GROUND)[-20:], ours.clock.boot_s
            earlier = ours.quality.replayed  # its first frames, stamped before it had heard us
            radio.replay(frames)
            await asyncio.sleep(0.5)
            assert ours.quality.replayed - earlier == len(frames) > 2
            assert ours.clock.boot_s >= before
            log = (tmp_path / "x.tlog").read_bytes()
            assert all(log.count(frame) >= 2 for frame in frames), "what is refused is recorded"


@pytest.mark.parametrize("silenced", [0, 1])
async def test_a_patrol_over_two_radios_is_completed_though_one_dies_in_flight(
    arducopter_binary: Path, silenced: int
) -> None:
    news: list[LinkNews] = []
    told: list[EventKind] = []
    plan = drawn_plan((0, 60), (80, 60), (80, 0))
    with copter_on_two_ports(arducopter_binary, speedup=5.0) as copter:
        async with (
            LossyLink(copter.link_url, seed=1) as first,
            LossyLink(copter.second_url, seed=2) as second,
            open_link([first.link_url, second.link_url]) as link,
        ):
            link.listen_news(news.append)

            def follow(update: FlightUpdate) -> None:
                kind = getattr(update, "kind", None)
                if kind is not None:
                    told.append(kind)
                if kind is EventKind.STARTED:
                    (first, second)[silenced].silence(on=True)

            settings = FlySettings(battery_swap=BatterySwap.SIMULATED, heartbeat_wait_s=20.0)
            report = await fly_patrol(link, plan, settings, on_event=follow)
            quality = link.quality
    assert report.sorties[0].outcome is Outcome.COMPLETE
    assert EventKind.LINK_SILENT not in told
    assert quality.channel == (second, first)[silenced].link_url
    assert [each.kind for each in news].count(LinkNewsKind.FAILOVER) <= 1
