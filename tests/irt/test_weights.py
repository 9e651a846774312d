"""Rows that stand for several persons."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Calibration, calibrate
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.estimation.cases import answered, mixed_items

KINDS = ["oakes", "crossprod", "sandwich"]


def repeated(responses: Responses, times: list[int]) -> Responses:
    """Every row as often as it counts."""
    return responses.select_persons(np.repeat(np.arange(responses.n_persons), times))


def assert_same(found: Calibration, expected: Calibration, *, atol: float = 1e-6) -> None:
    """The same height, parameters, population and errors."""
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-7, rel=1e-10)
    assert found.n_parameters == expected.n_parameters
    for name in ("a", "b", "c", "d", "slopes", "intercepts"):
        np.testing.assert_allclose(
            getattr(found.items, name), getattr(expected.items, name), rtol=0, atol=atol
        )
        if found.standard_errors is not None:
            np.testing.assert_allclose(
                getattr(found.standard_errors, name), getattr(expected.standard_errors, name), rtol=1e-5
            )
    np.testing.assert_allclose(found.latent_mean, expected.latent_mean, rtol=0, atol=atol)
    np.testing.assert_allclose(found.latent_covariance, expected.latent_covariance, rtol=0, atol=atol)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_weights_are_repeated_rows(kind: str) -> None:
    """Weights 1, 2, 3: the likelihood, the estimates and every kind of error of the rows written out."""
    responses, times = answered(one_block(6, 3), 200), [1, 2, 3, 1] * 50
    # Stops within 1e-7 of both; starting values differ a little.
    weighted = calibrate(responses, "GRM", weights=times, standard_errors=kind, tolerance=1e-7)
    written = calibrate(repeated(responses, times), "GRM", standard_errors=kind, tolerance=1e-7)
    assert_same(weighted, written)
    assert weighted.n_persons == written.n_persons == sum(times)
    assert weighted.bic == pytest.approx(written.bic)


SETTINGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "mixed": (dict(zip(mixed_items().ids, mixed_items().models, strict=True)), {}),
    "groups": ("2PL", {"groups": ["a", "b"] * 100}),
    "rating scale": ("RSM", {}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_weights_count_whatever_is_fitted(name: str) -> None:
    """Mixed models, groups, shared steps."""
    model, options = SETTINGS[name]
    items = {"mixed": mixed_items(), "groups": one_block(5), "rating scale": mixed_items(["RSM"] * 4)}[name]
    responses, times = answered(items, 200), [2, 1, 4, 1] * 50
    written = dict(options)
    if "groups" in options:
        written["groups"] = np.repeat(options["groups"], times).tolist()
    how = {"tolerance": 1e-7, "standard_errors": "crossprod"}
    assert_same(
        calibrate(responses, model, weights=times, **options, **how),
        calibrate(repeated(responses, times), model, **written, **how),
        # The logits of asymptotes are flat: 1e-7 SE are up to 1e-5 of them.
        atol=1e-5,
    )


def test_weights_count_under_competencies() -> None:
    """λ and R, and their errors, are those of the rows written out."""
    items = items_in(house(loading=0.7), 3, 3)
    blocks, competencies = places(items)
    responses, times = answers(items, 250), [1, 3] * 125
    how = {"blocks": blocks, "competencies": competencies, "nodes": 21, "tolerance": 1e-7}
    found = calibrate(responses, "GRM", weights=times, **how)
    expected = calibrate(repeated(responses, times), "GRM", **how)
    assert_same(found, expected)
    for name, loading in expected.loadings.items():
        assert found.loadings[name] == pytest.approx(loading, abs=1e-6)
    assert found.standard_errors is not None
    assert expected.standard_errors is not None
    np.testing.assert_allclose(found.standard_errors.loadings, expected.standard_errors.loadings, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_with_their_counts_are_the_whole_table(kind: str, reference: pathlib.Path) -> None:
    """LSAT6 collapsed to its 30 patterns is LSAT6."""
    full = Responses.read_csv(reference / "data" / "LSAT6.csv")
    patterns, counts = np.unique(full.codes(), axis=0, return_counts=True)
    assert len(patterns) == 30
    collapsed = calibrate(
        Responses.from_array(patterns, items=full.items), weights=counts, standard_errors=kind, tolerance=1e-7
    )
    expected = calibrate(full, standard_errors=kind, tolerance=1e-7)
    assert_same(collapsed, expected)
    assert collapsed.n_persons == 1000


def test_weights_scale_the_likelihood_and_the_information() -> None:
    """Every weight 2.5: the same estimates, 2.5 times the height, errors by √2.5 smaller."""
    responses = answered(one_block(5), 300)
    one, many = (
        calibrate(responses, weights=weights, standard_errors="oakes", tolerance=1e-8)
        for weights in (None, [2.5] * 300)
    )
    assert many.log_likelihood == pytest.approx(2.5 * one.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(many.items.a, one.items.a, rtol=0, atol=1e-6)
    assert one.standard_errors is not None
    assert many.standard_errors is not None
    np.testing.assert_allclose(many.standard_errors.a * np.sqrt(2.5), one.standard_errors.a, rtol=1e-5)
    assert many.total_weight == 750.0


def test_a_light_row_counts_little() -> None:
    """A strange row of weight 1e-9 changes nothing."""
    responses = answered(one_block(5), 300)
    codes = np.vstack([responses.codes(), [[1, 0, 1, 0, 1]]]).astype(np.float64)
    codes[codes < 0] = np.nan
    plain = calibrate(responses, tolerance=1e-8)
    light = calibrate(
        Responses.from_array(codes, items=responses.items), weights=[1.0] * 300 + [1e-9], tolerance=1e-8
    )
    np.testing.assert_allclose(light.items.a, plain.items.a, rtol=0, atol=1e-6)
    np.testing.assert_allclose(light.items.b, plain.items.b, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("weights", "where", "word"),
    [
        ([1.0] * 19, "weights", "19 weights"),
        ([1.0] * 19 + [-1.0], "weights[19]", "positive number"),
        ([0.0] + [1.0] * 19, "weights[0]", "positive number"),
        ([float("nan")] + [1.0] * 19, "weights[0]", "positive number"),
        ([1.0, float("inf")] + [1.0] * 18, "weights[1]", "positive number"),
        (["two"] + [1.0] * 19, "weights[0]", "positive number"),
        ([None] + [1.0] * 19, "weights[0]", "positive number"),
    ],
    ids=["too few", "negative", "zero", "NaN", "infinite", "a word", "none"],
)
def test_weights_that_are_none_are_refused(weights: list[Any], where: str, word: str) -> None:
    """A positive number for every row."""
    responses = Responses.from_array(np.tile([[0, 1], [1, 0]], (10, 1)))
    with pytest.raises(InputError) as caught:
        calibrate(responses, weights=weights)
    (problem,) = caught.value.problems
    assert problem.where == where
    assert word in str(problem)
