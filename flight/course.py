"""Where on a sortie an aircraft is: the stored items, their legs, and what of them lies behind."""

from dataclasses import dataclass, field

from flight.events import FlightProgress
from flight.exchange import LinkQuality
from flight.legs import Leg, SortieLegs, sortie_legs
from missions import Breakpoint, MissionItem, Plan, Sortie, Telemetry, Waypoint
from missions.formats.mav_commands import MAV_CMD_NAV_TAKEOFF, MAV_CMD_NAV_WAYPOINT
from missions.items import mission_items
from missions.place import joining_point, place_of

_CLIMB_M_S, _SPOOL_S = 2.5, 5.0  # of any Copter, near enough to tell what is left for the return


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What of a sortie is flown: all of it, or from a place on its way on."""

    sortie: int
    """Index into the plan's sorties."""
    first_waypoint: int = 0
    way: tuple[Waypoint, ...] = ()
    """Flown before it; the last is where the sortie goes on."""
    start: Breakpoint | None = None

    def items(self, plan: Plan) -> tuple[MissionItem, ...]:
        """Return what the vehicle stores for it."""
        return mission_items(plan, plan.sorties[self.sortie], first_waypoint=self.first_waypoint, way=self.way)


def rest_from(plan: Plan, start: Breakpoint) -> Rest:
    """Return what is left from a breakpoint on; its way is the exact point alone.

    Raises:
        InputError: the plan has no such place.

    """
    place = place_of(plan, start)
    sortie = plan.sorties[place.sortie]
    if place.waypoint >= len(sortie.waypoints):
        return Rest(sortie=place.sortie + 1)
    if place.waypoint == 0 and place.fraction == 0.0:
        return Rest(sortie=place.sortie)
    point = joining_point(plan, sortie, place)
    return Rest(sortie=place.sortie, first_waypoint=place.waypoint, way=(point,), start=start)


@dataclass(kw_only=True)
class Course:
    """A sortie as it is stored and flown; `reach` and `note` follow the vehicle along it."""

    plan: Plan
    rest: Rest
    seq: int = 0
    """The stored item being flown to."""
    reached_return: bool = False
    at: Breakpoint | None = None
    """How far the whole sortie was flown; None before its first leg."""
    left_out: set[int] = field(default_factory=set)
    return_boot_s: float | None = None
    ordered_speed_m_s: float | None = None
    """By an operator, for the leg that is flown; None: the plan's."""

    def __post_init__(self) -> None:
        self.sortie: Sortie = self.plan.sorties[self.rest.sortie]
        self.items: tuple[MissionItem, ...] = self.rest.items(self.plan)
        self.legs: SortieLegs = sortie_legs(self.plan, self.sortie, self.items)
        self.at = self.rest.start
        self._plan_items = mission_items(self.plan, self.sortie)
        flown = [item for item in self.items[1:] if item.command in {MAV_CMD_NAV_TAKEOFF, MAV_CMD_NAV_WAYPOINT}]
        self._joined_seq = max((item.seq for item in flown if item.waypoint_index is None), default=1)
        """The take-off, or the end of the way to where the sortie goes on; its legs come after it."""
        way = iter(self.rest.way)
        self._waypoints = {
            item.seq: next(way) if item.waypoint_index is None else self.sortie.waypoints[item.waypoint_index]
            for item in flown
            if item.command == MAV_CMD_NAV_WAYPOINT
        }

    @property
    def joining(self) -> bool:
        """Whether it still climbs, or flies to where the sortie goes on."""
        return self.seq <= self._joined_seq

    def leg(self) -> Leg | None:
        """Return the leg being flown, or the next one."""
        seq = self.legs.next_seq(self.seq)
        return self.legs.legs[seq] if seq is not None else None

    def ahead(self) -> tuple[int, Waypoint] | None:
        """Return the stored waypoint that is flown to, or will be next; None on the way home."""
        seq = min((candidate for candidate in self._waypoints if candidate >= self.seq), default=None)
        return None if seq is None or self.reached_return else (seq, self._waypoints[seq])

    def seq_before(self, waypoint: int) -> int | None:
        """Return the first item that belongs to a waypoint, its commands included; None: it is not stored."""
        at = next((item.seq for item in self.items if item.waypoint_index == waypoint), None)
        if at is None:
            return None
        return max((seq for seq in self._waypoints if seq < at), default=self._joined_seq) + 1

    def is_over(self, now: Telemetry | None, near_m: float) -> bool:
        """Whether it had come to its return, and is at the dock."""
        return self.reached_return and now is not None and self.plan.dock.distance_m(now.position) <= near_m

    def reach(self, seq: int, boot_s: float) -> bool:
        """Follow the vehicle to another item; whether it is another."""
        if seq == self.seq:
            return False
        self.seq = seq
        self.reached_return = self.reached_return or seq >= len(self.items) - 1
        if self.reached_return and self.return_boot_s is None:
            self.return_boot_s = boot_s
        return True

    def note(self, now: Telemetry) -> None:
        """Take one position flown in AUTO."""
        leg = self.leg()
        if leg is None or self.reached_return:
            if self.reached_return:
                self.at = Breakpoint(sortie_id=self.sortie.sortie_id, item_seq=self._last_seq, fraction=0.0)
            return
        if self.joining:
            if self.at is None:
                self.at = Breakpoint(sortie_id=self.sortie.sortie_id, item_seq=self.plan_seq(leg), fraction=0.0)
            return
        if leg.waypoint - 1 in self.left_out:
            return  # it is flown to from aside, not along its leg
        self.legs.note(leg.seq, now.position, now.captured_utc_s)
        self.at = Breakpoint(
            sortie_id=self.sortie.sortie_id, item_seq=self.plan_seq(leg), fraction=self._fraction(leg, now)
        )

    def _fraction(self, leg: Leg, now: Telemetry) -> float:
        """Return the share of the plan's leg that is done; a resumed leg is stored shorter."""
        share = self.legs.fraction(leg.seq, now.position)
        if self.rest.start is not None and leg.waypoint == self.rest.first_waypoint:
            begun = place_of(self.plan, self.rest.start).fraction
            return begun + (1.0 - begun) * share
        return share

    @property
    def _last_seq(self) -> int:
        return len(self._plan_items) - 1

    def plan_seq(self, leg: Leg | None) -> int:
        """Return the current item's number in the whole sortie; a resumed flight stores only the rest of it."""
        if self.reached_return:
            return self._last_seq
        if leg is None and len(self.items) == len(self._plan_items):
            return self.seq
        if leg is not None:
            ahead = leg.waypoint
        else:
            ahead = self.legs.legs[min(self.legs.legs)].waypoint + 1 if self.legs.legs else len(self.sortie.waypoints)
        return next((item.seq for item in self._plan_items if item.waypoint_index == ahead), 0)

    def progress(self, now: Telemetry, boot_s: float, link: LinkQuality) -> FlightProgress:
        """Return where the sortie is."""
        leg = None if self.reached_return or self.joining else self.leg()
        whole_m = self.legs.length_m
        done_m = self.legs.done_m(leg.seq, now.position) if leg else (whole_m if self.reached_return else 0.0)
        east, north, _ = now.velocity_enu_m_s
        return FlightProgress(
            at_utc_s=now.captured_utc_s,
            sortie_id=self.sortie.sortie_id,
            sortie_number=self.rest.sortie + 1,
            sortie_count=len(self.plan.sorties),
            item_seq=self.plan_seq(leg),
            item_count=len(self._plan_items),
            leg=leg.kind if leg else None,
            waypoint=leg.waypoint + 1 if leg else (len(self.sortie.waypoints) if self.reached_return else 0),
            waypoint_count=len(self.sortie.waypoints),
            fraction=done_m / whole_m if whole_m else 1.0,
            battery_pct=now.battery_pct,
            eta_s=self.left_s(now, boot_s),
            speed_m_s=(east * east + north * north) ** 0.5,
            height_m=now.height_above_home_m,
            mode=now.mode,
            link=link,
        )

    def left_s(self, now: Telemetry | None, boot_s: float) -> float:
        """Return the seconds to landing: the legs left at their speeds, and the plan's estimate for the rest."""
        all_s = sum(other.length_m / other.speed_m_s for other in self.legs.legs.values())
        overhead_s = max(0.0, self.sortie.estimate.time_s - all_s)
        after_s = max(0.0, overhead_s - self.sortie.takeoff_height_m / _CLIMB_M_S - _SPOOL_S)
        if self.return_boot_s is not None:
            return max(0.0, after_s - (boot_s - self.return_boot_s))
        leg = None if self.joining else self.leg()
        if leg is None or now is None:
            return all_s + overhead_s
        left_s = sum(other.length_m / other.speed_m_s for other in self.legs.legs.values() if other.seq > leg.seq)
        part = 1.0 - self.legs.fraction(leg.seq, now.position)
        return left_s + part * leg.length_m / leg.speed_m_s + after_s
