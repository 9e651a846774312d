"""Many-facet ratings: from a table of marks to severities, against models that must agree and known truths."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import (
    Items,
    Population,
    calibrate,
    facet_measures,
    log_likelihood,
    rater_fit,
    ratings,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.rating_tables import Ratings
from compassess.responses import Responses

TAU = np.array([-1.2, 0.1, 1.1])
DELTA = {"essay": -0.3, "case": 0.4, "letter": 0.0}
RHO = {"r1": -0.6, "r2": 0.0, "r3": 0.2, "r4": 0.4}


def marked(n_persons: int, seed: int = 5, *, each: int = 2) -> Ratings:
    """Every task of a person is marked by two raters, drawn from four."""
    rng = np.random.default_rng(seed)
    pairs = {f"{task}@{rater}": (task, rater) for task in DELTA for rater in RHO}
    truth = Items.create(
        ids=list(pairs),
        models=["PCM"] * len(pairs),
        a=np.ones(len(pairs)),
        b=[DELTA[task] + RHO[rater] + TAU for task, rater in pairs.values()],
        population=Population.create(standard_deviation=[1.3]),
    )
    abilities = simulate_abilities(truth.population, n_persons, seed=seed)
    codes = simulate_responses(truth, abilities, seed=seed + 1).codes().astype(np.float64)
    for person in range(n_persons):
        for task in range(len(DELTA)):
            unmarked = rng.permutation(len(RHO))[each:] + task * len(RHO)
            codes[person, unmarked] = np.nan
    return Ratings(responses=Responses.from_array(codes, items=list(pairs)), facets=pairs)


def table_of(data: Ratings) -> tuple[list[object], ...]:
    """The same as a long table of marks."""
    codes = data.responses.codes()
    rows = [
        (person, *data.facets[name], int(codes[person, column]))
        for person in range(len(codes))
        for column, name in enumerate(data.responses.items)
        if codes[person, column] >= 0
    ]
    return tuple(list(column) for column in zip(*rows, strict=True))


def test_a_table_of_marks_becomes_columns() -> None:
    """Names, places and codes; the lowest mark becomes 0."""
    person, task, rater, mark = table_of(marked(30))
    made = ratings(person, task, rater, [m + 1 for m in mark], lowest=1)
    whole = marked(30)
    assert set(made.responses.items) == set(whole.responses.items)
    assert dict(made.facets) == {name: whole.facets[name] for name in made.responses.items}
    np.testing.assert_array_equal(made.responses.codes(whole.responses.items), whole.responses.codes())


@pytest.mark.parametrize(("rated", "plain"), [("MFRM", "RSM"), ("MFRM-task", "PCM"), ("MFRM-rater", "RSM")])
def test_one_rater_is_no_rater(rated: str, plain: str) -> None:
    """With a single rater the models are RSM and PCM, to the last parameter."""
    data = marked(400, each=4)
    mine = [name for name, (_, rater) in data.facets.items() if rater == "r2"]
    responses = data.responses.select_items(mine)
    facets = {name: data.facets[name] for name in mine}
    found = calibrate(responses, rated, facets=facets)
    other = calibrate(responses, plain)
    assert found.n_parameters == other.n_parameters
    assert found.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(found.items.b, other.items.b, atol=2e-4)
    measures = facet_measures(found, facets)
    assert measures.raters.value.tolist() == pytest.approx([0.0], abs=1e-12)
    assert measures.df == 0


@pytest.mark.parametrize("model", ["MFRM", "MFRM-task", "MFRM-rater"])
def test_severities_come_back(model: str) -> None:
    """Within four standard errors, all of them; measures have mean 0; thresholds add up to those of the columns."""
    data = marked(1200)
    found = calibrate(data.responses, model, facets=data.facets)
    told = facet_measures(found, data.facets)
    severity = np.array([RHO[name] for name in told.raters.names])
    difficulty = np.array([DELTA[name] for name in told.tasks.names]) + np.mean(list(RHO.values()))
    assert np.abs((told.raters.value - severity + severity.mean()) / told.raters.standard_error).max() < 4
    assert np.abs((told.tasks.value - difficulty) / told.tasks.standard_error).max() < 4
    assert told.raters.value.sum() == pytest.approx(0.0, abs=1e-10)
    assert np.diff(severity[np.argsort(told.raters.value)]).min() >= 0
    assert told.separation > 0.9
    assert told.p_value < 1e-6
    tau = dict(zip(told.thresholds.names, told.thresholds.value, strict=True))
    for name, b in zip(found.items.ids, found.items.b, strict=True):
        task, rater = data.facets[name]
        owner = {"MFRM": "all", "MFRM-task": task, "MFRM-rater": rater}[model]
        place = (
            told.tasks.value[told.tasks.names.index(task)] + told.raters.value[told.raters.names.index(rater)]
        )
        np.testing.assert_allclose(b, [place + tau[f"{owner}: b{k}"] for k in (1, 2, 3)], atol=1e-9)
    value = log_likelihood(data.responses, found.items, nodes=found.n_nodes, limit=found.limit).sum()
    assert value == pytest.approx(found.log_likelihood, abs=1e-3)


def test_models_of_ratings_are_nested() -> None:
    """Common thresholds are a case of thresholds by task and of those by rater."""
    data = marked(500)
    value = {
        name: calibrate(data.responses, name, facets=data.facets, standard_errors=None).log_likelihood
        for name in ("MFRM", "MFRM-task", "MFRM-rater")
    }
    assert value["MFRM"] < value["MFRM-task"]
    assert value["MFRM"] < value["MFRM-rater"]


def test_standard_errors_agree() -> None:
    """Errors of severities by the observed information and by cross-products, within a tenth."""
    data = marked(1500)
    errors = [
        facet_measures(
            calibrate(data.responses, "MFRM", facets=data.facets, standard_errors=kind), data.facets
        )
        for kind in ("oakes", "crossprod")
    ]
    np.testing.assert_allclose(errors[0].raters.standard_error, errors[1].raters.standard_error, rtol=0.1)


def test_ratings_beside_a_test() -> None:
    """Columns of a test and of ratings are calibrated together, each by its model."""
    data = marked(600)
    rng = np.random.default_rng(3)
    theta = simulate_abilities(Population.create(standard_deviation=[1.3]), 600, seed=5).blocks[:, 0]
    right = (rng.random((600, 5)) < 1 / (1 + np.exp(-(theta[:, None] - np.linspace(-1, 1, 5))))).astype(float)
    codes = data.responses.codes().astype(float)
    codes[codes < 0] = np.nan
    names = [*data.responses.items, *(f"i{j}" for j in range(5))]
    both = Responses.from_array(np.column_stack([codes, right]), items=names)
    models = {name: "MFRM" if name in data.facets else "Rasch" for name in names}
    found = calibrate(both, models, facets=data.facets)
    assert found.converged
    assert found.n_parameters == 3 + 3 + 2 + 5 + 1
    told = facet_measures(found, data.facets)
    assert told.raters.names == tuple(RHO)


def test_a_rater_who_throws_dice_is_told() -> None:
    """Marks at random have an infit far above 1; those of the others stay near it."""
    data = marked(800)
    codes = data.responses.codes().astype(float)
    codes[codes < 0] = np.nan
    rng = np.random.default_rng(8)
    for column, name in enumerate(data.responses.items):
        if data.facets[name][1] == "r3":
            codes[:, column] = np.where(np.isnan(codes[:, column]), np.nan, rng.integers(0, 4, len(codes)))
    responses = Responses.from_array(codes, items=data.responses.items)
    items = calibrate(responses, "MFRM", facets=data.facets).items
    found = rater_fit(responses, items, data.facets)
    infit = dict(zip(found.raters, found.infit, strict=True))
    assert infit["r3"] > 1.2
    assert max(infit[name] for name in ("r1", "r2", "r4")) < 1.1
    assert found.n_marks.sum() == 800 * 3 * 2
    assert found.to_frame().shape == (4, 5)


def test_faults_are_told_together() -> None:
    """Ratings without a place, strangers, pairs that stand twice, and raters that nothing ties together."""
    data = marked(60)
    one = data.responses.items[0]
    facets = {name: pair for name, pair in data.facets.items() if name != one}
    with pytest.raises(InputError, match=r"task and rater are not told(.|\n)*no such column"):
        calibrate(data.responses, "MFRM", facets=facets | {"nobody": ("essay", "r1")})
    with pytest.raises(InputError, match="stand at"):
        calibrate(data.responses, "MFRM", facets=data.facets | {one: data.facets[data.responses.items[1]]})
    mine = ["essay@r1", "essay@r2", "case@r3", "case@r4"]
    with pytest.raises(InputError, match="share no task"):
        calibrate(data.responses.select_items(mine), "MFRM", facets={n: data.facets[n] for n in mine})
    kinds = {name: "MFRM" if name < "essay" else "MFRM-task" for name in data.responses.items}
    with pytest.raises(InputError, match="more than one model"):
        calibrate(data.responses, kinds, facets=data.facets)
    with pytest.raises(InputError, match="knows no raters"):
        calibrate(data.responses, "PCM", facets=data.facets)
    with pytest.raises(InputError, match="fixed, or shared"):
        calibrate(data.responses, "MFRM-task", facets=data.facets, equal=[("b", [one, mine[1]])])
    with pytest.raises(InputError, match="unequal lengths"):
        ratings([1, 2], ["a", "b"], ["r", "r"], [0])
    with pytest.raises(InputError, match="one name"):
        ratings([1, 2], ["a@b", "a"], ["c", "b@c"], [0, 1])
    with pytest.raises(InputError, match="none of the calibrated items"):
        facet_measures(calibrate(data.responses, "PCM"), {})
