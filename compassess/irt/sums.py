"""Sum scores: their distribution in a population, and what a sum says about θ.

Letters. S = Σ_i X_i over the items of a form; L(s | θ) = P(S = s | θ)
(:mod:`compassess.irt.sum_distribution`). Items of any model, slopes of any sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.cells import Sheet
from compassess.irt.estimates import RANK
from compassess.irt.items import Items
from compassess.irt.layout import Layout
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.irt.quadrature import moment_functions, worth
from compassess.irt.refinement import Means, refined
from compassess.irt.sum_distribution import distribution, reachable, rows_of
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SumScores", "by_sum", "sum_scores"]

Floats = NDArray[np.float64]

_NOTHING: Final = 1e-300  # a sum that is less likely has lost its digits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SumScores:
    """What each sum of codes that can occur says, (n_scores,) each.

    Attributes
    ----------
    score : the sums, ascending; gaps where no combination of codes makes a sum.
    theta, se : E(θ | S = score) and the posterior SD; NaN where the probability is below 1e-300.
    probability : P(S = score) in the population; they sum to 1.
    status : "ok", "lost_digits" where theta is NaN, or what is left to say about the grid
        (:data:`compassess.irt.ABILITY_STATUSES`).
    """

    score: NDArray[np.intp]
    theta: Floats
    se: Floats
    probability: Floats
    status: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row a sum: score, theta, se, probability, status."""
        return frame({name: getattr(self, name) for name in self.__slots__})


def sum_scores(
    items: Items,
    *,
    population: Population | None = None,
    nodes: int | None = None,
    limit: float | None = None,
) -> SumScores:
    """The table from sum score to ability of a form that consists of all usable ``items``.

    P(S = s) = ∫ L(s | θ) p(θ) dθ, E(θ | s) = ∫ θ L(s | θ) p(θ) dθ / P(S = s). Codes that count as one
    category add the lowest of them.

    Parameters
    ----------
    items : of one dimension: one block, or one competency. For a block of several, select its items.
    population, nodes, limit : as in :func:`compassess.irt.score`.

    Raises
    ------
    InputError : items of several dimensions, or none with parameters.

    References
    ----------
    Lord & Wingersky (1984), Applied Psychological Measurement 8, 453-461; Thissen, Pommerich, Billeaud &
    Williams (1995), Applied Psychological Measurement 19, for polytomous items and E(θ | s).
    """
    measurement = Measurement.create(items, nodes=nodes, limit=limit, population=population)
    form = np.flatnonzero(items.usable)
    sums, probability = _on_nodes(measurement, _prior(measurement), form)
    found = np.flatnonzero(reachable(rows_of(measurement.layout, form)))
    told = found[probability[found] > _NOTHING]
    means = sums.only(told)
    if nodes is None and limit is None:
        refined(means, _again(form, told), measurement)
    theta, se = np.full((2, probability.size), np.nan)
    theta[told], se[told] = means.theta[:, 0], means.se[:, 0]
    status = np.full(probability.size, RANK["lost_digits"])
    status[told] = means.status
    return SumScores(
        score=found,
        theta=theta[found],
        se=se[found],
        probability=probability[found],
        status=tuple(np.array(list(RANK))[status[found]].tolist()),
    )


def by_sum(sheet: Sheet, measurement: Measurement, *, refine: bool) -> Means:
    """E(θ | sum of the person's answers) and posterior SD, of everybody, in one dimension.

    The form of a person consists of the items that the person answered; a table is made once for all who
    answered the same items. Without answers the population's mean and SD.
    """
    prior = _prior(measurement)
    item_of, code_of = _rows(measurement.layout)
    rows, ends = sheet.indicators.indices, sheet.indicators.indptr
    total = np.zeros(sheet.n_persons, dtype=np.intp)
    np.add.at(total, np.repeat(np.arange(sheet.n_persons), np.diff(ends)), code_of[rows])
    found = Means.nobody(sheet.n_persons, 1)
    for form, members in _forms(item_of[rows], ends):
        told, place = np.unique(total[members], return_inverse=True)
        means = _on_nodes(measurement, prior, form)[0].only(told)
        if refine:
            refined(means, _again(form, told), measurement)
        found.update(np.array(members), means.only(place))
    return found


def _again(
    form: NDArray[np.intp], told: NDArray[np.intp]
) -> Callable[[Measurement, NDArray[np.intp]], Means]:
    """Some of the sums of a form on other nodes."""

    def again(finer: Measurement, which: NDArray[np.intp]) -> Means:
        return _on_nodes(finer, _prior(finer), form)[0].only(told[which])

    return again


def _on_nodes(measurement: Measurement, prior: Floats, form: NDArray[np.intp]) -> tuple[Means, Floats]:
    """What every sum says under prior masses on the nodes, and its probability; nothing where that is 0."""
    grid = measurement.lattice.grid
    joint = distribution(measurement.table, rows_of(measurement.layout, form)) * prior
    probability = joint.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # sums that cannot occur, which nobody reads
        sums = worth((joint @ moment_functions(grid.theta))[:, None], grid.spacing, ())
        return Means.of(sums, np.log(probability), np.zeros(1, dtype=np.intp)), probability


def _rows(layout: Layout) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The item of every row of the table, and its lowest code."""
    item_of, code_of = np.zeros((2, layout.n_rows), dtype=np.intp)
    items, codes = np.nonzero(layout.row_of >= 0)
    for item, code in zip(items[::-1], codes[::-1], strict=True):
        item_of[layout.row_of[item, code]], code_of[layout.row_of[item, code]] = item, code
    return item_of, code_of


def _forms(items: NDArray[np.intp], indptr: NDArray[np.integer]) -> list[tuple[NDArray[np.intp], list[int]]]:
    """The different sets of items that persons answered, with the persons who answered each."""
    forms: dict[bytes, tuple[NDArray[np.intp], list[int]]] = {}
    for person, (start, end) in enumerate(pairwise(indptr.tolist())):
        form = np.sort(items[start:end])
        forms.setdefault(form.tobytes(), (form, []))[1].append(person)
    return list(forms.values())


def _prior(measurement: Measurement) -> Floats:
    """Masses of the one dimension of the items on the nodes, (n_nodes,)."""
    items, lattice = measurement.items, measurement.lattice
    used = np.unique(measurement.layout.carrier_of_item[items.usable])
    if used.size != 1:
        raise InputError(
            Problem(
                where="items",
                what="a sum score needs items of one dimension with parameters",
                got=f"{used.size} dimensions",
                expected="1",
                remedy="Select the items of one block or competency.",
            )
        )
    flat = np.ones((1, lattice.n_carriers, lattice.grid.n_nodes))
    posterior = lattice.posterior_from(flat, np.zeros(1))
    return np.asarray(lattice.carrier_posteriors(flat, posterior)[0, used[0]])
