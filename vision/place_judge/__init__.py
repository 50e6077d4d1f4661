"""Whether a place that may be smoke is smoke, by all that was seen of it so far.

The second look knows three seconds of a place. How sure it was before, how strongly and how often the detector and what
stirs spoke, whether the place grew, moved and kept its edges, is its history; a small taught network weighs it.
"""

from vision.place_judge.history import NAMES, History
from vision.place_judge.judge import PlaceJudge, judge_file, judge_for, load_judge

__all__ = ["NAMES", "History", "PlaceJudge", "judge_file", "judge_for", "load_judge"]
