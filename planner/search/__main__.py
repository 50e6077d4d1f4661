"""Compile the search once, so that the first plan need not wait for it: `python -m planner.search`."""

import numpy as np

from planner.search import Base, Effort, Flying, Problem, search


def main() -> None:
    """Search a problem of two stretches; numba keeps what it compiles beside the code."""
    none = np.zeros(4)
    flying = Flying(time_s=none, energy_j=none, link_s=np.zeros((4, 4)), link_j=np.zeros((4, 4)))
    base = Base(flying=0, out_s=none, out_j=none, home_s=none, home_j=none, limit_j=1.0)
    search(Problem(flyings=(flying,), bases=(base,), items=np.ones(4, int), limit_items=9), Effort(iterations=1))


if __name__ == "__main__":
    main()
