"""Simulated sittings beside catsim, by turns in one process: sittings a second, and how good estimates are.

    python benchmarks/sittings.py [--people 20000] [--peer-people 40] [--rounds 5] [--write]

2PL, 500 items, 30 answers, maximum information, θ after each answer: EAP here, maximum likelihood by
numerical search there, which has no EAP. Both get true abilities from N(0, 1). ``pip install catsim`` for the
peer; without it only our own row is written. Medians over the rounds; the ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from statistics import median

import numpy as np
from generated_banks import blueprint, generated_bank, parameters
from results import machine, version_of, write_section

import compassess as ca

N_ITEMS, N_ANSWERS = 500, 30


def ours(assessment: ca.Assessment, n_people: int, seed: int) -> tuple[float, float]:
    """Sittings a second and the RMSE."""
    start = time.perf_counter()
    study = ca.simulate(assessment, n_people, seed=seed)
    seconds = time.perf_counter() - start
    assert study.theta_true is not None
    return n_people / seconds, float(np.sqrt(np.mean((study.theta - study.theta_true) ** 2)))


def peer(n_people: int, seed: int) -> tuple[float, float]:
    """The same of catsim."""
    from catsim.estimation import NumericalSearchEstimator
    from catsim.initialization import FixedPointInitializer
    from catsim.selection import MaxInfoSelector
    from catsim.simulation import Simulator
    from catsim.stopping import TestLengthStopper

    slopes, difficulties = parameters(N_ITEMS)
    bank = np.column_stack([slopes, difficulties, np.zeros(N_ITEMS), np.ones(N_ITEMS)])
    theta = np.random.default_rng(seed).standard_normal(n_people)
    simulator = Simulator(bank, theta, seed=seed)
    start = time.perf_counter()
    simulator.simulate(
        FixedPointInitializer(0.0),
        MaxInfoSelector(),
        NumericalSearchEstimator(),
        TestLengthStopper(max_items=N_ANSWERS),
    )
    seconds = time.perf_counter() - start
    found = np.array([estimates[-1] for estimates in simulator.estimations])
    return n_people / seconds, float(np.sqrt(np.mean((found - theta) ** 2)))


def main() -> None:
    """Run, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--peer-people", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    bank = generated_bank({"theta": ("theta", 1.0)}, N_ITEMS)
    assessment = ca.Assessment.create(bank, blueprint(bank, length=(N_ANSWERS, N_ANSWERS), target=1e-3))
    ca.simulate(assessment, 2000)  # caches and threads
    with_peer = importlib.util.find_spec("catsim") is not None
    own, other = [], []
    for turn in range(chosen.rounds):
        own.append(ours(assessment, chosen.people, 10 + turn))
        if with_peer:
            other.append(peer(chosen.peer_people, 10 + turn))
    speed = median(rate for rate, _ in own)
    lines = [
        "2PL, 500 items, 30 answers, maximum information; medians of "
        f"{chosen.rounds} rounds, by turns in one process (`python benchmarks/sittings.py --write`).",
        "",
        "| engine | sittings/s | people a round | RMSE of θ (median) |",
        "|---|---|---|---|",
        f"| compassess, EAP after each answer | {speed:,.0f} | {chosen.people:,} | "
        f"{median(error for _, error in own):.3f} |",
    ]
    if with_peer:
        slow = median(rate for rate, _ in other)
        lines += [
            f"| catsim {version_of('catsim')}, ML after each answer | {slow:,.1f} | {chosen.peer_people} | "
            f"{median(error for _, error in other):.3f} |",
            "",
            f"{speed / slow:,.0f} times catsim.",
        ]
    lines += ["", machine()]
    print("\n".join(lines))
    if chosen.write:
        write_section("Simulated sittings beside catsim", lines)


if __name__ == "__main__":
    main()
