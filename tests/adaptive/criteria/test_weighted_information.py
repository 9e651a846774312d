"""compassess.adaptive.criteria.weighted_information: information averaged over what is still possible."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views

from compassess.adaptive.criteria import WeightedInformation
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.criteria.weighted_information import weighted_information
from compassess.errors import InputError
from compassess.irt import information


@pytest.mark.parametrize("weight", ["posterior", "likelihood"])
@pytest.mark.parametrize("bank", [banks.one_block(8), banks.three_blocks(2)])
def test_worth_by_plain_loops(weight: str, bank: banks.ItemBank) -> None:
    """The average over the nodes of the item's own competency, turned into what it adds about the block."""
    pool = views.pool_of(bank)
    view = views.view_of(pool)
    worth = WeightedInformation(weight=weight).prepared(pool).worth(view)
    table = information(pool.measurement.items, pool.lattice.grid.theta)
    for sitting in range(len(view.seeds)):
        for item in range(pool.n_items):
            carrier = pool.carrier[item]
            raw = view.now.masses if weight == "posterior" else view.now.likelihood
            total = sum(raw[sitting, carrier])
            mean = sum(w / total * i for w, i in zip(raw[sitting, carrier], table[item], strict=True))
            spread = view.now.spread[sitting, pool.competency[item]]
            expected = information_about_block(mean, pool.loading[item], spread)
            assert worth[sitting, item] == pytest.approx(float(expected), rel=1e-10)


def test_before_the_first_answer_the_likelihood_is_even() -> None:
    """Then it is the plain mean over the grid."""
    pool = views.pool_of(banks.one_block(6))
    worth = WeightedInformation(weight="likelihood").prepared(pool).worth(views.view_of(pool, 1, 0))
    table = information(pool.measurement.items, pool.lattice.grid.theta)
    np.testing.assert_allclose(worth[0], table.mean(axis=1), rtol=1e-12)


def test_weights_at_one_node_give_the_information_there() -> None:
    """The limit of a posterior that is certain."""
    table = np.array([[1.0, 2.0, 3.0], [5.0, 4.0, 0.0]])
    assert weighted_information(np.array([[0.0, 1.0, 0.0]]), table).tolist() == [[2.0, 4.0]]


def test_unknown_weights_are_refused() -> None:
    """The parameter's name is the place."""
    with pytest.raises(InputError, match="weight: unknown weight") as caught:
        WeightedInformation(weight="prior")
    assert caught.value.problems[0].where == "weight"
