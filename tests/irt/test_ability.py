"""Abilities under known items: what scoring promises, also to extreme persons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import expit

from compassess.errors import InputError
from compassess.irt import Items, Population, log_likelihood, probability, score
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block


def everybody(items: Items, code: int, n_persons: int = 1) -> Responses:
    """The same code everywhere."""
    return Responses.from_array(np.full((n_persons, items.n_items), code), items=items.ids)


def nobody(items: Items) -> Responses:
    """One person without any answer."""
    return Responses.from_array(np.full((1, items.n_items), np.nan), items=items.ids)


def test_a_score_is_the_posterior_mean() -> None:
    """θ̂ and SE are mean and SD of the posterior, here integrated adaptively by scipy."""
    items = Items.create(ids=["x", "y"], a=[1.2, 0.8], b=[[0.3], [-1.0, 0.7]])
    found = score(Responses.from_array([[1, 1]], items=items.ids), items)

    def weight(theta: float, power: int) -> float:
        second = expit(0.8 * (theta + 1.0)) - expit(0.8 * (theta - 0.7))
        return theta**power * expit(1.2 * (theta - 0.3)) * second * stats.norm.pdf(theta)

    moments = [integrate.quad(weight, -12, 12, args=(power,), epsabs=1e-13)[0] for power in range(3)]
    mean = moments[1] / moments[0]
    assert found.theta[0] == pytest.approx(mean, abs=1e-7)  # ±6 cuts off 2e-9
    assert found.se[0] == pytest.approx(np.sqrt(moments[2] / moments[0] - mean**2), abs=1e-7)
    likelihood = log_likelihood(Responses.from_array([[1, 1]], items=items.ids), items)
    assert likelihood[0] == pytest.approx(np.log(moments[0]), abs=1e-7)


def test_a_person_without_answers_gets_the_prior_by_status() -> None:
    """Mean 0, SD 1, status no_answers, in blocks and in competencies; the likelihood of nothing is 1."""
    items = items_in(house(3, 2), 2, 3)
    found = score(nobody(items), items)
    assert found.status == ("no_answers",)
    np.testing.assert_allclose(found.theta, 0.0, atol=1e-10)
    np.testing.assert_allclose(found.se, 1.0, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.competencies.theta, 0.0, atol=1e-10)
    np.testing.assert_allclose(found.competencies.se, 1.0, rtol=0, atol=1e-6)
    assert log_likelihood(nobody(items), items)[0] == pytest.approx(0.0, abs=1e-12)


def test_a_person_without_answers_gets_the_prior_that_there_is() -> None:
    """In another population its mean and SD."""
    people = Population.create(mean=[0.7], standard_deviation=[0.5])
    found = score(nobody(one_block(3)), one_block(3), population=people)
    assert found.theta[0] == pytest.approx(0.7, abs=1e-9)
    assert found.se[0] == pytest.approx(0.5, abs=1e-7)  # 6 SD to each side cut 2e-9 off


def test_answers_to_items_without_parameters_are_no_answers() -> None:
    """Who answered only items that could not be estimated gets the prior, whatever the codes."""
    items = Items.create(ids=["x", "y"], a=[np.nan, 1.0], b=[[np.nan], [0.0]])
    found = score(Responses.from_array([[1, np.nan], [5, np.nan], [5, 1]], items=items.ids), items)
    assert found.status == ("no_answers", "no_answers", "ok")
    np.testing.assert_allclose(found.theta[:2], 0.0, atol=1e-12)
    assert found.theta[2] > 0.3


@pytest.mark.parametrize("code", [0, 1])
def test_perfect_and_zero_patterns_have_finite_scores(code: int) -> None:
    """All right and all wrong give finite abilities on the side that they should."""
    items = one_block(20)
    found = score(everybody(items, code), items)
    assert np.isfinite(found.theta[0])
    assert np.sign(found.theta[0]) == (1 if code else -1)
    assert abs(found.theta[0]) < 3.5
    assert 0.2 < found.se[0] < 1.0


def test_one_answer_is_enough_for_a_score() -> None:
    """A single right answer moves up from the prior, a wrong one down, and both narrow it."""
    items = Items.create(ids=["x"], a=[1.5], b=[[0.0]])
    found = score(Responses.from_array([[1], [0]], items=["x"]), items)
    assert found.theta[0] == pytest.approx(-found.theta[1])
    assert found.theta[0] > 0.4
    assert np.all(found.se < 1.0)
    assert found.status == ("ok", "ok")


@pytest.mark.parametrize("loading", [1.0, 0.9, 0.5])
@pytest.mark.parametrize("pattern", ["right", "wrong", "drawn"])
def test_a_thousand_items_do_not_break_a_score(loading: float, pattern: str) -> None:
    """With 1,000 items likelihoods underflow; scores stay finite, on a grid that is made for them."""
    people = Population.create(("x",), competencies={"c": "x", "d": "x"}, loadings={"c": loading, "d": 0.8})
    rng = np.random.default_rng(0)
    items = Items.create(
        ids=[f"i{j}" for j in range(1000)],
        a=np.full(1000, 1.5),
        b=rng.normal(size=(1000, 1)),
        competencies=["c"] * 990 + ["d"] * 10,
        population=people,
    )
    responses = {
        "right": everybody(items, 1),
        "wrong": everybody(items, 0),
        "drawn": answers(items, 1),
    }[pattern]
    found = score(responses, items)
    assert np.all(np.isfinite(found.theta))
    assert np.all(np.isfinite(found.competencies.theta))
    assert np.all(found.se > 0)
    assert found.status == ("ok",)
    if pattern == "drawn":
        assert score(responses, items, nodes=61).status == ("coarse_grid",)


def test_competencies_that_disagree_beyond_all_doubt_do_not_break_a_score() -> None:
    """All right in one, all wrong in another and nearly equal to one block: the score stays finite."""
    people = Population.create(("x",), competencies={"c": "x", "d": "x"}, loadings={"c": 0.98, "d": 0.98})
    items = Items.create(
        ids=[f"i{j}" for j in range(1600)],
        a=np.full(1600, 2.0),
        b=np.tile(np.linspace(-3, 3, 800), 2)[:, None],
        competencies=["c"] * 800 + ["d"] * 800,
        population=people,
    )
    codes = np.repeat([1, 0], 800)[None]
    found = score(Responses.from_array(codes, items=items.ids), items)
    assert np.all(np.isfinite(found.theta))
    assert abs(found.theta[0]) < 1e-6
    assert found.competencies.theta[0, 0] > 3 > -3 > found.competencies.theta[0, 1]
    assert np.isfinite(log_likelihood(Responses.from_array(codes, items=items.ids), items)[0])


def test_blocks_that_disagree_beyond_all_doubt_do_not_break_a_score() -> None:
    """All right in one block and all wrong in another that correlates by .99: finite."""
    people = Population.create(("x", "y"), correlation=[[1, 0.99], [0.99, 1]])
    items = items_in(people, 300)
    codes = np.repeat([1, 0], 300)[None]
    found = score(Responses.from_array(codes, items=items.ids), items)
    assert np.all(np.isfinite(found.theta))
    assert np.all(np.isfinite(found.se))


def test_a_grid_too_coarse_for_a_competency_is_told() -> None:
    """Also where the block itself is known roughly: the status tells of the narrowest dimension."""
    people = Population.create(("x",), competencies={"c": "x", "d": "x"}, loadings={"c": 0.5, "d": 0.5})
    items = items_in(people, 250)
    responses = answers(items, 4)
    found = score(responses, items, nodes=61)
    spacing = 0.2
    assert np.all(found.se > spacing)  # the block is known well enough for the grid
    narrow = found.competencies.se.min(axis=1) * 1.5 < spacing
    assert narrow.any()
    assert found.status == tuple("coarse_grid" if bad else "ok" for bad in narrow)
    finer = score(responses, items, nodes=241)
    assert finer.status == ("ok",) * 4
    # What a coarse grid errs: the finer one finds other competencies.
    assert np.abs(finer.competencies.theta - found.competencies.theta).max() > 1e-4
    by_itself = score(responses, items)
    assert by_itself.status == ("ok",) * 4
    np.testing.assert_allclose(by_itself.competencies.theta, finer.competencies.theta, rtol=0, atol=1e-4)


def test_more_nodes_change_a_score_by_less_than_promised() -> None:
    """Where the status is ok a score errs by less than .3 % of its SE."""
    items = one_block(60)
    responses = answers(items, 50)
    few, many = score(responses, items), score(responses, items, nodes=481)
    fine = np.array([word == "ok" for word in few.status])
    assert fine.sum() > 10
    assert np.all(np.abs(few.theta - many.theta)[fine] < 0.003 * many.se[fine])
    assert np.all(np.abs(few.se - many.se)[fine] < 0.003 * many.se[fine])


def test_blocks_help_each_other() -> None:
    """Who answered one block only is estimated in the other by R: ρ E(θ₁), with a wider SE."""
    people = house(2, 1, loading=1.0, correlation=0.6)
    items = items_in(people, 10, 3)
    codes = answers(items, 5).codes().astype(float)
    codes[:, 10:] = np.nan
    found = score(Responses.from_array(codes, items=items.ids), items)
    np.testing.assert_allclose(found.theta[:, 1], 0.6 * found.theta[:, 0], rtol=0, atol=1e-6)
    expected = np.sqrt(1 - 0.6**2 * (1 - found.se[:, 0] ** 2))
    np.testing.assert_allclose(found.se[:, 1], expected, rtol=0, atol=1e-5)


def test_a_competency_without_answers_follows_its_block() -> None:
    """E(θ_c) = λ_c E(θ_b), and its variance is λ² Var(θ_b) + 1 − λ²."""
    people = house(1, 2, loading=0.7)
    items = items_in(people, 8, 3)
    codes = answers(items, 5).codes().astype(float)
    codes[:, 8:] = np.nan
    found = score(Responses.from_array(codes, items=items.ids), items)
    np.testing.assert_allclose(found.competencies.theta[:, 1], 0.7 * found.theta, rtol=0, atol=1e-6)
    expected = np.sqrt(0.49 * found.se**2 + 0.51)
    np.testing.assert_allclose(found.competencies.se[:, 1], expected, rtol=0, atol=1e-5)


def test_competencies_are_their_block_where_the_loading_is_one() -> None:
    """With λ = 1 the estimates of a competency are its block's."""
    items = items_in(house(2, 2, loading=1.0), 3)
    found = score(answers(items, 6), items)
    np.testing.assert_allclose(found.competencies.theta, found.theta[:, [0, 0, 1, 1]], rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.competencies.se, found.se[:, [0, 0, 1, 1]], rtol=0, atol=1e-14)


def test_another_population_is_matched_by_names() -> None:
    """A population that names the competencies in another order gives the same scores."""
    layer = {"c": "x", "d": "x"}
    loadings = {"c": 0.8, "d": 0.3}
    own = Population.create(("x",), competencies=layer, loadings=loadings)
    other = Population.create(("x",), competencies=dict(reversed(layer.items())), loadings=loadings)
    items = items_in(own, 1)
    responses = Responses.from_array([[1, 0]], items=items.ids)
    expected, found = score(responses, items), score(responses, items, population=other)
    np.testing.assert_allclose(found.theta, expected.theta, rtol=1e-12)
    assert found.competencies.names == ("d", "c")
    np.testing.assert_allclose(found.competencies.theta, expected.competencies.theta[:, ::-1], rtol=1e-12)


def test_a_population_must_know_the_competencies() -> None:
    """A population without the items' competencies is refused, with every one that it lacks."""
    items = items_in(house(1, 2), 2)
    with pytest.raises(InputError) as caught:
        score(answers(items, 2), items, population=Population.create())
    assert len(caught.value.problems) == 2


def test_only_known_methods_are_taken() -> None:
    """Another method is refused by name."""
    items = one_block(2)
    with pytest.raises(InputError, match="unknown method"):
        score(everybody(items, 1), items, "GUESS")


def test_a_file_of_strangers_is_refused() -> None:
    """Responses without a single item of the bank are no responses to it."""
    with pytest.raises(InputError, match="no column is an item"):
        score(Responses.from_array([[0, 1]], items=["p", "q"]), one_block(2))


def test_codes_beyond_an_items_categories_are_refused() -> None:
    """Every such answer is told, with its row."""
    items = one_block(2)
    with pytest.raises(InputError) as caught:
        score(Responses.from_array([[0, 2], [3, 1]], items=items.ids), items)
    assert {problem.where for problem in caught.value.problems} == {"row 0, item 'i1'", "row 1, item 'i0'"}


def test_columns_that_are_no_items_are_passed_over() -> None:
    """A file may hold more than the bank."""
    items = one_block(2)
    with_more = Responses.from_array([[1, 9, 1]], items=["i0", "other", "i1"])
    assert score(with_more, items).theta[0] == score(everybody(items, 1), items).theta[0]


def test_a_frame_has_a_row_a_person() -> None:
    """theta and se, by block and by competency where it differs, then the status."""
    alone = one_block(3)
    labelled = Responses.from_array([[1, 0, 1]], items=alone.ids, persons=["E-17"])
    assert list(score(labelled, alone).to_frame().columns) == ["person", "theta", "se", "status"]
    items = items_in(house(2, 2), 2)
    names = ["b0", "b1", "b0c0", "b0c1", "b1c0", "b1c1"]
    expected = [f"{what}_{name}" for name in names for what in ("theta", "se")]
    frame = score(answers(items, 2), items).to_frame()
    assert list(frame.columns) == [*expected, "status"]
    assert len(frame) == 2
    plain = items_in(house(2, 1, loading=1.0), 2)
    assert "theta_b0" in score(answers(plain, 2), plain).to_frame().columns


def test_scores_follow_the_shape_of_the_population() -> None:
    """One block: (n_persons,); more: (n_persons, n_blocks)."""
    items = items_in(house(3, 1, loading=1.0), 2)
    assert score(answers(items, 4), items).theta.shape == (4, 3)
    assert score(answers(one_block(2), 4), one_block(2)).theta.shape == (4,)


def test_nobody_at_all_is_scored_without_a_fuss() -> None:
    """A selection of no persons gives empty scores of the right shapes."""
    items = items_in(house(2, 2), 2)
    empty = answers(items, 3).select_persons(slice(0, 0))
    found = score(empty, items)
    assert found.theta.shape == found.se.shape == (0, 2)
    assert found.competencies.theta.shape == (0, 4)
    assert found.status == ()
    assert log_likelihood(empty, items).shape == (0,)


def test_a_sparse_table_is_scored_like_a_matrix() -> None:
    """A long table gives the same scores."""
    items = one_block(40)
    codes = answers(items, 30).codes().astype(float)
    codes[np.random.default_rng(0).random(codes.shape) > 0.08] = np.nan
    rows, columns = np.nonzero(~np.isnan(codes))
    dense = Responses.from_array(codes, items=items.ids)
    long = Responses.from_long(
        rows, [items.ids[j] for j in columns], codes[rows, columns].astype(int), items=items.ids
    )
    present = dense.select_persons([int(label) for label in long.persons or ()])
    np.testing.assert_allclose(score(long, items).theta, score(present, items).theta, rtol=1e-12)
    np.testing.assert_allclose(log_likelihood(long, items), log_likelihood(present, items), rtol=1e-12)


def test_all_patterns_together_are_certain() -> None:
    """The marginal probabilities of all answer patterns sum to 1, with competencies too."""
    items = items_in(house(2, 2), 1, 3)
    every = np.stack(np.meshgrid(*[np.arange(3)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    total = np.exp(log_likelihood(Responses.from_array(every, items=items.ids), items, nodes=31)).sum()
    assert total == pytest.approx(1.0, abs=1e-10)


def test_a_competencys_marginal_is_the_populations() -> None:
    """One item's answers are as likely as under θ_c ~ N(0, 1): λ does not change a competency's own margin."""
    items = items_in(house(2, 2, loading=0.6), 1, 3)
    theta = np.linspace(-8, 8, 801)
    density = stats.norm.pdf(theta) * (theta[1] - theta[0])
    for j, name in enumerate(items.ids):
        shares = np.exp(log_likelihood(Responses.from_array([[0], [1], [2]], items=[name]), items))
        np.testing.assert_allclose(shares, probability(items, theta)[j] @ density, rtol=0, atol=1e-7)


def test_single_precision_is_good_to_two_hundred_thousandths() -> None:
    """EAP in float32 differs from float64 by less than 2e-5 of the person's SD, and by no status."""
    items = one_block(40)
    responses = answers(items, 500)
    double, single = score(responses, items), score(responses, items, precision="single")
    # An error δ(θ) of the log-likelihood moves the mean by Cov(θ, δ), at most SE · SD(δ). Each of 40 sums of
    # up to 40 is rounded by at most 2.4e-6 / 2, in an order that the machine's kernel chooses: as a random
    # walk, to SD(δ) ≈ √40 · 2.4e-6 / √12 = 4e-6, and 2e-5 is five times that.
    assert (np.abs(single.theta - double.theta) / double.se).max() < 2e-5
    np.testing.assert_allclose(single.se, double.se, rtol=2e-5)
    assert single.status == double.status
