"""One arducopter, a radio that can fail, and a patrol flown through it, watched from where nobody commands."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from flight_fakes import DOCK, drawn_plan

from flight.errors import SortieCutShort
from flight.events import EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.fly import fly_patrol
from flight.report import FlightReport
from flight.settings import BatterySwap, FlySettings
from missions import FailsafePolicy, FlightError, Plan
from missions.formats.plan_file import with_hash
from patrol.arducopter_here import arducopter_here, copter_parameters_here
from sitl.arducopter import ArduCopter
from sitl.faults import Fault
from sitl.loopback import free_ports
from sitl.lossy_link import LossyLink, Towards
from sitl.side_channel import TrueState
from tests.flight.faults.evidence import DOCK_AMSL_M, half_written, lost_bytes, outside_m, unasked
from tests.flight.faults.verdict import Verdict

SPEEDUP: Final = 8.0
SETTINGS: Final = FlySettings(
    battery_swap=BatterySwap.SIMULATED, heartbeat_wait_s=30.0, telemetry_hz=5.0, lost_warning_wait_s=2.0
)
_MARGIN_M: Final = 80.0
_LONG_LEG: Final = 2
_LOOK_S: Final = 0.02
_HEARD_DISARMED_S: Final = 5.0
_STANDS_STILL_WALL_S: Final = 60.0


def short_plan(**policy: object) -> Plan:
    """Return about 70 s of flight at 15 m with one long leg, the fence 80 m outside it, and these failsafes."""
    drawn = drawn_plan((0, 40), (160, 40), (160, -20), height_m=15.0, speed_m_s=6.0)
    chosen = FailsafePolicy.model_validate({"link_loss_after_s": 20.0, **policy})
    return with_hash(replace(drawn, failsafes=chosen, fence_margin_m=_MARGIN_M))


@dataclass(kw_only=True)
class Scene:
    """A running trial."""

    seed: int
    folder: Path
    plan: Plan
    vehicle: ArduCopter
    radio: LossyLink
    verdict: Verdict
    updates: list[FlightUpdate] = field(default_factory=list)
    refused: list[FlightError] = field(default_factory=list)
    """Errors that a flight ended with, but for one that was cut short."""
    chance: random.Random = field(init=False)
    asked: frozenset[int] = frozenset()
    """Modes that the policy asks for in this trial."""
    may_leave_m: float = 0.0
    """How far out of the fence it may come: only where its position is lost."""
    broke_at: int = 0
    """How many updates had come when something was first broken: what was told before does not tell of it."""
    records: list[tuple[Path, int, int]] = field(default_factory=list)
    """Tlogs, each with the first and the last of the frames to the ground that fell into its time."""

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed} scene")

    # -- the truth -------------------------------------------------------------------------------------------------

    def truth(self) -> list[TrueState]:
        """Return the true states so far."""
        return list(self.vehicle.truth())

    @property
    def now_s(self) -> float:
        """The vehicle's time since boot."""
        states = self.vehicle.truth()
        return states[-1].t_s if states else 0.0

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Wait until something is true, at most so long on the vehicle's clock; whether it was."""
        ends_s, wall_s = self.now_s + within_s, time.monotonic() + _STANDS_STILL_WALL_S + within_s
        while not true():
            if self.now_s > ends_s or time.monotonic() > wall_s:
                return False
            await asyncio.sleep(_LOOK_S)
        return True

    async def sleep(self, seconds: float) -> None:
        """Let so much of the vehicle's time pass."""
        await self.until(lambda: False, seconds)

    async def breaks(self, *faults: Fault) -> float:
        """Break something and return when."""
        at_s = self.now_s
        self.broke_at = self.broke_at or len(self.updates)
        for fault in faults:
            await asyncio.to_thread(self.vehicle.set_fault, fault)
        return at_s

    # -- the patrol ------------------------------------------------------------------------------------------------

    def begin(self, **more: Any) -> "asyncio.Task[FlightReport | None]":
        """Begin the patrol; its end without a report, or by an error of ours, is noted."""
        return asyncio.create_task(self._fly(**more))

    async def _fly(self, **more: Any) -> FlightReport | None:
        more = {"settings": SETTINGS, **more}
        plan, settings = more.pop("plan", self.plan), more.pop("settings")
        tlog, begins = self.folder / f"flight-{len(self.records) + 1}.tlog", self.frames
        url, ledger = self.radio.link_url, self.folder / "ledger"
        try:
            return await fly_patrol(url, plan, settings, on_event=self.updates.append, ledger=ledger, tlog=tlog, **more)
        except SortieCutShort as exc:
            return exc.report if isinstance(exc.report, FlightReport) else None
        except FlightError as exc:
            self.refused.append(exc)
            return exc.report if isinstance(exc.report, FlightReport) else None
        finally:
            self.records.append((tlog, begins, self.frames))

    @property
    def frames(self) -> int:
        """How many were handed on to the ground so far."""
        return len(self.radio.passed(Towards.GROUND))

    async def on_long_leg(self, flying: "asyncio.Task[Any]", share: float) -> None:
        """Wait until so much of the long leg is flown; a flight that ends before is an error."""
        began = time.monotonic()
        while not self._is_on_leg(share):
            if flying.done():
                await flying
                raise AssertionError(f"the flight ended before its long leg: {self.refused or self.lines()[-3:]}")
            if time.monotonic() - began > 150.0:
                raise AssertionError(f"not on the long leg within 150 s of the wall: {self.lines()[-3:]}")
            await asyncio.sleep(_LOOK_S)

    def _is_on_leg(self, share: float) -> bool:
        last = next((each for each in reversed(self.updates) if isinstance(each, FlightProgress)), None)
        flown = self.plan.sorties[0].estimate.service_m
        begins = 40.0 / (40.0 + flown)
        return (
            last is not None and last.waypoint >= _LONG_LEG and last.fraction >= begins + share * 160.0 / (40.0 + flown)
        )

    @property
    def events(self) -> list[FlightEvent]:
        """What was told."""
        return [each for each in self.updates if isinstance(each, FlightEvent)]

    def told(self, kind: EventKind) -> bool:
        """Whether such an event was told."""
        return any(event.kind is kind for event in self.events)

    def lines(self) -> list[str]:
        """Return what an operator read since something was broken, with the reasons."""
        told = [each for each in self.updates[self.broke_at :] if isinstance(each, FlightEvent)]
        return [f"{event.text}: {event.cause}" if event.cause else event.text for event in told]

    def must_say(self, *words: str) -> None:
        """An operator's line has to hold these words."""
        said = any(all(word.lower() in line.lower() for word in words) for line in self.lines())
        self.verdict.must(said, f"no line says {' ... '.join(words)}; the last ones: {self.lines()[-4:]}")

    # -- the end ---------------------------------------------------------------------------------------------------

    async def judge(self) -> None:
        """Judge what holds for every flight: record, mission on board, fence, and nothing that nobody asked for."""
        await self.until(lambda: not self.truth()[-1].armed, _HEARD_DISARMED_S)  # its heartbeat comes once a second
        frames, states = self.radio.passed(Towards.GROUND), self.truth()
        self.verdict.broken += [f"{type(exc).__name__}: {exc}" for exc in self.refused]
        missing = 0
        for tlog, begin, end in self.records:
            count, lacking = lost_bytes(frames[begin:end], tlog)
            self.verdict.figures["frames recorded"] = self.verdict.figures.get("frames recorded", 0) + count
            self.verdict.must(count > 0, f"nothing of the link is in {tlog.name}")
            missing += lacking
        self.verdict.must(not missing, f"{missing} bytes that reached the socket are not in the tlog")
        wrong = await half_written(self.vehicle, self.folder / "ledger")
        self.verdict.must(not wrong, wrong)
        self.verdict.broken += unasked(states, self.asked)
        self.verdict.must(states and not states[-1].armed, "it is still armed at the end")
        out_m = max((outside_m(self.plan, state) for state in states), default=0.0)
        self.verdict.must(out_m <= self.may_leave_m, f"was {out_m:.1f} m outside the fence")
        top_m = max((state.amsl_m - DOCK_AMSL_M for state in states), default=0.0)
        self.verdict.must(top_m <= self.plan.ceiling_m, f"was {top_m:.1f} m high, the ceiling is {self.plan.ceiling_m}")


def copter(speedup: float, seed: int) -> ArduCopter:
    """Return an arducopter with a link, a second one and a side channel, at the dock."""
    link, second = free_ports(2)
    return ArduCopter(
        arducopter_here(),
        DOCK,
        DOCK_AMSL_M,
        0.0,
        speedup,
        link,
        second,
        instance=random.Random(f"{os.getpid()} {seed} {link}").randrange(50, 900),
        base_defaults=copter_parameters_here(),
        watched=True,
    )


@asynccontextmanager
async def scene(
    seed: int, folder: Path, verdict: Verdict, plan: Plan, *, speedup: float = SPEEDUP
) -> AsyncIterator[Scene]:
    """Start a vehicle with a radio; afterwards it is ended wherever it is."""
    with copter(speedup, seed) as vehicle:
        async with LossyLink(vehicle.link_url, seed=seed) as radio:
            running = Scene(seed=seed, folder=folder, plan=plan, vehicle=vehicle, radio=radio, verdict=verdict)
            verdict.firmware = await asyncio.to_thread(lambda: vehicle.firmware)
            yield running


async def ended(task: "asyncio.Task[Any]") -> None:
    """Break a flight off, whatever it says to that."""
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
