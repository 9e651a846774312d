"""The observed information: what differences of the gradient tend to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from compassess.irt import Items
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.gradient import gradient
from compassess.irt.estimation.observed_information import observed_information
from compassess.irt.grid import Grid
from compassess.irt.models import MODELS, Floats
from compassess.irt.priors import Beta, LogitNormal, LogNormal, Normal
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block, places
from irt.estimation.cases import CASES, RATED, Case
from irt.fits import laid_out

# Relative to a unit diagonal. Extrapolated differences are good to 1e-8; but the gradient is that of the masses on
# the nodes, the information that of the normal density: ±6 leave 2e-9 of it outside, whose fourth moments, which a
# variance's information is made of, are 3e-6 (at an SD of 1.3 a hundred times that).
TOLERANCE = 1e-5
ANYWHERE = 1e-4  # the same in groups that spread to an SD of 1.2. Observed: 2e-5
WITH_LOADINGS = 1e-5


def differences(fit: Fit, phi: Floats, step: float = 1e-3) -> Floats:
    """Minus the Hessian by central differences of the gradient, (4 D(h) − D(2h)) / 3."""

    def column(place: int, length: float) -> Floats:
        move = np.zeros_like(phi)
        move[place] = length
        after, before = (gradient(fit, fit.evaluation(phi + sign * move)) for sign in (1, -1))
        return np.asarray((before - after) / (2 * length))

    columns = [(4 * column(place, step) - column(place, 2 * step)) / 3 for place in range(phi.size)]
    return np.array(columns)


def agree(fit: Fit, phi: Floats) -> None:
    """The information is that of differences, away from the maximum, and symmetric."""
    phi = phi + np.random.default_rng(3).uniform(-0.03, 0.03, phi.size)
    found, expected = observed_information(fit, phi), differences(fit, phi)
    scale = np.sqrt(np.abs(np.diag(expected)))
    tolerance = WITH_LOADINGS if fit.space.free_loadings else TOLERANCE
    np.testing.assert_allclose(
        found / np.outer(scale, scale), expected / np.outer(scale, scale), rtol=0, atol=tolerance
    )
    np.testing.assert_array_equal(found, found.T)


def with_gaps(responses: Responses, share: float) -> Responses:
    """The same answers with so many of the cells empty."""
    codes = responses.codes().astype(np.float64)
    codes[np.random.default_rng(4).random(codes.shape) < share] = np.nan
    return Responses.from_array(codes, items=responses.items)


def few_answers(items: Items, n_persons: int, each: int) -> Responses:
    """Everybody answered so many items, others than their neighbours; the first person answered none."""
    codes = answers(items, n_persons).codes().astype(np.float64)
    asked = np.array([np.random.default_rng(p).permutation(codes.shape[1]) < each for p in range(n_persons)])
    asked[0] = False
    codes[~asked] = np.nan
    return Responses.from_array(codes, items=items.ids)


TWO, FOUR = answers(one_block(5), 120), answers(one_block(4, 4), 150)
HOUSE = items_in(house(2, 2, loading=0.7), 3, 3)
BLOCKS, COMPETENCIES = places(HOUSE)
HALVES = ["first", "second"] * 75
WEIGHTS = np.random.default_rng(5).uniform(0.5, 3, 150).tolist()


@pytest.mark.parametrize("model", MODELS)
def test_of_every_model(model: str) -> None:
    """One block, answers without gaps."""
    facets = None if MODELS[model].by_rater is None else RATED
    agree(*laid_out(FOUR if MODELS[model].admits(4) else TWO, model, facets=facets))


def test_of_a_mixed_test() -> None:
    """Models with different numbers of free parameters stand side by side on one carrier."""
    codes = np.column_stack([FOUR.codes(), answers(one_block(5), 150).codes()])
    models = ["GRM", "GPCM", "NRM", "PCM", "2PL", "3PL", "4PL", "1PL", "1PL"]
    responses = Responses.from_array(codes)
    agree(*laid_out(responses, dict(zip(responses.items, models, strict=True))))


@pytest.mark.parametrize(
    "options",
    [
        {"weights": WEIGHTS},
        {"groups": HALVES},
        {"groups": HALVES, "freed": ["i1"], "weights": WEIGHTS},
        {"groups": HALVES, "freed": {"i1": ["a"]}},
        {"equal": [("a", ["i0", "i2"])]},
        {"equal": [("b", ["i0", "i2"])]},
        {"equal": [("a", ["i0", "i1"]), ("b2", ["i0", "i3"])]},
        {"fixed": one_block(4, 4).select(["i0", "i2"])},
        {"fixed": one_block(4, 4)},
        {"priors": {"a": LogNormal(0.1, 0.4), "b": Normal(0.2, 1.5)}},
    ],
    ids=lambda options: " ".join(options),
)
def test_of_what_may_be_asked_for(options: Mapping[str, Any]) -> None:
    """With cells missing: weights, groups, freed and tied parameters, fixed items, priors."""
    agree(*laid_out(with_gaps(FOUR, 0.2), "GRM", **options))


@pytest.mark.parametrize("prior", [Beta(5, 17), LogitNormal(-1.4, 0.5), Normal(0.2, 0.1)], ids=str)
def test_of_priors_on_asymptotes(prior: Beta | LogitNormal | Normal) -> None:
    """The whole curvature of the prior is in it, with that of the asymptote's logit."""
    agree(*laid_out(TWO, "4PL", priors={"c": prior, "b": Normal(0, 2)}))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"competencies": COMPETENCIES},
        {"competencies": COMPETENCIES, "loadings": {"b0c0": 1, "b1c1": 0.5}},
        {"competencies": COMPETENCIES, "groups": HALVES, "weights": WEIGHTS, "freed": ["i2"]},
    ],
    ids=["blocks", "competencies", "loadings", "groups"],
)
def test_of_blocks_and_competencies(options: Mapping[str, Any]) -> None:
    """Correlated blocks; λ free, given and 1; moments of groups."""
    responses = with_gaps(answers(HOUSE, 150), 0.1)
    agree(*laid_out(responses, "GRM", blocks=BLOCKS, nodes=31, **options))


def test_of_three_blocks() -> None:
    """A correlation meets the items of the block that it is not about."""
    items = items_in(house(3, 2, loading=0.6), 2)
    blocks, competencies = places(items)
    agree(*laid_out(answers(items, 60), "2PL", blocks=blocks, competencies=competencies, nodes=21))


@pytest.mark.parametrize("layered", [False, True])
def test_of_sparse_designs(layered: bool) -> None:
    """Everybody answered three of many items, with weights, in two groups."""
    items = items_in(house(2, 2, loading=0.6), 8, 3) if layered else one_block(32, 3)
    responses = few_answers(items, 320, 3)
    options: dict[str, Any] = {"weights": np.random.default_rng(6).uniform(0.5, 2, 320).tolist()}
    if layered:
        options["blocks"], options["competencies"] = places(items)
    fit, phi = laid_out(responses, "GRM", groups=["a", "b"] * 160, nodes=21, **options)
    assert all(design.is_sparse for design in fit.designs)
    agree(fit, phi)


def test_of_loadings_on_wider_nodes() -> None:
    """Where the nodes cut nothing off, the information of λ is that of differences as well."""
    fit, phi = laid_out(answers(HOUSE, 60), "GRM", blocks=BLOCKS, competencies=COMPETENCIES, nodes=31)
    fit = fit.on(Grid.create(46, limit=9.0))
    expected = differences(fit, phi)
    scale = np.sqrt(np.abs(np.diag(expected)))
    found = observed_information(fit, phi)
    np.testing.assert_allclose((found - expected) / np.outer(scale, scale), 0.0, atol=TOLERANCE)


def test_a_person_without_answers_adds_nothing_of_items() -> None:
    """An empty row changes no part of the information."""
    codes = TWO.codes().astype(np.float64)
    longer = Responses.from_array(np.vstack([codes, np.full((1, 5), np.nan)]), items=TWO.items)
    (fit, phi), (other, _) = laid_out(TWO, "2PL"), laid_out(longer, "2PL", nodes=61)
    np.testing.assert_allclose(
        observed_information(fit, phi), observed_information(other, phi), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_minus_the_derivative_of_the_gradient(case: Case) -> None:
    """Whatever is free, fixed, tied, freed, weighed or has a prior, at any φ."""
    fit, phi = case.somewhere()
    expected = differences(fit, phi)
    scale = np.sqrt(np.abs(np.diag(expected)))
    found = observed_information(fit, phi) / np.outer(scale, scale)
    np.testing.assert_allclose(found, expected / np.outer(scale, scale), rtol=0, atol=ANYWHERE)
