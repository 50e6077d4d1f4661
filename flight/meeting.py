"""The first minutes with a vehicle: who it is, what it tells, and the operator's word before anything is stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flight.checks.facts import home_of
from flight.commands import request_version
from flight.context import Flight
from flight.errors import NotApproved
from flight.events import EventKind
from flight.exchange import Exchange
from flight.message_rates import request_rates
from flight.parameters import download_parameters
from flight.vehicle_link import VehicleLink
from flight.vehicle_state import STREAMS

_VERSION_TYPES = {0: "-dev", 64: "-alpha", 128: "-beta", 192: "-rc", 255: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What an operator should see before the plan goes to a vehicle."""

    vehicle_id: str
    system_id: int
    firmware: str
    address: str
    is_simulation: bool
    """It has the parameters of one; its address does not count."""
    home_from_dock_m: float | None
    fence_corners: int
    fence_ceiling_m: float
    sortie_count: int
    foreign_stations: tuple[int, ...] = ()
    """System ids of other ground stations that are heard."""


Approve = Callable[[Briefing], Awaitable[bool]]


async def meet(flight: Flight) -> None:
    """Find the vehicle and learn what it tells."""
    await find(flight)
    await learn(flight)


async def find(flight: Flight) -> None:
    """Wait for the vehicle's heartbeat and ask who it is; nothing is changed on it."""
    link = flight.link
    if isinstance(link, VehicleLink):
        await link.wait_vehicle(system_id=flight.plan.system_id, timeout_s=flight.settings.heartbeat_wait_s)
    flight.firmware = await _firmware(link)


async def learn(flight: Flight) -> None:
    """Ask for the vehicle's streams and learn its parameters."""
    link, plan, settings = flight.link, flight.plan, flight.settings
    absent = await request_rates(
        link, {name: (number, settings.telemetry_hz * share) for name, (number, share) in STREAMS.items()}
    )
    link.unlisten(flight.parameters.hear)
    flight.parameters = await download_parameters(link)
    link.listen(flight.parameters.hear)
    flight.state.gimbal_rides_body = flight.parameters.gimbal_rides_body
    flight.tell(
        EventKind.CONNECTED,
        f"{plan.vehicle_id} (system id {link.target_system}) at {link.address}: {flight.firmware}, "
        f"{len(flight.parameters.by_name)} parameters" + (f"; it does not send {', '.join(absent)}" if absent else ""),
    )


async def _firmware(link: Exchange) -> str:
    version = await request_version(link)
    if version is None:
        return "unknown"
    number = version.integer("flight_sw_version")
    kind = _VERSION_TYPES.get(number & 255, "")
    hash_bytes = version.fields.get("flight_custom_version")
    commit = bytes(hash_bytes).split(b"\0")[0].decode("ascii", "replace") if isinstance(hash_bytes, list) else ""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}{kind}" + (f" ({commit})" if commit else "")


async def ask_approval(flight: Flight, approve: Approve | None) -> None:
    """Show the operator what is about to fly and wait for the word.

    Raises:
        NotApproved: it was no.

    """
    if approve is None:
        return
    plan, home = flight.plan, home_of(flight)
    briefing = Briefing(
        vehicle_id=plan.vehicle_id,
        system_id=flight.link.target_system,
        firmware=flight.firmware,
        address=flight.link.address,
        is_simulation=flight.parameters.is_simulated,
        home_from_dock_m=plan.dock.distance_m(home) if home is not None else None,
        fence_corners=len(plan.fence.corners),
        fence_ceiling_m=plan.ceiling_m,
        sortie_count=len(plan.sorties),
        foreign_stations=flight.link.quality.foreign_stations,
    )
    if not await approve(briefing):
        raise NotApproved("the flight was not approved; nothing was sent to the vehicle")
