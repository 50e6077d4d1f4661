"""What a patrol of one aircraft still has to see, planned anew while the aircraft is in the air."""

from dataclasses import replace

from missions import Breakpoint, InAir, Plan, PlanningError
from missions.formats.plan_file import with_hash
from missions.mission import Mission, Wind
from missions.place import place_of
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones
from planner.check import check_plan
from planner.first_battery import refuse_reserve
from planner.in_air import continued
from planner.merged import free_prefix, merged, renamed
from planner.planning import plan_mission, swap_s_of
from planner.replanning import continues, remaining, to_see
from planner.search import Effort
from planner.sorties import one_after_another


def replan_in_air(
    mission: Mission,
    plan: Plan,
    at: Breakpoint,
    network: RoadNetwork,
    *,
    here: InAir | None,
    battery_pct: float,
    wind: Wind | None = None,
    no_fly: NoFlyZones | None = None,
    terrain: Terrain | None = None,
    effort: Effort,
) -> Plan:
    """Return a checked plan whose first sortie begins in the air: on along its route, as far as the charge goes.

    `here` is where the aircraft is, the breakpoint's own place without it; `battery_pct` is what its battery holds now.
    What that sortie does not serve any more and all later ones' stretches are planned anew from the dock.

    Raises:
        InputError: the plan has no such place, or the battery is down to its reserve.
        PlanningError: the battery does not bring the aircraft home, or no plan of the rest meets the mission.

    """
    refuse_reserve(plan, battery_pct, is_in_air=True)
    if wind is not None:
        mission = mission.with_flight(wind=wind)
        plan = replace(plan, wind_m_s=wind.speed_m_s, wind_from_deg=wind.from_deg)
    whole = remaining(plan, at)
    first = continued(plan, at, here, battery_pct=battery_pct, terrain=terrain)
    later = plan.sorties[place_of(plan, at).sortie + 1 :]
    known = {stretch.stretch_id: stretch for stretch in plan.stretches}
    left = (*first.left, *(known[stretch_id] for sortie in later for stretch_id in sortie.stretch_ids))
    made = None
    if left:
        made = plan_mission(
            mission,
            plan.mission_hash,
            network,
            effort,
            no_fly=no_fly,
            terrain=terrain,
            roads_to_see=to_see(left, plan.dock),
        )
        made = renamed(made, free_prefix(first.stretches))
    both = merged(plan, first.stretches, [first.sortie], made, fence_margin_m=mission.flight.fence_margin_m)
    note = f"sortie-1 begins in the air on the {battery_pct:g} % left in its battery; nothing takes off for it"
    both = replace(
        both,
        sorties=one_after_another(both.sorties, swap_s=swap_s_of(mission)),
        notes=(continues(plan, at, whole), note, *(made.notes if made else ())),
    )
    if violations := check_plan(both, terrain):
        raise PlanningError(f"going on from the air breaks a rule: {violations[0].rule}, {violations[0].text}")
    return with_hash(both)
