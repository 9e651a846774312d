"""Posteriors by draws, which may go together between persons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only
from compassess.scoring.cuts import ascending
from compassess.scoring.ranking.posteriors import refuse_values, wrong_shape

__all__ = ["DrawnPosteriors"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnPosteriors:
    """Draws of everybody's θ, (n_draws, n_persons); a draw may go together between persons.

    Everything is a share of draws, or their mean and variance: plausible values, or draws in which item
    parameters were drawn too, so that persons are not independent. Every probability is a multiple of
    1 / n_draws. Means over persons are unbiased whatever the number, but the most probable band of a person,
    and with it the errors by two bands, wants a hundred draws or more.
    """

    draws: Floats

    @classmethod
    def of(cls, draws: ArrayLike) -> Self:
        """From ``draws`` (n_draws, n_persons), at least 2 draws; a column of NaN: no posterior.

        Raises
        ------
        InputError : nobody; fewer than two draws; infinite numbers; NaN in some draws of a person only.
        """
        problems: list[Problem] = []
        table = np.array(draws, dtype=np.float64, ndmin=2)
        if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] == 0:
            problems.append(wrong_shape("draws", table, "a row a draw, at least 2, and a column a person"))
        raise_if_any(problems)
        wrong = np.asarray(~(np.isfinite(table).all(axis=0) | np.isnan(table).all(axis=0)))
        refuse_values("draws", wrong, table.sum(axis=0), "finite columns, or columns of NaN", problems)
        raise_if_any(problems)
        return cls(draws=read_only(table))

    @property
    def mean(self) -> Floats:
        """Means of the draws."""
        return np.asarray(self.draws.mean(axis=0))

    @property
    def known(self) -> Truths:
        """Who has a posterior."""
        return ~np.isnan(self.draws[0])

    @property
    def n_draws(self) -> int | None:
        """The number of draws."""
        return len(self.draws)

    @property
    def n_persons(self) -> int:
        """How many."""
        return int(self.draws.shape[1])

    def select(self, persons: NDArray[np.intp]) -> Self:
        """Some of the persons."""
        return type(self)(draws=self.draws[:, persons])

    def bands(self, cuts: ArrayLike) -> Floats:
        """The share of a person's draws in each band, (n_persons, n_cuts + 1); NaN without a posterior.

        Half-open: a draw at a cut is above it.

        Raises
        ------
        InputError : cuts that are not finite or do not increase.
        """
        problems: list[Problem] = []
        edges = ascending(cuts, problems)
        raise_if_any(problems)
        band = np.searchsorted(edges, self.draws, side="right")
        shares = np.stack([(band == k).mean(axis=0) for k in range(edges.size + 1)], axis=1)
        return np.where(self.known[:, None], shares, np.nan)

    def p_among_best(self, k: int) -> Floats:
        """The share of draws in which a person is among the k best; equal draws share the places left."""
        total = np.zeros(self.draws.shape[1])
        for one in self.draws:
            better, tied = _counts(one)
            total += np.clip((k - better) / tied, 0.0, 1.0)
        return total / len(self.draws)

    def rank_moments(self) -> tuple[Floats, Floats]:
        """Mean and variance over draws of the rank; equal draws have the mean of their ranks."""
        ranks = np.empty_like(self.draws)
        for place, one in enumerate(self.draws):
            better, tied = _counts(one)
            ranks[place] = better + 0.5 * (tied + 1)
        return ranks.mean(axis=0), ranks.var(axis=0)


def _counts(values: Floats) -> tuple[Floats, Floats]:
    """How many are better, and how many equal (oneself included)."""
    ordered = np.sort(values)
    above = values.size - np.searchsorted(ordered, values, side="right")
    from_here = values.size - np.searchsorted(ordered, values, side="left")
    return above.astype(np.float64), (from_here - above).astype(np.float64)
