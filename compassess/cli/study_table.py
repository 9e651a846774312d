"""A simulation study as CSV text, a row a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import compassess as ca

__all__ = ["study_table"]


def study_table(study: ca.SimulationStudy, labels: Sequence[str] | None) -> str:
    """Label, length, reason, θ and SE by block, what θ is compared with, bands, the items in order.

    Without ``labels`` people are called by their number from 1.
    """
    n_people = len(study.n_items)
    columns: dict[str, Sequence[object]] = {
        "person": labels or range(1, n_people + 1),
        "n_items": study.n_items.tolist(),
        "reason": study.reasons,
    }
    blocks = study.assessment.plan.lattice.population.blocks
    estimates = {
        "theta": study.theta,
        "se": study.se,
        "theta_true": study.theta_true,
        "theta_all_items": study.theta_all,
        "theta_unused_items": study.theta_unused,
    }
    for name, values in estimates.items():
        if values is not None:
            columns |= _by_block(name, blocks, values.reshape(n_people, -1))
    columns["band"] = study.bands
    if study.bands_all is not None:
        columns["band_all_items"] = study.bands_all
    columns["items"] = [" ".join(items) for items in study.items]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _by_block(name: str, blocks: Sequence[str], values: NDArray[np.float64]) -> dict[str, list[str]]:
    """A column a block, empty where a number is not known."""
    return {
        name if len(blocks) == 1 else f"{name}_{block}": [
            f"{value:.6g}" if np.isfinite(value) else "" for value in column
        ]
        for block, column in zip(blocks, values.T.tolist(), strict=True)
    }
