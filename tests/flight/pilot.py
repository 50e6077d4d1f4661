"""A test pilot: one simulated copter, flown through our own client, all waits in the vehicle's time."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from flight_fakes import FRAME, place

from flight import copter_modes as modes
from flight.commands import MAV_CMD_MISSION_START, arm, ask_command, current_mode, is_armed, request_rate, set_mode
from flight.exchange import Exchange
from flight.item_codec import WireItem
from flight.link import open_link
from flight.transfer import upload
from missions import Message
from missions.formats import mav_commands as mav
from sitl.faults import Fault
from sitl.simulated_copter import SimulatedCopter, TrueState

ACCEPTED, DENIED, UNSUPPORTED, FAILED = 0, 2, 3, 4  # MAV_RESULT
_SILENT_S: Final = 20.0
_FORCED: Final = 21196  # of COMPONENT_ARM_DISARM, whatever stands against it
_PLACED: Final = (mav.MAV_CMD_NAV_TAKEOFF, mav.MAV_CMD_NAV_LAND)
"""Commands that have a frame although they may name no place."""
_CLOCK: Final = (2, 5.0)
_UNREAD: Final = (24, 30, 62, 74, 147, 162, 164, 168)
"""Messages that nobody here reads: sent seldom, they cost little."""
_RATES: Final = {
    "GLOBAL_POSITION_INT": (33, 10.0),
    "MISSION_CURRENT": (42, 5.0),
    "SYS_STATUS": (1, 2.0),
    "EKF_STATUS_REPORT": (193, 2.0),
    "GIMBAL_DEVICE_ATTITUDE_STATUS": (285, 5.0),
}
_OLDER: Final = {
    "LAND_ALT_LOW_M": ("LAND_ALT_LOW", 100.0),
    "LAND_SPD_MS": ("LAND_SPEED", 100.0),
    "RTL_ALT_FINAL_M": ("RTL_ALT_FINAL", 100.0),
    "RTL_ALT_M": ("RTL_ALT", 100.0),
    "WP_RADIUS_M": ("WPNAV_RADIUS", 100.0),
    "WP_SPD": ("WPNAV_SPEED", 100.0),
    "WP_SPD_DN": ("WPNAV_SPEED_DN", 100.0),
    "WP_SPD_UP": ("WPNAV_SPEED_UP", 100.0),
}
"""What the parameters set here were called before they came in SI units, and how many of those make one."""
EastNorthUp = tuple[float, float, float]


def item(command: int, *params: float, at: EastNorthUp | None = None, z: float = 0.0) -> WireItem:
    """Return a mission item; `at` is metres east, north, up of the dock. `numbered` gives it its number."""
    first, second, third, fourth = (*params, *[0.0] * (4 - len(params)))
    where = place(at[0], at[1]) if at is not None else None
    return WireItem(
        seq=0,
        command=command,
        frame=mav.MAV_FRAME_GLOBAL_RELATIVE_ALT if at is not None or command in _PLACED else mav.MAV_FRAME_MISSION,
        params=(first, second, third, fourth),
        x=round(where.lat_deg * 1e7) if where is not None else 0,
        y=round(where.lon_deg * 1e7) if where is not None else 0,
        z=at[2] if at is not None else z,
        mission_type=mav.MAV_MISSION_TYPE_MISSION,
        has_place=at is not None or command in _PLACED,
    )


def waypoint(east_m: float, north_m: float, up_m: float, hold_s: float = 0.0) -> WireItem:
    """Return a waypoint."""
    return item(mav.MAV_CMD_NAV_WAYPOINT, hold_s, at=(east_m, north_m, up_m))


def take_off(up_m: float) -> WireItem:
    """Return a take-off."""
    return item(mav.MAV_CMD_NAV_TAKEOFF, z=up_m)


RETURN: Final = item(mav.MAV_CMD_NAV_RETURN_TO_LAUNCH)


def fence_corner(east_m: float, north_m: float, count: int) -> WireItem:
    """Return one of `count` corners of an area to stay in."""
    corner = item(mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION, count, at=(east_m, north_m, 0.0))
    return replace(corner, frame=mav.MAV_FRAME_GLOBAL, mission_type=mav.MAV_MISSION_TYPE_FENCE)


def rally_point(east_m: float, north_m: float, up_m: float) -> WireItem:
    """Return a place to return to."""
    return replace(
        item(mav.MAV_CMD_NAV_RALLY_POINT, at=(east_m, north_m, up_m)), mission_type=mav.MAV_MISSION_TYPE_RALLY
    )


def numbered(*items: WireItem) -> tuple[WireItem, ...]:
    """Return a list with its numbers; a mission gets its home item in front."""
    rows = list(items)
    if not rows or rows[0].mission_type == mav.MAV_MISSION_TYPE_MISSION:
        rows.insert(0, replace(waypoint(0.0, 0.0, 32.0), frame=mav.MAV_FRAME_GLOBAL))
    return tuple(replace(row, seq=seq) for seq, row in enumerate(rows))


@dataclass
class Pilot:
    """A ground station with one vehicle; hears and keeps everything."""

    copter: SimulatedCopter
    link: Exchange
    heard: list[tuple[float, Message]] = field(default_factory=list)
    """With the vehicle's time since boot, s."""
    _before: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.link.listen(lambda message: self.heard.append((self.link.clock.boot_s, message)))

    # -- what is ---------------------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """The vehicle's time since boot."""
        return self.link.clock.boot_s

    @property
    def mode(self) -> int:
        """As the last heartbeat says."""
        return current_mode(self.link)

    @property
    def armed(self) -> bool:
        """As the last heartbeat says."""
        return is_armed(self.link)

    @property
    def said(self) -> list[str]:
        """Every STATUSTEXT so far."""
        return [message.text("text") for _, message in self.heard if message.name == "STATUSTEXT"]

    @property
    def seq(self) -> int:
        """The mission item being flown."""
        current = self.link.latest.get("MISSION_CURRENT")
        return current.integer("seq") if current is not None else -1

    @property
    def reached(self) -> list[int]:
        """The items told as reached, in order; a repeated message counts once."""
        told = [message.integer("seq") for _, message in self.heard if message.name == "MISSION_ITEM_REACHED"]
        return [seq for index, seq in enumerate(told) if index == 0 or told[index - 1] != seq]

    @property
    def at_m(self) -> EastNorthUp:
        """Metres east, north, up of the dock, as the vehicle says."""
        position = self.link.latest["GLOBAL_POSITION_INT"]
        east, north, _ = FRAME.geodetic_to_enu(position.number("lat") / 1e7, position.number("lon") / 1e7)[0]
        return float(east), float(north), position.number("relative_alt") / 1000.0

    @property
    def speed_m_s(self) -> float:
        """Over ground, as the vehicle says."""
        position = self.link.latest["GLOBAL_POSITION_INT"]
        return math.hypot(position.number("vx"), position.number("vy")) / 100.0

    def truth(self) -> list[TrueState]:
        """The true states of this boot."""
        states = self.copter.truth()
        return [state for state in states if state.boot == states[-1].boot]

    # -- waits -----------------------------------------------------------------------------------------------------

    async def until(self, true: Callable[[], bool], within_s: float, what: str = "") -> None:
        """Wait until something is true, at most so long on the vehicle's clock."""
        ends_s, so = self.now_s + within_s, False

        def judge(_: Message) -> None:
            nonlocal so
            so = so or (self.now_s < ends_s and true())

        # At once with each message: after a stall of ours many come in a burst, and the clock has jumped when we wake.
        self.link.listen(judge)
        try:
            with self.link.subscribe() as messages:
                while not so and not true():
                    heard = await messages.next_or_none(_SILENT_S)
                    assert heard is not None, f"the vehicle fell silent before {what or 'it was so'}"
                    assert so or self.now_s < ends_s, f"not within {within_s:g} s: {what}; said: {self.said[-6:]}"
        finally:
            self.link.unlisten(judge)

    async def hears(self, *words: str, within_s: float = 10.0) -> None:
        """Wait until the vehicle has said something with these words in it, in any case of letters."""
        await self.until(
            lambda: any(all(word.lower() in text.lower() for word in words) for text in self.said),
            within_s,
            f"it says {' ... '.join(words)}",
        )

    async def sleep(self, seconds: float) -> None:
        """Let so much of the vehicle's time pass."""
        ends_s = self.now_s + seconds
        await self.until(lambda: self.now_s >= ends_s, seconds + 30.0, "time passes")

    async def set_fault(self, fault: Fault) -> None:
        """Break or mend something, hearing the vehicle meanwhile: until it answers, seconds of its time may pass."""
        await asyncio.to_thread(self.copter.set_fault, fault)

    # -- orders ----------------------------------------------------------------------------------------------------

    async def ask(self, command: int, *params: float) -> int:
        """Send a command and return its MAV_RESULT."""
        return await ask_command(self.link, command, params, what=f"command {command}")

    async def set(self, **values: float) -> None:
        """Set parameters by their newest names, in SI units; each has its old value again at the end."""
        for asked, value in values.items():
            old = await self.parameter(asked)
            assert old is not None, f"no parameter {asked}"
            name = old.text("param_id")
            self._before.setdefault(name, old.number("param_value"))
            per_si = 1.0 if name == asked else _OLDER[asked][1]
            await self._write(name, value * per_si, old.integer("param_type"))

    async def _write(self, name: str, value: float, kind: int) -> None:
        fields: dict[str, object] = {"param_id": name, "param_value": value, "param_type": kind}
        with self.link.subscribe("PARAM_VALUE") as values:
            await self.link.send(Message("PARAM_SET", fields))
            while (told := await values.next_or_none(3.0)) is not None:
                if told.text("param_id") == name and math.isclose(told.number("param_value"), value, rel_tol=1e-6):
                    return
        raise AssertionError(f"{name} does not become {value:g}")

    async def parameter(self, name: str) -> Message | None:
        """Return the PARAM_VALUE of a parameter, under its newest name or an older one; None where there is none."""
        names = [name, *(_OLDER[name][:1] if name in _OLDER else ())]
        with self.link.subscribe("PARAM_VALUE") as values:
            for each in names * 3:
                await self.link.send(Message("PARAM_REQUEST_READ", {"param_id": each, "param_index": -1}))
                while (told := await values.next_or_none(0.25)) is not None:
                    if told.text("param_id") in names:
                        return told
        return None

    async def store(self, *items: WireItem) -> None:
        """Store a mission (home is added), a fence or rally points, and make sure of it."""
        rows = numbered(*items)
        await upload(self.link, rows, rows[0].mission_type)

    async def clear(self, mission_type: int = 0) -> int:
        """Forget a list; returns the MAV_MISSION_RESULT."""
        with self.link.subscribe("MISSION_ACK") as answers:
            await self.link.send(Message("MISSION_CLEAR_ALL", {"mission_type": mission_type}))
            return (await answers.get(5.0)).integer("type")

    async def ready(self) -> None:
        """Wait until it knows where it is, then enter GUIDED: just after the boot a mode does not last."""
        await self.until(
            lambda: _has_position(self.link.latest.get("EKF_STATUS_REPORT")), 120.0, "it knows where it is"
        )
        await set_mode(self.link, modes.GUIDED)

    async def arm(self) -> None:
        """Arm in GUIDED, as soon as it lets us."""
        await self.ready()
        await arm(self.link, timeout_s=90.0)
        await self.until(lambda: self.armed, 5.0, "armed")

    async def climb(self, up_m: float) -> None:
        """Arm, take off in GUIDED and stay at a height above home."""
        await self.arm()
        result = await self.ask(mav.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, up_m)
        assert result == ACCEPTED, f"take-off: {result}; mode {self.mode}; {self.at_m}; said: {self.said[-6:]}"
        await self.until(lambda: abs(self.at_m[2] - up_m) < 0.6, 15.0 + up_m, f"it is {up_m:g} m high")

    async def start(self, *items: WireItem) -> None:
        """Store a mission, arm and start it."""
        await self.store(*items)
        await self.arm()
        assert await self.ask(MAV_CMD_MISSION_START) == ACCEPTED
        await self.until(lambda: self.mode == modes.AUTO, 5.0, "AUTO")

    async def go_to(self, east_m: float, north_m: float, up_m: float) -> int:
        """Order it to a place, in GUIDED; returns the MAV_RESULT."""
        where = place(east_m, north_m)
        fields: dict[str, object] = {"command": mav.MAV_CMD_DO_REPOSITION, "frame": mav.MAV_FRAME_GLOBAL_RELATIVE_ALT}
        numbers = {"param1": -1.0, "param2": 1.0, "x": round(where.lat_deg * 1e7), "y": round(where.lon_deg * 1e7)}
        with self.link.subscribe("COMMAND_ACK") as answers:
            await self.link.send(Message("COMMAND_INT", {**fields, **numbers, "z": up_m}))
            while True:
                answer = await answers.get(5.0)
                if answer.integer("command") == mav.MAV_CMD_DO_REPOSITION:
                    return answer.integer("result")

    async def mode_to(self, mode: int) -> None:
        """Change the mode."""
        await set_mode(self.link, mode)

    async def landed(self, within_s: float = 120.0) -> None:
        """Wait until it has landed and disarmed."""
        await self.until(lambda: not self.armed, within_s, "it has disarmed")

    async def give_back(self) -> None:
        """End the test: motors off, parameters as they were."""
        if self.armed:
            await self.ask(400, 0, _FORCED)
            await self.until(lambda: not self.armed, 5.0, "disarmed")
        while self._before:
            name, value = self._before.popitem()
            kind = await self.parameter(name)
            assert kind is not None
            await self._write(name, value, kind.integer("param_type"))


def _has_position(report: Message | None) -> bool:
    return report is not None and report.integer("flags") & 16 > 0 and not report.integer("flags") & 1024


@asynccontextmanager
async def piloted(copter: SimulatedCopter, *, system_id: int = 255, second: bool = False) -> AsyncIterator[Pilot]:
    """Open a link to a running copter with a pilot at its end; nothing is put back afterwards.

    A pilot on the second link only looks on, and plays no ground station.
    """
    url = copter.second_url if second else copter.link_url
    async with open_link(url, own_system_id=system_id, is_station=not second) as link:
        await link.wait_vehicle(timeout_s=20.0)
        pilot = Pilot(copter, link)
        await request_rate(link, *_CLOCK, name="SYSTEM_TIME")
        with link.subscribe("SYSTEM_TIME") as times:
            await times.get(_SILENT_S)
        for name, (number, hz) in _RATES.items():
            await request_rate(link, number, hz, name=name)
        for number in _UNREAD:
            await request_rate(link, number, 0.05, name=str(number))
        await pilot.until(lambda: "GLOBAL_POSITION_INT" in link.latest, 30.0, "it tells a position")
        yield pilot
    await asyncio.sleep(0.01)  # the loop closes the socket, whose port the next one wants


def flown_m(states: list[TrueState]) -> list[EastNorthUp]:
    """Return true states as metres east, north, up of the dock's ground."""
    points = [(state.lat_deg, state.lon_deg) for state in states]
    rows = FRAME.geodetic_to_enu([lat for lat, _ in points], [lon for _, lon in points])
    return [(float(e), float(n), state.amsl_m - 32.0) for (e, n, _), state in zip(rows, states, strict=True)]
