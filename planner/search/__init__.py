"""The search: which stretches each sortie flies, in which order and direction."""

from planner.search.annealing import search
from planner.search.effort import Effort, Progress
from planner.search.first import first_tours
from planner.search.problem import Base, Flying, Problem, Tour

__all__ = ["Base", "Effort", "Flying", "Problem", "Progress", "Tour", "first_tours", "search"]
