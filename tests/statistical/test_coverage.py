"""95 % intervals of item parameters cover what they promise, and errors are as large as they were told.

Intervals are estimate ± 1.96 SE in the metric that is reported: a and b (for nominal items slopes and
intercepts by category), with SEs from the delta method, and the variance of θ where it is free. The items are
such that these estimates are near normal: slopes of .9 or more, and every category with 20 answers or more,
which each replication checks. Means are over parameters and replications; the band of 93 to 97 % is what is
promised of them.
"""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Items, Population, calibrate
from statistical.studies import Quantities, Study, drawn, item_quantities, latent_variance, repeated, together

pytestmark = pytest.mark.slow

REPLICATIONS = 200
MODELS = ("Rasch", "1PL", "2PL", "GRM", "PCM", "RSM", "GPCM", "NRM")
BINARY, UNIT_SLOPE = ("Rasch", "1PL", "2PL"), ("Rasch", "PCM", "RSM")


def items_of(model: str) -> Items:
    """Ten items of two categories, or six of more: slopes of .9 to 1.8, categories used by 7 % and more."""
    rng = np.random.default_rng(3)
    n = 10 if model in BINARY else 6
    ids, models = [f"i{j}" for j in range(n)], [model] * n
    a = np.linspace(0.9, 1.8, n)[rng.permutation(n)]
    centre = np.linspace(-1.2, 1.2, n) if model in BINARY else np.linspace(-0.6, 0.6, n)
    if model == "NRM":
        slopes = np.column_stack([-a, np.linspace(-0.4, 0.4, n), a])
        intercepts = np.column_stack([-centre, np.full(n, 0.3), centre])
        return Items.create(
            ids=ids,
            a=np.full(n, np.nan),
            b=np.full((n, 2), np.nan),
            slopes=slopes - slopes.mean(axis=1, keepdims=True),
            intercepts=intercepts - intercepts.mean(axis=1, keepdims=True),
            models=models,
        )
    a = {"Rasch": np.ones(n), "PCM": np.ones(n), "RSM": np.ones(n), "1PL": np.full(n, 1.3)}.get(model, a)
    b = centre[:, None] + (np.zeros(1) if model in BINARY else np.array([-1.1, 0.1, 1.0]))
    if model in ("PCM", "GPCM"):
        b = b + rng.normal(0, 0.15, b.shape)
    people = Population.create(standard_deviation=[1.2 if model in UNIT_SLOPE else 1.0])
    return Items.create(ids=ids, a=a, b=b, models=models, population=people)


def studied(model: str, n_persons: int, kind: str) -> Study:
    """Replications of one design."""
    truth = items_of(model)

    def one(seed: int) -> Quantities:
        fit = calibrate(drawn(truth, n_persons, seed), model, standard_errors=kind)
        own = item_quantities(fit, truth)
        return together([own, latent_variance(fit, truth.population)]) if model in UNIT_SLOPE else own

    return repeated(one, REPLICATIONS)


@pytest.mark.parametrize("n_persons", [500, 2000])
@pytest.mark.parametrize("kind", ["crossprod", "oakes", "sandwich"])
@pytest.mark.parametrize("model", MODELS)
def test_intervals_cover_what_they_promise(model: str, kind: str, n_persons: int) -> None:
    """Intervals cover 93 to 97 %, mean squared errors are the mean of SE², and no estimate is biased."""
    study = studied(model, n_persons, kind)
    # 200 replications of 10 to 36 parameters leave an error of .003 to .009 on the coverage, the most where one
    # parameter moves all the others (1PL).
    assert study.coverage.error < 0.01
    assert 0.93 < study.coverage.value < 0.97
    # A ratio's own error is .03 to .05. Errors of second order in 1 / n add to it: SEs are functions of the
    # estimates, and cross-products of few persons for many parameters make them wide, by n_parameters / n.
    allowed = 4 * study.variance_ratio.error + study.error.shape[1] / n_persons
    assert abs(study.variance_ratio.value - 1) < allowed
    # A mean error is known to 1 / √200 of an SE. The bias of ML is of the order of 1 / n, and so 1 / √n of an SE.
    assert np.all(np.abs(study.relative_bias) < 4 / np.sqrt(REPLICATIONS) + 2 / np.sqrt(n_persons))
