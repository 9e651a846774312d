"""compassess.irt.fit: statistics against brute force, and what they find in data that do not fit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, Population, item_fit, local_dependence, residual_table, simulate_responses
from compassess.irt.fit.sum_groups import collapsed, expected_shares
from compassess.responses import Responses

FOUR = Items.create(
    ids=list("abcd"),
    models=["GRM"] * 4,
    a=[1.0, 1.5, 0.7, 2.0],
    b=[[-1.0, 0.5], [0.0, 1.0], [-0.5, 0.2], [0.3, 0.9]],
)
HOUSE = Population.create(
    ["p", "q"],
    correlation=[[1.0, 0.6], [0.6, 1.0]],
    competencies={"p1": "p", "p2": "p", "q1": "q"},
    loadings={"p1": 0.8, "p2": 0.7},
)
NINE = Items.create(
    ids=[f"i{k}" for k in range(9)],
    a=[1.2, 0.9, 1.5] * 3,
    b=[[-1.0], [0.0], [0.7]] * 3,
    competencies=["p1"] * 3 + ["p2"] * 3 + ["q1"] * 3,
    population=HOUSE,
)


def rasch_like(n_items: int = 20, seed: int = 3) -> Items:
    """Two-category items of one dimension."""
    rng = np.random.default_rng(seed)
    return Items.create(
        ids=[f"i{k:02d}" for k in range(n_items)],
        a=rng.uniform(0.8, 1.8, n_items),
        b=rng.normal(0, 1, n_items)[:, None],
    )


def answers(items: Items, n: int, seed: int) -> Responses:
    """Of simulated people."""
    abilities = ca.irt.simulate_abilities(items.population, n, seed=seed)
    return simulate_responses(items, abilities, seed=seed + 1)


def test_shares_given_the_sum_by_all_patterns() -> None:
    """P(X = k | S = s) of every item from all 81 patterns on the same nodes."""
    nodes = np.linspace(-4, 4, 33)
    mass = np.exp(-0.5 * nodes**2)
    mass /= mass.sum()
    p = list(ca.irt.probability(FOUR, nodes))
    found = expected_shares(p, mass)
    joint = np.zeros((4, 9, 3))
    for pattern in product(range(3), repeat=4):
        chance = float(np.prod([p[k][code] for k, code in enumerate(pattern)], axis=0) @ mass)
        for item, code in enumerate(pattern):
            joint[item, sum(pattern), code] += chance
    for item in range(4):
        np.testing.assert_allclose(
            found[item], joint[item] / joint[item].sum(axis=1, keepdims=True), atol=1e-12
        )


def test_joined_cells_lose_nobody() -> None:
    """Counts and expectations keep their sums but for the two groups that everybody shares."""
    rng = np.random.default_rng(1)
    for n_categories in (2, 3, 5):
        counts = rng.poisson(0.8, (20, n_categories)).astype(float)
        expected = rng.gamma(0.6, 1.0, (20, n_categories))
        expected *= (counts.sum(axis=1) / expected.sum(axis=1))[:, None]
        seen, told = collapsed(counts, expected, 1.0)
        np.testing.assert_allclose([seen.sum(), told.sum()], [counts[1:-1].sum(), expected[1:-1].sum()])
        assert (told[told > 0] >= 1.0).all()


def test_pairs_of_the_model_of_the_house_by_brute_force() -> None:
    """Expected tables of items of one competency, of two of a block and of two blocks, on a joint grid."""
    responses = answers(NINE, 500, 4)
    found = local_dependence(responses, NINE)
    codes = np.array(responses.codes(NINE.ids))
    nodes = np.linspace(-6, 6, 121)
    rho = {(0, 1): 1.0, (0, 3): 0.8 * 0.7, (0, 6): 0.8 * 0.6, (3, 8): 0.7 * 0.6}
    for (i, j), r in rho.items():
        p, q = (ca.irt.probability(NINE.select([f"i{k}"]), nodes)[0] for k in (i, j))
        if r == 1.0:
            joint = np.diag(np.exp(-0.5 * nodes**2))
        else:
            x, y = nodes[:, None], nodes[None]
            joint = np.exp(-(x**2 - 2 * r * x * y + y**2) / (2 * (1 - r**2)))
        expected = 500 * (p @ (joint / joint.sum()) @ q.T)
        seen = np.zeros((2, 2))
        np.add.at(seen, (codes[:, i], codes[:, j]), 1)
        assert found.x2[i, j] == pytest.approx(((seen - expected) ** 2 / expected).sum(), rel=1e-6)
        assert found.x2[i, j] == found.x2[j, i]


def test_groups_are_by_the_dimension_of_an_item() -> None:
    """S-X² of a competency's items is that of these items alone, under its own normal distribution."""
    responses = answers(NINE, 800, 5)
    whole = item_fit(responses, NINE)
    own = Items.create(ids=NINE.ids[:3], a=NINE.a[:3], b=NINE.b[:3])
    alone = item_fit(Responses.from_array(np.array(responses.codes(own.ids)), items=own.ids), own)
    np.testing.assert_allclose(whole.s_x2[:3], alone.s_x2, rtol=1e-10)


def test_missing_answers_leave_complete_cases_and_pairs() -> None:
    """S-X² counts who answered all items of the dimension; pairs who answered both; infit every answer."""
    items = rasch_like(10)
    codes = np.array(answers(items, 300, 6).codes(items.ids), dtype=float)
    codes[:40, 0] = np.nan
    responses = Responses.from_array(codes, items=items.ids)
    fit = item_fit(responses, items)
    assert fit.n_complete.tolist() == [260] * 10
    assert fit.n.tolist() == [260, *[300] * 9]
    assert local_dependence(responses, items).n[0, 1] == 260
    codes[:, 1] = np.nan
    nobody = item_fit(Responses.from_array(codes, items=items.ids), items)
    assert nobody.status[1] == "no_answers"
    assert set(nobody.status[2:]) == {"no_complete_cases"}
    assert np.isnan(nobody.s_x2).all()
    assert np.isfinite(nobody.infit[2:]).all()


def test_what_does_not_fit_is_found() -> None:
    """A mis-keyed item by S-X² and infit; a second dimension of two items by Q3 and V."""
    items = rasch_like()
    codes = np.array(answers(items, 1500, 7).codes(items.ids))
    wrong = codes.copy()
    wrong[:, 4] = 1 - wrong[:, 4]
    fit = item_fit(Responses.from_array(wrong, items=items.ids), items)
    assert fit.p_adjusted[4] < 1e-6
    assert int(np.argmax(fit.infit)) == 4
    twins = codes.copy()
    same = np.random.default_rng(8).random(len(codes)) < 0.4
    twins[same, 9] = twins[same, 8]
    pairs = local_dependence(Responses.from_array(twins, items=items.ids), items)
    worst = pairs.to_frame().iloc[0]
    assert {worst["item"], worst["other"]} == {"i08", "i09"}
    assert worst["q3_star"] > 0.15
    assert worst["v"] == np.nanmax(pairs.v)


def test_adjusted_p_values() -> None:
    """By hand: never below the raw ones, in their order, at most 1."""
    fit = item_fit(answers(rasch_like(), 600, 9), rasch_like())
    order = np.argsort(fit.p_value)
    m, running = len(order), 1.0
    expected = np.empty(m)
    for rank in range(m, 0, -1):
        running = min(running, fit.p_value[order[rank - 1]] * m / rank)
        expected[order[rank - 1]] = running
    np.testing.assert_allclose(fit.p_adjusted, expected)


def test_residual_rows() -> None:
    """Groups of equal size, proportions that sum to 1, intervals around what was observed."""
    table = residual_table(answers(FOUR, 400, 10), FOUR, n_groups=5)
    assert len(table) == 4 * 5 * 3
    assert set(table["n"]) == {80}
    sums = table.groupby(["item", "group"])[["observed", "expected"]].sum()
    np.testing.assert_allclose(sums, 1.0)
    assert ((table["lower"] <= table["observed"]) & (table["observed"] <= table["upper"])).all()
    long = residual_table(answers(rasch_like(40), 400, 10), rasch_like(40), n_groups=5)
    assert np.abs(long["z"]).max() < 4.5


def test_frames_and_expectations() -> None:
    """A row an item, a row a pair."""
    responses = answers(FOUR, 100, 11)
    assert len(item_fit(responses, FOUR).to_frame()) == 4
    pairs = local_dependence(responses, FOUR)
    assert len(pairs.to_frame()) == 6
    assert pairs.expected_q3 == -1 / 3
    assert pairs.df[0, 1] == 4


def test_bad_input() -> None:
    """Told before anything is computed."""
    responses = answers(FOUR, 20, 12)
    with pytest.raises(InputError, match="no count"):
        item_fit(responses, FOUR, least_expected=-1.0)
    with pytest.raises(InputError, match="no groups"):
        residual_table(responses, FOUR, n_groups=1)
    scores = ca.score(responses, FOUR)
    with pytest.raises(InputError, match="other persons"):
        item_fit(answers(FOUR, 10, 1), FOUR, scores)
    with pytest.raises(InputError):
        local_dependence(Responses.from_array([[9, 0, 0, 0]], items=FOUR.ids), FOUR)


@pytest.mark.slow
@pytest.mark.parametrize("n_categories", [2, 3])
def test_type_one_error_of_s_x2(n_categories: int) -> None:
    """Twenty items with known parameters, 600 replications of 500 persons: .035 to .065 at .05, over all items.

    With known parameters none is estimated: their number is added to the degrees of freedom.
    """
    from scipy.stats import chi2

    rng = np.random.default_rng(13)
    n_items = 20
    items = Items.create(
        ids=[f"i{k}" for k in range(n_items)],
        models=["GRM" if n_categories > 2 else "2PL"] * n_items,
        a=rng.uniform(0.8, 1.8, n_items),
        b=np.sort(rng.normal(0, 1, (n_items, n_categories - 1)), axis=1) + 0.3 * np.arange(n_categories - 1),
    )
    rejected = []
    for seed in range(600):
        fit = item_fit(answers(items, 500, 1000 + 3 * seed), items)
        rejected.append(chi2.sf(fit.s_x2, fit.df + n_categories) < 0.05)
    assert 0.035 <= np.mean(rejected) <= 0.065
