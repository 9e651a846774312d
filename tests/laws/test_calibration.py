"""The laws of calibration, for every model of the registry and for mixed tests: what must not matter.

Every example simulates some answers to moderate items and fits them twice; few examples suffice, each run
draws others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import assume, given, settings

from compassess.irt import (
    MODELS,
    Calibration,
    Items,
    LogNormal,
    Normal,
    Population,
    Prior,
    calibrate,
    log_likelihood,
    simulate_abilities,
    simulate_responses,
)
from compassess.responses import Responses
from laws.strategies import ASYMPTOTES, MIXED, MODEL_NAMES, Floats, seeds

EVERY_TEST = pytest.mark.parametrize("name", [*MODEL_NAMES, MIXED])
FEW = settings(max_examples=3)

N_PERSONS: Final = 300
N_ITEMS: Final = 5
#: A step of EM moves nothing by more than this at the end.
STOP: Final = 1e-7
# The likelihood is flat there, and what is left of parameters shrinks by .9 a step or faster; with asymptotes
# or nominal categories that are nearly empty it takes longer.
HEIGHT: Final = {"rtol": 0.0, "atol": 1e-6}
PLACE: Final = {"rtol": 1e-4, "atol": 3e-4}
#: With 300 persons asymptotes need company: priors on all parameters keep the mode inside.
PRIORS: Final[Mapping[str, Prior]] = {"a": LogNormal(0.2, 0.3), "b": Normal(0.0, 1.0)}


def simulated(name: str, seed: int) -> tuple[Responses, dict[str, str]]:
    """Answers to five moderate items, and the model of each."""
    rng = np.random.default_rng(seed)
    chosen = [str(rng.choice(MODEL_NAMES)) if name == MIXED else name for _ in range(N_ITEMS)]
    counts = [3 if MODELS[model].admits(3) else 2 for model in chosen]
    fixed = np.array([MODELS[model].fixed_slope or model == "1PL" for model in chosen])
    nominal = np.array([model == "NRM" for model in chosen])
    a = np.where(fixed, 1.0, rng.uniform(0.9, 1.6, N_ITEMS))
    b = rng.uniform(-0.8, 0.8, (N_ITEMS, 1)) + np.array([-0.6, 0.6])
    b[np.array(counts) == 2, 1] = np.nan
    slopes, intercepts = np.array([-1.0, 0.3, 0.7]), rng.uniform(-0.3, 0.3, (N_ITEMS, 3))
    items = Items.create(
        ids=[f"i{j}" for j in range(N_ITEMS)],
        models=chosen,
        n_categories=counts,
        a=np.where(nominal, np.nan, a),
        b=np.where(nominal[:, None], np.nan, b)[:, : max(counts) - 1],
        c=[0.15 if model in ASYMPTOTES else 0.0 for model in chosen],
        d=[0.95 if model == "4PL" else 1.0 for model in chosen],
        slopes=np.where(nominal[:, None], a[:, None] * slopes, np.nan)[:, : max(counts)],
        intercepts=np.where(nominal[:, None], intercepts - intercepts.mean(axis=1, keepdims=True), np.nan)[
            :, : max(counts)
        ],
    )
    abilities = simulate_abilities(Population.create(), N_PERSONS, seed=seed % 1000)
    responses = simulate_responses(items, abilities, seed=seed % 997)
    return responses, dict(zip(items.ids, chosen, strict=True))


def fitted(responses: Responses, models: str | Mapping[str, str], **options: Any) -> Calibration:
    """A fit to the end, with priors where there are asymptotes."""
    names = {models} if isinstance(models, str) else set(models.values())
    options = {"priors": PRIORS} | options if names & set(ASYMPTOTES) else options
    # On nodes that stay: how far they would reach by themselves hangs on the number of persons.
    fit = calibrate(responses, models, standard_errors=None, tolerance=STOP, nodes=61, **options)
    # With five items an item may by chance be answered as if it knew θ: its slope has no maximum then.
    assume(fit.converged and "extreme_slope" not in fit.items.status)
    return fit


def assert_alike(found: Calibration, expected: Calibration, *, log_l: float | None = None) -> None:
    """The same maximum, with the same parameters of every item of ``found``, matched by name."""
    height = expected.log_likelihood + expected.log_prior if log_l is None else log_l
    np.testing.assert_allclose(found.log_likelihood + found.log_prior, height, **HEIGHT)
    same = expected.items.select(found.items.ids)
    for name in ("a", "b", "c", "d", "slopes", "intercepts"):
        mine, theirs = getattr(found.items, name), getattr(same, name)
        width = mine.shape[-1] if mine.ndim == 2 else None
        np.testing.assert_allclose(mine, theirs if width is None else theirs[:, :width], **PLACE)
    np.testing.assert_allclose(found.latent_covariance, expected.latent_covariance, **PLACE)
    assert found.items.status == same.status


@EVERY_TEST
@FEW
@given(seed=seeds())
def test_order_does_not_matter(name: str, seed: int) -> None:
    """Shuffled persons and shuffled items have the same parameters."""
    responses, models = simulated(name, seed)
    rng = np.random.default_rng(seed)
    columns = [responses.items[j] for j in rng.permutation(N_ITEMS)]
    shuffled = responses.select_items(columns).select_persons(rng.permutation(N_PERSONS))
    assert_alike(fitted(shuffled, models), fitted(responses, models))


@EVERY_TEST
@FEW
@given(seed=seeds())
def test_what_nobody_answered_is_absent(name: str, seed: int) -> None:
    """An empty column and empty rows change nothing: not the other items, not the log-likelihood."""
    responses, models = simulated(name, seed)
    codes = responses.codes().astype(np.float64)
    codes[codes < 0] = np.nan
    codes = np.column_stack([codes, np.full(N_PERSONS, np.nan)])
    codes = np.vstack([codes, np.full((3, N_ITEMS + 1), np.nan)])
    wider = Responses.from_array(codes, items=[*responses.items, "empty"])
    fit, expected = fitted(wider, {**models, "empty": "2PL"}), fitted(responses, models)
    assert fit.items.status[-1] != "ok"
    assert np.isnan(fit.items.a[-1])
    assert fit.n_parameters == expected.n_parameters
    # A free variance above 1 is cut off at ±6, and empty rows say that it is: 1e-5 of SD² at an SD of 1.2.
    np.testing.assert_allclose(fit.log_likelihood, expected.log_likelihood, rtol=0, atol=1e-5)
    for column in ("a", "c", "d"):
        np.testing.assert_allclose(getattr(fit.items, column)[:-1], getattr(expected.items, column), **PLACE)
    np.testing.assert_allclose(fit.items.b[:-1], expected.items.b, **PLACE)
    np.testing.assert_allclose(fit.items.slopes[:-1], expected.items.slopes, **PLACE)


@EVERY_TEST
@FEW
@given(seed=seeds())
def test_a_missing_cell_is_no_row_of_a_long_table(name: str, seed: int) -> None:
    """A fifth of the cells missing in a matrix, or their rows left out of a long table: one fit."""
    responses, models = simulated(name, seed)
    codes = responses.codes().astype(np.float64)
    missing = np.random.default_rng(seed).random(codes.shape) < 0.2
    missing[:, 0] = False  # a long table does not know persons without answers
    codes[missing] = np.nan
    matrix = Responses.from_array(codes, items=responses.items)
    person, item = np.nonzero(np.isfinite(codes))
    long = Responses.from_long(
        person=person, item=np.array(responses.items)[item], response=codes[person, item].astype(int)
    )
    assert_alike(fitted(long, models), fitted(matrix, models))


@EVERY_TEST
@FEW
@given(seed=seeds())
def test_everybody_twice_is_twice_the_likelihood(name: str, seed: int) -> None:
    """The same persons once more: the same parameters, and log L doubled (priors count once)."""
    responses, models = simulated(name, seed)
    if set(models.values()) & set(ASYMPTOTES):
        return  # their priors would count half as much
    twice = responses.select_persons([*range(N_PERSONS), *range(N_PERSONS)])
    expected = fitted(responses, models)
    assert_alike(fitted(twice, models), expected, log_l=2 * expected.log_likelihood)


@pytest.mark.parametrize("name", ["Rasch", "1PL", "2PL", "GRM", "PCM", "RSM", "GPCM"])
@FEW
@given(seed=seeds())
def test_all_codes_turned_turn_the_thresholds(name: str, seed: int) -> None:
    """With every code k as K − 1 − k θ is −θ: slopes stay, thresholds are mirrored, the height is the same."""
    responses, models = simulated(name, seed)
    expected = fitted(responses, models)
    found = fitted(responses, models, reverse=list(responses.items))
    np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, **HEIGHT)
    np.testing.assert_allclose(found.items.a, expected.items.a, **PLACE)
    np.testing.assert_allclose(found.items.b, -expected.items.b[:, ::-1], **PLACE)


@pytest.mark.parametrize("name", ["2PL", "GRM", "GPCM"])
@FEW
@given(seed=seeds())
def test_a_turned_item_has_a_turned_slope(name: str, seed: int) -> None:
    """One item's codes turned: its slope changes sign, its thresholds their order, and nothing else changes."""
    responses, models = simulated(name, seed)
    expected = fitted(responses, models)
    found = fitted(responses, models, reverse=["i2"])
    np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, **HEIGHT)
    turned = np.arange(N_ITEMS) == 2
    np.testing.assert_allclose(found.items.a, np.where(turned, -1, 1) * expected.items.a, **PLACE)
    b = np.where(turned[:, None], expected.items.b[:, ::-1], expected.items.b)
    np.testing.assert_allclose(found.items.b, b, **PLACE)
    assert found.items.status[2] == "check_key"


@FEW
@given(seed=seeds())
def test_nominal_categories_can_be_renamed(seed: int) -> None:
    """Any permutation of an item's codes permutes its slopes and intercepts, up to the direction of θ."""
    responses, models = simulated("NRM", seed)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(3) for _ in range(N_ITEMS)]
    codes = np.column_stack(
        [order[column] for order, column in zip(orders, responses.codes().T, strict=True)]
    )
    found = fitted(Responses.from_array(codes, items=responses.items), models)
    expected = fitted(responses, models)
    np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, **HEIGHT)
    slopes: Floats = np.stack([row[order] for order, row in zip(orders, found.items.slopes, strict=True)])
    intercepts = np.stack([row[order] for order, row in zip(orders, found.items.intercepts, strict=True)])
    direction = np.sign(slopes[0, 0] * expected.items.slopes[0, 0])
    np.testing.assert_allclose(direction * slopes, expected.items.slopes, **PLACE)
    np.testing.assert_allclose(intercepts, expected.items.intercepts, **PLACE)


@FEW
@given(seed=seeds())
def test_two_categories_are_one_model_by_many_names(seed: int) -> None:
    """With two categories GRM, GPCM and NRM are 2PL, and PCM and RSM are Rasch."""
    responses, _ = simulated("2PL", seed)
    expected = fitted(responses, "2PL")
    for name in ("GRM", "GPCM"):
        found = fitted(responses, name)
        np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, **HEIGHT)
        np.testing.assert_allclose(found.items.a, expected.items.a, **PLACE)
        np.testing.assert_allclose(found.items.b, expected.items.b, **PLACE)
    nominal = fitted(responses, "NRM")
    np.testing.assert_allclose(nominal.log_likelihood, expected.log_likelihood, **HEIGHT)
    np.testing.assert_allclose(2 * nominal.items.slopes[:, 1], expected.items.a, **PLACE)
    rasch = fitted(responses, "Rasch")
    for name in ("PCM", "RSM"):
        found = fitted(responses, name)
        np.testing.assert_allclose(found.log_likelihood, rasch.log_likelihood, **HEIGHT)
        np.testing.assert_allclose(found.items.b, rasch.items.b, **PLACE)
        np.testing.assert_allclose(found.latent_covariance, rasch.latent_covariance, **PLACE)


@FEW
@given(seed=seeds())
def test_narrower_models_are_never_higher(seed: int) -> None:
    """RSM ≤ PCM ≤ GPCM ≤ NRM, and Rasch = 1PL ≤ 2PL: what frees a parameter cannot lower the maximum."""
    responses, _ = simulated("GPCM", seed)
    heights = [fitted(responses, name).log_likelihood for name in ("RSM", "PCM", "GPCM", "NRM")]
    assert np.all(np.diff(heights) >= -1e-6)
    responses, _ = simulated("Rasch", seed)
    rasch, common, free = (fitted(responses, name) for name in ("Rasch", "1PL", "2PL"))
    assert common.log_likelihood <= free.log_likelihood + 1e-6
    # A free variance and a free slope under N(0, 1) are one model but for what ±6 cuts off of an SD of 1.2.
    np.testing.assert_allclose(rasch.log_likelihood, common.log_likelihood, rtol=0, atol=1e-3)
    np.testing.assert_allclose(
        np.sqrt(rasch.latent_covariance[0, 0, 0]), common.items.a[0], rtol=0, atol=1e-3
    )


@FEW
@given(seed=seeds())
def test_rating_scales_share_their_steps(seed: int) -> None:
    """RSM: b_iv = b_i + τ_v with Σ τ = 0, the same τ for every item."""
    responses, _ = simulated("RSM", seed)
    b = fitted(responses, "RSM").items.b
    tau = b - b.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(tau, np.tile(tau[:1], (N_ITEMS, 1)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(tau.sum(axis=1), 0.0, atol=1e-12)


@EVERY_TEST
@FEW
@given(seed=seeds())
def test_the_height_is_that_of_its_own_items(name: str, seed: int) -> None:
    """The reported log-likelihood is the sum over persons under the fit's items and population."""
    responses, models = simulated(name, seed)
    fit = fitted(responses, models)
    total = log_likelihood(responses, fit.items, nodes=fit.n_nodes, limit=fit.limit).sum()
    # The height told is that of the last E-step, a step of 1e-7 before.
    np.testing.assert_allclose(fit.log_likelihood, total, **HEIGHT)
