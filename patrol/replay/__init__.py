"""A recorded patrol, watched again by the code that watched it live."""

from patrol.replay.comparison import Compared, compare_incidents
from patrol.replay.recording import Recording, recording_of, recording_of_files
from patrol.replay.replayed import Replayed, replay_patrol

__all__ = [
    "Compared",
    "Recording",
    "Replayed",
    "compare_incidents",
    "recording_of",
    "recording_of_files",
    "replay_patrol",
]
