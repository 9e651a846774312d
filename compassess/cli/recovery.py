"""What a calibration found against the truth that a simulated pilot came from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import compassess as ca
from compassess.cli.screen import line, table
from compassess.simulation.agreement import correlation, rmse

__all__ = ["show_recovery"]

Floats = NDArray[np.float64]


def show_recovery(bank: ca.ItemBank, calibration: ca.Calibration) -> None:
    """r and RMSE of slopes, thresholds, λ and R; then λ of every competency beside the truth.

    The calibration is of the bank's operational items, in any order.
    """
    truth = bank.irt_items()
    found = calibration.items.select(truth.ids)
    true_people, people = truth.population, found.population
    place = [people.competencies.index(name) for name in true_people.competencies]
    order = [people.blocks.index(name) for name in true_people.blocks]
    above = np.triu_indices(true_people.n_blocks, 1)
    loadings = people.loadings[place]
    pairs = {
        "slopes a": (truth.a, found.a),
        "thresholds b": (truth.b.ravel(), found.b.ravel()),
        "loadings λ": (true_people.loadings, loadings),
        "correlations R": (true_people.correlation[above], people.correlation[np.ix_(order, order)][above]),
    }
    line()
    table(
        [("true against estimated", "left"), ("values", "right"), ("r", "right"), ("RMSE", "right")],
        [_compared(name, *pair) for name, pair in pairs.items()],
    )
    line()
    table(
        [("competency", "left"), ("block", "left"), ("true λ", "right"), ("estimated", "right")],
        [
            [name, true_people.blocks[block], f"{true:.2f}", f"{estimate:.2f}"]
            for name, block, true, estimate in zip(
                true_people.competencies, true_people.block_of, true_people.loadings, loadings, strict=True
            )
        ],
    )
    line()
    rows, columns = above
    table(
        [("blocks", "left"), ("", "left"), ("true R", "right"), ("estimated", "right")],
        [
            [true_people.blocks[i], true_people.blocks[j], f"{true:.2f}", f"{estimate:.2f}"]
            for i, j, true, estimate in zip(rows, columns, *pairs["correlations R"], strict=True)
        ],
    )


def _compared(name: str, true: Floats, estimate: Floats) -> list[str]:
    """A row of the table, over what both know."""
    known = np.isfinite(true) & np.isfinite(estimate)
    few = known.sum() < 5  # r of three points says nothing
    r = "-" if few else f"{correlation(true[known], estimate[known]):.3f}"
    return [name, f"{known.sum()}", r, f"{rmse(true[known], estimate[known]):.3f}"]
