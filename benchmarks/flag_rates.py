"""How often flags of response quality are raised: false alarms of honest people, and power.

    python benchmarks/flag_rates.py [--persons 600] [--draws 299] [--write]

Thirty of sixty items of four options that score 0 to 3 in any order, on a fixed form and on one chosen
adaptively; rules of 0.01. An aberrance fills the second half of the test. ``--write`` puts the table into
benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse

import numpy as np
from results import write_section

import compassess as ca
from compassess.scoring.quality import (
    ABERRANCES,
    DESIGNS,
    FLAGS,
    QualityRules,
    TimeModel,
    flag_rates,
    normative_thresholds,
    simulate_times,
)

N_ITEMS, LENGTH, RATE = 60, 30, 0.01


def main() -> None:
    """A row for honest people and for every aberrance, by design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=600)
    parser.add_argument("--draws", type=int, default=299)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    rng = np.random.default_rng(3)
    ids = [f"i{j}" for j in range(N_ITEMS)]
    thresholds = rng.normal(0, 0.9, (N_ITEMS, 1)) + np.linspace(-1, 1, 3)
    items = ca.Items.create(ids=ids, a=rng.uniform(0.8, 2.0, N_ITEMS), b=thresholds)
    times = TimeModel.create(ids, rng.uniform(1.5, 2.5, N_ITEMS), rng.normal(3.6, 0.3, N_ITEMS), speed_sd=0.3)
    limits = normative_thresholds(simulate_times(times, 0.3 * rng.standard_normal(2000), seed=6))
    keys = np.array([rng.permutation(4) for _ in range(N_ITEMS)])
    rules = QualityRules(
        unusual_answers=RATE,
        unusual_times=RATE,
        straight_lining=RATE,
        patterned_answers=RATE,
        n_draws=arguments.draws,
    )
    lines = ["| | " + " | ".join(f"`{flag}`" for flag in FLAGS) + " |", "|---" * (1 + len(FLAGS)) + "|"]
    for aberrance in (None, *ABERRANCES):
        for design in DESIGNS:
            found = flag_rates(
                rules,
                items,
                aberrance,
                seed=11,
                n_persons=arguments.persons,
                time_model=times,
                time_thresholds=limits,
                categories=keys,
                design=design,
                length=LENGTH,
            )
            cells = [f"{found[flag].rate:.3f}" for flag in FLAGS]
            lines.append("| " + " | ".join([f"{aberrance or 'honest'}, {design}", *cells]) + " |")
            print(lines[-1], flush=True)
    if arguments.write:
        note = f"{arguments.persons} persons a row, rules of {RATE} with {arguments.draws} draws."
        written = "Written by `python benchmarks/flag_rates.py --write`."
        write_section("Flags of response quality", [written, "", *lines, "", note])


if __name__ == "__main__":
    main()
