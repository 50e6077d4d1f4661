"""Vehicles played by functions, and plans drawn by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

from flight.dialect import Decoder, Encoder
from flight.exchange import Exchange
from flight.item_codec import WireItem, item_message, item_of
from geo import LocalFrame
from missions import (
    Altitude,
    AltitudeReference,
    Estimate,
    GeoPoint,
    LegKind,
    Message,
    Plan,
    Sortie,
    Waypoint,
    Zone,
    ZoneRule,
)
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from missions.formats.plan_file import with_hash
from tests.samples import DOCK, plan_with

FRAME = LocalFrame(lat_deg=DOCK.lat_deg, lon_deg=DOCK.lon_deg)


class ScriptedLink(Exchange):
    """A vehicle played by a function: each message sent yields its replies."""

    def __init__(self, autopilot: Callable[[Message], Iterable[Message]]) -> None:
        super().__init__()
        self.sent: list[Message] = []
        self.autopilot = autopilot

    async def send(self, message: Message) -> None:
        """Let the vehicle answer."""
        self.sent.append(message)
        self.publish_all(self.autopilot(message))


def place(east_m: float, north_m: float) -> GeoPoint:
    """Return the place so many metres from the dock, in MAVLink's steps."""
    lat, lon, _ = FRAME.enu_to_geodetic([[east_m, north_m]])[0]
    return GeoPoint(lat_deg=round(lat, 7), lon_deg=round(lon, 7))


def grid_items(count: int) -> tuple[WireItem, ...]:
    """Return a mission of so many items, home among them: a take-off and waypoints 5 m apart."""
    return tuple(
        WireItem(
            seq=seq,
            command=22 if seq == 1 else 16,
            frame=0 if seq == 0 else 3,
            params=(0.0, 0.0, 0.0, 0.0),
            x=round(place(seq % 20 * 5.0, seq // 20 * 5.0).lat_deg * 1e7),
            y=round(place(seq % 20 * 5.0, seq // 20 * 5.0).lon_deg * 1e7),
            z=30.25,
            mission_type=MAV_MISSION_TYPE_MISSION,
        )
        for seq in range(count)
    )


def drawn_plan(
    *corners_m: tuple[float, float], height_m: float = 30.0, speed_m_s: float = 8.0, sorties: int = 1
) -> Plan:
    """Return a plan along corners in metres east and north of the dock; the first leg only leads there."""
    waypoints = tuple(
        Waypoint(
            position=place(east, north),
            altitude=Altitude(metres=height_m, above=AltitudeReference.HOME),
            speed_m_s=speed_m_s,
            gimbal_pitch_deg=-60.0,
            leg=LegKind.SERVICE if number else LegKind.DEADHEAD,
        )
        for number, (east, north) in enumerate(corners_m)
    )
    stops = [(0.0, 0.0), *corners_m, (0.0, 0.0)]
    lengths = [((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in pairwise(stops)]
    estimate = Estimate(
        distance_m=sum(lengths),
        service_m=sum(lengths[1:-1]),
        time_s=sum(lengths) / speed_m_s + height_m / 3 + height_m / 1.0 + 20.0,
        energy_wh=20.0,
        energy_share_pct=10.0,
    )
    whole = tuple(
        Sortie(
            sortie_id=f"sortie-{number + 1}",
            takeoff_height_m=height_m,
            waypoints=waypoints,
            stretch_ids=(),
            estimate=estimate,
        )
        for number in range(sorties)
    )
    edge_m = max(max(abs(east), abs(north)) for east, north in corners_m) + 80.0
    square = ((-edge_m, -edge_m), (edge_m, -edge_m), (edge_m, edge_m), (-edge_m, edge_m))
    return with_hash(
        plan_with(
            sorties=whole,
            fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=tuple(place(*corner) for corner in square)),
            rally=(DOCK,),
            estimate=replace(estimate, time_s=estimate.time_s * sorties),
        )
    )


class ItemStore:
    """A Copter's side of the mission protocol, with faults that can be switched on."""

    def __init__(self) -> None:
        self.items: dict[int, list[WireItem]] = {0: [], 1: [], 2: []}
        self.lose: Callable[[Message], bool] = lambda _message: False
        """Whether a message on the air, in either direction, is lost."""
        self.change: Callable[[WireItem], WireItem] = lambda item: item
        """What the vehicle really stores."""
        self.most_items = 650
        self.no_space_answers = 0
        self.denials = 0
        """Times that an upload is refused because another station's is under way."""
        self.refuse: dict[int, int] = {}
        """MAV_MISSION_RESULT by the item that is refused."""
        self._expected = 0
        self._count = 0
        self._type = 0

    def hear(self, message: Message) -> list[Message]:
        """Answer one message."""
        if self.lose(message):
            return []
        return [reply for reply in self._answers(message) if not self.lose(reply)]

    def _answers(self, message: Message) -> list[Message]:
        mission_type = message.fields.get("mission_type", 0)
        assert isinstance(mission_type, int)
        match message.name:
            case "MISSION_COUNT":
                return self._begin(message.integer("count"), mission_type)
            case "MISSION_ITEM_INT":
                return self._take(item_of(message))
            case "MISSION_REQUEST_LIST":
                count = len(self.items[mission_type])
                return [Message("MISSION_COUNT", {"count": count, "mission_type": mission_type})]
            case "MISSION_REQUEST_INT":
                return [item_message(self.items[mission_type][message.integer("seq")])]
            case "MISSION_CLEAR_ALL":
                self._expected = self._count = 0
                self.items[mission_type] = []
                return [_ack(0, mission_type)]
            case _:
                return []

    def _begin(self, count: int, mission_type: int) -> list[Message]:
        if self.no_space_answers > 0 or count > self.most_items:
            self.no_space_answers -= 1
            return [_ack(4, mission_type)]
        if self.denials > 0:
            self.denials -= 1
            return [_ack(14, mission_type)]
        del self.items[mission_type][count:]  # as ArduPilot does: what is there stays until it is overwritten
        self._expected, self._count, self._type = 0, count, mission_type
        return [_request(0, mission_type)] if count else [_ack(0, mission_type)]

    def _take(self, item: WireItem) -> list[Message]:
        if self._expected >= self._count:
            return [_ack(1, item.mission_type)]
        if item.seq != self._expected:
            return [_ack(13, item.mission_type), _request(self._expected, item.mission_type)]
        if item.seq in self.refuse:
            self._count = 0
            return [_ack(self.refuse[item.seq], item.mission_type)]
        self.items[item.mission_type][item.seq : item.seq + 1] = [self.change(item)]
        self._expected += 1
        if self._expected == self._count:
            return [_ack(0, item.mission_type)]
        return [_request(self._expected, item.mission_type)]


def _ack(result: int, mission_type: int) -> Message:
    return Message("MISSION_ACK", {"type": result, "mission_type": mission_type})


def _request(seq: int, mission_type: int) -> Message:
    return Message("MISSION_REQUEST", {"seq": seq, "mission_type": mission_type})


HEARTBEAT = Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 81, "custom_mode": 4})


class Vehicle(asyncio.DatagramProtocol):
    """One end of a UDP link, with the vehicle's encoder."""

    def __init__(self, system_id: int = 1) -> None:
        self.encoder = Encoder(system_id, 1)
        self.heard: list[Message] = []
        self.frames: list[bytes] = []
        """As they came: each datagram of ours is one frame."""
        self.said: list[bytes] = []
        self._decoder = Decoder()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Keep what we send."""
        self.frames.append(data)
        self.heard += [received.message for received in self._decoder.decode(data)]

    def say(self, message: Message) -> None:
        """Send one message to the ground station."""
        self.said.append(self.encoder.encode(message))
        self.transport.sendto(self.said[-1])  # type: ignore[attr-defined]  # a datagram transport


@asynccontextmanager
async def vehicle_at(port: int, system_id: int = 1) -> AsyncIterator[Vehicle]:
    """Send to a port of this machine as a vehicle would."""
    loop = asyncio.get_running_loop()
    transport, vehicle = await loop.create_datagram_endpoint(
        lambda: Vehicle(system_id), remote_addr=("127.0.0.1", port)
    )
    try:
        yield vehicle
    finally:
        transport.close()


async def until(what: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Return once something is true that no event tells; fail after some wall time."""
    async with asyncio.timeout(timeout_s):
        while not what():  # noqa: ASYNC110 - a count or a list is no event
            await asyncio.sleep(0.02)
