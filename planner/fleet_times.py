"""The timetable of a fleet's sorties: rounds at the same time of every period, the rest as soon as it can be."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from geo import LocalFrame
from missions import PlanningError, Sortie
from missions.mission import Mission
from planner.day import Round
from planner.fleet_task import FleetTask
from planner.motion import track_of
from planner.timetable import Flight, Timetable, repeated, scheduled

SPARE_M: Final = 0.1
"""More than the separation: positions are kept in steps of a centimetre, and the check has a frame of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """The sorties of one aircraft, without times: those flown once, and those of each round."""

    height_m: float
    """At which it flies."""
    once: tuple[Sortie, ...]
    rounds: tuple[tuple[Sortie, ...], ...]

    @property
    def sorties(self) -> tuple[Sortie, ...]:
        """All, each once."""
        return (*(sortie for part in self.rounds for sortie in part), *self.once)


def timed(
    mission: Mission, task: FleetTask, flown: Sequence[Flown], rounds: Sequence[Round]
) -> tuple[tuple[Sortie, ...], ...]:
    """Return every aircraft's sorties with their starts, in their order, numbered.

    Raises:
        PlanningError: the day is too short, or aircraft would come too near each other at every time.

    """
    flight = mission.flight
    timetable = Timetable(
        swaps_s=[task.docks[craft.dock].swap_s for craft in task.crafts],
        separation_m=flight.separation_m + SPARE_M,
        layer_m=flight.layer_m,
    )
    started: list[list[Sortie]] = [[] for _ in flown]
    for number, one in enumerate(rounds):
        own = [part.rounds[number] for part in flown]
        starts = repeated(timetable, _flights(task, own), period_s=one.period_s, count=one.count)
        if starts is None:
            raise PlanningError(
                f"roads.revisit: within {one.period_s / 60:.1f} min no time is left at which all sorties keep "
                f"{flight.separation_m:g} m from each other: a longer interval, a smaller flight.separation_m or "
                "flight.layer_m, or docks farther apart"
            )
        for craft, begun in enumerate(starts):
            for turn in range(one.count):
                started[craft] += _at(own[craft], [start_s + turn * one.period_s for start_s in begun])
    once = [part.once for part in flown]
    if not rounds:
        for craft, begun in enumerate(scheduled(timetable, _flights(task, once))):
            started[craft] += _at(once[craft], begun)
    else:
        _between(mission, task, timetable, once, started)
    return tuple(
        tuple(
            replace(sortie, sortie_id=f"sortie-{number}")
            for number, sortie in enumerate(sorted(own, key=lambda sortie: sortie.starts_s), start=1)
        )
        for own in started
    )


def _between(
    mission: Mission,
    task: FleetTask,
    timetable: Timetable,
    once: Sequence[Sequence[Sortie]],
    started: Sequence[list[Sortie]],
) -> None:
    """Fit what is flown once into the day, the first sorties of all aircraft first."""
    day_s = mission.day.length_s if mission.day else float("inf")
    flights = _flights(task, once)
    queue = [(place, craft) for craft, own in enumerate(once) for place in range(len(own))]
    heapq.heapify(queue)
    while queue:
        place, craft = heapq.heappop(queue)
        sortie, flight = once[craft][place], flights[craft][place]
        before_s = day_s - flight.time_s
        start_s = timetable.earliest_s(craft, flight, before_s=before_s)
        if start_s > before_s:
            raise PlanningError(
                f"the roads that are flown once find no time in the day of {day_s / 3600:.1f} h beside the revisits "
                f"(a sortie of {flight.time_s / 60:.0f} min is left over): more aircraft, a longer day or fewer roads"
            )
        timetable.add(craft, flight, start_s)
        started[craft] += _at([sortie], [start_s])


def _at(sorties: Sequence[Sortie], starts_s: Sequence[float]) -> list[Sortie]:
    return [replace(sortie, starts_s=round(start, 1)) for sortie, start in zip(sorties, starts_s, strict=True)]


def _flights(task: FleetTask, sorties: Sequence[Sequence[Sortie]]) -> list[list[Flight]]:
    """Return the sorties of each aircraft as motions in the planning frame."""
    frame = LocalFrame(lat_deg=task.origin.lat_deg, lon_deg=task.origin.lon_deg)
    flights: list[list[Flight]] = []
    for craft, own in zip(task.crafts, sorties, strict=True):
        dock, rules = task.docks[craft.dock], task.rules(craft)
        flights.append(
            [
                Flight(
                    track=track_of(
                        sortie, rules.airframe, rules.wind, dock=dock.position, dock_amsl_m=dock.amsl_m, frame=frame
                    ),
                    time_s=sortie.estimate.time_s,
                )
                for sortie in own
            ]
        )
    return flights
