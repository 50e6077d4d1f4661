"""Others on the air: a second ground station, frames without a signature or from yesterday, and garbage."""

import asyncio
import random
from itertools import islice
from pathlib import Path
from typing import Final

from hostile import mutated
from pilot import numbered, waypoint

from flight.commands import request_rate, set_mode
from flight.dialect import Encoder
from flight.errors import PreflightFailed
from flight.exchange import Exchange, LinkQuality
from flight.item_codec import WireItem, list_differences
from flight.link import open_link
from flight.report import Outcome
from flight.signing import Signer, setup_message
from flight.transfer import download, upload
from missions import FlightError, Message
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from sitl.lossy_link import LossyLink, Towards
from tests.flight.faults.evidence import OBSERVER, lost_bytes
from tests.flight.faults.scene import Scene, copter, ended, scene, short_plan
from tests.flight.faults.verdict import Verdict

_STABILIZE, _ALT_HOLD = 0, 2
_FRAMES: Final = 10_000
_BATCH: Final = 50
"""At once: more would be dropped before they reach a socket."""


async def two_stations(seed: int, folder: Path, verdict: Verdict) -> None:
    """A second station beats and stores a mission while ours does: no mixture on board, and no flight beside it."""
    async with scene(seed, folder, verdict, short_plan(), speedup=4.0) as running:
        async with open_link(running.vehicle.second_url, own_system_id=OBSERVER) as other:
            await other.wait_vehicle(timeout_s=30.0)
            await _both_store(running, other)
            await running.begin()
        refused = [exc for exc in running.refused if isinstance(exc, PreflightFailed)]
        said = bool(refused) and f"system id {OBSERVER}" in str(refused[0])
        verdict.must(said, f"it flew beside another station: {running.refused}")
        running.refused.clear()
        verdict.must(not any(state.armed for state in running.truth()), "it was armed")
        await running.judge()


async def same_system_id(seed: int, folder: Path, verdict: Verdict) -> None:
    """A second station under our own number, on another radio: nothing mixes.

    It is not refused: the vehicle keeps its heartbeats from ours; only its TIMESYNC, which is passed on, would tell.
    """
    async with scene(seed, folder, verdict, short_plan(), speedup=4.0) as running:
        async with open_link(running.vehicle.second_url) as other:
            await other.wait_vehicle(timeout_s=30.0)
            await _both_store(running, other)
            report = await running.begin()
        outcome = report.outcome if report is not None else None
        verdict.must(outcome is Outcome.COMPLETE, f"the patrol ended {outcome}: {running.lines()[-3:]}")
        await running.judge()


async def _both_store(running: Scene, other: Exchange) -> None:
    """What is on board is a whole list, and the list of whoever was the last to be told that it is stored."""
    ours = numbered(*(waypoint(3.0 * number, 10.0, 15.0) for number in range(120)))
    theirs = numbered(*(waypoint(-5.0 * number, 30.0, 25.0) for number in range(60)))
    ends: list[tuple[WireItem, ...] | None] = []
    begins = running.frames

    async def store(link: Exchange, items: tuple[WireItem, ...], timeout_s: float | None = None) -> None:
        try:
            await upload(link, items, MAV_MISSION_TYPE_MISSION, timeout_s=timeout_s)
            ends.append(items)
        except FlightError:
            ends.append(None)

    async with open_link(running.radio.link_url, tlog=running.folder / "both.tlog") as link:
        await link.wait_vehicle(timeout_s=30.0)
        mine = asyncio.create_task(store(link, ours))
        await asyncio.sleep(running.chance.uniform(0.0, 0.1))
        await store(other, theirs, 20.0)
        await mine
        stored = await download(link, MAV_MISSION_TYPE_MISSION)
    running.records.append((running.folder / "both.tlog", begins, running.frames))
    must = running.verdict.must
    must(any(ends), "neither station stored its list")
    wanted = (ends[-1],) if ends[-1] is not None else ((), ours, theirs)
    whole = any(not list_differences(items, stored) for items in wanted)
    found = [f"{len(items)}: {list_differences(items, stored)[:2]}" for items in wanted]
    must(whole, f"{len(stored)} items on board are not the list that was stored last, or none: {found}")


async def signed_link(seed: int, folder: Path, verdict: Verdict) -> None:
    """On a signed link: frames sent once more, unsigned, or signed with another key, both ways."""
    chance, key, tlog = random.Random(seed), folder / "signing.key", folder / "flight.tlog"
    key.write_text(chance.randbytes(32).hex() + "\n")
    with copter(1.0, seed) as vehicle:
        verdict.firmware = await asyncio.to_thread(lambda: vehicle.firmware)
        async with open_link(vehicle.link_url) as wire:
            await wire.wait_vehicle(timeout_s=30.0)
            while not vehicle.truth():  # its side channel has no key: it has to be asked for before  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            await wire.send(setup_message(Signer.of_file(key)))
            await asyncio.sleep(1.0)
        async with (
            LossyLink(vehicle.second_url, seed=seed) as radio,
            open_link(radio.link_url, signing_key=key, tlog=tlog) as ours,
        ):
            await ours.wait_vehicle(timeout_s=30.0)
            await request_rate(ours, 33, 4.0, name="GLOBAL_POSITION_INT")
            await set_mode(ours, _ALT_HOLD)
            await set_mode(ours, _STABILIZE)
            replayed = radio.passed(Towards.VEHICLE)
            strange = _orders(None) + _orders(Signer(chance.randbytes(32)))
            radio.replay((*replayed, *strange), Towards.VEHICLE)
            heard = radio.passed(Towards.GROUND)[-40:]
            before, foreign = ours.quality, _telemetry(None) + _telemetry(Signer(chance.randbytes(32)))
            radio.replay((*heard, *foreign))
            await asyncio.sleep(3.0)
            _must_count(verdict, before, ours.quality, len(heard))
            last = vehicle.truth()[-1]
            verdict.must((last.mode, last.armed) == (_STABILIZE, False), f"an order came through: {last}")
            verdict.must(abs(ours.clock.boot_s - last.t_s) < 5.0, "a foreign time was believed")
            verdict.must(ours.latest["GLOBAL_POSITION_INT"].integer("lat") != 1, "a foreign place was believed")
        count, missing = lost_bytes(radio.passed(Towards.GROUND), tlog)
    verdict.figures |= {"refused": float(len(replayed) + len(strange) + len(heard) + len(foreign))}
    verdict.figures["frames recorded"] = count
    verdict.must(not missing, f"{missing} bytes that reached the socket are not in the tlog")


def _must_count(verdict: Verdict, before: LinkQuality, after: LinkQuality, replayed: int) -> None:
    refused = (after.replayed - before.replayed, after.unsigned - before.unsigned)
    forged = after.bad_signatures - before.bad_signatures
    verdict.must((*refused, forged) == (replayed, 2, 2), f"counted {refused} replayed and unsigned, {forged} forged")


def _orders(signer: Signer | None) -> tuple[bytes, ...]:
    """Return what would change the mode and arm, from our own system id."""
    encoder = Encoder(255, 190, signer=signer, link_id=0)
    aim = {"target_system": 1, "target_component": 1}
    mode = {**aim, "command": 176, "param1": 1.0, "param2": float(_ALT_HOLD)}
    go = {**aim, "command": 400, "param1": 1.0, "param2": 21196.0}
    return tuple(encoder.encode(Message("COMMAND_LONG", fields)) for fields in (mode, go))


def _telemetry(signer: Signer | None) -> tuple[bytes, ...]:
    """Return a place and a heartbeat that are not the vehicle's, from its system id."""
    encoder = Encoder(1, 1, signer=signer, link_id=0)
    place = {"time_boot_ms": 900_000_000, "lat": 1, "lon": 1, "alt": 1, "relative_alt": 1}
    beat = {"type": 2, "autopilot": 3, "base_mode": 217, "custom_mode": 9, "system_status": 4, "mavlink_version": 3}
    return encoder.encode(Message("GLOBAL_POSITION_INT", place)), encoder.encode(Message("HEARTBEAT", beat))


async def garbage(seed: int, folder: Path, verdict: Verdict) -> None:
    """10 000 mutated frames each way while the long leg is flown."""
    async with scene(seed, folder, verdict, short_plan(), speedup=4.0) as running:
        flying = running.begin()
        try:
            await running.on_long_leg(flying, 0.05)
            for towards in Towards:
                hostile = await asyncio.to_thread(_broken, seed, list(running.radio.passed(towards)[-100:]))
                verdict.figures[f"mutated to {towards}"] = float(len(hostile))
                for begin in range(0, len(hostile), _BATCH):
                    running.radio.replay(hostile[begin : begin + _BATCH], towards)
                    await running.sleep(0.1)
            report = await flying
        finally:
            await ended(flying)
        outcome = report.outcome if report is not None else None
        verdict.must(outcome is Outcome.COMPLETE, f"the patrol ended {outcome}: {running.lines()[-3:]}")
        if report is not None:
            verdict.figures["bad bytes counted"] = float(report.link.bad_bytes)
            verdict.must(report.link.bad_bytes > _FRAMES, "what was refused is not counted")
        await running.judge()


def _broken(seed: int, sound: list[bytes]) -> list[bytes]:
    """Return mutated frames, but for those in which a sound one is left whole."""
    frames = mutated(seed, sound, 2 * _FRAMES)
    return list(islice((frame for frame in frames if not any(whole in frame for whole in sound)), _FRAMES))
