"""Abilities of persons under known items: posterior means and standard deviations (EAP)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.expectation import over_persons
from compassess.irt.items import Items
from compassess.irt.lattice import BlockPosterior
from compassess.irt.measurement import Measurement
from compassess.irt.moments import mean_and_sd
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COARSE", "Estimates", "Scores", "log_likelihood", "score"]

Floats = NDArray[np.float64]

COARSE: Final = 1.5  # nodes further apart than this many posterior SD err by more than 0.3 %


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """Posterior means and SDs of several dimensions: ``theta`` and ``se``, (n_persons, n_dimensions)."""

    names: tuple[str, ...]
    theta: Floats
    se: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """The answer of :func:`score`.

    Attributes
    ----------
    theta, se : posterior mean and SD, (n_persons,) for one block, else (n_persons, n_blocks).
    status : by person: "ok"; "no_answers", the estimate is the population's; "coarse_grid", the nodes
        are further apart than 1.5 posterior SD of some block or competency, and its estimate may err by
        more than 0.3 % of that SD.
    competencies : estimates by competency; equal to their block where λ = 1.
    """

    blocks: tuple[str, ...]
    persons: tuple[str, ...] | None
    theta: Floats
    se: Floats
    status: tuple[str, ...]
    competencies: Estimates

    def to_frame(self) -> pd.DataFrame:
        """A row a person: theta and se (by block, then by competency where it differs), status."""
        columns: dict[str, object] = {}
        if self.persons is not None:
            columns["person"] = self.persons
        theta, se = self.theta.reshape(len(self.status), -1), self.se.reshape(len(self.status), -1)
        alone = len(self.blocks) == 1
        for j, name in enumerate(self.blocks):
            columns["theta" if alone else f"theta_{name}"] = theta[:, j]
            columns["se" if alone else f"se_{name}"] = se[:, j]
        for j, name in enumerate(self.competencies.names):
            if name not in self.blocks:
                columns[f"theta_{name}"] = self.competencies.theta[:, j]
                columns[f"se_{name}"] = self.competencies.se[:, j]
        columns["status"] = self.status
        return frame(columns)  # type: ignore[arg-type]


def score(
    responses: Responses,
    items: Items,
    method: str = "EAP",
    *,
    population: Population | None = None,
    nodes: int | None = None,
    limit: float | None = None,
) -> Scores:
    """Posterior mean θ̂ = ∫ θ p(θ | x) dθ and posterior SD, by block and by competency.

    Parameters
    ----------
    responses : matched with ``items`` by name; missing cells add nothing.
    population : replaces the items' own.
    nodes, limit : the grid, by default 61 nodes on ±6 (41 for three blocks).

    Raises
    ------
    InputError : a method other than "EAP"; codes outside an item's categories; no column in common.

    References
    ----------
    Bock & Mislevy (1982), Applied Psychological Measurement 6, eq. 4-7.
    """
    if method != "EAP":
        raise InputError(Problem(where="method", what="unknown method", got=repr(method), expected="'EAP'"))
    _refuse_strangers(responses, items)
    measurement = Measurement.create(items, nodes=nodes, limit=limit, population=population)
    lattice = measurement.lattice
    design = measurement.design(responses)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> tuple[Floats, Floats]:
        del persons
        return posterior.blocks, lattice.carrier_posteriors(likelihood, posterior)

    theta, se, by_carrier = [], [], []
    for blocks, carriers in over_persons(chunk, design, lattice, measurement.table):
        mean, sd = mean_and_sd(blocks, lattice.grid.theta)
        theta.append(mean)
        se.append(sd)
        by_carrier.append(mean_and_sd(carriers, lattice.grid.theta))
    means, sds = np.concatenate(theta), np.concatenate(se)
    picked = lattice.carrier_of_competency
    competencies = Estimates(
        names=lattice.population.competencies,
        theta=np.concatenate([mean for mean, _ in by_carrier])[:, picked],
        se=np.concatenate([sd for _, sd in by_carrier])[:, picked],
    )
    alone = lattice.n_blocks == 1
    return Scores(
        blocks=lattice.population.blocks,
        persons=responses.persons,
        theta=means[:, 0] if alone else means,
        se=sds[:, 0] if alone else sds,
        status=_statuses(responses, items, np.column_stack([sds, competencies.se]), lattice.grid.spacing),
        competencies=competencies,
    )


def log_likelihood(
    responses: Responses, items: Items, *, nodes: int | None = None, limit: float | None = None
) -> Floats:
    """The marginal log-likelihood of each person's answers under known items, (n_persons,).

    The sum over persons is what calibration maximises; evaluate it on more ``nodes`` to see what the
    quadrature of a fit is worth.
    """
    measurement = Measurement.create(items, nodes=nodes, limit=limit)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        del persons, likelihood
        return posterior.log_evidence

    design = measurement.design(responses)
    return np.concatenate(over_persons(chunk, design, measurement.lattice, measurement.table))


def _statuses(responses: Responses, items: Items, sds: Floats, spacing: float) -> tuple[str, ...]:
    usable = {name for name, good in zip(items.ids, items.usable, strict=True) if good}
    answered = (responses.codes([name for name in items.ids if name in usable]) >= 0).any(axis=1)
    coarse = spacing > COARSE * sds.min(axis=1)
    status = np.where(coarse, "coarse_grid", "ok")
    return tuple(np.where(answered, status, "no_answers").tolist())


def _refuse_strangers(responses: Responses, items: Items) -> None:
    if not set(responses.items) & set(items.ids):
        raise InputError(
            Problem(
                where="responses",
                what="no column is an item of this bank",
                got=", ".join(responses.items[:5]),
                expected=f"item ids like {', '.join(items.ids[:5])}",
            )
        )
