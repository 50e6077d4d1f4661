"""One aircraft of a fleet in flight: what is known of it, what it may do next, and what it was told."""

import asyncio
import math
from dataclasses import dataclass, field, replace
from typing import Final

from flight import copter_modes as modes
from flight.control import FlightControl
from flight.events import EventKind, FlightEvent, FlightProgress, FlightUpdate
from flight.exchange import Exchange
from geo import LocalFrame
from missions import Breakpoint, GeoPoint, Plan, Sortie, Telemetry
from missions.items import mission_items
from patrol.fleet.ahead import Doing, Place, Seen, climbs, flies_home, goes_on, stops
from patrol.fleet.separation import Action, Mover, Option

HORIZON_S: Final = 20.0
"""So far ahead flights are compared; a Copter at 15 m/s stops in half of it."""
_TAKEOFF_HORIZON_S: Final = 60.0
_ON_GROUND_M: Final = 1.0
_AT_HOME_M: Final = 5.0
_BELOW_M: Final = 2.0
_RESUME_EXTRA_M: Final = 10.0
_CLIMB_SPARE_M: Final = 2.0
_SILENT_S: Final = 3.0
_REACTS_S, _REACTS_WALL_S = 0.6, 0.2
_RETURNING: Final = frozenset(modes.mode_name(mode) for mode in modes.RETURNING - {modes.LAND})
_OURS: Final = frozenset(map(modes.mode_name, (modes.AUTO, modes.GUIDED)))
_ENDS: Final = {EventKind.RETURNING, EventKind.LANDING, EventKind.HANDED_OVER, EventKind.LANDED}


@dataclass(kw_only=True)
class FleetAircraft:
    """An aircraft, its plan and its link. `frame` is the fleet's."""

    plan: Plan
    link: Exchange
    frame: LocalFrame
    control: FlightControl = field(default_factory=FlightControl)
    telemetry: Telemetry | None = None
    progress: FlightProgress | None = None
    sortie: Sortie | None = None
    """That is prepared or flown."""
    waits: bool = False
    """For its clearance to take off."""
    cleared: bool = False
    """To take off; until it is in the air."""
    held: bool = False
    held_by_us: bool = False
    climbed: bool = False
    giving: bool = False
    """Whether an order of the separation watch is on its way: what happens now, happens by it."""
    resuming: bool = False
    last_text: str = ""
    _clearance: asyncio.Event = field(default_factory=asyncio.Event)
    _waypoint_of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        east, north, _ = self.frame.geodetic_to_enu(self.plan.dock.lat_deg, self.plan.dock.lon_deg)[0]
        self.dock_m: Place = (float(east), float(north), self.plan.dock_amsl_m)

    @property
    def vehicle_id(self) -> str:
        """Of its plan."""
        return self.plan.vehicle_id

    # -- what is heard ---------------------------------------------------------------------------------------------

    def hear(self, telemetry: Telemetry) -> None:
        """Take one position."""
        self.telemetry = telemetry
        if self.cleared and telemetry.armed and telemetry.height_above_home_m > _ON_GROUND_M:
            self.cleared = False

    def see(self, update: FlightUpdate) -> None:
        """Take one event or progress of its flight."""
        if isinstance(update, FlightProgress):
            self.progress = update
            if self.sortie is None or self.sortie.sortie_id != update.sortie_id:  # taken up in the air
                self._begin_named(update.sortie_id)
            return
        self.last_text = update.text
        if self.sortie is None and update.sortie_id is not None:
            self._begin_named(update.sortie_id)
        self._follow(update)

    def _follow(self, event: FlightEvent) -> None:
        if event.kind in {EventKind.HELD, EventKind.LOOKING}:
            self.held, self.held_by_us = True, self.giving
        elif event.kind in {EventKind.RESUMED, EventKind.LOOKED, EventKind.RECOVERED, *_ENDS}:
            self.held = self.held_by_us = self.climbed = self.resuming = False

    def _begin_named(self, sortie_id: str) -> None:
        self.begin(next(each for each in self.plan.sorties if each.sortie_id == sortie_id))

    def begin(self, sortie: Sortie) -> None:
        """Prepare a sortie; the last one is over."""
        self.sortie, self.progress = sortie, None
        self.held = self.held_by_us = self.climbed = self.cleared = self.resuming = False
        items = mission_items(self.plan, sortie)
        self._waypoint_of = {item.seq: item.waypoint_index for item in items if item.waypoint_index is not None}

    async def wait_clearance(self) -> None:
        """Wait on the ground until `clear` is called."""
        self._clearance.clear()
        self.waits = True
        try:
            await self._clearance.wait()
        finally:
            self.waits = False

    def clear(self) -> None:
        """Let it take off."""
        self.waits, self.cleared = False, True
        self._clearance.set()

    # -- what it does ----------------------------------------------------------------------------------------------

    @property
    def in_the_air(self) -> bool:
        """Armed and off the ground."""
        now = self.telemetry
        return now is not None and now.armed and now.height_above_home_m > _ON_GROUND_M

    def doing(self) -> Doing:
        """Return what it is at."""
        now = self.telemetry
        if now is None or not self.in_the_air:
            return Doing.ROUTE if self.cleared else Doing.GROUND
        if now.mode in _RETURNING:
            return Doing.RETURN
        if now.mode == "LAND":
            return Doing.LANDING
        if self.resuming:
            return Doing.ROUTE
        if self.held:
            return Doing.HELD if now.mode in _OURS else Doing.FREE
        return Doing.ROUTE if now.mode == "AUTO" else Doing.FREE

    def place_m(self) -> Place:
        """Return where it is; its height is its own above home, and its dock's above the sea."""
        now = self.telemetry
        if now is None:
            return self.dock_m
        return self._place_m(now.position, now.height_above_home_m)

    def seen(self) -> Seen:
        """Return it as it is now."""
        now, doing = self.telemetry, self.doing()
        velocity = now.velocity_enu_m_s if now is not None and self.in_the_air else (0.0, 0.0, 0.0)
        return Seen(
            place_m=self.place_m(),
            velocity_m_s=velocity,
            doing=doing,
            dock_m=self.dock_m,
            return_m=self.plan.return_height_m + self.plan.dock_amsl_m,
            route=self._route() if doing in {Doing.ROUTE, Doing.HELD} or self.waits else (),
            latency_s=_REACTS_S + _REACTS_WALL_S * max(1.0, self.link.clock.pace),
        )

    def _place_m(self, position: GeoPoint, height_m: float) -> Place:
        east, north, _ = self.frame.geodetic_to_enu(position.lat_deg, position.lon_deg)[0]
        return float(east), float(north), height_m + self.plan.dock_amsl_m

    def _route(self) -> tuple[tuple[Place, float], ...]:
        """Return what lies ahead: the climb first, where it is still below its first leg over its dock."""
        sortie, at = self.sortie, self.control.place()
        if sortie is None:
            return ()
        here = self.place_m()
        waypoint, begun = self._ahead(at if at is not None and at.sortie_id == sortie.sortie_id else None)
        rest = [
            (self._place_m(each.position, each.altitude.metres), each.speed_m_s) for each in sortie.waypoints[waypoint:]
        ]
        first_m = sortie.takeoff_height_m + self.plan.dock_amsl_m
        climbing = not begun and math.dist(here[:2], self.dock_m[:2]) < _AT_HOME_M and here[2] < first_m - _BELOW_M
        if climbing:
            return (((here[0], here[1], first_m), 1.0), *rest)
        if self.climbed and rest:
            return (((here[0], here[1], rest[0][0][2]), 1.0), *rest)
        return tuple(rest)

    def _ahead(self, at: Breakpoint | None) -> tuple[int, bool]:
        """Return the waypoint being flown to, and whether anything was flown of the sortie yet."""
        if at is None:
            return 0, False
        later = [index for seq, index in self._waypoint_of.items() if seq >= at.item_seq]
        waypoint = min(later, default=len(self._waypoint_of))
        return waypoint, waypoint > 0 or at.fraction > 0

    # -- what it may do --------------------------------------------------------------------------------------------

    def mover(self, layer_m: float) -> Mover | None:
        """Return its options; None where it is on the ground and stays there."""
        if not self.waits and self.doing() is Doing.GROUND:
            return None
        seen = self.seen()
        if self.waits:
            return Mover(vehicle_id=self.vehicle_id, options=self._before_takeoff(seen))
        go = goes_on(seen, HORIZON_S)
        if self.link.silent_s > _SILENT_S:
            tracks = (go, stops(seen, HORIZON_S), flies_home(seen, HORIZON_S))
            return Mover(vehicle_id=self.vehicle_id, options=(Option(action=Action.GO, tracks=tracks),))
        if not self._takes_orders(seen.doing):
            return Mover(vehicle_id=self.vehicle_id, options=(Option(action=Action.GO, tracks=(go,)),))
        return Mover(vehicle_id=self.vehicle_id, options=self._in_the_air(seen, layer_m))

    def _takes_orders(self, doing: Doing) -> bool:
        if not self.control.flying or self.cleared:
            return False
        return (doing is Doing.ROUTE and not self._comes_down()) or (doing is Doing.HELD and self.held_by_us)

    def _comes_down(self) -> bool:
        """Whether its mission has come back over its dock, to land."""
        at = self.control.place()
        home = at is not None and bool(self._waypoint_of) and at.item_seq > max(self._waypoint_of)
        return home and math.dist(self.place_m()[:2], self.dock_m[:2]) < _AT_HOME_M

    def _before_takeoff(self, seen: Seen) -> tuple[Option, ...]:
        off = goes_on(replace(seen, doing=Doing.ROUTE), _TAKEOFF_HORIZON_S)
        return Option(action=Action.GO, tracks=(off,)), Option(action=Action.WAIT, tracks=())

    def _in_the_air(self, seen: Seen, layer_m: float) -> tuple[Option, ...]:
        moving = replace(seen, doing=Doing.ROUTE)
        extra_m = _RESUME_EXTRA_M if self.held_by_us else 0.0
        options = [
            Option(action=Action.GO, tracks=(goes_on(moving, HORIZON_S),), extra_m=extra_m),
            Option(action=Action.HOLD, tracks=(stops(seen, HORIZON_S),)),
        ]
        ceiling_m = self.plan.ceiling_m + self.plan.dock_amsl_m - _CLIMB_SPARE_M
        for layers in (1, 2):
            to_m = seen.place_m[2] + layers * layer_m + 1.0
            if to_m <= ceiling_m:
                options.append(Option(action=Action.CLIMB, tracks=(climbs(seen, to_m, HORIZON_S),), to_m=to_m))
        return tuple(options)
