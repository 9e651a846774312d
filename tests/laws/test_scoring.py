"""The laws of scoring, for every model of the registry and for mixed tests: what must not matter, and what must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassess.irt import (
    MODELS,
    Items,
    Population,
    expected_score,
    information,
    log_likelihood,
    probability,
    score,
)
from compassess.responses import Responses
from laws.strategies import MIXED, MODEL_NAMES, Floats, answers_to, items_of, populations

EVERY_MODEL = pytest.mark.parametrize("name", MODEL_NAMES)
EVERY_TEST = pytest.mark.parametrize("name", [*MODEL_NAMES, MIXED])
FEW = settings(max_examples=10)  # every example is some quadratures
NODES = 15  # laws hold on any grid; a coarse one is fast in three dimensions
ROUNDING = {"rtol": 1e-10, "atol": 1e-10}  # sums of some dozens of terms in another order


def reversed_rows(matrix: Floats) -> Floats:
    """Every row's numbers in reverse order, with NaN behind them as before."""
    result = matrix.copy()
    for row in result:
        told = np.isfinite(row)
        row[told] = row[told][::-1]
    return result


@EVERY_MODEL
@FEW
@given(data=st.data())
def test_turned_codes_turn_the_ability(name: str, data: st.DataObject) -> None:
    """Reversing all codes, with thresholds mirrored, gives −θ with the same SE and likelihood."""
    items = data.draw(items_of(name))
    responses = data.draw(answers_to(items))
    highest = dict(zip(items.ids, (items.n_categories - 1).tolist(), strict=True))
    if name == "3PL":
        return  # turned, its lower asymptote is an upper one: the 4PL's case
    mirrored = replace(
        items,
        b=reversed_rows(-items.b),
        c=1.0 - items.d,
        d=1.0 - items.c,
        slopes=reversed_rows(-items.slopes),
        intercepts=reversed_rows(items.intercepts),
    )
    turned = responses.reversed(items.ids, highest=highest)
    before, after = score(responses, items), score(turned, mirrored)
    np.testing.assert_allclose(after.theta, -before.theta, **ROUNDING)
    np.testing.assert_allclose(after.se, before.se, **ROUNDING)
    np.testing.assert_allclose(log_likelihood(turned, mirrored), log_likelihood(responses, items), **ROUNDING)


@EVERY_TEST
@FEW
@given(data=st.data())
def test_order_of_items_does_not_matter(name: str, data: st.DataObject) -> None:
    """Neither the order of the columns nor that of the items changes scores or likelihood."""
    people = data.draw(populations())
    items = data.draw(items_of(name, population=people))
    responses = data.draw(answers_to(items))
    order = data.draw(st.permutations(items.ids))
    for other, known in (
        (responses.select_items(order), items),
        (responses, items.select(order)),
    ):
        found, expected = score(other, known, nodes=NODES), score(responses, items, nodes=NODES)
        np.testing.assert_allclose(found.theta, expected.theta, **ROUNDING)
        np.testing.assert_allclose(found.se, expected.se, **ROUNDING)
        np.testing.assert_allclose(found.competencies.theta, expected.competencies.theta, **ROUNDING)
        np.testing.assert_allclose(
            log_likelihood(other, known, nodes=NODES),
            log_likelihood(responses, items, nodes=NODES),
            **ROUNDING,
        )


@EVERY_TEST
@FEW
@given(data=st.data())
def test_a_person_is_scored_alone(name: str, data: st.DataObject) -> None:
    """Who else is in the file, and in which order, changes nobody's score."""
    items = data.draw(items_of(name, population=data.draw(populations())))
    responses = data.draw(answers_to(items))
    order = data.draw(st.permutations(range(responses.n_persons)))
    together = score(responses, items, nodes=NODES)
    shuffled = score(responses.select_persons(order), items, nodes=NODES)
    np.testing.assert_allclose(shuffled.theta, together.theta[list(order)], **ROUNDING)
    alone = score(responses.select_persons([order[0]]), items, nodes=NODES)
    np.testing.assert_allclose(alone.theta[0], together.theta[order[0]], **ROUNDING)
    np.testing.assert_allclose(alone.competencies.se[0], together.competencies.se[order[0]], **ROUNDING)


@EVERY_TEST
@FEW
@given(data=st.data())
def test_a_missing_cell_is_an_absent_column(name: str, data: st.DataObject) -> None:
    """An item that was not answered, not in the file, or not among the items: all one."""
    items = data.draw(items_of(name, population=data.draw(populations())))
    responses = data.draw(answers_to(items, missing=0.0))
    codes = responses.codes().astype(np.float64)
    codes[:, 0] = np.nan
    missing = score(Responses.from_array(codes, items=items.ids), items, nodes=NODES)
    absent = score(responses.select_items(items.ids[1:]), items, nodes=NODES)
    unknown = score(responses, items.select(items.ids[1:]), nodes=NODES)
    for other in (absent, unknown):
        np.testing.assert_allclose(other.theta, missing.theta, **ROUNDING)
        np.testing.assert_allclose(other.se, missing.se, **ROUNDING)


@EVERY_MODEL
@FEW
@given(data=st.data())
def test_categories_without_a_boundary_count_as_one(name: str, data: st.DataObject) -> None:
    """A threshold of NaN gives the model of the item with its two categories made one."""
    model = MODELS[name]
    if not model.admits(3) or name == "NRM":
        return  # nominal categories have no boundaries
    items = data.draw(items_of(name, least=2, most=3).filter(lambda drawn: drawn.n_categories[0] > 2))
    responses = data.draw(answers_to(items, missing=0.0))
    lost = data.draw(st.integers(1, int(items.n_categories[0]) - 1))  # between codes lost − 1 and lost
    b = items.b.copy()
    b[0, lost - 1] = np.nan
    merged = replace(items, b=b)

    codes = responses.codes().astype(np.float64)
    codes[:, 0] -= codes[:, 0] >= lost
    rows = [items.thresholds(j) for j in range(items.n_items)]
    rows[0] = np.delete(rows[0], lost - 1)
    smaller = Items.create(ids=items.ids, models=items.models, a=items.a, b=rows)
    recoded = Responses.from_array(codes, items=items.ids)

    np.testing.assert_allclose(
        log_likelihood(responses, merged), log_likelihood(recoded, smaller), **ROUNDING
    )
    np.testing.assert_allclose(score(responses, merged).theta, score(recoded, smaller).theta, **ROUNDING)
    theta = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(information(merged, theta)[0], information(smaller, theta)[0], **ROUNDING)
    # Each code shows the whole probability of the category that it counts as.
    width = int(items.n_categories[0])
    shown = np.delete(probability(merged, theta)[0, :width], lost, axis=0)
    np.testing.assert_allclose(shown, probability(smaller, theta)[0, : width - 1], **ROUNDING)


@EVERY_TEST
@FEW
@given(data=st.data(), k=st.floats(0.4, 2.5))
def test_the_unit_of_ability_is_free(name: str, data: st.DataObject, k: float) -> None:
    """With a · k, b / k and a population of SD 1 / k, θ and SE are divided by k; likelihoods stay."""
    items = data.draw(items_of(name))
    responses = data.draw(answers_to(items))
    scaled = replace(
        items,
        a=items.a * k,
        b=items.b / k,
        slopes=items.slopes * k,
        population=Population.create(standard_deviation=[1 / k]),
    )
    before = score(responses, items, nodes=61, limit=6.0)
    after = score(responses, scaled, nodes=61, limit=6.0 / k)
    np.testing.assert_allclose(after.theta, before.theta / k, **ROUNDING)
    np.testing.assert_allclose(after.se, before.se / k, **ROUNDING)
    np.testing.assert_allclose(
        log_likelihood(responses, scaled, nodes=61, limit=6.0 / k),
        log_likelihood(responses, items, nodes=61, limit=6.0),
        **ROUNDING,
    )
    theta = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(information(scaled, theta / k), k**2 * information(items, theta), **ROUNDING)


@EVERY_TEST
@FEW
@given(data=st.data(), shift=st.floats(-1.0, 1.0))
def test_the_origin_of_ability_is_free(name: str, data: st.DataObject, shift: float) -> None:
    """With thresholds and the population's mean moved alike, θ moves with them."""
    items = data.draw(items_of(name))
    responses = data.draw(answers_to(items))
    moved = replace(
        items,
        b=items.b + shift,
        intercepts=items.intercepts - items.slopes * shift,
        population=Population.create(mean=[shift]),
    )
    before = score(responses, items, nodes=961, limit=12.0)
    after = score(responses, moved, nodes=961, limit=12.0)
    # ±12 cuts off nothing, also of a posterior around a threshold of 8; ±8 would cost 2e-7. Steep items of
    # many categories need the nodes: a spacing of .1 costs 4e-10 at a score slope of 9.
    np.testing.assert_allclose(after.theta, before.theta + shift, **ROUNDING)
    np.testing.assert_allclose(after.se, before.se, **ROUNDING)


@EVERY_TEST
@FEW
@given(data=st.data(), theta=st.floats(-8.0, 8.0))
def test_expected_scores_are_means_of_codes(name: str, data: st.DataObject, theta: float) -> None:
    """E(X | θ) = Σ k P(X = k | θ), and its derivative is information's due: it rises with a's sign."""
    items = data.draw(items_of(name))
    by_code = probability(items, theta)[:, :, 0]
    codes = np.arange(by_code.shape[1])
    expected = np.nansum(codes * by_code, axis=1)
    np.testing.assert_allclose(expected_score(items, theta)[:, 0], expected, **ROUNDING)
    rise = expected_score(items, theta + 1e-3)[:, 0] - expected_score(items, theta - 1e-3)[:, 0]
    ordered = np.isfinite(items.a)  # categories of nominal items have no order
    assert np.all((rise * np.sign(items.a))[ordered] >= -1e-12)


@EVERY_TEST
@FEW
@given(data=st.data())
def test_nobody_knows_more_than_the_answers_tell(name: str, data: st.DataObject) -> None:
    """Averaged over the answers, posterior variance is at most the prior's, and EAP averages to the mean."""
    items = data.draw(items_of(name, least=2, most=3))
    grid = np.meshgrid(*[np.arange(k) for k in items.n_categories], indexing="ij")
    every = Responses.from_array(np.stack([axis.ravel() for axis in grid], axis=1), items=items.ids)
    share = np.exp(log_likelihood(every, items))
    scores = score(every, items)
    assert share.sum() == pytest.approx(1.0, abs=1e-10)  # the answers' probabilities sum to 1
    assert share @ scores.theta == pytest.approx(0.0, abs=1e-10)  # E(E(θ | x)) = E(θ)
    prior = share @ (scores.se**2 + scores.theta**2)  # E(Var) + Var(E) = Var(θ), 1 but for what ±6 cuts off
    assert prior == pytest.approx(1.0, abs=1e-6)
