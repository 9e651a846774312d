"""A study as data frames: a row a block, group, interval of θ or demand.

Rule: what each column means, and the errors, stand at the methods of ``SimulationStudy`` that call these.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem
from compassess.responses import frame
from compassess.simulation.agreement import correlation, rmse
from compassess.simulation.conditional import conditional_recovery
from compassess.simulation.exposure import exposure_chi_square, exposure_rates, mean_overlap, unused_share
from compassess.simulation.recovery import recovery

if TYPE_CHECKING:
    import pandas as pd

    from compassess.simulation.result import SimulationStudy

__all__ = [
    "band_table",
    "block_table",
    "conditional_table",
    "demand_table",
    "exposure_table",
    "group_table",
    "recovery_table",
]

Floats = NDArray[np.float64]


def block_table(study: SimulationStudy) -> pd.DataFrame:
    """A row a block: mean SE, share at target, and r and RMSE against what θ is compared with."""
    blocks = study.assessment.plan.lattice.population.blocks
    references = {
        "true": study.theta_true,
        "all_items": study.theta_all,
        "unused_items": study.theta_unused,
    }
    theta = study.values.block_theta
    columns: dict[str, object] = {
        "block": blocks,
        "mean_se": study.values.block_se.mean(axis=0),
        "share_at_target": (study.values.block_se <= study.assessment.plan.targets).mean(axis=0),
    }
    for name, reference in references.items():
        if reference is None:
            continue
        other = reference.reshape(len(theta), -1)
        known = np.isfinite(other)
        pairs = [(theta[known[:, b], b], other[known[:, b], b]) for b in range(len(blocks))]
        columns[f"r_{name}"] = [correlation(x, y) for x, y in pairs]
        columns[f"rmse_{name}"] = [rmse(x, y) for x, y in pairs]
    return frame(columns)  # type: ignore[arg-type]


def recovery_table(study: SimulationStudy) -> pd.DataFrame:
    """A row a block: n, bias, RMSE, mean SE, coverage and r, each with its Monte-Carlo error."""
    return frame(_columns(_recovery_rows(study, slice(None))))


def group_table(study: SimulationStudy) -> pd.DataFrame:
    """What :func:`recovery_table` tells, within each group of people: a row a group and block."""
    if study.groups is None:
        raise InputError(
            Problem(
                where="groups",
                what="these people have none",
                remedy="Simulate a Mixture, or People with groups.",
            )
        )
    labels = np.array(study.groups)
    rows = [
        {"group": name, **row}
        for name in dict.fromkeys(study.groups)
        for row in _recovery_rows(study, labels == name)
    ]
    return frame(_columns(rows))


def conditional_table(study: SimulationStudy, edges: ArrayLike) -> pd.DataFrame:
    """A row a block and interval of true θ: bias, RMSE, SD of the errors, mean SE, coverage and length."""
    rows = []
    for block, theta, se, truth in _by_block(study):
        for one in conditional_recovery(theta, se, truth, study.n_items, edges):
            row = {"block": block} | asdict(one)
            row |= {k: v for k, v in row.pop("found").items() if k not in ("r", "r_error")}
            rows.append(row)
    return frame(_columns(rows))


def band_table(study: SimulationStudy) -> pd.DataFrame:
    """One row: accuracy of the composite's band with its error, κ, weighted κ, errors by two bands."""
    table = study.confusion
    share = table.accuracy
    return frame(
        {
            "n": [int(table.counts.sum())],
            "accuracy": [share],
            "accuracy_error": [float(np.sqrt(share * (1.0 - share) / table.n))],
            "kappa": [table.kappa],
            "kappa_error": [table.kappa_se],
            "weighted_kappa": [table.weighted_kappa],
            "weighted_kappa_error": [table.weighted_kappa_se],
            "two_bands_off": [table.two_bands_off],
        }
    )


def exposure_table(study: SimulationStudy) -> pd.DataFrame:
    """One row: greatest and mean exposure rate, share of unused items, overlap, χ² of the rates."""
    n_items = study.assessment.plan.n_items
    rates = exposure_rates(study.played.items, n_items)
    return frame(
        {
            "max_exposure": [float(rates.max())],
            "mean_exposure": [float(rates.mean())],
            "unused_share": [unused_share(rates)],
            "overlap": [mean_overlap(study.played.items, n_items)],
            "chi_square": [exposure_chi_square(rates)],
        }
    )


def demand_table(study: SimulationStudy) -> pd.DataFrame:
    """A row a demand of the blueprint: whether it must hold, how many sittings miss it, their share."""
    found = study.violations
    return frame(
        {
            "demand": found.demands,
            "hard": found.hard,
            "missed": found.missed.sum(axis=0),
            "share": found.shares,
        }
    )


def _by_block(study: SimulationStudy) -> list[tuple[str, Floats, Floats, Floats]]:
    """Name, θ̂, SE and truth of every block."""
    blocks, truth = study.assessment.plan.lattice.population.blocks, study.true_blocks()
    theta, se = study.values.block_theta, study.values.block_se
    return [(name, theta[:, b], se[:, b], truth[:, b]) for b, name in enumerate(blocks)]


def _recovery_rows(study: SimulationStudy, who: slice | NDArray[np.bool_]) -> list[dict[str, object]]:
    return [
        {"block": block, **asdict(recovery(theta[who], se[who], truth[who]))}
        for block, theta, se, truth in _by_block(study)
    ]


def _columns(rows: list[dict[str, object]]) -> dict[str, list[object]]:
    """Rows with the same names as columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}
