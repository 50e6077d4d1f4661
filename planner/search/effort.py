"""How long to search, what is told meanwhile, and how it is stopped."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

Progress = Callable[[float, str], None]


@dataclass(slots=True)
class Stop:
    """Asked by Ctrl-C: every search of the effort then ends with the best it has."""

    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """By iterations (the same tours for a seed on every machine) or by seconds of this process's CPU time."""

    seed: int = 0
    seconds: float = 2.0
    iterations: int | None = None
    progress: Progress | None = None
    least_s: float | None = None
    """Time in the air that no tours can be below, told with the progress where it is known."""
    stop: Stop = field(default_factory=Stop)

    def tell(self, fraction: float, price: float) -> None:
        """Tell how far the search is and what the best tours take."""
        if self.progress:
            gap = "" if self.least_s is None else f", {100 * (price / self.least_s - 1):.1f} % above the lower bound"
            self.progress(min(fraction, 1.0), f"{price / 60:.1f} min of flight{gap}")

    def share(self, part: float) -> "Effort":
        """Return a part of the effort for one of several searches."""
        iterations = None if self.iterations is None else max(1, round(self.iterations * part))
        return replace(self, seconds=self.seconds * part, iterations=iterations)

    def in_turn(self, count: int) -> Iterator["Effort"]:
        """Yield the efforts of so many searches, one after the other; what happens between counts too."""
        began_s = time.process_time()
        iterations = None if self.iterations is None else max(1, self.iterations // count)
        for number in range(count):
            left_s = max(self.seconds - (time.process_time() - began_s), 0.0)
            progress = self._part_of_progress(number, count)
            yield replace(self, seconds=left_s / (count - number), iterations=iterations, progress=progress)

    def _part_of_progress(self, number: int, count: int) -> Progress | None:
        if self.progress is None:
            return None
        whole = self.progress
        return lambda fraction, _text: whole((number + fraction) / count, f"part {number + 1} of {count}")

    def slices(self, rounds: int) -> Iterator[tuple[float, int]]:
        """Yield the fraction done and how many rounds come next, at most `rounds`, until all is done."""
        began_s = time.process_time()
        done = 0
        while not self.stop.asked:
            if self.iterations is None:
                fraction, left = (time.process_time() - began_s) / max(self.seconds, 1e-3), rounds
            else:
                fraction, left = done / self.iterations, self.iterations - done
            if fraction >= 1.0:
                return
            yield fraction, min(rounds, left)
            done += min(rounds, left)
