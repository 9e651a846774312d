"""Where numbers were found without a word: abilities beyond the nodes, and fits that stop early."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import (
    Items,
    Population,
    calibrate,
    log_probability,
    score,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import Responses
from irt.builders import answers, one_block


@pytest.mark.parametrize("n_items", [5, 20, 40, 100])
@pytest.mark.parametrize("b", [4.0, 6.0, 8.0])
def test_abilities_beyond_the_nodes_are_told(n_items: int, b: float) -> None:
    """All right on hard steep items, with the posterior near or beyond ±6: EAP is right or its status is not ok."""
    items = Items.create(ids=[f"i{j}" for j in range(n_items)], a=[2.5] * n_items, b=[[b]] * n_items)
    responses = Responses.from_array(np.ones((1, n_items)), items=items.ids)
    theta = np.linspace(-14, 14, 14001)
    density = n_items * log_probability(items, theta)[0, 1] - 0.5 * theta**2
    mass = np.exp(density - density.max())
    mean = mass @ theta / mass.sum()
    sd = np.sqrt(mass @ (theta - mean) ** 2 / mass.sum())
    found = score(responses, items)
    assert found.status != ("ok",) or abs(found.theta[0] - mean) <= 0.01 * sd, (found.theta, mean, sd)


@pytest.mark.parametrize(("b", "code"), [(-8.0, 0), (8.0, 1)])
def test_sums_that_no_node_can_give_are_told(b: float, code: int) -> None:
    """EAPsum of a sum whose probability underflows at every node is a number, or NaN with a status that says so."""
    items = Items.create(ids=[f"i{j}" for j in range(1000)], a=[2.0] * 1000, b=[[b]] * 1000)
    found = score(Responses.from_array(np.full((1, 1000), code), items=items.ids), items, "EAPsum")
    assert np.isfinite(found.theta[0]) or found.status != ("ok",)


@pytest.mark.parametrize("max_iterations", [1, 2, 4, 6, 8])
def test_a_fit_that_stops_early_has_a_likelihood(max_iterations: int) -> None:
    """Whatever the number of steps, the log-likelihood told is a number: that of a point passed."""
    fit = calibrate(answers(one_block(6), 200), "2PL", standard_errors=None, max_iterations=max_iterations)
    assert not fit.converged
    assert np.isfinite(fit.log_likelihood)


def test_empty_rows_change_no_variance() -> None:
    """Also where the free variance is large: PCM with an SD of 1.8, and 100 persons who answered nothing."""
    people = Population.create(standard_deviation=[1.8])
    items = Items.create(
        ids=[f"i{j}" for j in range(6)],
        models=["PCM"] * 6,
        a=[1.0] * 6,
        b=np.linspace(-1.5, 1.5, 6)[:, None] + np.array([-0.5, 0.5]),
        population=people,
    )
    codes = simulate_responses(items, simulate_abilities(people, 300, seed=1), seed=2).codes().astype(float)
    with_empty = np.vstack([codes, np.full((100, 6), np.nan)])
    fits = [
        calibrate(Responses.from_array(rows, items=items.ids), "PCM", standard_errors=None, tolerance=1e-7)
        for rows in (codes, with_empty)
    ]
    # Both stop when no step moves anything by 1e-7.
    assert fits[1].latent_covariance[0, 0, 0] == pytest.approx(fits[0].latent_covariance[0, 0, 0], abs=1e-5)
    assert fits[1].log_likelihood == pytest.approx(fits[0].log_likelihood, abs=1e-6)
