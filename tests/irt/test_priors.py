"""Priors on item parameters: densities, their derivatives, and their ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from scipy import stats
from scipy.special import logit

from compassess.errors import InputError
from compassess.irt import Beta, LogitNormal, LogNormal, Normal, Prior, calibrate
from compassess.irt.models import Floats
from irt.builders import answers, one_block

#: A prior, its log-density up to a constant by scipy, and points inside its domain.
DENSITIES: Final[list[tuple[Prior, Callable[[Floats], Floats], Floats]]] = [
    (Normal(0.3, 1.5), stats.norm(0.3, 1.5).logpdf, np.linspace(-4, 4, 9)),
    (LogNormal(0.2, 0.4), stats.lognorm(0.4, scale=np.exp(0.2)).logpdf, np.linspace(0.2, 4, 9)),
    (Beta(5.0, 17.0), stats.beta(5.0, 17.0).logpdf, np.linspace(0.02, 0.9, 9)),
    (LogitNormal(-1.4, 0.5), lambda x: stats.norm(-1.4, 0.5).logpdf(logit(x)), np.linspace(0.02, 0.9, 9)),
]
NAMED = pytest.mark.parametrize(
    ("prior", "density", "x"), DENSITIES, ids=[type(d[0]).__name__ for d in DENSITIES]
)


@NAMED
def test_a_prior_is_its_density(prior: Prior, density: Callable[[Floats], Floats], x: Floats) -> None:
    """log p differs from the density of its name by a constant."""
    gap = prior.log_density(x)[0] - density(x)
    np.testing.assert_allclose(gap, gap[0], rtol=0, atol=1e-11)


@NAMED
def test_slopes_of_a_prior_agree_with_differences(
    prior: Prior, density: Callable[[Floats], Floats], x: Floats
) -> None:
    """d log p / dx and d² log p / dx² are what small moves of x say."""
    del density
    step = 1e-5
    value, slope, bend = prior.log_density(x)
    up, down = prior.log_density(x + step), prior.log_density(x - step)
    # Third and fourth derivatives near 0 go like 1 / x⁴ and more: 1e-10 · 16 / .02⁴ = .01 of 4e4.
    np.testing.assert_allclose((up[0] - down[0]) / (2 * step), slope, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose((up[1] - down[1]) / (2 * step), bend, rtol=1e-4, atol=1e-4)
    assert value.shape == x.shape


@pytest.mark.parametrize("prior", [LogitNormal(-1.4, 0.5), LogitNormal(2.9, 0.5)])
def test_an_asymptote_at_its_bound_is_improbable_and_finite(prior: Prior) -> None:
    """c of 0 or 1, where a logit rounds to, has a density lower than any inside, and numbers for slopes."""
    ends = prior.log_density(np.array([0.0, 1e-320, 1.0]))
    assert all(np.all(np.isfinite(part)) for part in ends)
    assert np.all(ends[0] < -1000)


def test_a_log_normal_parameter_is_positive() -> None:
    """At 0 and below log p is −∞, and a Newton step leads from there to the median."""
    x = np.array([-1.0, 0.0, 1.0])
    value, slope, bend = LogNormal(0.2, 0.3).log_density(x)
    assert value[:2].tolist() == [-np.inf, -np.inf]
    np.testing.assert_allclose((x - slope / bend)[:2], np.exp(0.2), rtol=1e-14)
    assert np.all(np.isfinite([value[2], slope[2], bend[2]]))


def test_a_slope_that_its_prior_forbids_is_not_taken() -> None:
    """An item keyed the wrong way under a log-normal prior has a positive slope near 0, and the fit ends in numbers."""
    items = one_block(5)
    responses = answers(items, 300).reversed(["i0"], highest={"i0": 1})
    fit = calibrate(responses, "2PL", priors={"a": LogNormal(0.0, 0.5)})
    assert fit.converged, fit.status
    assert np.all(fit.items.a > 0)
    assert fit.items.a[0] == np.min(fit.items.a)
    assert np.isfinite(fit.log_likelihood + fit.log_prior)


def test_priors_are_put_on_parameters() -> None:
    """A prior of something that is not a, b, c or d is refused."""
    items = one_block(3)
    with pytest.raises(InputError, match="no such parameter"):
        calibrate(answers(items, 50), "2PL", priors={"g": Normal(0.0, 1.0)})


@pytest.mark.parametrize("kind", ["crossprod", "oakes", "sandwich"])
def test_errors_know_what_the_prior_tells(kind: str) -> None:
    """Where a prior tells far more than the answers do, its SD is the standard error, whatever the kind."""
    fit = calibrate(answers(one_block(6), 200), "2PL", priors={"b": Normal(0.2, 1e-3)}, standard_errors=kind)
    assert fit.standard_errors is not None
    # The answers tell about 50 of the prior's million.
    np.testing.assert_allclose(fit.standard_errors.b[:, 0], 1e-3, rtol=1e-3 if kind != "sandwich" else 2e-3)
