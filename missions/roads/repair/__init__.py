"""Dirty networks made clean: what is drawn twice is drawn once, ends that should meet do."""

from missions.roads.repair.islands import islands_of
from missions.roads.repair.rounds import SNAP_M, repaired_ways

__all__ = ["SNAP_M", "islands_of", "repaired_ways"]
