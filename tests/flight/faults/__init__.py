"""The fault matrix: what can go wrong, flown on real arducopter, every row with many seeds.

`python -m tests.flight.faults` flies it; `docs/flight-faults.md` is what it found. It has a runner of its own, because
a row is judged by how many of its flights held, and a run that was broken off goes on where it stopped.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # pilot and flight_fakes, as for the tests beside this
