"""The flights of a plan as its pictures show them: whose they are, their number and their colour."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from missions import FleetPlan, Plan, Sortie
from missions.fleet_plan import plans_of

COLOURS: Final = (
    "#0067b9", "#d1495b", "#12805c", "#8a4fbf", "#c4730a", "#0d9bb5", "#b03a8c", "#5f7a1f", "#6b4a2f", "#3b4a8f",
)  # fmt: skip
"""In turn; dark enough for white digits."""


class DrawnFlight(NamedTuple):
    """One sortie on a picture."""

    plan: Plan
    sortie: Sortie
    number: int
    """Among its aircraft's."""
    colour: str


def drawn_flights(plan: Plan | FleetPlan, colours: Sequence[str]) -> tuple[DrawnFlight, ...]:
    """Return the flights by aircraft; of those that fly the same again, the first.

    A fleet has a colour for each aircraft, a single aircraft one for each sortie.
    """
    flights = []
    for row, one in enumerate(plans_of(plan)):
        seen = set()
        for number, sortie in enumerate(one.sorties, start=1):
            if sortie.waypoints not in seen:
                place = row if isinstance(plan, FleetPlan) else number - 1
                flights.append(DrawnFlight(one, sortie, number, colours[place % len(colours)]))
            seen.add(sortie.waypoints)
    return tuple(flights)
