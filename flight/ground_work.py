"""What is done on the ground: fence and parameters, the preflight table, a fresh battery."""

from flight.checks.facts import Facts, home_of
from flight.configure import configure, recall_replaced
from flight.context import Flight
from flight.errors import PreflightFailed
from flight.events import CheckState, EventKind
from flight.item_codec import wire_items
from flight.meeting import meet
from flight.preflight import preflight, wait_ready
from flight.sensor_watch import SensorWatch
from flight.settings import BatterySwap
from flight.simulated import refill_simulated_battery
from flight.transfer import upload
from flight.trouble import Trouble
from flight.video_loss import VideoLoss
from missions import Sortie
from missions.formats.mav_commands import MAV_MISSION_TYPE_FENCE, MAV_MISSION_TYPE_RALLY
from missions.items import fence_items, rally_items


async def store_surroundings(flight: Flight) -> None:
    """Store fence and rally points, then the parameters that make them count."""
    home = home_of(flight)
    if home is not None and flight.plan.dock.distance_m(home) > flight.settings.home_tolerance_m:
        away_m = flight.plan.dock.distance_m(home)
        if flight.settings.waiver_of("home") is None:  # a fence around another place would only breach
            raise PreflightFailed([f"home: {away_m:.0f} m from the plan's dock"])
    fence = wire_items(fence_items(flight.plan), MAV_MISSION_TYPE_FENCE)
    await upload(flight.link, fence, MAV_MISSION_TYPE_FENCE)
    rally = wire_items(rally_items(flight.plan), MAV_MISSION_TYPE_RALLY)
    await upload(flight.link, rally, MAV_MISSION_TYPE_RALLY)
    flight.tell(EventKind.UPLOADED, f"fence: {len(fence)} corners, rally: {len(rally)} points stored and read back")
    await configure(flight)


def begin_beside(flight: Flight) -> None:
    """Recall what an earlier flight had changed and not given back, and begin to watch what it does not."""
    recall_replaced(flight)
    flight.link.listen(SensorWatch(flight).hear)
    trouble = Trouble(flight)
    flight.link.listen(trouble.hear_text)
    flight.state.listen(trouble.hear)
    if flight.ground.pictures is not None:
        flight.state.listen(VideoLoss(flight, flight.ground.pictures).hear)


async def judge(facts: Facts) -> None:
    """Judge the preflight table and tell it.

    Raises:
        PreflightFailed: a check failed that nobody had waived.

    """
    flight = facts.flight
    checks = await preflight(facts, probes=flight.ground.probes)
    failed = [f"{check.name}: {check.detail}" for check in checks if check.state is CheckState.FAIL]
    flight.tell(EventKind.PREFLIGHT, "not ready" if failed else "ready to fly", checks=checks)
    if failed:
        raise PreflightFailed(failed)


async def between_flights(flight: Flight, sortie: Sortie, *, again: bool) -> None:
    """Do what is due before the next flight; a real one that goes on at once keeps its battery, if it may."""
    simulated = flight.settings.battery_swap is not BatterySwap.ASK and flight.parameters.is_simulated
    if not again or simulated:
        await swap_battery(flight, sortie)


async def swap_battery(flight: Flight, sortie: Sortie) -> None:
    """Have a full battery before the next sortie; a real vehicle was switched off for it and is met anew."""
    swap = flight.settings.battery_swap
    if swap is BatterySwap.SIMULATED or (swap is BatterySwap.BY_VEHICLE and flight.parameters.is_simulated):
        await refill_simulated_battery(flight)
        flight.tell(EventKind.BATTERY_SWAP, f"simulated battery refilled before sortie {sortie.sortie_id}")
        return
    flight.tell(EventKind.BATTERY_SWAP, f"waiting for a charged battery before sortie {sortie.sortie_id}")
    await flight.control.wait_battery()
    await meet(flight)
    await wait_ready(flight)
    await store_surroundings(flight)
