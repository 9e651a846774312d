"""The modified Angoff method: judges say how persons at the cut would score on each item.

Letters. y_jic is what judge j expects of a person who is just at cut c on item i; a dot is a mean.
T(θ) = Σ_i E(X_i | θ) is the test characteristic curve, T′ its slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.curves import expected_score, expected_score_slope
from compassess.irt.items import Items
from compassess.irt.true_scores import theta_at_total, total_limits
from compassess.scoring.standards.cut_scores import CutScores, problems_of_bands
from compassess.scoring.standards.variance_components import RANDOM, variance_components

__all__ = ["angoff"]

Floats = NDArray[np.float64]

_ROUNDING: Final = 1e-12  # what a mean of equal ratings leaves of them


def angoff(
    ratings: ArrayLike, items: Items, *, random: str = "judges", bands: Sequence[str] = ()
) -> CutScores:
    """Cuts on θ from expected scores at the cut: T(θ_c) = Σ_i y_·ic.

    Parameters
    ----------
    ratings : (n_judges, n_items), or (n_judges, n_items, n_cuts) with the cuts in order; those of the last
        round. For an item of two categories a probability, for others an expected score within 0 … K − 1.
    items : of one dimension, in the order of the ratings.
    random : what the standard errors are over. Σ_i y_·ic − T(θ_c) = 0 fixes the cut, so that an error of the
        left side divided by T′(θ_c) is one of the cut. With V_J the covariance of the judges' totals over the
        cuts and d_ic = y_·ic − E(X_i | θ_c), its covariance is

        - "judges", another panel on the same items: V_J / n_J;
        - "items", the same panel on another form, whose curve is another as well: n_I Cov_i(d);
        - "both": n_I² σ²_J / n_J + n_I Cov_i(d), σ²_J the component of judges (0 where it is negative).

    bands : names of the bands, lowest first.

    Returns
    -------
    CutScores with ``details``: ``raw_cuts`` Σ_i y_·ic; ``raw_standard_errors`` of them by kind
    (:meth:`VarianceComponents.error_of_mean`, n_I² times); ``standard_errors`` on θ by kind; ``components``;
    ``slope`` T′; ``judge_cuts`` (n_judges, n_cuts), NaN where no ability has the judge's total;
    ``agreement`` (n_judges, n_cuts), each judge's correlation over the items with the mean of the others, and
    ``item_agreement``, with E(X_i | θ_c); ``item_misfit`` d (n_items, n_cuts).

    Limits: item parameters are taken as known. The error over items needs a form that could be drawn again,
    not one that a blueprint fills.

    Raises
    ------
    InputError : ratings of another shape, missing or outside an item's scores; fewer than two judges or
        items; items without parameters; a panel's raw cut that no ability has; cuts that do not increase; an
        unknown ``random``; names of bands that do not fit.

    References
    ----------
    Angoff (1971), in Educational Measurement, 2nd ed., 508-600; Kane (1994), Review of Educational Research
    64, on the errors; van der Linden (1982), Journal of Educational Measurement 19, on ratings against θ.
    """
    y = _ratings(ratings, items, random, bands)
    n_judges, n_items, n_cuts = y.shape
    panel, totals = y.mean(axis=0), y.sum(axis=1)
    raw = panel.sum(axis=0)
    cuts, *judge_cuts = _thetas(items, np.vstack([raw, totals]))
    slope = expected_score_slope(items, cuts).sum(axis=0)
    expected = expected_score(items, cuts)
    misfit = panel - expected
    components = variance_components(y)
    of_judges = np.cov(totals, rowvar=False).reshape(n_cuts, n_cuts) / n_judges
    of_items = n_items * np.cov(misfit, rowvar=False).reshape(n_cuts, n_cuts)
    of_both = n_items**2 * components.severity + of_items
    on_theta = {
        kind: one / np.outer(slope, slope)
        for kind, one in zip(RANDOM, (of_judges, of_items, of_both), strict=True)
    }
    by_cut = y.transpose(0, 2, 1)  # (n_judges, n_cuts, n_items)
    return CutScores.create(
        method="angoff",
        cuts=cuts,
        covariance=on_theta[random],
        bands=bands,
        n=n_judges,
        n_of="judges",
        details={
            "raw_cuts": raw,
            "raw_standard_errors": {
                kind: n_items * np.sqrt(np.diag(components.error_of_mean(kind))) for kind in RANDOM
            },
            "standard_errors": {kind: np.sqrt(np.diag(one)) for kind, one in on_theta.items()},
            "components": components,
            "slope": slope,
            "judge_cuts": np.stack(judge_cuts),
            "agreement": _correlations(by_cut, (by_cut.sum(axis=0) - by_cut) / (n_judges - 1)),
            "item_agreement": _correlations(by_cut, expected.T),
            "item_misfit": misfit,
        },
    )


def _ratings(ratings: ArrayLike, items: Items, random: str, bands: Sequence[str]) -> Floats:
    """Ratings as (n_judges, n_items, n_cuts), checked with all that goes with them."""
    y = np.asarray(ratings, dtype=np.float64)
    y = y[..., None] if y.ndim == 2 else y
    problems = [
        Problem(where=f"item {name!r}", what="it has no parameters", remedy="Leave it out of the ratings.")
        for name, usable in zip(items.ids, items.usable, strict=True)
        if not usable
    ]
    if random not in RANDOM:
        problems.append(
            Problem(where="random", what="unknown", got=repr(random), expected=" or ".join(RANDOM))
        )
    if y.ndim != 3 or y.shape[1] != items.n_items or 0 in y.shape or min(y.shape[:2]) < 2:
        shapes = f"(n_judges, {items.n_items}) or (n_judges, {items.n_items}, n_cuts)"
        expected = f"{shapes} with two judges and two items or more"
        got = str(np.shape(ratings))
        raise InputError(
            [*problems, Problem(where="ratings", what="wrong shape", got=got, expected=expected)]
        )
    highest = items.n_categories - 1
    problems += [
        Problem(
            where=f"ratings, judge {judge + 1}, item {items.ids[item]!r}, cut {cut + 1}",
            what="not an expected score of the item",
            got=f"{y[judge, item, cut]:g}",
            expected=f"0 to {highest[item]}",
        )
        for judge, item, cut in np.argwhere(~((y >= 0) & (y <= highest[:, None]))).tolist()
    ]
    raise_if_any(problems + problems_of_bands(bands, y.shape[2], "angoff"))
    return y


def _thetas(items: Items, totals: Floats) -> Floats:
    """θ of the panel's raw cuts, the first row, and of its judges', NaN where no ability has their total."""
    low, high = total_limits(items)
    told = (totals > low) & (totals < high)
    raise_if_any(
        [
            Problem(
                where=f"ratings, cut {cut + 1}",
                what="no ability has the panel's raw cut",
                got=f"{totals[0, cut]:.6g}",
                expected=f"more than {low:.6g} and less than {high:.6g}",
                remedy="Where items can be guessed, nobody is expected to score less than guesses do.",
            )
            for cut in np.flatnonzero(~told[0]).tolist()
        ]
    )
    thetas = np.full(totals.shape, np.nan)
    thetas[told] = theta_at_total(items, totals[told])
    return thetas


def _correlations(one: Floats, other: Floats) -> Floats:
    """Pearson's r over the last axis; NaN where one of the two does not vary."""
    one, other = (x - x.mean(axis=-1, keepdims=True) for x in (one, other))
    scale = np.sqrt((one**2).sum(axis=-1) * (other**2).sum(axis=-1))
    varies = (np.abs(one).max(axis=-1) > _ROUNDING) & (np.abs(other).max(axis=-1) > _ROUNDING)
    return np.where(varies, (one * other).sum(axis=-1) / np.where(varies, scale, 1.0), np.nan)
