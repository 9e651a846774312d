"""The whole attestation of 2017 once more, adaptively: 66,580 people, time and memory.

    python benchmarks/attestation.py [--people 66580] [--nodes 31] [--rounds 3] [--write]

Three blocks, eleven competencies, 60 two-category items each; two items of every competency at least, 22 to
40 in all, and a standard error wanted in every block; an item drawn among the three best. Competencies are
their blocks (λ = 1, SE ≤ .30), or stand below them (λ = .8, SE ≤ .50: more is not to be had with four).
Everything is in the time: people and their answers, every choice, and the bands at the end. ``--nodes`` is
the grid of a block.
"""

from __future__ import annotations

import argparse
import resource
import time
from itertools import product
from statistics import median

import numpy as np
from generated_banks import blueprint, generated_bank
from results import machine, write_section

import compassess as ca

NAMES = {f"{block}{k}": block for block, n in zip("set", (4, 4, 3), strict=True) for k in range(n)}
STRUCTURES = {1.0: 0.30, 0.8: 0.50}  # λ, and the standard error that is wanted


def main() -> None:
    """Run, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=66_580)
    parser.add_argument("--nodes", type=int, nargs="*", default=[41, 31])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = [
        f"{chosen.people:,} people, three blocks, 11 competencies × 60 items, two of each at least, 22 to 40 "
        "items, one among the three best (`python benchmarks/attestation.py --write`).",
        "",
        f"| λ | SE wanted | nodes a block | seconds (median of {chosen.rounds}) | items on average | "
        "RMSE by block | greatest exposure |",
        "|---|---|---|---|---|---|---|",
    ]
    for (loading, target), nodes in product(STRUCTURES.items(), chosen.nodes):
        bank = generated_bank({name: (block, loading) for name, block in NAMES.items()}, 660)
        rules = blueprint(bank, length=(22, 40), target=target, minimum=2, randomesque=3)
        assessment = ca.Assessment.create(bank, rules, nodes=nodes)
        taken = []
        for turn in range(chosen.rounds):
            start = time.perf_counter()
            study = ca.simulate(assessment, chosen.people, seed=3 + turn)
            taken.append(time.perf_counter() - start)
        assert study.theta_true is not None
        errors = np.sqrt(np.mean((study.theta - study.theta_true) ** 2, axis=0))
        lines.append(
            f"| {loading} | {target:.2f} | {nodes} | {median(taken):.1f} | {study.n_items.mean():.1f} | "
            f"{', '.join(f'{error:.3f}' for error in errors)} | {max(study.exposure_rates.values()):.3f} |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines += ["", f"Peak memory of the process: {peak:,.0f} MB.", "", machine()]
    print("\n".join(lines))
    if chosen.write:
        write_section("The attestation of 2017, adaptively", lines)


if __name__ == "__main__":
    main()
