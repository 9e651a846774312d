"""compassess.irt.sum_distribution: P(S = s | θ) against every pattern, and its laws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.irt import Items, expected_total, probability, sum_distribution

from .test_sum_scores import some_items

THETA = np.array([-3.0, -0.4, 0.0, 1.7])


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_it_is_the_sum_over_all_patterns(seed: int) -> None:
    """P(S = s | θ) adds up the products of all patterns whose codes sum to s; its mean is the expected total."""
    items = some_items(seed)
    p = probability(items, THETA)
    found = sum_distribution(items, THETA)
    expected = np.zeros_like(found)
    for pattern in itertools.product(*[range(k) for k in items.n_categories.tolist()]):
        expected[sum(pattern)] += np.prod([p[j, k] for j, k in enumerate(pattern)], axis=0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)  # rounding of a dozen products
    np.testing.assert_allclose(np.arange(len(found)) @ found, expected_total(items, THETA), rtol=1e-12)


def test_merged_categories_add_their_lowest_code() -> None:
    """Without a boundary between codes 1 and 2 the item adds 0, 1 or 3, and a sum of 2 cannot occur."""
    items = Items.create(ids=["i"], models=["GRM"], a=[1.0], b=[[-1.0, np.nan, 1.0]], n_categories=[4])
    found = sum_distribution(items, THETA)
    p = probability(items, THETA)[0]
    np.testing.assert_allclose(found, [p[0], p[1], np.zeros(4), p[3]], rtol=1e-14)


def test_a_form_without_parameters_is_refused() -> None:
    """Nothing to sum up is the caller's fault."""
    items = Items.create(ids=["i"], models=["2PL"], a=[np.nan], b=[[np.nan]])
    with pytest.raises(InputError, match="items with parameters"):
        sum_distribution(items, THETA)
