"""One live next item from a bank of 5,000 items in three blocks: from the answer to the next item shown.

    python benchmarks/live_item.py [--sittings 50] [--write]

Everything is in the time: the checks of what was handed in, the log, the estimate and the choice.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from generated_banks import blueprint, generated_bank
from results import machine, write_section

import compassess as ca

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
    for name, competencies in BANKS.items():
        bank = generated_bank(competencies, 5000)
        assessment = ca.Assessment.create(bank, blueprint(bank, length=(30, 30), target=1e-3, randomesque=3))
        latencies(assessment, 3)
        taken = latencies(assessment, chosen.sittings)
        lines.append(f"| {name} | {taken.size:,} | {np.median(taken):.0f} | {np.percentile(taken, 99):.0f} |")
    lines += ["", machine()]
    print("\n".join(lines))
    if chosen.write:
        write_section("One live next item", lines)


if __name__ == "__main__":
    main()
