"""Sum scores: their distribution given θ, and what a sum says about θ.

Letters. S = Σ_i X_i over the items of a form; L(s | θ) = P(S = s | θ), made item by item (Lord & Wingersky):
L(s | θ) = Σ_k P_k(θ) L₋(s − k | θ), with L₋ the distribution before the item. Items of any model, slopes
of any sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.cells import Sheet
from compassess.irt.items import Items
from compassess.irt.layout import Layout
from compassess.irt.measurement import Measurement
from compassess.irt.moments import mean_and_sd
from compassess.irt.population import Population
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SumScores", "by_sum", "sum_scores"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SumScores:
    """What each sum of codes that can occur says, (n_scores,) each.

    Attributes
    ----------
    score : the sums, ascending; gaps where no combination of codes makes a sum.
    theta, se : E(θ | S = score) and the posterior SD; NaN where the probability is below 1e-300.
    probability : P(S = score) in the population; they sum to 1.
    """

    score: NDArray[np.intp]
    theta: Floats
    se: Floats
    probability: Floats

    def to_frame(self) -> pd.DataFrame:
        """A row a sum: score, theta, se, probability."""
        return frame({name: getattr(self, name) for name in ("score", "theta", "se", "probability")})


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
    prior = _prior(measurement)
    usable = np.flatnonzero(items.usable)
    return _table(measurement, prior, usable)


def by_sum(sheet: Sheet, measurement: Measurement) -> tuple[Floats, Floats]:
    """E(θ | sum of the person's answers) and posterior SD, (n_persons,) each, in one dimension.

    The form of a person consists of the items that the person answered; a table is made once for all who
    answered the same items. Without answers the population's mean and SD.
    """
    prior = _prior(measurement)
    item_of, code_of = _rows(measurement.layout)
    rows, ends = sheet.indicators.indices, sheet.indicators.indptr
    total = np.zeros(sheet.n_persons, dtype=np.intp)
    np.add.at(total, np.repeat(np.arange(sheet.n_persons), np.diff(ends)), code_of[rows])
    estimate = np.empty((2, sheet.n_persons))
    for form, members in _forms(item_of[rows], ends):
        table = _table(measurement, prior, form)
        place = np.searchsorted(table.score, total[members])
        estimate[:, members] = table.theta[place], table.se[place]
    return estimate[0], estimate[1]


def _table(measurement: Measurement, prior: Floats, form: NDArray[np.intp]) -> SumScores:
    """The sums of some items under prior masses on the nodes."""
    rows = [measurement.layout.row_of[item] for item in form.tolist()]
    given_theta = _distribution(measurement.table, rows)
    joint = given_theta * prior
    probability = joint.sum(axis=1)
    possible = _reachable(rows)
    masses = np.divide(
        joint,
        probability[:, None],
        out=np.full_like(joint, np.nan),
        where=probability[:, None] > 1e-300,
    )[possible]
    theta, se = mean_and_sd(masses, measurement.lattice.grid.theta)
    return SumScores(score=np.flatnonzero(possible), theta=theta, se=se, probability=probability[possible])


def _distribution(table: Floats, rows: Sequence[NDArray[np.intp]]) -> Floats:
    """L(s | θ) on the nodes, (highest sum + 1, n_nodes); ``rows`` of the table by code, an array an item."""
    given_theta = np.ones((1, table.shape[1]))
    for by_code in rows:
        codes = _codes(by_code)
        n_sums = len(given_theta)
        longer = np.zeros((n_sums + max(codes), table.shape[1]))
        for code in codes:
            longer[code : code + n_sums] += given_theta * np.exp(table[by_code[code]])
        given_theta = longer
    return given_theta


def _reachable(rows: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
    """Which sums some combination of codes makes, (highest sum + 1,)."""
    possible = np.ones(1, dtype=np.bool_)
    for by_code in rows:
        codes = _codes(by_code)
        longer = np.zeros(possible.size + max(codes), dtype=np.bool_)
        for code in codes:
            longer[code : code + possible.size] |= possible
        possible = longer
    return possible


def _codes(by_code: NDArray[np.intp]) -> list[int]:
    """The lowest code of every scored category, ascending; the first is 0."""
    return [code for code, row in enumerate(by_code.tolist()) if row >= 0 and row not in by_code[:code]]


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
