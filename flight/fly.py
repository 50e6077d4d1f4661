"""A whole patrol: connect, check, upload, fly every sortie, report."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from flight.commands import request_message
from flight.configure import configure, refill_simulated_battery
from flight.context import Flight
from flight.control import FlightControl
from flight.errors import NotApproved, PreflightFailed, SortieCutShort, VehicleBusy
from flight.events import CheckState, EventKind, OnEvent
from flight.exchange import Exchange
from flight.item_codec import WireItem, list_differences, wire_item
from flight.legs import sortie_legs
from flight.link import MavLink, open_link
from flight.message_rates import request_rates
from flight.parameters import download_parameters
from flight.preflight import home_of, preflight_checks, wait_ready
from flight.report import FlightReport, Outcome, SortieReport, max_cross_track_m, mean_cross_track_m
from flight.settings import BatterySwap, FlySettings
from flight.sortie import SortieWatch, start_sortie
from flight.telemetry_feed import TelemetryFeed
from flight.transfer import download, upload
from flight.vehicle_state import STREAMS, OnTelemetry, VehicleState
from missions import Breakpoint, InputError, MissionItem, Plan, Sortie
from missions.formats.mav_commands import MAV_MISSION_TYPE_FENCE, MAV_MISSION_TYPE_MISSION, MAV_MISSION_TYPE_RALLY
from missions.items import fence_items, mission_items, rally_items

_AUTOPILOT_VERSION_ID = 148
_VERSION_TYPES = {0: "-dev", 64: "-alpha", 128: "-beta", 192: "-rc", 255: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What an operator should see before the plan goes to a vehicle."""

    vehicle_id: str
    system_id: int
    firmware: str
    address: str
    is_loopback: bool
    home_from_dock_m: float | None
    fence_corners: int
    fence_ceiling_m: float
    sortie_count: int


Approve = Callable[[Briefing], Awaitable[bool]]


async def fly_patrol(
    link: str | Exchange,
    plan: Plan,
    settings: FlySettings,
    *,
    on_event: OnEvent,
    on_telemetry: OnTelemetry | None = None,
    control: FlightControl | None = None,
    approve: Approve | None = None,
    start: Breakpoint | None = None,
    tlog: Path | None = None,
    feed: TelemetryFeed | None = None,
) -> FlightReport:
    """Fly every sortie of a plan, or go on from a breakpoint; return what was flown.

    A vehicle that already flies this very plan is followed, nothing is sent to it. `approve` is asked once the vehicle
    is known and before anything is stored on it. `feed`, another link to the same vehicle, is told what its telemetry
    alone does not say.

    Raises:
        LinkSilent: no such vehicle at this address (exit 2).
        PreflightFailed, NotApproved, MissionRejected, ReadBackDiffers, VehicleBusy: nothing was armed.
        SortieCutShort: it came back early; carries the report and where to go on.
        LinkLost: it fell silent in flight.

    """
    async with AsyncExitStack() as stack:
        opened: Exchange
        if isinstance(link, str):
            opened = await stack.enter_async_context(open_link(link, tlog=tlog, own_system_id=settings.own_system_id))
        else:
            opened = link
        flight = _flight_on(opened, plan, settings, on_event=on_event, control=control)
        if on_telemetry is not None:
            flight.state.listen(on_telemetry)
        await _meet(flight)
        if feed is not None:
            feed.tell_gimbal(rides_body=flight.state.gimbal_rides_body)
        folder = tlog.parent if tlog is not None else Path.cwd()
        return await _fly_all(flight, approve, start, folder)


def _flight_on(
    link: Exchange, plan: Plan, settings: FlySettings, *, on_event: OnEvent, control: FlightControl | None
) -> Flight:
    state = VehicleState(
        link.clock, patrol_id=settings.patrol_id, vehicle_id=plan.vehicle_id, stream_id=settings.stream_id
    )
    link.listen(state.hear)
    return Flight(
        link=link, state=state, plan=plan, settings=settings, control=control or FlightControl(), on_event=on_event
    )


async def _meet(flight: Flight) -> None:
    """Wait for the vehicle's heartbeat, ask for its streams and learn its parameters."""
    link, plan, settings = flight.link, flight.plan, flight.settings
    if isinstance(link, MavLink):
        await link.wait_vehicle(system_id=plan.system_id, timeout_s=settings.heartbeat_wait_s)
    flight.firmware = await _firmware(link)
    await request_rates(
        link, {name: (number, settings.telemetry_hz * share) for name, (number, share) in STREAMS.items()}
    )
    flight.parameters = await download_parameters(link)
    flight.state.gimbal_rides_body = flight.parameters.gimbal_rides_body
    flight.tell(
        EventKind.CONNECTED,
        f"{plan.vehicle_id} (system id {link.target_system}) at {link.address}: {flight.firmware}, "
        f"{len(flight.parameters.by_name)} parameters",
    )


async def _firmware(link: Exchange) -> str:
    version = await request_message(link, _AUTOPILOT_VERSION_ID, name="AUTOPILOT_VERSION")
    if version is None:
        return "unknown"
    number = version.integer("flight_sw_version")
    kind = _VERSION_TYPES.get(number & 255, "")
    hash_bytes = version.fields.get("flight_custom_version")
    commit = bytes(hash_bytes).split(b"\0")[0].decode("ascii", "replace") if isinstance(hash_bytes, list) else ""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}{kind}" + (f" ({commit})" if commit else "")


def _wire(items: tuple[MissionItem, ...], mission_type: int) -> tuple[WireItem, ...]:
    return tuple(wire_item(item, mission_type) for item in items)


async def _fly_all(flight: Flight, approve: Approve | None, start: Breakpoint | None, folder: Path) -> FlightReport:
    began_utc_s = flight.link.clock.now_utc_s
    reports: list[SortieReport] = []
    watch: SortieWatch | None = None
    first, first_waypoint = _start_of(flight.plan, start)
    attached = await _flying_sortie(flight) if flight.state.armed else None
    if attached is None:
        reasons = await wait_ready(flight)
        began_utc_s = flight.link.clock.now_utc_s
        await _ask_approval(flight, approve)
        await _store_surroundings(flight)
    else:
        first, first_waypoint = attached
        reasons = []
    for index in range(first, len(flight.plan.sorties)):
        sortie = flight.plan.sorties[index]
        flight.sortie_id = sortie.sortie_id
        items = mission_items(flight.plan, sortie, first_waypoint=first_waypoint)
        if attached is None:
            if index > first:
                await _swap_battery(flight, sortie)
                reasons = await wait_ready(flight)
            await upload(flight.link, _wire(items, MAV_MISSION_TYPE_MISSION), MAV_MISSION_TYPE_MISSION)
            flight.tell(EventKind.UPLOADED, f"mission: {len(items)} items stored and read back")
            _judge(flight, sortie, len(items), reasons, folder)
            await start_sortie(flight)
        watch = SortieWatch(
            flight=flight,
            sortie=sortie,
            number=index + 1,
            items=items,
            legs=sortie_legs(flight.plan, sortie, items),
        )
        reports.append(await watch.follow())
        attached, first_waypoint = None, 0
        if reports[-1].outcome is not Outcome.COMPLETE:
            break
        flight.tell(EventKind.LANDED, f"landed {reports[-1].landed_from_dock_m or 0:.1f} m from the dock")
    report = _report(flight, tuple(reports), began_utc_s, watch)
    if report.outcome is Outcome.CUT_SHORT:
        raise _cut_short(report, watch)
    return report


def _start_of(plan: Plan, start: Breakpoint | None) -> tuple[int, int]:
    """Return the sortie's index and the first waypoint to fly."""
    if start is None:
        return 0, 0
    for index, sortie in enumerate(plan.sorties):
        if sortie.sortie_id == start.sortie_id:
            ahead = [
                item.waypoint_index
                for item in mission_items(plan, sortie)
                if item.waypoint_index is not None and item.seq >= start.item_seq
            ]
            # The leg that was being flown is flown again from its start, so that all of it is seen.
            return (index, max(0, ahead[0] - 1)) if ahead else (index + 1, 0)
    raise InputError(f"the plan has no sortie {start.sortie_id!r}", remedy="the plan that was being flown")


async def _flying_sortie(flight: Flight) -> tuple[int, int] | None:
    """Return which sortie, from which waypoint, an armed vehicle is flying.

    Raises:
        VehicleBusy: it flies something else.

    """
    stored = await download(flight.link, MAV_MISSION_TYPE_MISSION)
    for index, sortie in enumerate(flight.plan.sorties):
        for first_waypoint in range(max(1, len(sortie.waypoints))):
            items = mission_items(flight.plan, sortie, first_waypoint=first_waypoint)
            if len(items) < len(stored):
                break
            if not list_differences(_wire(items, MAV_MISSION_TYPE_MISSION), stored):
                flight.sortie_id = sortie.sortie_id
                flight.tell(EventKind.ATTACHED, f"already flying this plan's sortie {sortie.sortie_id}: following it")
                return index, first_waypoint
    raise VehicleBusy(f"{flight.plan.vehicle_id} is armed and has another mission of {len(stored)} items")


async def _ask_approval(flight: Flight, approve: Approve | None) -> None:
    if approve is None:
        return
    plan, home = flight.plan, home_of(flight)
    briefing = Briefing(
        vehicle_id=plan.vehicle_id,
        system_id=flight.link.target_system,
        firmware=flight.firmware,
        address=flight.link.address,
        is_loopback=flight.link.is_loopback,
        home_from_dock_m=plan.dock.distance_m(home) if home is not None else None,
        fence_corners=len(plan.fence.corners),
        fence_ceiling_m=plan.ceiling_m,
        sortie_count=len(plan.sorties),
    )
    if not await approve(briefing):
        raise NotApproved("the flight was not approved; nothing was sent to the vehicle")


async def _store_surroundings(flight: Flight) -> None:
    """Store fence and rally points, then the parameters that make them count."""
    home = home_of(flight)
    if home is not None and flight.plan.dock.distance_m(home) > flight.settings.home_tolerance_m:
        away_m = flight.plan.dock.distance_m(home)
        if "home" not in flight.settings.waive:  # a fence around another place would only breach
            raise PreflightFailed([f"home: {away_m:.0f} m from the plan's dock"])
    fence = _wire(fence_items(flight.plan), MAV_MISSION_TYPE_FENCE)
    await upload(flight.link, fence, MAV_MISSION_TYPE_FENCE)
    rally = _wire(rally_items(flight.plan), MAV_MISSION_TYPE_RALLY)
    await upload(flight.link, rally, MAV_MISSION_TYPE_RALLY)
    flight.tell(EventKind.UPLOADED, f"fence: {len(fence)} corners, rally: {len(rally)} points stored and read back")
    await configure(flight)


def _judge(flight: Flight, sortie: Sortie, item_count: int, reasons: list[str], folder: Path) -> None:
    checks = preflight_checks(flight, sortie, item_count=item_count, reasons=reasons, folder=folder)
    failed = [f"{check.name}: {check.detail}" for check in checks if check.state is CheckState.FAIL]
    flight.tell(EventKind.PREFLIGHT, "not ready" if failed else "ready to fly", checks=checks)
    if failed:
        raise PreflightFailed(failed)


async def _swap_battery(flight: Flight, sortie: Sortie) -> None:
    """Have a full battery before the next sortie; a real vehicle was switched off for it and is met anew."""
    if flight.settings.battery_swap is BatterySwap.SIMULATED:
        await refill_simulated_battery(flight)
        flight.tell(EventKind.BATTERY_SWAP, f"simulated battery refilled before sortie {sortie.sortie_id}")
        return
    flight.tell(EventKind.BATTERY_SWAP, f"waiting for a charged battery before sortie {sortie.sortie_id}")
    await flight.control.wait_battery()
    await _meet(flight)
    await wait_ready(flight)
    await _store_surroundings(flight)


def _report(
    flight: Flight, sorties: tuple[SortieReport, ...], began_utc_s: float, watch: SortieWatch | None
) -> FlightReport:
    plan = flight.plan
    legs = tuple(leg for sortie in sorties for leg in sortie.legs)
    outcome = next((s.outcome for s in sorties if s.outcome is not Outcome.COMPLETE), Outcome.COMPLETE)
    unfinished = outcome is not Outcome.COMPLETE and watch is not None and watch.at is not None
    at = watch.at if unfinished and watch is not None else None
    return FlightReport(
        mission_name=plan.mission_name,
        plan_hash=plan.plan_hash,
        vehicle_id=plan.vehicle_id,
        system_id=flight.link.target_system,
        firmware=flight.firmware,
        link_url=flight.link.address,
        began_utc_s=began_utc_s,
        ended_utc_s=flight.link.clock.now_utc_s,
        outcome=outcome,
        planned=plan.estimate,
        flown_distance_m=sum(sortie.flown_distance_m for sortie in sorties),
        flown_time_s=sum(sortie.flown_time_s for sortie in sorties),
        height_max_m=max((sortie.height_max_m for sortie in sorties), default=0.0),
        cross_track_max_m=max_cross_track_m(legs),
        cross_track_mean_m=mean_cross_track_m(legs),
        sorties=sorties,
        link=flight.link.quality,
        events=tuple(flight.events),
        breakpoint=at,
        breakpoint_waypoint=watch.legs.legs[at.item_seq].waypoint if at is not None and watch is not None else None,
    )


def _cut_short(report: FlightReport, watch: SortieWatch | None) -> SortieCutShort:
    why = watch.ended_early if watch is not None and watch.ended_early else "the vehicle landed"
    where = f" at waypoint {report.breakpoint_waypoint + 1}" if report.breakpoint_waypoint is not None else ""
    error = SortieCutShort(f"the patrol ended early{where}: {why}", at=report.breakpoint)
    error.report = report
    return error
