"""How long to search, and what is told meanwhile."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """By iterations (the same tours for a seed on every machine) or by seconds of this process's CPU time."""

    seed: int = 0
    seconds: float = 2.0
    iterations: int | None = None
    progress: Progress | None = None

    def tell(self, fraction: float, price: float) -> None:
        """Tell how far the search is and what the best tours take."""
        if self.progress:
            self.progress(min(fraction, 1.0), f"{price / 60:.1f} min of flight")

    def share(self, part: float) -> "Effort":
        """Return a part of the effort for one of several searches."""
        iterations = None if self.iterations is None else max(1, round(self.iterations * part))
        return Effort(seed=self.seed, seconds=self.seconds * part, iterations=iterations, progress=self.progress)

    def slices(self, rounds: int) -> Iterator[tuple[float, int]]:
        """Yield the fraction done and how many rounds come next, at most `rounds`, until all is done."""
        began_s = time.process_time()
        done = 0
        while True:
            if self.iterations is None:
                fraction, left = (time.process_time() - began_s) / max(self.seconds, 1e-3), rounds
            else:
                fraction, left = done / self.iterations, self.iterations - done
            if fraction >= 1.0:
                return
            yield fraction, min(rounds, left)
            done += min(rounds, left)
