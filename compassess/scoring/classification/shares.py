"""The shares of a population in bands, and how unsure they are.

Rule: a share is a mean of probabilities or of plausible values, never a count of point estimates. Estimates
that are shrunk towards the mean (EAP, the most probable band) scatter less than abilities do, and too few of
them reach the outer bands; the counts are told beside the shares so that the difference can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.responses import frame
from compassess.scoring.classification.inputs import band_indices, band_table, person_weights
from compassess.scoring.classification.intervals import effective_size
from compassess.scoring.cuts import ascending
from compassess.scoring.decisions import most_probable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BandShares", "shares_from_draws", "shares_from_probabilities"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandShares:
    """Shares in the bands, lowest first, (n_bands,) each.

    Attributes
    ----------
    share : of the population; they sum to 1.
    se : standard error as an estimate of the share of the population that the persons are a sample of.
    se_measurement : standard error as an estimate of the share among these very persons, whose answers leave
        it open. Another question, and no part of ``se``: with few answers it is the larger of the two.
    counted : shares of the bands that were assigned. Biased: for comparison only.
    """

    share: Floats
    se: Floats
    se_measurement: Floats
    counted: Floats

    def to_frame(self) -> pd.DataFrame:
        """A row a band, lowest first."""
        return frame(
            {
                "band": np.arange(self.share.size),
                **{name: getattr(self, name) for name in self.__slots__},
            }
        )


def shares_from_probabilities(
    probabilities: ArrayLike, *, assigned: ArrayLike | None = None, weights: ArrayLike | None = None
) -> BandShares:
    """Shares as means of the persons' band probabilities.

    share_k = Σ_n w_n p_nk, Σ w = 1. Two questions, two errors, m = 1 / Σ w²:

        of the population      se² = Σ_n w_n² (p_nk − share_k)² m / (m − 1)
        of these persons       se_measurement² = Σ_n w_n² p_nk (1 − p_nk)

    As an estimate for the population share_k is a mean of n independent p_nk, and nothing else moves it: with
    equal weights se² is their sample variance over n. E p_nk is the population's share, and what the answers
    leave open makes the p_nk alike, not the mean uncertain; the two errors squared add up to
    share (1 − share) / n, the error of a share of bands that were seen.

    Parameters
    ----------
    probabilities : (n, n_bands), posteriors under the population that the persons come from.
    assigned : (n,) the bands given, for ``counted``; default the most probable.
    weights : of persons.

    Limits: with one person, or with one who has all the weight, se is NaN. The prior is taken as known; one
    that was estimated from the same persons has an error of its own. A prior that is not this population's
    biases the shares towards itself, the more the less a person answered: then estimate the population first
    (``fixed=`` items), or hand it to the scoring.

    Raises
    ------
    InputError : rows that are not probabilities, bands that do not fit, weights that are none.

    References
    ----------
    Mislevy, Beaton, Kaplan & Sheehan (1992), Journal of Educational Measurement 29, 133-161, on population
    characteristics from sparse answers.
    """
    problems: list[Problem] = []
    table = band_table(probabilities, problems)
    n, n_bands = table.shape[0], table.shape[-1]
    given = most_probable(table) if assigned is None else assigned
    bands = band_indices(given, n, n_bands, "assigned", problems)
    w = person_weights(weights, n, problems)
    raise_if_any(problems)
    w = w / w.sum()
    share = w @ table
    size = effective_size(w)
    sampling = w**2 @ (table - share) ** 2 * (size / (size - 1.0) if size > 1.0 else np.nan)
    return BandShares(
        share=share,
        se=np.sqrt(sampling),
        se_measurement=np.sqrt(w**2 @ (table * (1.0 - table))),
        counted=w @ np.eye(n_bands)[bands],
    )


def shares_from_draws(
    draws: ArrayLike, cuts: ArrayLike, *, assigned: ArrayLike | None = None, weights: ArrayLike | None = None
) -> BandShares:
    """Shares from plausible values, combined by Rubin's rules.

    In each of M draws the share q_m = Σ_n w_n 1(θ_mn in the band) with the variance u_m = q_m (1 − q_m) Σ w².
    share = mean q, se² = mean u + (1 + 1/M) B, B = Σ (q_m − share)² / (M − 1); se_measurement² is the second
    term.

    Parameters
    ----------
    draws : (n_draws, n_persons), of one block or competency of :func:`compassess.irt.plausible_values`; at
        least 2 draws.
    cuts : on θ, ascending.
    assigned : (n_persons,) the bands given, for ``counted``; default the bands of the persons' mean draws.
    weights : of persons.

    Limits: Rubin's rules are for plausible values whose population was estimated from these persons, and
    drawn with its own error. Where the prior is taken as known, as :func:`compassess.irt.plausible_values`
    takes it, se² is too large by 2 se_measurement² (as large as the error of shares that were seen, and that
    of the answers on top), and :func:`shares_from_probabilities` has the right one. ``se_measurement`` holds
    either way.

    Raises
    ------
    InputError : fewer than two draws, draws that are not finite, cuts out of order, bands or weights that do
        not fit.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, ch. 3; Mislevy (1991), Psychometrika 56.
    """
    problems: list[Problem] = []
    edges = ascending(cuts, problems)
    theta = np.atleast_2d(np.asarray(draws, dtype=np.float64))
    if theta.ndim != 2 or theta.shape[0] < 2 or theta.shape[1] == 0 or not np.all(np.isfinite(theta)):
        problems.append(
            Problem(
                where="draws",
                what="these are not plausible values",
                got=f"shape {theta.shape}",
                expected="finite numbers, a row a draw (at least 2), a column a person",
            )
        )
        raise_if_any(problems)
    n_draws, n = theta.shape
    w = person_weights(weights, n, problems)
    given = np.searchsorted(edges, theta.mean(axis=0), side="right") if assigned is None else assigned
    counted = band_indices(given, n, edges.size + 1, "assigned", problems)
    raise_if_any(problems)
    w = w / w.sum()
    unit = np.eye(edges.size + 1)
    q = np.stack([w @ unit[np.searchsorted(edges, one, side="right")] for one in theta])
    within = (q * (1.0 - q)).mean(axis=0) / effective_size(w)
    between = (1.0 + 1.0 / n_draws) * q.var(axis=0, ddof=1)
    return BandShares(
        share=q.mean(axis=0),
        se=np.sqrt(within + between),
        se_measurement=np.sqrt(between),
        counted=w @ unit[counted],
    )
