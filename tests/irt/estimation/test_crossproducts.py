"""Cross-products of the persons' scores, and what they do in a sandwich."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compassess.irt import calibrate
from compassess.irt.estimation.crossproducts import crossproduct_information, person_scores
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.estimation.parameter_errors import inverse_information
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.fits import laid_out

HOUSE = items_in(house(2, 2, loading=0.6), 2, 3)
BLOCKS, COMPETENCIES = places(HOUSE)
WEIGHTS = np.random.default_rng(2).integers(1, 5, 30).astype(float).tolist()


def scores_by_differences(fit: Fit, phi: Floats, step: float = 1e-5) -> Floats:
    """∂ log L_p / ∂φ, one person and one parameter after the other, (n_persons, n_parameters)."""
    rows = []
    for group, design in enumerate(fit.designs):
        for person in range(design.n_persons):
            alone = replace(design, matrix=design.matrix[person : person + 1], n_persons=1, frequency=None)
            nobody = replace(design, matrix=design.matrix[:0], n_persons=0, frequency=None)
            designs = tuple(alone if g == group else nobody for g in range(len(fit.designs)))
            one = replace(fit, designs=designs)
            moves = step * np.eye(phi.size)
            rows.append(
                [
                    (one.evaluation(phi + move).log_likelihood - one.evaluation(phi - move).log_likelihood)
                    / (2 * step)
                    for move in moves
                ]
            )
    return np.array(rows)


def frequencies_of(fit: Fit) -> Floats:
    """How many persons every row stands for, group after group."""
    return np.concatenate([np.ones(d.n_persons) if d.frequency is None else d.frequency for d in fit.designs])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weights": WEIGHTS, "groups": ["a", "b"] * 15},
        {"blocks": BLOCKS, "weights": WEIGHTS},
        {"blocks": BLOCKS, "competencies": COMPETENCIES, "groups": ["a", "b"] * 15, "weights": WEIGHTS},
    ],
    ids=["one block", "groups", "blocks", "competencies"],
)
def test_are_those_of_differences_of_each_persons_likelihood(options: Mapping[str, Any]) -> None:
    """Σ w s sᵀ with a person's scores by differences; a weight counts a row so many times."""
    fit, phi = laid_out(answers(HOUSE, 30), "GRM", nodes=31, **options)
    brute = scores_by_differences(fit, phi)
    # Differences of a log-likelihood of about 10: rounding of 1e-10, and as much from the step.
    np.testing.assert_allclose(person_scores(fit, phi), brute, rtol=1e-6, atol=1e-7)
    expected = (brute * frequencies_of(fit)[:, None]).T @ brute
    np.testing.assert_allclose(crossproduct_information(fit, phi), expected, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("layered", [False, True])
def test_of_a_sparse_design_are_those_of_all_cells(layered: bool) -> None:
    """Looking at the given answers only gives what whole rows of scores give."""
    items = items_in(house(2, 2, loading=0.6), 8, 3) if layered else one_block(32, 3)
    codes = answers(items, 320).codes().astype(np.float64)
    asked = np.array([np.random.default_rng(p).permutation(32) < 3 for p in range(320)])
    asked[0] = False  # somebody answered nothing
    codes[~asked] = np.nan
    options: dict[str, Any] = {"weights": np.random.default_rng(6).uniform(0.5, 2, 320).tolist()}
    if layered:
        options["blocks"], options["competencies"] = places(items)
    responses = Responses.from_array(codes, items=items.ids)
    fit, phi = laid_out(responses, "GRM", groups=["a", "b"] * 160, nodes=21, **options)
    assert all(design.is_sparse for design in fit.designs)
    scores = person_scores(fit, phi)
    expected = (scores * frequencies_of(fit)[:, None]).T @ scores
    # The same sums in another order.
    np.testing.assert_allclose(crossproduct_information(fit, phi), expected, rtol=1e-10, atol=1e-10)


def test_a_sandwich_is_cross_products_between_inverses_of_the_observed_information() -> None:
    """V = I⁻¹ C I⁻¹ of the slope and intercept of a 2PL item, told in the IRT metric as Var a."""
    responses = answers(one_block(5), 200)
    weights = np.random.default_rng(3).integers(1, 4, 200).astype(float)
    found = calibrate(responses, "2PL", standard_errors="sandwich", weights=weights, tolerance=1e-8, nodes=61)
    fit, phi = laid_out(responses, "2PL", weights=weights.tolist(), nodes=61)
    form = fit.space.forms[0]
    form.nearest(np.column_stack([found.items.a, -found.items.a * found.items.b[:, 0]]), phi)
    inverse = inverse_information(observed_information(fit, phi))
    variance = inverse @ crossproduct_information(fit, phi) @ inverse
    assert found.standard_errors is not None
    np.testing.assert_allclose(found.standard_errors.a**2, np.diag(variance)[form.places[:, 0]], rtol=1e-9)


@pytest.mark.parametrize("kind", ["oakes", "crossprod", "sandwich"])
def test_a_row_that_stands_for_three_persons_counts_as_three_rows(kind: str) -> None:
    """Errors of weighted rows are those of the rows written out."""
    responses = answers(one_block(4, 3), 150)
    times = np.random.default_rng(7).integers(1, 4, 150)
    written_out = responses.select_persons(np.repeat(np.arange(150), times))
    once = calibrate(responses, "GRM", standard_errors=kind, weights=times, tolerance=1e-8, nodes=61)
    every = calibrate(written_out, "GRM", standard_errors=kind, tolerance=1e-8, nodes=61)
    assert once.standard_errors is not None
    assert every.standard_errors is not None
    # Both fits stop within 1e-8 of the maximum, by different ways.
    np.testing.assert_allclose(once.standard_errors.a, every.standard_errors.a, rtol=1e-6)
    np.testing.assert_allclose(once.standard_errors.b, every.standard_errors.b, rtol=1e-6)
