"""One live next item from a bank of 5,000 items in three blocks: from the answer to the next item shown.

    python benchmarks/live_item.py [--sittings 50] [--write]

Everything is in the time: the checks of what was handed in, the log, the estimate and the choice. Where
catsim is installed it does what it can of the same beside it, by turns: maximum likelihood and the most
informative item of 5,000 in one dimension, without checks or a log.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from generated_banks import blueprint, generated_bank, parameters
from results import machine, version_of, write_section

import compassess as ca

ROUNDS = 5
BANKS = {
    "three blocks": {block: (block, 1.0) for block in "set"},
    "three blocks, eleven competencies (λ = .8)": {
        f"{block}{k}": (block, 0.8) for block, n in zip("set", (4, 4, 3), strict=True) for k in range(n)
    },
}


def latencies(assessment: ca.Assessment, n_sittings: int) -> np.ndarray:
    """Microseconds of every answer."""
    rng, taken = np.random.default_rng(1), []
    for seed in range(n_sittings):
        session = assessment.start(seed=seed)
        while (item := session.pending) is not None:
            code = int(rng.random() < 0.5)
            start = time.perf_counter()
            session.answer(item.id, code)
            taken.append(time.perf_counter() - start)
    return 1e6 * np.array(taken)


def peer_latencies(n_sittings: int) -> np.ndarray:
    """Microseconds of every answer in catsim."""
    from catsim.estimation import NumericalSearchEstimator
    from catsim.item_bank import ItemBank
    from catsim.selection import MaxInfoSelector

    slopes, difficulties = parameters(5000)
    bank = ItemBank(np.column_stack([slopes, difficulties, np.zeros(5000), np.ones(5000)]))
    estimator, selector = NumericalSearchEstimator(), MaxInfoSelector()
    rng, taken = np.random.default_rng(1), []
    for _ in range(n_sittings):
        given, answers, theta = [], [], 0.0
        item = selector.select(item_bank=bank, administered_items=given, est_theta=theta)
        for _ in range(30):
            start = time.perf_counter()
            given.append(item)
            answers.append(bool(rng.random() < 0.5))
            theta = estimator.estimate(
                item_bank=bank, administered_items=given, response_vector=answers, est_theta=theta
            )
            item = selector.select(item_bank=bank, administered_items=given, est_theta=theta)
            taken.append(time.perf_counter() - start)
    return 1e6 * np.array(taken)


def main() -> None:
    """Run, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sittings", type=int, default=50)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = [
        "5,000 items, sittings of 30 answers, an item among the three best "
        "(`python benchmarks/live_item.py --write`).",
        "",
        "| bank | answers | median µs | p99 µs |",
        "|---|---|---|---|",
    ]
    engines: dict[str, Callable[[int], np.ndarray]] = {}
    for name, competencies in BANKS.items():
        bank = generated_bank(competencies, 5000)
        assessment = ca.Assessment.create(bank, blueprint(bank, length=(30, 30), target=1e-3, randomesque=3))
        latencies(assessment, 3)
        engines[name] = partial(latencies, assessment)
    if importlib.util.find_spec("catsim"):
        engines[f"catsim {version_of('catsim')}, one block"] = peer_latencies
    taken: dict[str, list[np.ndarray]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            taken[name].append(engine(max(chosen.sittings // ROUNDS, 1)))
    for name, rounds in taken.items():
        each = np.concatenate(rounds)
        lines.append(f"| {name} | {each.size:,} | {np.median(each):.0f} | {np.percentile(each, 99):.0f} |")
    lines += ["", machine()]
    print("\n".join(lines))
    if chosen.write:
        write_section("One live next item", lines)


if __name__ == "__main__":
    main()
