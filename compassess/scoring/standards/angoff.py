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
from compassess.irt.curves import expected_score, expected_score_slope, expected_total
from compassess.irt.items import Items
from compassess.irt.true_scores import theta_at_total
from compassess.scoring.standards.cut_scores import CutScores
from compassess.scoring.standards.variance_components import variance_components

__all__ = ["RANDOM", "angoff"]

Floats = NDArray[np.float64]

#: What an error is over: other judges, other items, or both.
RANDOM: Final = ("judges", "items", "both")


def angoff(
    ratings: ArrayLike, items: Items, *, random: str = "judges", bands: Sequence[str] = ()
) -> CutScores:
    """Cuts on θ from expected scores at the cut: T(θ_c) = Σ_i y_·ic.

    Parameters
    ----------
    ratings : (n_judges, n_items), or (n_judges, n_items, n_cuts) with the cuts in order; those of the last
        round. For an item of two categories a probability, for others an expected score within 0 … K − 1.
    items : of one dimension, in the order of the ratings.
    random : what the standard errors are over. With V_J the covariance of the judges' totals over the cuts
        and d_ic = y_·ic − E(X_i | θ_c), the errors of Σ_i y_·ic − T(θ_c), divided by T′(θ_c), are

        - "judges": V_J / n_J;
        - "items": n_I Cov_i(d), because another form has another curve as well as other ratings;
        - "both": n_I² σ²_J / n_J + n_I Cov_i(d), σ²_J the judges' component (negative ones as 0).

    Returns
    -------
    CutScores with ``details``: ``raw_cuts`` and, by kind, ``raw_standard_errors`` (raw scores, by the mean
    squares of :class:`VarianceComponents`); ``standard_errors`` on θ by kind; ``components``; ``judge_cuts``
    (n_judges, n_cuts), NaN where no ability has the judge's total; ``slope`` T′; ``agreement`` of each judge:
    correlation over the items with the mean of the other judges; ``item_agreement``: with E(X_i | θ_c);
    ``item_misfit`` d (n_items, n_cuts).

    Raises
    ------
    InputError : ratings of another shape, missing or outside an item's scores; a panel's raw cut that no
        ability has; cuts that do not increase; an unknown ``random``.

    References
    ----------
    Angoff (1971), in Educational Measurement, 2nd ed., 508-600; Kane (1994), Review of Educational Research
    64; van der Linden (1982), Journal of Educational Measurement 19, for the consistency of judges with θ.
    """
    y = _ratings(ratings, items, random)
    n_judges, n_items, n_cuts = y.shape
    panel = y.mean(axis=0)
    raw = panel.sum(axis=0)
    cuts = theta_at_total(items, raw)
    slope = expected_score_slope(items, cuts).sum(axis=0)
    expected = expected_score(items, cuts)
    components = variance_components(y)
    misfit = panel - expected
    of_judges = np.cov(y.sum(axis=1), rowvar=False).reshape(n_cuts, n_cuts) / n_judges
    of_items = n_items * np.cov(misfit, rowvar=False).reshape(n_cuts, n_cuts)
    shared = n_items**2 * _without_negative(components.judges) / n_judges
    raw_theta = {"judges": of_judges, "items": of_items, "both": shared + of_items}
    on_theta = {kind: one / np.outer(slope, slope) for kind, one in raw_theta.items()}
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
                kind: n_items * _roots(components.error_of_mean(kind)) for kind in RANDOM
            },
            "standard_errors": {kind: _roots(one) for kind, one in on_theta.items()},
            "components": components,
            "judge_cuts": _judge_cuts(items, y.sum(axis=1)),
            "slope": slope,
            "agreement": _agreement(y),
            "item_agreement": np.stack([_correlations(y[..., c], expected[:, c]) for c in range(n_cuts)], -1),
            "item_misfit": misfit,
        },
    )


def _ratings(ratings: ArrayLike, items: Items, random: str) -> Floats:
    """Ratings as (n_judges, n_items, n_cuts), checked."""
    y = np.asarray(ratings, dtype=np.float64)
    y = y[..., None] if y.ndim == 2 else y
    if y.ndim != 3 or y.shape[1] != items.n_items:
        raise InputError(
            Problem(
                where="ratings",
                what="wrong shape",
                got=str(np.shape(ratings)),
                expected=f"(n_judges, {items.n_items}) or (n_judges, {items.n_items}, n_cuts)",
            )
        )
    highest = items.n_categories - 1
    bad = ~((y >= 0) & (y <= highest[:, None]))
    problems = [
        Problem(
            where=f"ratings, judge {judge + 1}, item {items.ids[item]!r}, cut {cut + 1}",
            what="not an expected score of the item",
            got=f"{y[judge, item, cut]:g}",
            expected=f"0 to {highest[item]}",
        )
        for judge, item, cut in np.argwhere(bad).tolist()
    ]
    problems += [
        Problem(where=f"item {name!r}", what="it has no parameters", remedy="Leave it out of the ratings.")
        for name, usable in zip(items.ids, items.usable, strict=True)
        if not usable
    ]
    if random not in RANDOM:
        problems.append(
            Problem(where="random", what="unknown", got=repr(random), expected=" or ".join(RANDOM))
        )
    raise_if_any(problems)
    return y


def _judge_cuts(items: Items, totals: Floats) -> Floats:
    """Each judge's own cuts; NaN where the total lies at or beyond the ends of the curve."""
    low, high = expected_total(items, [-1024.0, 1024.0])
    told = (totals > low) & (totals < high)
    cuts = np.full(totals.shape, np.nan)
    cuts[told] = theta_at_total(items, totals[told])
    return cuts


def _agreement(y: Floats) -> Floats:
    """Correlation of each judge with the mean of the others, over the items, (n_judges, n_cuts)."""
    n_judges = len(y)
    others = (y.sum(axis=0) - y) / (n_judges - 1)
    return np.array(
        [
            [_correlations(one[None, :, c], other[:, c])[0] for c in range(y.shape[2])]
            for one, other in zip(y, others, strict=True)
        ]
    )


def _correlations(rows: Floats, with_: Floats) -> Floats:
    """Pearson's r of every row with one vector; NaN where one of them does not vary."""
    centred, other = rows - rows.mean(axis=1, keepdims=True), with_ - with_.mean()
    scale = np.sqrt((centred**2).sum(axis=1) * (other**2).sum())
    return np.where(scale > 0, centred @ other / np.where(scale > 0, scale, 1.0), np.nan)


def _without_negative(component: Floats) -> Floats:
    """A component whose estimate is not positive in a cut counts as 0 there."""
    kept = np.diag(component) > 0
    return np.where(np.outer(kept, kept), component, 0.0)


def _roots(covariance: Floats) -> Floats:
    return np.sqrt(np.maximum(np.diag(covariance), 0.0))
