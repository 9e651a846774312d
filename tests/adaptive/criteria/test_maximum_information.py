"""compassess.adaptive.criteria.maximum_information: what an item adds about its block."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.adaptive.criteria.maximum_information import information_about_block

NODES = np.linspace(-12, 12, 4001)


def information_about_the_block(loading: float, about_competency: float) -> float:
    """−∂² log ∫ L(θ_c) p(θ_c | θ_b) dθ_c / ∂θ_b² for a normal likelihood, by integration and differences."""
    likelihood = np.exp(-0.5 * about_competency * (NODES - 0.3) ** 2)

    def log_message(block: float) -> float:
        density = norm.pdf(NODES, loading * block, np.sqrt(1 - loading**2))
        return float(np.log(np.trapezoid(likelihood * density, NODES)))

    h = 0.05
    return -(log_message(h) - 2 * log_message(0.0) + log_message(-h)) / h**2


@pytest.mark.parametrize("loading", [0.3, 0.8, 0.95, -0.7])
@pytest.mark.parametrize("before", [0.5, 3.0, 12.0])
@pytest.mark.parametrize("of_item", [0.2, 1.5])
def test_worth_is_the_information_added_about_the_block(
    loading: float, before: float, of_item: float
) -> None:
    """The worth is what the item's information about its competency adds to that about the block.

    ``before`` is the information about the competency so far, which leaves it the variance
    (1 − λ²) / (1 + (1 − λ²) J) given its block.
    """
    unique = 1 - loading**2
    left = unique / (1 + unique * before)
    told = information_about_block(np.array([[of_item]]), np.array([[loading]]), np.array([[left]]))
    added = information_about_the_block(loading, before + of_item) - information_about_the_block(
        loading, before
    )
    assert told[0, 0] == pytest.approx(added, rel=1e-5, abs=1e-9)


@given(st.floats(0, 50), st.floats(0, 1))
def test_a_loading_of_one_gives_fishers_information(information: float, spread: float) -> None:
    """With λ = 1 the worth is the item's information, whatever the spread."""
    told = information_about_block(np.array([[information]]), np.array([[1.0]]), np.array([[spread]]))
    assert told[0, 0] == information


@given(st.floats(-0.99, 0.99), st.floats(0.01, 20), st.floats(0, 1), st.floats(0.01, 1))
def test_worth_never_exceeds_what_the_competency_tells(
    loading: float, information: float, share: float, less: float
) -> None:
    """0 ≤ worth ≤ λ² I; the better a competency is known, the less another item of it is worth."""
    left = (1 - loading**2) * share
    wide, narrow = (
        information_about_block(np.array([[information]]), np.array([[loading]]), np.array([[v]]))[0, 0]
        for v in (left, left * less)
    )
    rounding = 1 + 1e-12  # a variance that is less by one bit may round the other way
    assert 0 <= narrow <= wide * rounding
    assert wide <= loading**2 * information * rounding
