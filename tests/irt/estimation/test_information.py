"""The stand-in for the observed information: near it, and below that of complete data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compassess.irt.estimation.information import complete_information, missing_factor, missing_information
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.estimation.schedule import solved
from irt.builders import answers, house, items_in, one_block, places
from irt.estimation.cases import CASES, Case
from irt.fits import laid_out

#: Tests of a usual length: with a few items of a few persons posteriors are far from normal.
LONG = {
    "one block": (one_block(20, 3), False),
    "blocks": (items_in(house(2, 1, loading=1.0), 12, 3), False),
    "competencies": (items_in(house(2, 3, loading=0.7), 8, 3), True),
}


@pytest.mark.parametrize("name", LONG)
def test_it_is_near_the_observed_information(name: str) -> None:
    """At the maximum of 600 persons, along every direction; and never beyond what complete data have."""
    items, layered = LONG[name]
    blocks, competencies = places(items)
    options: dict[str, Any] = {"blocks": blocks, "nodes": 31} if items.population.n_blocks > 1 else {}
    if layered:
        options["competencies"] = competencies
    fit, start = laid_out(answers(items, 600), "GRM", **options)
    end = solved(fit, start, tolerance=1e-5, max_iterations=500, refine=False, rarest=1)
    observed = observed_information(end.fit, end.phi)
    complete = complete_information(end.fit, end.fit.evaluation(end.phi)).toarray()
    missing = missing_information(end.fit, end.phi)
    root = np.linalg.inv(np.linalg.cholesky(observed))
    ratios = np.linalg.eigvalsh(root @ (complete - missing) @ root.T)
    # Expected in place of observed curvature takes a little away; what projections leave out of some population
    # parameters adds more. Observed: .92 to 2.6, and nearly all between .97 and 1.06.
    assert ratios.min() > 0.9
    assert ratios.max() < 3.0
    assert np.median(np.abs(ratios - 1)) < 0.05
    # Float32 sums over 600 persons.
    assert np.linalg.eigvalsh(missing)[0] > -1e-5 * np.abs(missing).max()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_its_sparse_factor_holds_the_linear_part(case: Case) -> None:
    """Zᵀ Z is the missing information of items; that of λ and covariances has a quadratic part as well."""
    fit, phi = case.somewhere()
    factor = missing_factor(fit, phi)
    product = (factor.T @ factor).toarray()
    whole = missing_information(fit, phi)
    items = slice(0, fit.space.n_item_parameters)
    # Both are float32 sums over 120 persons.
    np.testing.assert_allclose(product[items, items], whole[items, items], rtol=1e-3, atol=1e-3)
    rest = (whole - product)[fit.space.n_item_parameters :, fit.space.n_item_parameters :]
    if rest.size:
        assert np.linalg.eigvalsh(rest)[0] > -1e-3 * max(1.0, float(np.abs(whole).max()))
