"""compassess.scoring.classification.lee: bands of a sum score, against every pattern of answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from irt.test_sum_scores import some_items
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Items, expected_total, probability, simulate_abilities, simulate_responses
from compassess.scoring.classification import lee, sum_band_probabilities

THETA = np.array([-2.0, -0.3, 0.4, 1.5])


def mixed_form() -> Items:
    """Dichotomous and polytomous items together."""
    return Items.create(
        ids=["a", "b", "c", "d"],
        models=["2PL", "3PL", "GRM", "GPCM"],
        a=[1.2, 0.9, 1.6, 0.8],
        b=[[-0.5], [0.7], [-1.2, 0.0, 1.1], [0.4, -0.6]],
        c=[0, 0.2, 0, 0],
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_bands_are_sums_over_all_patterns(seed: int) -> None:
    """The probability of a band adds up all patterns whose sum lies in it, for every model and sign."""
    items = some_items(seed)
    p, cuts = probability(items, THETA), [1.0, 2.5]
    expected = np.zeros((THETA.size, 3))
    for pattern in itertools.product(*[range(k) for k in items.n_categories.tolist()]):
        band = int(sum(pattern) >= cuts[0]) + int(sum(pattern) >= cuts[1])
        expected[:, band] += np.prod([p[j, k] for j, k in enumerate(pattern)], axis=0)
    np.testing.assert_allclose(sum_band_probabilities(items, THETA, cuts), expected, rtol=0, atol=1e-13)


def test_population_is_integrated_exactly() -> None:
    """Simultaneous indices agree with adaptive quadrature between the θ where τ passes a cut."""
    items, cuts = mixed_form(), [3, 5]
    jumps = [brentq(lambda x, c=c: expected_total(items, [x])[0] - c, -8, 8) for c in cuts]

    def bands(x: float) -> np.ndarray:
        return sum_band_probabilities(items, [x], cuts)[0]

    pieces = [(-8.4, jumps[0]), (jumps[0], jumps[1]), (jumps[1], 8.4)]
    accuracy = sum(
        quad(lambda x, k=k: norm.pdf(x) * bands(x)[k], *ends, epsabs=1e-11)[0]
        for k, ends in enumerate(pieces)
    )
    consistency = quad(lambda x: norm.pdf(x) * (bands(x) ** 2).sum(), -8.4, 8.4, epsabs=1e-11)[0]
    told = lee(items, cuts)
    assert told.simultaneous_accuracy == pytest.approx(accuracy, abs=1e-9)
    assert told.simultaneous_consistency == pytest.approx(consistency, abs=1e-9)


def test_they_are_what_simulated_people_do() -> None:
    """Two forms given to 40,000 drawn people: accuracy and consistency are the shares that are stated."""
    items, cuts, n = mixed_form(), [3, 5], 40_000
    people = simulate_abilities(items.population, n, seed=1)
    one, two = (
        np.searchsorted(cuts, simulate_responses(items, people, seed=seed).codes().sum(axis=1), side="right")
        for seed in (2, 3)
    )
    true = np.searchsorted(cuts, expected_total(items, people.blocks[:, 0]), side="right")
    told = lee(items, cuts)
    near = 5 * 0.5 / np.sqrt(n)  # five of the largest standard errors of a share
    assert told.simultaneous_accuracy == pytest.approx(np.mean(one == true), abs=near)
    assert told.simultaneous_consistency == pytest.approx(np.mean(one == two), abs=near)
    sample = lee(items, cuts, theta=people.blocks[:, 0])
    assert sample.conditional_accuracy.shape == (n,)
    assert sample.simultaneous_accuracy == pytest.approx(told.simultaneous_accuracy, abs=near)


def test_the_standard_may_be_set_elsewhere() -> None:
    """True bands handed in replace those by the true score."""
    items = mixed_form()
    by_total = np.searchsorted([3, 5], expected_total(items, THETA), side="right")
    same = lee(items, [3, 5], theta=THETA, true_bands=by_total)
    np.testing.assert_array_equal(same.accuracy, lee(items, [3, 5], theta=THETA).accuracy)
    other = lee(items, [3, 5], theta=THETA, true_bands=[2, 2, 2, 2])
    assert other.simultaneous_accuracy == pytest.approx(
        sum_band_probabilities(items, THETA, [3, 5])[:, 2].mean()
    )


def test_a_longer_form_is_more_accurate() -> None:
    """Forty items at the same proportional cut are right and consistent more often than ten."""
    b = np.linspace(-1.5, 1.5, 10)[:, None]
    short = Items.create(ids=[f"i{j}" for j in range(10)], a=[1.0] * 10, b=b)
    long = Items.create(ids=[f"i{j}" for j in range(40)], a=[1.0] * 40, b=np.tile(b, (4, 1)))
    few, many = lee(short, [6]), lee(long, [24])
    assert many.accuracy[0] > few.accuracy[0] + 0.05
    assert many.consistency[0] > few.consistency[0] + 0.05


def test_faults() -> None:
    """A cut that every sum reaches or none, weights without θ, and several dimensions are refused."""
    items = mixed_form()
    for cuts in ([0.0, 3], [3, 8]):
        with pytest.raises(InputError, match="at most 7"):
            lee(items, cuts)
    with pytest.raises(InputError) as caught:
        lee(items, [3, 5], weights=[1.0], true_bands=[1])
    assert [problem.where for problem in caught.value.problems] == ["weights", "true_bands"]
    with pytest.raises(InputError, match="0 … 2"):
        lee(items, [3, 5], theta=[0.0], true_bands=[3])
