"""Fit of items and of a whole model: 4,000 people, 50 items of six categories (SPI), and 50 of two.

    COMPASSESS_REFERENCE=… python benchmarks/fit.py [--rounds 3] [--write]

Where mirt (PyPI) is installed it computes S-X² and M2* of its own calibration of the same answers beside it,
by turns in one process. Calibrations are not timed here. Without the folder of reference data the items of
two categories alone are measured.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from results import machine, version_of, write_section

from compassess.irt import (
    Items,
    calibrate,
    item_fit,
    local_dependence,
    model_fit,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import Responses

Work = dict[str, Callable[[], float]]


def two_categories() -> np.ndarray:
    """2PL answers of 4,000 people to 50 items."""
    rng = np.random.default_rng(1)
    items = Items.create(
        ids=[f"i{k:02d}" for k in range(50)], a=rng.uniform(0.7, 1.8, 50), b=rng.normal(0, 1, 50)[:, None]
    )
    people = simulate_abilities(items.population, 4000, seed=2)
    return np.array(simulate_responses(items, people, seed=3).codes(items.ids), dtype=np.int64)


def six_categories() -> np.ndarray | None:
    """The inventory of the reference folder, where it is at hand."""
    folder = Path(os.environ.get("COMPASSESS_REFERENCE", "../shared/reference"))
    path = folder / "data" / "spi_competency.csv"
    return np.loadtxt(path, delimiter=",", skiprows=1).astype(np.int64) if path.exists() else None


def ours(codes: np.ndarray, model: str) -> Work:
    """Our statistics by name; each tells its value."""
    responses = Responses.from_array(codes)
    items = calibrate(responses, model, standard_errors=None).items
    return {
        "S-X²": lambda: float(np.nanmean(item_fit(responses, items).s_x2)),
        "M2*": lambda: model_fit(responses, items, statistic="M2*").value,
        "C2": lambda: model_fit(responses, items).value,
        "Q3 and LD-X²": lambda: float(np.nanmean(local_dependence(responses, items).x2)),
    }


def theirs(codes: np.ndarray, model: str) -> Work:
    """mirt's, where it has them."""
    import mirt

    found = mirt.fit_mirt(codes, model=model, n_quadpts=61, compute_standard_errors=False)
    return {
        "S-X²": lambda: float(
            np.nanmean(mirt.itemfit(found, codes, statistics=["S_X2"], n_quadpts=61)["S_X2"])
        ),
        "M2*": lambda: float(mirt.compute_m2(found, codes, n_quadpts=61)["M2"]),
    }


def timed(work: Callable[[], float]) -> tuple[float, float]:
    """Seconds and the value."""
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def main() -> None:
    """Run, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    peer = version_of("mirt")
    lines = [
        f"4,000 × 50 answers, medians of {chosen.rounds} rounds by turns in one process "
        "(`python benchmarks/fit.py --write`). The value of S-X² and LD-X² is the mean over items or pairs.",
        "",
        "| answers | statistic | compassess s | value | mirt s | value | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    cases = {
        "2PL, 2 categories": (two_categories(), "2PL"),
        "SPI, GRM, 6 categories": (six_categories(), "GRM"),
    }
    for name, (codes, model) in cases.items():
        if codes is None:
            continue
        mine, other = ours(codes, model), theirs(codes, model) if peer else {}
        seconds: dict[tuple[str, str], list[float]] = {}
        values: dict[tuple[str, str], float] = {}
        for _ in range(chosen.rounds):
            for who, works in (("we", mine), ("mirt", other)):
                for statistic, work in works.items():
                    took, values[who, statistic] = timed(work)
                    seconds.setdefault((who, statistic), []).append(took)
        for statistic in mine:
            we = float(np.median(seconds["we", statistic]))
            row = f"| {name} | {statistic} | {we:.2f} | {values['we', statistic]:,.1f} |"
            if ("mirt", statistic) in seconds:
                they = float(np.median(seconds["mirt", statistic]))
                row += f" {they:.2f} | {values['mirt', statistic]:,.1f} | {they / we:.1f} |"
            else:
                row += " – | – | – |"
            lines.append(row)
    lines += ["", f"mirt (PyPI) {peer}. {machine()}" if peer else machine()]
    print("\n".join(lines))
    if chosen.write:
        write_section("fit", lines)


if __name__ == "__main__":
    main()
