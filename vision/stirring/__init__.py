"""Smoke by the way it stirs: the whole picture against the same ground a moment before, for plumes young and thin.

A detector that sees one picture finds a plume when it is thick enough to have a shape. Laid over what was there 0.6,
1.4 and 2.4 seconds earlier it is seen before that: little else fades in, spreads and drifts off its place.
"""

from vision.stirring.look import Stirring, load_stirring

__all__ = ["Stirring", "load_stirring"]
