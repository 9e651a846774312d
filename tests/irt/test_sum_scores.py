"""Sum scores: their distribution, and what a sum says about θ."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from compassess.errors import InputError
from compassess.irt import Items, Population, log_likelihood, score, sum_scores
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block

ROUNDING = {"rtol": 1e-10, "atol": 1e-10}


def some_items(seed: int) -> Items:
    """Three or four items of one to three models, slopes of both signs."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 5))
    named = [str(name) for name in rng.choice(["2PL", "3PL", "GRM", "GPCM"], n)]
    counts = [2 if name.endswith("PL") else int(rng.integers(2, 5)) for name in named]
    a = rng.uniform(0.6, 2.0, n) * rng.choice([1, 1, -1], n)
    b = [np.sort(rng.normal(0, 1, k - 1))[:: int(np.sign(slope))] for k, slope in zip(counts, a, strict=True)]
    c = np.where(np.array(named) == "3PL", 0.2, 0.0)
    return Items.create(
        ids=[f"i{j}" for j in range(n)], models=named, a=a, b=[row.tolist() for row in b], c=c
    )


def every_pattern(items: Items) -> Responses:
    """All combinations of codes."""
    rows = itertools.product(*[range(k) for k in items.n_categories.tolist()])
    return Responses.from_array(np.array(list(rows)), items=items.ids)


def shared(items: Items) -> NDArray[np.float64]:
    """The probability of every pattern."""
    return np.exp(log_likelihood(every_pattern(items), items))


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_sum_is_all_the_patterns_that_make_it(seed: int) -> None:
    """P(S = s), E(θ | s) and SD are those of the patterns with this sum, weighted by their probability."""
    items = some_items(seed)
    patterns = every_pattern(items)
    share, scores = shared(items), score(patterns, items)
    total = patterns.codes().sum(axis=1)
    table = sum_scores(items)
    assert table.score.tolist() == list(range(int(total.max()) + 1))
    for row, value in enumerate(table.score):
        mine = total == value
        weight = share[mine] / share[mine].sum()
        mean = weight @ scores.theta[mine]
        variance = weight @ (scores.se[mine] ** 2 + scores.theta[mine] ** 2) - mean**2
        assert table.probability[row] == pytest.approx(share[mine].sum(), abs=1e-12)
        assert table.theta[row] == pytest.approx(mean, abs=1e-9)
        assert table.se[row] == pytest.approx(np.sqrt(variance), abs=1e-9)


def test_probabilities_sum_to_one_and_estimates_average_to_the_population() -> None:
    """Σ P(s) = 1, Σ P(s) E(θ | s) = E θ, and Σ P(s) (SD² + E²) = E θ²."""
    people = Population.create(mean=[0.4], standard_deviation=[0.8])
    table = sum_scores(one_block(20, 4), population=people)
    assert table.probability.sum() == pytest.approx(1.0, abs=1e-12)
    assert table.probability @ table.theta == pytest.approx(0.4, abs=1e-9)
    second = table.probability @ (table.se**2 + table.theta**2)
    assert second == pytest.approx(0.64 + 0.16, abs=1e-7)


def test_in_the_rasch_model_the_sum_says_all() -> None:
    """EAPsum is EAP where the sum is sufficient."""
    items = Items.create(
        ids=list("uvwxyz"), models=["PCM"] * 6, a=[1.0] * 6, b=np.linspace(-1, 1, 6)[:, None] + [-0.4, 0.4]
    )
    responses = answers(items, 40)
    by_sum, by_pattern = score(responses, items, "EAPsum"), score(responses, items)
    np.testing.assert_allclose(by_sum.theta, by_pattern.theta, **ROUNDING)
    np.testing.assert_allclose(by_sum.se, by_pattern.se, **ROUNDING)
    assert by_sum.status == by_pattern.status


def test_a_person_is_scored_by_the_row_of_the_table() -> None:
    """EAPsum of complete responses stands in the table of the whole form, competencies included."""
    items = one_block(12, 3)
    responses = answers(items, 30)
    table, found = sum_scores(items), score(responses, items, "EAPsum")
    place = np.searchsorted(table.score, responses.codes().sum(axis=1))
    np.testing.assert_allclose(found.theta, table.theta[place], **ROUNDING)
    np.testing.assert_allclose(found.competencies.theta[:, 0], found.theta)
    assert set(found.status) == {"ok"}


def test_missing_answers_make_another_form() -> None:
    """The form is what the person answered: a missing cell, an absent column, an item without parameters."""
    items = one_block(8, 3)
    full = answers(items, 5)
    codes = full.codes().astype(np.float64)
    codes[:, 3] = np.nan
    missing = score(Responses.from_array(codes, items=items.ids), items, "EAPsum")
    rest = [name for name in items.ids if name != "i3"]
    absent = score(full.select_items(rest), items, "EAPsum")
    unknown = score(full, items.select(rest), "EAPsum")
    for other in (absent, unknown):
        np.testing.assert_allclose(other.theta, missing.theta, **ROUNDING)
        np.testing.assert_allclose(other.se, missing.se, **ROUNDING)


def test_without_answers_the_sum_says_nothing() -> None:
    """The population's mean and SD, by status."""
    people = Population.create(mean=[0.7], standard_deviation=[0.5])
    nothing = Responses.from_array([[np.nan] * 3], items=one_block(3).ids)
    found = score(nothing, one_block(3), "EAPsum", population=people)
    assert found.status == ("no_answers",)
    assert found.theta[0] == pytest.approx(0.7, abs=1e-9)
    assert found.se[0] == pytest.approx(0.5, abs=1e-7)  # 6 SD to each side cut 2e-9 off


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_items_does_not_matter(seed: int) -> None:
    """The same table, however the items are dealt."""
    items = some_items(seed)
    before, after = sum_scores(items), sum_scores(items.select(items.ids[::-1]))
    np.testing.assert_array_equal(before.score, after.score)
    np.testing.assert_allclose(before.theta, after.theta, **ROUNDING)
    np.testing.assert_allclose(before.probability, after.probability, **ROUNDING)


def test_categories_that_count_as_one_leave_gaps() -> None:
    """A code that was never observed counts as the one below: its sums cannot occur, and are not listed."""
    items = Items.create(ids=["x", "y"], a=[1.0, 1.2], b=[[np.nan, 0.5], [np.nan, -0.5]], n_categories=[3, 3])
    table = sum_scores(items)
    assert table.score.tolist() == [0, 2, 4]
    assert table.probability.sum() == pytest.approx(1.0, abs=1e-12)
    found = score(Responses.from_array([[1, 2], [0, 2]], items=items.ids), items, "EAPsum")
    assert found.theta[0] == pytest.approx(found.theta[1], abs=1e-14)
    assert found.theta[0] == pytest.approx(table.theta[1], abs=1e-12)


def test_a_competency_has_a_table_of_its_own() -> None:
    """The items of one competency are one dimension, with its own marginal population."""
    items = items_in(house(2, 2), 5, 3)
    own = items.select(
        [name for name, home in zip(items.ids, items.competencies, strict=True) if home == "b1c0"]
    )
    table = sum_scores(own)
    alone = Items.create(ids=own.ids, a=own.a, b=own.b)
    np.testing.assert_allclose(table.theta, sum_scores(alone, nodes=41).theta, rtol=0, atol=1e-6)
    assert table.probability.sum() == pytest.approx(1.0, abs=1e-12)


def test_several_dimensions_have_no_sum() -> None:
    """Items of two competencies, and EAPsum in the model of the house, are refused; so are no items at all."""
    items = items_in(house(2, 2), 3)
    with pytest.raises(InputError, match="one dimension"):
        sum_scores(items)
    with pytest.raises(InputError, match="one dimension"):
        score(answers(items, 2), items, "EAPsum")
    with pytest.raises(InputError, match="one dimension"):
        sum_scores(Items.create(ids=["x"], a=[np.nan], b=[[np.nan]]))


def test_a_thousand_items_are_no_matter() -> None:
    """A form of 1,000 items has its 1,001 sums, with estimates that rise."""
    table = sum_scores(one_block(1000))
    assert table.score.size == 1001
    assert table.probability.sum() == pytest.approx(1.0, abs=1e-9)
    likely = table.probability > 1e-12
    assert np.all(np.diff(table.theta[likely]) > -1e-9)


def test_a_frame_has_a_row_a_sum() -> None:
    """score, theta, se, probability, status."""
    names = ["score", "theta", "se", "probability", "status"]
    assert list(sum_scores(one_block(3)).to_frame().columns) == names
