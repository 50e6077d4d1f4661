"""The peer: PyVRP on the same problem, each stretch a pair of clients of which one has to be visited."""

import time

import numpy as np
import pyvrp

from benchmarks.planner.networks import Network, chains_of
from benchmarks.planner.solve import Solved, flown_of, problem_of
from planner.search import Problem, Tour, first_tours


def solve_by_pyvrp(network: Network, *, battery_s: float | None, seconds: float, seed: int = 1) -> Solved:
    """Search tours over whole chains of road with PyVRP from the same first tours, for seconds of CPU time.

    A fleet's chains are cut where the battery needs it, as for our own search.
    """
    began_s = time.process_time()
    chains = chains_of(network)
    dock = chains[0][0] if battery_s is None else network.dock
    problem = problem_of(network, chains, dock=dock, battery_s=battery_s)
    data = _data(problem, vehicles=len(first := first_tours(problem)))
    initial = pyvrp.Solution(data, [list(tour.visits) for tour in first])
    result = pyvrp.solve(
        data,
        stop=lambda _cost: time.process_time() - began_s > seconds,
        seed=seed,
        collect_stats=False,
        display=False,
        initial_solution=initial,
    )
    best = result.best if result.best.is_feasible() else initial
    tours = [Tour(0, tuple(stop.idx for stop in route if stop.is_client())) for route in best.routes()]
    flown = tuple(flown_of(tour, chains, dock) for tour in tours if tour.visits)
    return Solved(tours=flown, cpu_s=time.process_time() - began_s)


def _data(problem: Problem, *, vehicles: int) -> pyvrp.ProblemData:
    """Durations in ms are the goal; 'distance' is the battery in ms and has the limit."""
    flying, base = problem.flyings[0], problem.bases[0]

    def matrix(link: np.ndarray, out: np.ndarray, home: np.ndarray, own: np.ndarray) -> np.ndarray:
        whole = np.zeros((problem.visits + 1, problem.visits + 1))
        whole[0, 1:], whole[1:, 0], whole[1:, 1:] = out, home, link
        whole[:, 1:] += own
        np.fill_diagonal(whole, 0.0)
        return np.ceil(whole * 1000).astype(np.int64)

    energy = matrix(flying.link_j, base.out_j, base.home_j, flying.energy_j)
    duration = matrix(flying.link_s, base.out_s, base.home_s, np.zeros(problem.visits))
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0.0, 0.0) for _ in range(problem.visits + 1)],
        clients=[
            pyvrp.Client(
                location=visit + 1,
                service_duration=int(np.ceil(flying.time_s[visit] * 1000)),
                required=False,
                group=visit // 2,
            )
            for visit in range(problem.visits)
        ],
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=vehicles,
                max_distance=int(base.limit_j * 1000),
                unit_distance_cost=0,
                unit_duration_cost=1,
            )
        ],
        distance_matrices=[energy],
        duration_matrices=[duration],
        groups=[pyvrp.ClientGroup([2 * s, 2 * s + 1], required=True) for s in range(problem.visits // 2)],
    )
