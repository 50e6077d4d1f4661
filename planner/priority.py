"""Roads that come first: the order of each aircraft's sorties."""

from collections.abc import Sequence

from missions import Stretch
from missions.roads_section import Priority
from planner.levelling import Rosters
from planner.problems import Problems
from planner.search import Tour


def ranks_of(stretches: Sequence[Stretch], priorities: Sequence[Priority]) -> tuple[int, ...]:
    """Return the rank of each stretch; 0 where the mission says nothing."""
    return tuple(
        max((p.rank for p in priorities if p.hold(name=one.name, road_class=one.road_class)), default=0)
        for one in stretches
    )


def by_priority(problems: Problems, rosters: Rosters, ranks: Sequence[int], lengths_m: Sequence[float]) -> Rosters:
    """Return each aircraft's tours, those with the highest rank first; of these, those with most of it for their time.

    Without ranks the order follows the roads' own, so that the same plan reads the same.
    """

    def key(tour: Tour) -> tuple[float, float, int]:
        top = max(ranks[visit // 2] for visit in tour.visits)
        ranked_m = sum(lengths_m[visit // 2] for visit in tour.visits if top and ranks[visit // 2] == top)
        return -top, -ranked_m / problems.tour_time_s(tour), min(tour.visits)

    return tuple(tuple(sorted(tours, key=key)) for tours in rosters)
