"""Complete less missing information: close to the observed one, and sharper than EM's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigh

from compassess.irt.estimation.information import (
    complete_information,
    missing_factor,
    missing_information,
)
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.estimation.schedule import solved
from irt.estimation.cases import BIG, CASES, Case


@pytest.mark.parametrize("case", BIG, ids=str)
def test_the_stand_in_is_close_to_the_observed_information(case: Case) -> None:
    """At the maximum its bends are between .6 and 8 times the true ones in every direction."""
    fit, start = case.make()
    end = solved(fit, start, tolerance=1e-5, max_iterations=200, refine=False, rarest=10**6)
    assert end.converged
    assert end.phi.size == case.n_parameters
    complete = complete_information(fit, fit.evaluation(end.phi)).toarray()
    missing = missing_information(fit, end.phi)
    observed = observed_information(fit, end.phi)
    bends = eigh(complete - missing, observed, eigvals_only=True)
    of_em = eigh(complete, observed, eigvals_only=True)
    # Below 1: skewed posteriors, and the expected for the observed information of complete data. Observed: .71
    # with competencies, .81 with blocks, .94 and more in one dimension. Above: what is not linear. Observed: 7.2.
    assert bends[0] > 0.6
    assert bends[-1] < 8.0
    # EM is slow where this is large: at a ratio of r a step of it leaves 1 − 1 / r of the distance.
    assert bends[-1] < 0.75 * of_em[-1]
    np.testing.assert_allclose(complete, complete.T, rtol=1e-12)
    np.testing.assert_array_equal(missing, missing.T)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_sparse_factor_is_the_same_information(case: Case) -> None:
    """Zᵀ Z is the missing information of items and means; of quadratic scores it has the linear part."""
    fit, phi = case.somewhere()
    factor = missing_factor(fit, phi)
    missing = missing_information(fit, phi)
    product = (factor.T @ factor).toarray()
    of_items = np.arange(fit.space.n_item_parameters)
    means = [
        np.arange(places.start, places.stop)
        for places in map(fit.space.mean_places, range(fit.space.n_groups))
    ]
    linear = np.concatenate([of_items, *means])
    # Products in float32, added in another order.
    scale = np.abs(missing).max()
    np.testing.assert_allclose(
        product[np.ix_(linear, linear)], missing[np.ix_(linear, linear)], rtol=1e-3, atol=1e-5 * scale
    )
    rest = np.setdiff1d(np.arange(phi.size), linear)
    more = (missing - product)[np.ix_(rest, rest)]
    assert np.all(np.linalg.eigvalsh(more) >= -1e-4 * scale)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_complete_information_is_positive_definite(case: Case) -> None:
    """Were abilities known, everything that is free would be told."""
    fit, phi = case.somewhere()
    complete = complete_information(fit, fit.evaluation(phi)).toarray()
    assert np.linalg.eigvalsh(complete)[0] > 0
    missing = missing_information(fit, phi)
    assert np.linalg.eigvalsh(missing)[0] > -1e-5 * np.abs(missing).max()
