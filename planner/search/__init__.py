"""The search: which stretches each sortie flies, in which order and direction."""

from planner.search.annealing import WARM, search
from planner.search.districts import search_large
from planner.search.effort import Effort, Progress, Stop
from planner.search.first import first_tours
from planner.search.pieces import carry_over, piece_counts
from planner.search.problem import Base, Flying, Problem, Tour

__all__ = [
    "WARM",
    "Base",
    "Effort",
    "Flying",
    "Problem",
    "Progress",
    "Stop",
    "Tour",
    "carry_over",
    "first_tours",
    "piece_counts",
    "search",
    "search_large",
]
