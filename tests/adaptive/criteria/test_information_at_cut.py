"""compassess.adaptive.criteria.information_at_cut: information where the decision falls."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import compassess as ca
from compassess.adaptive.criteria import InformationAtCut
from compassess.adaptive.criteria.information_at_cut import weights_of_cuts
from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.errors import InputError
from compassess.irt import information

ONE, THREE = views.pool_of(banks.one_block(12)), views.pool_of(banks.three_blocks(2))


def test_with_one_block_it_is_the_information_at_the_cut_whatever_was_answered() -> None:
    """λ = 1 and one cut: the worth does not hang on the answers."""
    expected = information(ONE.measurement.items, 0.74)[:, 0]
    prepared = InformationAtCut(cuts=0.74).prepared(ONE)
    for n_answers in (0, 6):
        worth = prepared.worth(views.view_of(ONE, 4, n_answers))
        np.testing.assert_allclose(worth, np.tile(expected, (4, 1)), rtol=1e-12)


def test_a_competency_is_where_the_cut_and_the_answers_put_it() -> None:
    """E(θ_c | θ_b = cut, answers) by a loop over the nodes of θ_c, for a cut between nodes."""
    cut, view = 0.37, views.view_of(THREE, 3, 8)
    worth = InformationAtCut(cuts=cut).prepared(THREE).worth(view)
    theta, people = THREE.lattice.grid.theta, THREE.lattice.population
    for sitting in range(3):
        for item in range(THREE.n_items):
            loading = people.loadings[THREE.competency[item]]
            density = norm.pdf(theta, loading * cut, np.sqrt(1 - loading**2))
            mass = density * view.now.likelihood[sitting, THREE.carrier[item]]
            at = THREE.cells[THREE.cell_of(np.array([mass @ theta / mass.sum()]))]
            told = information(THREE.measurement.items.select(np.array([item])), at)[0, 0]
            spread = view.now.spread[sitting, THREE.competency[item]]
            expected = information_about_block(told, loading, spread)
            # A mean on the edge of a cell may fall to either side: information changes by less than this.
            assert worth[sitting, item] == pytest.approx(float(expected), rel=0.03)


def test_cuts_by_block() -> None:
    """Each block has its own; lists hold several."""
    cuts = {"p": -1.0, "q": [0.5, 2.0], "r": (0.0,)}
    view = views.view_of(THREE, 3, 5)
    worth = InformationAtCut(cuts=cuts).prepared(THREE).worth(view)
    for block, cut in enumerate((-1.0, None, 0.0)):
        if cut is not None:
            own = THREE.block == block
            alone = InformationAtCut(cuts=cut).prepared(THREE).worth(view)
            np.testing.assert_allclose(worth[:, own], alone[:, own], rtol=1e-12)


def test_of_several_cuts_the_nearest_counts_or_all_by_their_density() -> None:
    """Nearest: one cut for each sitting. Weighted: a mixture, between the least and the greatest."""
    cuts, view = (-1.5, 0.0, 1.5), views.view_of(ONE, 6, 5)
    single = np.stack([InformationAtCut(cuts=cut).prepared(ONE).worth(view) for cut in cuts])
    nearest = InformationAtCut(cuts=cuts).prepared(ONE).worth(view)
    for sitting, theta in enumerate(view.now.block_theta[:, 0]):
        place = int(np.argmin(np.abs(np.array(cuts) - theta)))
        np.testing.assert_allclose(nearest[sitting], single[place, sitting])
    weighted = InformationAtCut(cuts=cuts, several="weighted").prepared(ONE).worth(view)
    density = norm.pdf(np.array(cuts)[:, None], view.now.block_theta[:, 0], view.now.block_se[:, 0])
    np.testing.assert_allclose(weighted, np.einsum("cn,cni->ni", density / density.sum(axis=0), single))


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=4), st.floats(-4, 4), st.floats(1e-3, 2))
def test_weights_of_cuts_add_up_to_one(cuts: list[float], theta: float, se: float) -> None:
    """However far the ability is from all of them."""
    for several in ("nearest", "weighted"):
        weights = weights_of_cuts(np.array([theta]), np.array([se]), np.sort(cuts), several)
        assert weights.sum() == pytest.approx(1.0)


def test_equally_near_cuts_go_to_the_lower_one_in_spite_of_rounding() -> None:
    """Before the first answer θ̂ is 0 to the last bits, between cuts at ∓1."""
    for theta in (-1e-16, 0.0, 1e-16):
        weights = weights_of_cuts(np.array([theta]), np.array([1.0]), np.array([-1.0, 1.0]), "nearest")
        assert weights.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("cuts", "place"),
    [("high", "cuts"), ([], "cuts"), (float("nan"), "cuts"), ({"p": [[1.0]]}, "cuts.p")],
)
def test_what_is_no_cut_is_refused(cuts: Any, place: str) -> None:
    """With its place."""
    with pytest.raises(InputError) as caught:
        InformationAtCut(cuts=cuts)
    assert [problem.where for problem in caught.value.problems] == [place]


def test_blocks_without_a_cut_and_unknown_blocks_are_refused_together() -> None:
    """Every fault at once; and a cut off the grid."""
    with pytest.raises(InputError) as caught:
        InformationAtCut(cuts={"p": 0.0, "s": 1.0}).prepared(THREE)
    assert [problem.where for problem in caught.value.problems] == ["cuts.s", "cuts.q", "cuts.r"]
    with pytest.raises(InputError, match="beyond the grid"):
        InformationAtCut(cuts=9.0).prepared(ONE)
    with pytest.raises(InputError, match="several"):
        InformationAtCut(cuts=0.0, several="all")


def test_a_blueprint_may_hold_cuts_of_blocks() -> None:
    """They survive the file, and the assessment plays."""
    bank = banks.three_blocks(3)
    parameters = {"cuts": {"p": [-1.0, 1.0], "q": 0.0, "r": 0.5}, "several": "weighted"}
    blueprint = banks.blueprint(
        bank, criterion="information_at_cut", parameters=parameters, length=(1, 6), limits=(0, None)
    )
    again = ca.Blueprint.from_dict(blueprint.to_dict())
    assert again == blueprint
    assert ca.simulate(ca.Assessment.create(bank, again), 10, seed=3).n_items.max() == 6
