"""A step of EM: from the expectations at φ to parameters that fit them best.

References
----------
Bock & Aitkin (1981), Psychometrika 46; Dempster, Laird & Rubin (1977), JRSS B 39.
"""

from __future__ import annotations

from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.maximisation import INNER_STEPS, ItemProblem, fitted_items
from compassess.irt.estimation.population_steps import fitted_loading, fitted_population
from compassess.irt.models import Floats

__all__ = ["em_step", "item_problems"]


def em_step(fit: Fit, evaluation: Evaluation, inner_steps: int = INNER_STEPS) -> Floats:
    """φ after the M-steps of the items, λ and the populations; the objective does not fall."""
    space, theta, total = fit.space, fit.grid.theta, evaluation.total
    phi = fitted_items(item_problems(fit, total.counts), evaluation.phi, inner_steps=inner_steps)
    if space.free_loadings:
        loadings = space.loadings(evaluation.phi)
        for competency, pairs in zip(space.free_loadings, fit.loading_tables(evaluation), strict=True):
            loadings[competency] = fitted_loading(pairs, theta, fit.bound)
        space.write_loadings(phi, loadings)
    for group, expected in enumerate(evaluation.by_group):
        mean, covariance = fitted_population(
            expected.joint,
            theta,
            space.mean(evaluation.phi, group),
            space.covariance(evaluation.phi, group),
            space.free_mean[group],
            space.free_variance[group],
        )
        space.write_moments(phi, group, mean, covariance)
    return phi


def item_problems(fit: Fit, counts: Floats) -> list[ItemProblem]:
    """The M-steps of all batches."""
    return [
        ItemProblem(family=family, form=form, counts=counts[batch.rows], theta=fit.grid.theta, priors=priors)
        for batch, family, form, priors in zip(
            fit.layout.batches, fit.families, fit.space.forms, fit.priors, strict=True
        )
    ]
