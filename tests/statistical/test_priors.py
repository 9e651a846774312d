"""Modes of the posterior: intervals of the curves of items whose truths come from the priors."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from scipy.special import expit

from compassess.irt import Calibration, Items, calibrate
from compassess.irt.models import Floats
from compassess.irt.priors import DEFAULT_PRIORS, LogitNormal, LogNormal, Normal
from statistical.studies import Quantities, drawn, repeated

pytestmark = pytest.mark.slow

N_ITEMS: Final = 12
SLOPES, DIFFICULTIES = LogNormal(0.3, 0.3), Normal(0.0, 1.0)
THETA: Final = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def items_from_priors(model: str, seed: int) -> Items:
    """New items: a and b from the priors of this file, asymptotes from the default ones."""
    rng = np.random.default_rng([seed, 1])
    asymptotes = {"c": np.zeros(N_ITEMS), "d": np.ones(N_ITEMS)}
    for name, prior in DEFAULT_PRIORS[model].items():
        assert isinstance(prior, LogitNormal)
        asymptotes[name] = expit(rng.normal(prior.mean, prior.sd, N_ITEMS))
    return Items.create(
        ids=[f"i{j}" for j in range(N_ITEMS)],
        a=np.exp(rng.normal(SLOPES.mean, SLOPES.sd, N_ITEMS)),
        b=rng.normal(DIFFICULTIES.mean, DIFFICULTIES.sd, (N_ITEMS, 1)),
        models=[model] * N_ITEMS,
        c=asymptotes["c"],
        d=asymptotes["d"],
    )


def curves(items: Items) -> Floats:
    """P(θ) at ``THETA``, (n_items, n_theta)."""
    c, d = items.c[:, None], items.d[:, None]
    return np.asarray(c + (d - c) * expit(items.a[:, None] * (THETA - items.b)))


def curve_errors(fit: Calibration) -> Floats:
    """SEs of P(θ) by the delta method from the covariance of a, b, c and d, (n_items, n_theta)."""
    assert fit.covariance is not None
    place = {name: row for row, name in enumerate(fit.covariance.names)}
    items, found = fit.items, []
    for j, name in enumerate(items.ids):
        a, b, c, d = items.a[j], items.b[j, 0], items.c[j], items.d[j]
        p = expit(a * (THETA - b))
        slopes = {
            "a": (d - c) * p * (1 - p) * (THETA - b),
            "b1": -(d - c) * p * (1 - p) * a,
            "c": 1 - p,
            "d": p,
        }
        free = [parameter for parameter in slopes if (name, parameter, "") in place]
        rows = [place[name, parameter, ""] for parameter in free]
        jacobian = np.array([slopes[parameter] for parameter in free])
        variance = fit.covariance.matrix[np.ix_(rows, rows)]
        found.append(np.sqrt(np.einsum("pt,pr,rt->t", jacobian, variance, jacobian)))
    return np.array(found)


@pytest.mark.parametrize("n_persons", [500, 2000])
@pytest.mark.parametrize("kind", ["crossprod", "oakes", "sandwich"])
@pytest.mark.parametrize("model", ["3PL", "4PL"])
def test_intervals_of_curves_cover_what_they_promise(model: str, kind: str, n_persons: int) -> None:
    """Where truths come from the priors, intervals of P(θ) at θ = −2 … 2 cover 93 to 97 %.

    The parameters themselves trade places (a high c with a high b); the curve is what the answers tell.
    """

    def one(seed: int) -> Quantities:
        truth = items_from_priors(model, seed)
        # Easy items with a high asymptote have few wrong answers: the prior speaks for them.
        fit = calibrate(
            drawn(truth, n_persons, seed, least=1),
            model,
            priors={"a": SLOPES, "b": DIFFICULTIES},
            standard_errors=kind,
        )
        assert fit.converged, fit.status
        return curves(fit.items).ravel(), curves(truth).ravel(), curve_errors(fit).ravel()

    study = repeated(one, 200)
    # 200 replications of 12 items at 5 points leave an error of .003 on the coverage, .02 on the ratio.
    assert study.coverage.error < 0.005
    assert 0.93 < study.coverage.value < 0.97
    # P is curved in its parameters, and the posterior skewed where the answers tell little: a tenth beside.
    assert abs(study.variance_ratio.value - 1) < 4 * study.variance_ratio.error + 0.1
