"""The search: which stretches each sortie flies, in which order and direction."""

from planner.search.annealing import WARM, search
from planner.search.districts import DISTRICT, search_large
from planner.search.effort import Effort, Progress, Stop
from planner.search.first import first_tours
from planner.search.pieces import Run, carry_over, join_pieces, piece_counts
from planner.search.problem import Base, Flying, Problem, Tour

__all__ = [
    "DISTRICT",
    "WARM",
    "Base",
    "Effort",
    "Flying",
    "Problem",
    "Progress",
    "Run",
    "Stop",
    "Tour",
    "carry_over",
    "first_tours",
    "join_pieces",
    "piece_counts",
    "search",
    "search_large",
]
