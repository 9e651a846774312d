"""From responses to items and their population: what calibration promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import (
    Calibration,
    Items,
    Population,
    calibrate,
    log_likelihood,
    score,
    simulate_abilities,
    simulate_responses,
)
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places, with_column

NODES = 25  # for two blocks: 6 times as fast as 61, and enough for what is asked here
SPACING = 12 / (NODES - 1)


@pytest.fixture(scope="module")
def graded() -> Responses:
    """400 persons, six graded items in one dimension."""
    return answers(one_block(6, 3), 400)


@pytest.fixture(scope="module")
def fit(graded: Responses) -> Calibration:
    """Their calibration."""
    return calibrate(graded, "GRM", tolerance=1e-6)


@pytest.fixture(scope="module")
def housed() -> Items:
    """Two blocks of two competencies of four items."""
    return items_in(house(loading=0.7), 4, 3)


@pytest.fixture(scope="module")
def house_fit(housed: Items) -> Calibration:
    """The model of the house on 800 persons."""
    blocks, competencies = places(housed)
    return calibrate(
        answers(housed, 800), "GRM", blocks=blocks, competencies=competencies, tolerance=1e-6, nodes=NODES
    )


def with_values(items: Items, *, a: Floats, b: Floats, population: Population | None = None) -> Items:
    """The same items with other numbers."""
    return Items.create(
        ids=items.ids,
        models=items.models,
        competencies=items.competencies,
        n_categories=items.n_categories.tolist(),
        a=a,
        b=b,
        population=population or items.population,
    )


# ---- what comes out ----------------------------------------------------------------------------------


def test_the_log_likelihood_is_that_of_the_answers(graded: Responses, fit: Calibration) -> None:
    """What calibration reports is the sum over persons under its own items, on its own nodes."""
    assert fit.converged
    value = log_likelihood(graded, fit.items, nodes=fit.n_nodes).sum()
    assert fit.log_likelihood == pytest.approx(value, abs=1e-6)  # the reported one is a step older


def test_no_small_move_is_better(graded: Responses, fit: Calibration) -> None:
    """At the end the derivative of the log-likelihood by every slope and threshold is zero."""
    step, items = 1e-4, fit.items
    for j in range(items.n_items):
        for column in range(-1, 2):
            values = []
            for sign in (1, -1):
                a, b = items.a.copy(), items.b.copy()
                if column < 0:
                    a[j] += sign * step
                else:
                    b[j, column] += sign * step
                values.append(log_likelihood(graded, with_values(items, a=a, b=b)).sum())
            # A curvature of about 100 a unit, and estimates to 1e-5, leave 1e-3. Observed: 4e-4.
            assert abs(values[0] - values[1]) / (2 * step) < 5e-3
            assert max(values) <= fit.log_likelihood + 1e-6


def test_no_small_move_of_the_population_is_better(housed: Items, house_fit: Calibration) -> None:
    """At the end the derivative by R and every λ is zero as well."""
    responses, people, step = answers(housed, 800), house_fit.items.population, 1e-3
    layer = {c: people.blocks[k] for c, k in zip(people.competencies, people.block_of, strict=True)}
    assert house_fit.converged
    # A derivative is zero at a saddle too; what was simulated is no saddle, and must not be likelier.
    assert house_fit.log_likelihood > log_likelihood(responses, housed, nodes=NODES).sum()
    for name in ("R", *people.competencies):
        values = []
        for sign in (1, -1):
            correlation, loadings = people.correlation.copy(), dict(house_fit.loadings)
            if name == "R":
                correlation[0, 1] += sign * step
                correlation[1, 0] += sign * step
            else:
                loadings[name] += sign * step
            moved = Population.create(
                people.blocks, correlation=correlation, competencies=layer, loadings=loadings
            )
            items = with_values(house_fit.items, a=house_fit.items.a, b=house_fit.items.b, population=moved)
            values.append(log_likelihood(responses, items, nodes=NODES).sum())
        # What the stop leaves of λ, some 1e-5, times a curvature of 300. Observed: 4e-3.
        assert abs(values[0] - values[1]) / (2 * step) < 0.05
        assert max(values) <= house_fit.log_likelihood + 1e-6


def test_parameters_are_counted(fit: Calibration, house_fit: Calibration, housed: Items) -> None:
    """Slopes and thresholds, ρ, and the λ that are free; AIC and BIC follow."""
    assert fit.n_parameters == 6 * 3
    assert house_fit.n_parameters == housed.n_items * 3 + 1 + 4
    assert fit.aic == pytest.approx(-2 * fit.log_likelihood + 36)
    assert fit.bic == pytest.approx(-2 * fit.log_likelihood + 18 * np.log(400))


def test_a_frame_has_a_row_an_item(fit: Calibration, house_fit: Calibration, graded: Responses) -> None:
    """Place, model, status, parameters, and their standard errors where they were asked for."""
    columns = ["item", "block", "competency", "model", "status", "a", "b1", "b2", "se_a", "se_b1", "se_b2"]
    frame = fit.to_frame()
    assert list(frame.columns) == columns
    assert frame["item"].tolist() == list(graded.items)
    assert set(house_fit.to_frame()["competency"]) == {"b0c0", "b0c1", "b1c0", "b1c1"}
    bare = calibrate(graded, "GRM", standard_errors=None)
    assert bare.standard_errors is None
    assert list(bare.to_frame().columns) == columns[:8]
    two = calibrate(answers(one_block(4), 100), standard_errors="crossprod").to_frame()
    assert list(two.columns) == [*columns[:6], "b", "se_a", "se_b"]


def test_a_mixed_test_names_a_model_for_each_item() -> None:
    """2PL and GRM side by side; a two-category GRM is the 2PL."""
    items = Items.create(ids=["x", "y", "z", "w"], a=[1, 1.2, 1.5, 0.9], b=[[0], [0.5], [-1, 1], [-0.5, 0.8]])
    responses = answers(items, 300)
    mixed = calibrate(responses, {"x": "2PL", "y": "2PL", "z": "GRM", "w": "GRM"})
    same = calibrate(responses, "GRM")
    assert mixed.items.models == ("2PL", "2PL", "GRM", "GRM")
    np.testing.assert_allclose(mixed.items.a, same.items.a, rtol=0, atol=1e-6)
    np.testing.assert_allclose(mixed.items.b, same.items.b, rtol=0, atol=1e-6)


def test_a_fit_that_ran_out_of_steps_says_so(graded: Responses) -> None:
    """converged is False, and the status says what to do; the likelihood is that of a point passed."""
    short = calibrate(graded, "GRM", max_iterations=2, tolerance=1e-9, standard_errors=None)
    assert not short.converged
    assert "not converged" in short.status
    assert "max_iterations" in short.status
    assert short.log_likelihood < calibrate(graded, "GRM", standard_errors=None).log_likelihood


def test_progress_is_told(graded: Responses) -> None:
    """The callback hears of every E-step, and the likelihood it hears of ends at the reported one."""
    told: list[tuple[int, float, float]] = []
    end = calibrate(graded, "GRM", progress=lambda *news: told.append(news), standard_errors=None)
    assert [count for count, _, _ in told] == list(range(1, end.n_iterations + 1))
    assert told[-1][1] == end.log_likelihood
    assert told[-1][2] <= 1e-4  # the tolerance


def test_the_way_ends_at_its_highest_point(graded: Responses) -> None:
    """The second step is up, and what is reported is the most likely point of the way."""
    told: list[float] = []
    calibrate(graded, "GRM", progress=lambda _n, value, _c: told.append(value), standard_errors=None)
    plain = told[:2]
    assert plain[1] >= plain[0]
    # The first steps are told in float32, whose sums are good to 1e-7.
    assert told[-1] == pytest.approx(max(told), rel=1e-7)


# ---- what must not matter ----------------------------------------------------------------------------


def test_order_of_persons_and_items_does_not_matter(graded: Responses, fit: Calibration) -> None:
    """Shuffled rows and columns give the same items."""
    rng = np.random.default_rng(0)
    order = rng.permutation(graded.items).tolist()
    shuffled = graded.select_persons(rng.permutation(graded.n_persons)).select_items(order)
    other = calibrate(shuffled, "GRM", tolerance=1e-6).items.select(graded.items)
    # Sums in another order: differences of 1e-13 that EM carries along.
    np.testing.assert_allclose(other.a, fit.items.a, rtol=0, atol=1e-6)
    np.testing.assert_allclose(other.b, fit.items.b, rtol=0, atol=1e-6)


def test_a_person_without_answers_adds_nothing(graded: Responses, fit: Calibration) -> None:
    """Empty rows change neither parameters nor the log-likelihood."""
    codes = np.vstack([graded.codes().astype(float), np.full((50, 6), np.nan)])
    other = calibrate(Responses.from_array(codes, items=graded.items), "GRM", tolerance=1e-6)
    np.testing.assert_allclose(other.items.a, fit.items.a, rtol=0, atol=1e-6)
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    assert other.standard_errors is not None
    assert fit.standard_errors is not None
    np.testing.assert_allclose(other.standard_errors.a, fit.standard_errors.a, rtol=0, atol=1e-6)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_sparse_answers_give_what_a_matrix_gives(share: float) -> None:
    """A long table in which each person saw few items, and the same as a matrix with missing cells."""
    items = one_block(30)
    codes = answers(items, 1500).codes().astype(float)
    codes[np.random.default_rng(1).random(codes.shape) > share] = np.nan
    dense = Responses.from_array(codes, items=items.ids)
    rows, columns = np.nonzero(~np.isnan(codes))
    sparse = Responses.from_long(
        rows, [items.ids[j] for j in columns], codes[rows, columns].astype(int), items=items.ids
    )
    assert sparse.is_sparse
    found, expected = (calibrate(one, max_iterations=30) for one in (sparse, dense))
    np.testing.assert_allclose(found.items.a, expected.items.a, rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.items.b, expected.items.b, rtol=1e-8, atol=1e-8)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-8)
    assert found.items.status == expected.items.status
    assert found.standard_errors is not None
    assert expected.standard_errors is not None
    np.testing.assert_allclose(found.standard_errors.a, expected.standard_errors.a, rtol=1e-6)


def test_turned_items_are_turned_before_the_fit(graded: Responses, fit: Calibration) -> None:
    """reverse= of items that were keyed the wrong way gives the fit of items keyed right."""
    wrong = graded.reversed(["i1", "i4"], highest=2)
    found = calibrate(wrong, "GRM", reverse=["i1", "i4"], tolerance=1e-6)
    np.testing.assert_array_equal(found.items.a, fit.items.a)
    np.testing.assert_array_equal(found.items.b, fit.items.b)


def test_turning_counts_from_the_declared_top(graded: Responses) -> None:
    """A code becomes K − 1 − k for the declared K, also where nobody chose the last category."""
    found = calibrate(graded, "GRM", reverse=["i0"], n_categories=4, standard_errors=None)
    assert np.isnan(found.items.b[0]).tolist() == [True, False, False]  # code 3 was never used and is now 0
    assert np.isnan(found.items.b[1]).tolist() == [False, False, True]


def test_equal_loadings_of_one_are_plain_blocks(housed: Items) -> None:
    """loadings=1 makes competencies parts of their block: the fit without competencies."""
    blocks, competencies = places(housed)
    responses = answers(housed, 500)
    parts = calibrate(responses, "GRM", blocks=blocks, competencies=competencies, loadings=1.0, nodes=NODES)
    plain = calibrate(responses, "GRM", blocks=blocks, nodes=NODES)
    np.testing.assert_array_equal(parts.items.a, plain.items.a)
    np.testing.assert_array_equal(parts.items.b, plain.items.b)
    np.testing.assert_array_equal(parts.items.population.correlation, plain.items.population.correlation)
    assert parts.log_likelihood == plain.log_likelihood
    assert parts.n_parameters == plain.n_parameters
    assert set(parts.loadings.values()) == {1.0}


def test_fixed_loadings_stay(housed: Items) -> None:
    """loadings=.6 keeps every λ at .6 and counts none; free ones fit better."""
    blocks, competencies = places(housed)
    responses = answers(housed, 500)
    found, free = (
        calibrate(responses, "GRM", blocks=blocks, competencies=competencies, loadings=fixed, nodes=NODES)
        for fixed in (0.6, None)
    )
    assert set(found.loadings.values()) == {0.6}
    assert found.n_parameters == free.n_parameters - 4
    assert found.log_likelihood < free.log_likelihood
    assert found.standard_errors is not None
    assert np.all(np.isnan(found.standard_errors.loadings))


def test_one_block_is_one_dimension(graded: Responses, fit: Calibration) -> None:
    """A block by name, or none: the same fit."""
    named = calibrate(graded, "GRM", blocks=dict.fromkeys(graded.items, "service"), tolerance=1e-6)
    np.testing.assert_array_equal(named.items.a, fit.items.a)
    assert named.items.population.blocks == ("service",)


def test_more_nodes_change_little(graded: Responses, fit: Calibration) -> None:
    """Twice the nodes: the same parameters to what 61 nodes err."""
    finer = calibrate(graded, "GRM", nodes=121, tolerance=1e-6)
    np.testing.assert_allclose(finer.items.a, fit.items.a, rtol=0, atol=1e-4)  # observed: 1e-6
    assert finer.n_nodes == 121


# ---- identification ----------------------------------------------------------------------------------


def test_most_slopes_of_a_block_are_positive(housed: Items, house_fit: Calibration) -> None:
    """Whatever way up the answers are, a block is oriented by the majority of its items."""
    blocks, competencies = places(housed)
    turned = answers(housed, 800).reversed(housed.ids, highest=2)
    found = calibrate(turned, "GRM", blocks=blocks, competencies=competencies, tolerance=1e-6, nodes=NODES)
    assert np.all(found.items.a > 0)
    # Everything turned is everything mirrored.
    np.testing.assert_allclose(found.items.a, house_fit.items.a, rtol=0, atol=1e-4)
    np.testing.assert_allclose(found.items.b, -house_fit.items.b[:, ::-1], rtol=0, atol=1e-4)
    np.testing.assert_allclose(
        found.items.population.correlation, house_fit.items.population.correlation, rtol=0, atol=1e-4
    )


def test_a_competency_against_its_block_has_a_negative_loading(housed: Items) -> None:
    """A competency whose items are all turned stays upright itself; its λ is negative."""
    blocks, competencies = places(housed)
    three = {item: competencies[item] if blocks[item] == "b0" else "b1c0" for item in housed.ids}
    mine = [item for item in housed.ids if three[item] == "b0c1"]
    responses = answers(housed, 800).reversed(mine, highest=2)
    found = calibrate(responses, "GRM", blocks=blocks, competencies=three, nodes=NODES)
    assert np.all(found.items.a > 0)
    assert sorted(np.sign([found.loadings["b0c0"], found.loadings["b0c1"]]).tolist()) == [-1, 1]


def test_a_loading_that_the_data_cannot_tell_is_one(housed: Items) -> None:
    """Alone in its block, or with a single item: λ is 1 and has no standard error."""
    blocks, competencies = places(housed)
    alone = {item: "only" if blocks[item] == "b1" else competencies[item] for item in housed.ids}
    single = [item for item in housed.ids if competencies[item] == "b0c1"][1:]
    keep = [item for item in housed.ids if item not in single]
    found = calibrate(answers(housed, 500).select_items(keep), "GRM", blocks=blocks, competencies=alone)
    assert found.loadings["only"] == 1.0
    assert found.loadings["b0c1"] == 1.0
    assert found.loadings["b0c0"] < 1.0
    assert found.standard_errors is not None
    told = np.isfinite(found.standard_errors.loadings)
    assert told.tolist() == [name == "b0c0" for name in found.loadings]


def test_a_sibling_that_nobody_answered_tells_nothing_of_a_loading(housed: Items) -> None:
    """If no item of its sibling can be estimated, a competency is alone: λ is 1, and errors are told."""
    blocks, competencies = places(housed)
    codes = answers(housed, 500).codes().astype(float)
    codes[:, [competencies[item] == "b0c1" for item in housed.ids]] = np.nan
    found = calibrate(
        Responses.from_array(codes, items=housed.ids),
        "GRM",
        blocks=blocks,
        competencies=competencies,
        n_categories=3,
        nodes=NODES,
        max_iterations=40,
    )
    assert found.loadings["b0c0"] == found.loadings["b0c1"] == 1.0
    assert found.loadings["b1c0"] < 1.0
    assert found.standard_errors is not None
    np.testing.assert_array_equal(np.isfinite(found.standard_errors.a), found.items.usable)


def test_two_competencies_of_one_block_tell_only_their_product() -> None:
    """λ₁ λ₂ is their correlation; each λ alone has no standard error, and every item has one."""
    items = items_in(house(1, 2), 4, 3)
    blocks, competencies = places(items)
    found = calibrate(answers(items, 1500), "GRM", blocks=blocks, competencies=competencies)
    first, second = found.loadings.values()
    assert first * second == pytest.approx(0.64, abs=0.1)  # SE about .03
    assert found.standard_errors is not None
    assert np.all(np.isnan(found.standard_errors.loadings))
    assert np.all(np.isfinite(found.standard_errors.a))
    assert np.all(found.standard_errors.a < 0.3)


@pytest.mark.parametrize("n_blocks", [2, 3])
def test_blocks_that_measure_the_same_do_not_break_the_fit(n_blocks: int) -> None:
    """Items of one dimension called two or three blocks: R goes to what the grid resolves, not to 1."""
    items = one_block(9)
    blocks = {item: f"b{j % n_blocks}" for j, item in enumerate(items.ids)}
    responses = answers(items, 500)
    found = calibrate(responses, blocks=blocks, nodes=31, max_iterations=60)
    single = calibrate(responses)
    assert "some blocks cannot be told apart" in found.status
    below = found.items.population.correlation[np.tril_indices(n_blocks, -1)]
    assert np.all(below > 0.85)
    assert np.all(below < 1.0)
    assert np.linalg.eigvalsh(found.items.population.correlation)[0] > 0
    # Blocks that may differ fit no worse, but for what keeps R from 1.
    assert found.log_likelihood > single.log_likelihood - 2.0
    assert np.all(np.isfinite(score(responses.select_persons(slice(0, 5)), found.items, nodes=31).theta))


def with_a_competency_that_is_its_block(kind: str) -> Calibration:
    """Three competencies, of which c has λ = 1."""
    people = Population.create(("x",), competencies=dict.fromkeys("cde", "x"), loadings={"d": 0.5, "e": 0.5})
    items = items_in(people, 4, 3)
    blocks, competencies = places(items)
    return calibrate(
        answers(items, 500, seed=3),
        "GRM",
        blocks=blocks,
        competencies=competencies,
        nodes=NODES,
        standard_errors=kind,
    )


@pytest.mark.parametrize("kind", ["oakes", "sandwich"])
def test_a_loading_at_its_bound_hurts_no_other_error(kind: str) -> None:
    """Beyond its bound the likelihood goes on up: no error for that λ, and the others have theirs."""
    errors = with_a_competency_that_is_its_block(kind).standard_errors
    assert errors is not None
    assert np.isnan(errors.loadings[0])
    assert np.all((errors.loadings[1:] > 0.02) & (errors.loadings[1:] < 0.2))
    assert np.all((errors.a > 0.05) & (errors.a < 1))


def test_a_competency_that_is_its_block_is_told() -> None:
    """A λ that runs to the bound of what the nodes resolve is told in the status, with the bound."""
    found = with_a_competency_that_is_its_block("crossprod")
    bound = np.sqrt(1 - (SPACING / 1.5) ** 2)
    assert found.loadings["c"] == pytest.approx(bound, abs=1e-9)
    assert f"λ of 'c' is at the bound of what the nodes resolve ({bound:.3f})" in found.status
    assert found.loadings["d"] < 0.8
    assert "'d'" not in found.status


# ---- groups ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_groups() -> tuple[Responses, list[str]]:
    """400 persons of N(0, 1) and 300 of N(.7, .8²) on the same six items."""
    items = one_block(6, 3)
    parts = [
        simulate_responses(items, simulate_abilities(people, n, seed=seed), seed=seed + 50).codes()
        for people, n, seed in (
            (Population.create(), 400, 1),
            (Population.create(mean=[0.7], standard_deviation=[0.8]), 300, 2),
        )
    ]
    return Responses.from_array(np.vstack(parts), items=items.ids), ["a"] * 400 + ["b"] * 300


def test_one_group_is_no_group(graded: Responses, fit: Calibration) -> None:
    """The same label for everybody changes nothing."""
    found = calibrate(graded, "GRM", groups=["all"] * 400, tolerance=1e-6)
    np.testing.assert_array_equal(found.items.a, fit.items.a)
    assert found.n_parameters == fit.n_parameters
    assert found.latent_mean.tolist() == [[0.0]]
    assert found.latent_covariance.tolist() == [[[1.0]]]


def test_groups_differ_in_mean_and_spread(two_groups: tuple[Responses, list[str]]) -> None:
    """The reference is N(0, 1); the other group's mean and variance are estimated, with errors."""
    responses, groups = two_groups
    found = calibrate(responses, "GRM", groups=groups)
    assert found.groups == ("a", "b")
    assert found.n_parameters == 6 * 3 + 2
    assert found.latent_mean[0, 0] == 0.0
    assert found.latent_covariance[0, 0, 0] == 1.0
    errors = found.standard_errors
    assert errors is not None
    # Within three standard errors of what was simulated.
    assert abs(found.latent_mean[1, 0] - 0.7) < 3 * errors.means[1, 0]
    assert abs(found.latent_covariance[1, 0, 0] - 0.64) < 3 * errors.covariances[1, 0, 0]
    assert np.isnan(errors.means[0, 0])
    assert 0.05 < errors.means[1, 0] < 0.15


def test_which_group_is_the_reference_is_a_matter_of_units(two_groups: tuple[Responses, list[str]]) -> None:
    """With the other reference the likelihood is the same; θ, slopes and thresholds change units."""
    responses, groups = two_groups
    first, second = (
        calibrate(responses, "GRM", groups=groups, reference_group=name, tolerance=1e-7, nodes=121)
        for name in ("a", "b")
    )
    assert second.groups == ("b", "a")
    # ±6 SD of one group are not those of the other. Observed: 1e-6.
    assert second.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-3)
    mean, sd = first.latent_mean[1, 0], np.sqrt(first.latent_covariance[1, 0, 0])
    np.testing.assert_allclose(second.items.a, first.items.a * sd, rtol=1e-3)
    np.testing.assert_allclose(second.items.b, (first.items.b - mean) / sd, rtol=0, atol=2e-3)
    assert second.latent_mean[1, 0] == pytest.approx(-mean / sd, abs=2e-3)
    assert second.latent_covariance[1, 0, 0] == pytest.approx(1 / sd**2, abs=2e-3)


def test_the_reference_is_the_smallest_label(two_groups: tuple[Responses, list[str]]) -> None:
    """Of numbers the smallest, 2 and not 10; of words the first."""
    responses, groups = two_groups
    labels = np.where(np.array(groups) == "a", 2, 10)
    found = calibrate(responses, "GRM", groups=labels, standard_errors=None, max_iterations=3)
    assert found.groups == ("2", "10")


def test_a_group_of_one_does_not_break_the_fit(graded: Responses, fit: Calibration) -> None:
    """The variance of a single person runs to 0, and stops where the nodes stop resolving it."""
    found = calibrate(graded, "GRM", groups=["a"] * 399 + ["b"])
    assert found.converged, found.status
    assert np.all(np.isfinite(found.latent_mean))
    assert 0 < found.latent_covariance[1, 0, 0] < 0.02
    np.testing.assert_allclose(found.items.a, fit.items.a, rtol=0, atol=0.05)  # all but one are as before


@pytest.mark.parametrize(
    ("groups", "reference", "word"),
    [
        (["a"] * 10, None, "10 labels"),
        ([None, *["a"] * 399], None, "a label is missing"),
        ([np.nan, *[1.0] * 399], None, "a label is missing"),
        (["a"] * 400, "z", "no person has this label"),
        (None, "a", "there are no groups"),
    ],
)
def test_labels_that_fit_nobody_are_refused(
    groups: list[Any] | None, reference: str | None, word: str, graded: Responses
) -> None:
    """A label for every person, and the reference among them."""
    with pytest.raises(InputError, match=word):
        calibrate(graded, "GRM", groups=groups, reference_group=reference)


@pytest.mark.parametrize(("sd", "seed"), [(1.6, 1), (2.0, 2)])
def test_wide_populations_are_found_in_few_steps(sd: float, seed: int) -> None:
    """The nodes reach as far as a free variance asks for before the last steps are taken."""
    items = one_block(10)
    people = Population.create(standard_deviation=[sd])
    wide = Items.create(ids=items.ids, a=np.ones(10), b=items.b, models=["Rasch"] * 10, population=people)
    found = calibrate(answers(wide, 2000, seed=seed), "Rasch")
    assert found.converged, found.status
    assert found.n_iterations < 25  # on ±6 no step goes up near the maximum, and EM takes a hundred or more


# ---- faults ------------------------------------------------------------------------------------------


def test_all_faults_are_told_at_once() -> None:
    """Options, models, places and codes: one error tells every fault of the input."""
    responses = Responses.from_array([[0, 1, 3, 0], [1, 0, 0, 1]] * 30, items=list("xyzw"))
    with pytest.raises(InputError) as caught:
        calibrate(
            responses,
            {"x": "nope", "y": "nada", "z": "2PL"},
            blocks={"x": "a", "y": "b", "z": "a"},
            competencies={"x": "c", "y": "c", "z": "d", "w": "d"},
            loadings=2.0,
            standard_errors="guess",
        )
    told = " / ".join(str(problem) for problem in caught.value.problems)
    for fault in (
        "standard_errors: unknown kind",
        "loadings: out of range",
        "item 'w': it has no block",
        "item 'y': competency 'c' stands in two blocks",
        "model['x']: unknown model",
        "model['y']: unknown model",
        "item 'w': it has no model",
        "item 'z': a code is outside the declared range",
    ):
        assert fault in told


def test_codes_beyond_the_range_are_told_for_every_item() -> None:
    """Each item whose codes exceed what the model or the declaration admits."""
    responses = Responses.from_array([[0, 2, 3], [1, 0, 0]] * 30, items=list("xyz"))
    with pytest.raises(InputError) as caught:
        calibrate(responses, "2PL")
    assert [problem.where for problem in caught.value.problems] == ["item 'y'", "item 'z'"]
    with pytest.raises(InputError, match="outside the declared range"):
        calibrate(responses, "GRM", n_categories={"z": 3})


def test_a_model_must_admit_the_categories() -> None:
    """2PL with three declared categories, GRM with one."""
    responses = Responses.from_array([[0, 1], [1, 0]] * 30, items=list("xy"))
    with pytest.raises(InputError, match="2PL does not admit 3"):
        calibrate(responses, "2PL", n_categories={"x": 3})
    with pytest.raises(InputError, match="GRM does not admit 1"):
        calibrate(responses, "GRM", n_categories=1)


def test_unknown_items_to_turn_are_refused(graded: Responses) -> None:
    """reverse= names items of the file."""
    with pytest.raises(InputError, match="stranger"):
        calibrate(graded, "GRM", reverse=["stranger"])


def test_too_many_blocks_are_refused() -> None:
    """Six correlated blocks would need a joint grid that does not fit."""
    responses = Responses.from_array(np.tile([[0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 0]], (30, 1)))
    with pytest.raises(InputError, match="too many correlated blocks"):
        calibrate(responses, blocks={item: item for item in responses.items})


def test_a_duplicate_item_is_told_and_the_fit_ends(graded: Responses) -> None:
    """An item that stands twice drives its slope beyond 6: extreme_slope, and no silent success."""
    doubled = with_column(graded, "again", graded.codes()[:, 0])
    found = calibrate(doubled, "GRM", max_iterations=150, standard_errors=None)
    status = dict(zip(found.items.ids, found.items.status, strict=True))
    assert status["again"] == status["i0"] == "extreme_slope"
    assert [name for name, word in status.items() if word == "extreme_slope"] == ["i0", "again"]


def test_more_parameters_than_persons_have_no_standard_errors() -> None:
    """Where the information cannot be inverted errors are NaN, never a number of no meaning."""
    found = calibrate(answers(one_block(12, 5), 40), "GRM", max_iterations=40)
    assert found.standard_errors is not None
    assert np.all(np.isnan(found.standard_errors.a))


def test_an_item_alone_in_its_block_has_a_status() -> None:
    """A free slope cannot be told from the block it is alone in; a slope of 1 can."""
    codes = np.tile([[0.0], [1.0]], (200, 1))
    assert calibrate(Responses.from_array(codes), "2PL").items.status == ("alone_in_block",)
    assert calibrate(Responses.from_array(codes), "Rasch").items.status == ("ok",)


def test_a_loading_that_the_data_cannot_tell_is_kept_at_one_and_said() -> None:
    """A competency of one item, and one that is alone in its block, keep λ = 1; the status names them."""
    items = items_in(house(2, 3), 3)
    blocks, competencies = places(items)
    lone, rest = "b0c0", [name for name in items.ids if blocks[name] == "b1"]
    kept = [name for name in items.ids if competencies[name] != lone] + [
        next(name for name in items.ids if competencies[name] == lone)
    ]
    competencies |= dict.fromkeys(rest, "everything")
    fit = calibrate(
        answers(items, 300).select_items(kept),
        blocks={name: blocks[name] for name in kept},
        competencies={name: competencies[name] for name in kept},
        standard_errors=None,
    )
    assert fit.loadings[lone] == fit.loadings["everything"] == 1.0
    assert f"λ of {lone!r} is kept at 1" in fit.status
    assert "λ of 'everything' is kept at 1" in fit.status
    assert "λ of 'b0c1' is kept" not in fit.status
