"""Parameters that several items have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit

from compassess.errors import InputError
from compassess.irt import Grid, Items, Population, calibrate, simulate_abilities, simulate_responses
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, items_in, one_block, places
from irt.estimation.cases import answered, mixed_items

SLOPES = ["i0", "i2", "i5"]


@pytest.fixture(scope="module")
def graded() -> Responses:
    """Six graded items of three categories, 500 persons, some cells empty."""
    return answered(one_block(6, 3), 500)


def test_a_tied_parameter_is_one_number(graded: Responses) -> None:
    """Equal to the bit in all its items, one free parameter, one error."""
    fit = calibrate(graded, "GRM", equal=[("a", SLOPES), ("b1", ["i1", "i3"])])
    free = calibrate(graded, "GRM")
    assert fit.converged, fit.status
    tied = fit.items.select(SLOPES)
    assert np.unique(tied.a).size == 1
    assert np.unique(tied.b[:, 0]).size == 3
    assert fit.items.b[1, 0] == fit.items.b[3, 0]
    assert fit.n_parameters == free.n_parameters - 2 - 1
    assert fit.standard_errors is not None
    errors = fit.standard_errors.a[[0, 2, 5]]
    np.testing.assert_allclose(errors, errors[0], rtol=1e-12)
    assert fit.standard_errors.b[1, 0] == pytest.approx(fit.standard_errors.b[3, 0], rel=1e-12)
    # What three items tell of one slope is more than what each of them tells.
    assert free.standard_errors is not None
    assert errors[0] < free.standard_errors.a[[0, 2, 5]].min()


def test_tied_parameters_are_one_in_the_joint_covariance(graded: Responses) -> None:
    """Rows of a tied parameter are the same row: their difference has no variance."""
    fit = calibrate(graded, "GRM", equal=[("a", SLOPES)])
    assert fit.covariance is not None
    rows = [fit.covariance.names.index((item, "a", "")) for item in SLOPES]
    matrix = fit.covariance.matrix
    for row in rows[1:]:
        np.testing.assert_allclose(matrix[row], matrix[rows[0]], rtol=1e-10, atol=1e-14)


def test_what_is_tied_fits_no_better(graded: Responses) -> None:
    """Models within models: with every further tie the likelihood falls, or stays."""
    chains: Sequence[list[tuple[str, list[str]]]] = (
        [],
        [("a", SLOPES)],
        [("a", list(graded.items))],
        [("a", list(graded.items)), ("b2", ["i0", "i1"])],
    )
    values = [calibrate(graded, "GRM", equal=ties, tolerance=1e-6).log_likelihood for ties in chains]
    assert values == sorted(values, reverse=True)


def test_a_likelihood_ratio_tells_whether_a_tie_holds() -> None:
    """Equal slopes are kept by the χ² test, unequal ones are not."""
    rng = np.random.default_rng(4)
    n_items = 6
    for slopes, holds in ((np.full(n_items, 1.3), True), (np.linspace(0.6, 2.2, n_items), False)):
        items = Items.create(
            ids=[f"i{j}" for j in range(n_items)], a=slopes, b=rng.normal(0, 0.8, (n_items, 1))
        )
        responses = answers(items, 1500, seed=8)
        free, tied = (calibrate(responses, equal=ties) for ties in ([], [("a", list(items.ids))]))
        ratio = 2 * (free.log_likelihood - tied.log_likelihood)
        p = stats.chi2.sf(ratio, free.n_parameters - tied.n_parameters)
        assert (p > 0.001) == holds  # the seeds are those at hand; a wrong df or likelihood shows in either


def test_all_slopes_tied_are_the_one_parameter_model() -> None:
    """2PL with one slope is 1PL: the same height, the same parameters, the same count."""
    responses = answered(one_block(7), 400)
    tied = calibrate(responses, "2PL", equal=[("a", list(responses.items))], tolerance=1e-7)
    one = calibrate(responses, "1PL", tolerance=1e-7)
    assert tied.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
    assert tied.n_parameters == one.n_parameters
    np.testing.assert_allclose(tied.items.a, one.items.a, rtol=0, atol=1e-5)
    np.testing.assert_allclose(tied.items.b, one.items.b, rtol=0, atol=1e-5)
    assert tied.standard_errors is not None
    assert one.standard_errors is not None
    np.testing.assert_allclose(tied.standard_errors.b, one.standard_errors.b, rtol=1e-4)


def marginal(patterns: Floats, times: Floats, a: Floats, b: Floats) -> float:
    """The log-likelihood of graded patterns, from the formula, on 61 nodes of N(0, 1)."""
    theta = Grid.create(61).theta
    weight = stats.norm.pdf(theta) / stats.norm.pdf(theta).sum()
    cumulative = expit(a[:, None, None] * (theta - b[:, :, None]))
    edges = np.ones((len(a), 1, theta.size))
    probability = -np.diff(np.concatenate([edges, cumulative, 0 * edges], axis=1), axis=1)
    likelihood = np.ones((len(patterns), theta.size))
    for item in range(len(a)):
        told = np.isfinite(patterns[:, item])
        likelihood[told] *= probability[item][patterns[told, item].astype(int)]
    return float(times @ np.log(likelihood @ weight))


def test_tied_thresholds_with_free_slopes_reach_the_maximum() -> None:
    """An independent search over (a, b) itself ends at the same place, and finds nothing higher."""
    responses = answered(one_block(4, 3), 600)
    codes = responses.codes().astype(np.float64)
    codes[codes < 0] = np.nan
    patterns, times = np.unique(codes, axis=0, return_counts=True, equal_nan=True)
    fit = calibrate(
        responses,
        "GRM",
        equal=[("b1", ["i0", "i1"]), ("b2", ["i1", "i2"]), ("b", ["i0", "i3"])],
        tolerance=1e-7,
        nodes=61,
    )

    def unpacked(x: Floats) -> tuple[Floats, Floats]:
        # b1 of i0, i1, i3 | b1 of i2 | b2 of i0, i3 | b2 of i1, i2
        return x[:4], np.array([[x[4], x[6]], [x[4], x[7]], [x[5], x[7]], [x[4], x[6]]])

    def lost(x: Floats) -> float:
        a, b = unpacked(x)
        if np.any(np.diff(b, axis=1) <= 0) or np.any(a <= 0):
            return 1e6
        return -marginal(patterns, times, a, b)

    a, b = fit.items.a, fit.items.b
    mine = np.array([*a, b[0, 0], b[2, 0], b[0, 1], b[1, 1]])
    assert fit.log_likelihood == pytest.approx(-lost(mine), abs=1e-6)
    start = np.array([1.2, 1.2, 1.2, 1.2, -1.0, -1.0, 1.0, 1.0])
    best = optimize.minimize(lost, start, method="BFGS", options={"gtol": 1e-3})
    assert -best.fun == pytest.approx(fit.log_likelihood, abs=1e-4)
    # A numeric slope of 1e-3 over a curvature of some tens.
    np.testing.assert_allclose(mine, best.x, rtol=0, atol=2e-3)


def test_asymptotes_can_be_tied() -> None:
    """One guessing parameter for all, as where every item has five options."""
    items = mixed_items(["3PL"] * 6)
    responses = answered(items, 800)
    fit = calibrate(responses, "3PL", equal=[("c", list(items.ids))])
    assert fit.converged, fit.status
    assert np.unique(fit.items.c).size == 1
    assert fit.n_parameters == 6 * 2 + 1
    assert 0.05 < fit.items.c[0] < 0.35


def test_ties_reach_across_models_and_blocks() -> None:
    """Slopes of GRM and GPCM items, and of items of two blocks, can be one."""
    items = items_in(Population.create(["x", "y"], correlation=[[1, 0.5], [0.5, 1]]), 3, 3)
    blocks, _ = places(items)
    models = {item: "GRM" if j % 2 else "GPCM" for j, item in enumerate(items.ids)}
    fit = calibrate(answers(items, 400), models, blocks=blocks, equal=[("a", ["i0", "i1", "i4"])], nodes=31)
    assert fit.converged, fit.status
    assert np.unique(fit.items.a[[0, 1, 4]]).size == 1
    assert np.unique(fit.items.a).size == 4
    assert fit.n_parameters == 6 * 3 - 2 + 1


def test_ties_that_meet_are_one() -> None:
    """i0 = i1 and i1 = i2 make three items equal."""
    responses = answered(one_block(5), 300)
    fit = calibrate(responses, equal=[("a", ["i0", "i1"]), ("a", ["i1", "i2"])])
    together = calibrate(responses, equal=[("a", ["i0", "i1", "i2"])])
    assert np.unique(fit.items.a[:3]).size == 1
    assert fit.n_parameters == together.n_parameters == 8
    assert fit.log_likelihood == pytest.approx(together.log_likelihood, abs=1e-6)


def test_b_ties_every_threshold(graded: Responses) -> None:
    """The name b stands for b1, b2 …, each tied to its own."""
    fit = calibrate(graded, "GRM", equal=[("b", ["i0", "i4"])])
    np.testing.assert_array_equal(fit.items.b[0], fit.items.b[4])
    assert fit.items.b[0, 0] < fit.items.b[0, 1]
    assert fit.items.a[0] != fit.items.a[4]


def test_a_tie_holds_in_every_group() -> None:
    """A freed item that is tied is equal in all groups and to the other item."""
    items = one_block(5, 3)
    parts = [
        simulate_responses(items, simulate_abilities(Population.create(mean=[m]), 300, seed=s), seed=s)
        for m, s in ((0.0, 1), (0.6, 2))
    ]
    responses = Responses.from_array(np.vstack([part.codes() for part in parts]), items=items.ids)
    fit = calibrate(
        responses,
        "GRM",
        groups=["a"] * 300 + ["b"] * 300,
        freed=["i0"],
        equal=[("a", ["i0", "i1"])],
    )
    first, second = fit.by_group["a"], fit.by_group["b"]
    assert np.unique([first.a[0], first.a[1], second.a[0], second.a[1]]).size == 1
    assert first.b[0, 0] != second.b[0, 0]
    assert fit.n_parameters == 5 * 3 - 1 + 2 + 2


# ---- what is refused -----------------------------------------------------------------------------------


def faults(responses: Responses, model: object = "GRM", **options: object) -> list[str]:
    """What is told of refused input, fault by fault."""
    with pytest.raises(InputError) as caught:
        calibrate(responses, model, standard_errors=None, **options)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


def test_all_faults_of_ties_are_told_at_once(graded: Responses) -> None:
    """Unknown items and parameters: one error, with the place of each."""
    told = faults(graded, equal=[("a", ["i0", "zz"]), ("c", ["i1", "i2"]), ("nonsense", ["i3", "i4"])])
    assert [fault.split(":")[0] for fault in told] == [
        "equal[0]",
        "equal[1]",
        "equal[1]",
        "equal[2]",
        "equal[2]",
    ]
    assert "no such item" in told[0]
    assert "'zz'" in told[0]
    assert "has no parameter 'c'" in told[1]


def test_what_a_model_fixes_or_shares_cannot_be_tied() -> None:
    """The slope of Rasch is 1; that of 1PL is one already; a nominal item has neither a nor b."""
    responses = answered(one_block(4), 100)
    (told, *_) = faults(responses, "Rasch", equal=[("a", ["i0", "i1"])])
    assert "fixed, or shared" in told
    (told, *_) = faults(responses, "1PL", equal=[("a", ["i0", "i1"])])
    assert "fixed, or shared" in told
    (told, *_) = faults(responses, "NRM", equal=[("a", ["i0", "i1"])])
    assert "has no parameter 'a'" in told


def test_a_fixed_parameter_cannot_be_tied(graded: Responses) -> None:
    """Nothing of a known item is free."""
    known = one_block(6, 3).select(["i0"])
    (told,) = faults(graded, fixed=known, equal=[("a", ["i0", "i1"])])
    assert "'a' of 'i0' is fixed" in told


def test_items_with_other_categories_cannot_have_equal_thresholds() -> None:
    """b of two and of three categories are not the same parameters; b1 alone can be."""
    items = Items.create(ids=["x", "y", "z"], a=[1, 1.2, 1.5], b=[[0.1], [-0.5, 0.5], [-1.0, 1.0]])
    responses = answers(items, 300)
    (told,) = faults(responses, equal=[("b", ["x", "y"])])
    assert "different numbers of 'b'" in told
    assert "x 1, y 2" in told
    fit = calibrate(responses, "GRM", equal=[("b1", ["x", "y"])])
    assert fit.items.b[0, 0] == fit.items.b[1, 0]
